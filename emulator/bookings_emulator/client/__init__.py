"""The control plane in Python: methods instead of HTTP; it knows the emulator only through HTTP."""
