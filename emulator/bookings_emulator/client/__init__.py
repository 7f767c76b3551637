"""The control plane in Python: what a test calls instead of writing HTTP itself; it knows the emulator by HTTP only."""
