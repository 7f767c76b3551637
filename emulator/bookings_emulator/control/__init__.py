"""How a test drives the emulator: `/_emulator/*`, beside the emulated planes and never part of them."""
