"""The control plane: `/_emulator/*`, by which tests drive the emulator; separate from the emulated planes."""
