"""Sends requests to Microsoft's hosts to an emulator in this process: `with bookings_emulator.mock() as bookings`."""
