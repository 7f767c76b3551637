"""Who may call: the personas of a tenant, and the devices that wait for one of them to sign in."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows


class PersonaRow(TypedDict):
    """A caller; `name` is the argument of `token(name)`, and a bearer token itself if the emulator is not strict.

    `kind` is delegated for people, who alone have an address and roles by business, or application.
    """

    name: str
    kind: str
    upn: NotRequired[str]
    object_id: str
    client_id: str
    roles: NotRequired[dict[str, str]]
    permissions: list[str]
    is_licensed: bool
    is_personal: bool


class DeviceCode(TypedDict):
    """A device that waits for a person; `user_code` is what it shows, `expires` a moment of the tenant's clock."""

    user_code: str
    client_id: str
    expires: str


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
