"""The inspector: a page that shows what the emulator does and drives it, as a client of `/_emulator` and of Graph."""
