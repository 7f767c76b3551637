"""Who may call: the personas of a tenant, and the devices that wait for one of them to sign in."""

from __future__ import annotations

from bookings_emulator.client.answers import DeviceCode
from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows


class DeviceCodes(Rows[DeviceCode]):
    """The devices that wait for a person to sign in, with the code they display."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/device-codes")

    def sign_in(self, user_code: str, persona: str) -> None:
        """Sign a device in as that persona, a person; its client gets the tokens with its next poll."""
        self._line.put(path_of("device-codes", user_code), {"persona": persona})

    def decline(self, user_code: str) -> None:
        """Decline the sign-in of a device."""
        self._line.put(path_of("device-codes", user_code), {"persona": None})
