"""`python -m bookings_emulator`."""

from bookings_emulator.cli import main

main()
