"""Calls to Microsoft's hosts that end in an emulator in this process: `with bookings_emulator.mock() as bookings`."""
