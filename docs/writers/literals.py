"""The closed lists of the contract as types of the Python client."""

from __future__ import annotations

from collections.abc import Iterable

from bookings_emulator.client.words import CHANGES
from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.control.journal_notes import KINDS as NOTES
from bookings_emulator.domain.messages import KINDS as MESSAGES
from bookings_emulator.events.delivery import STATUSES
from bookings_emulator.events.matching import PLANES
from bookings_emulator.faults.shape import MATCH
from bookings_emulator.identity.tokens import WRONGS
from bookings_emulator.settings import LEVELS
from bookings_emulator.store.tenant_settings import default_settings

_HEAD = '''"""The closed lists of the contract as types, for editors and type checkers; written by docs/build.py."""

from __future__ import annotations

from typing import Literal
'''


def literals() -> str:
    """The module `client/literals.py`."""
    quirks = load_quirks().values()
    lists: dict[str, Iterable[str]] = {
        "Auth": LEVELS,
        "Change": CHANGES,
        "DeliveryStatus": STATUSES,
        "MessageKind": MESSAGES,
        "NoteKind": NOTES,
        "FaultPlane": MATCH["properties"]["plane"]["enum"],
        "Plane": PLANES,
        "ProblemName": sorted(load_problems()),
        "QuirkName": [word for each in quirks for word in (each.id, each.number, each.also) if word],
        "TenantSettingName": default_settings(),
        "WrongToken": WRONGS,
    }
    return _HEAD + "".join(f"\n{name} = Literal[\n{_rows(words)}]\n" for name, words in lists.items())


def _rows(words: Iterable[str]) -> str:
    return "".join(f'    "{each}",\n' for each in words)
