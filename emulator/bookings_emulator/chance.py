"""The dice of a tenant: all new identifiers come from here, from a seed, so that runs can be repeated."""

from __future__ import annotations

import struct
from base64 import b64encode
from random import Random

from bookings_emulator.caches import keep_answers
from bookings_emulator.domain.outcome import Ids
from bookings_emulator.ids import guid

# store id of a mailbox (36 characters), then an entry id of 70 bytes: provider, folder, counter, item, counter
_ITEM_ID = struct.Struct("<BBH36sH4s16s2s16sIHH16sIHHB")
_PROVIDER = bytes.fromhex("1f38a80bc4e04a1f9c2f4b1d5b6c7a01")


class Chance(Ids):
    """Identifiers out of a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._count = 0

    def guid(self) -> str:
        """A random GUID, lower case with dashes."""
        return guid(self._random.getrandbits(128))

    def item(self, mailbox: str) -> str:
        """An Exchange item id: URL-safe base64 of a mailbox id and an entry id, 152 characters, AAMk…= (seen live)."""
        mailbox_guid, folder = _mailbox(mailbox.lower())
        self._count += 1
        item = self._random.getrandbits(128).to_bytes(16, "big")
        entry = _ITEM_ID.pack(
            0, 3, 36, mailbox_guid, 70, b"\0\0\0\0", _PROVIDER, b"\7\0", folder, 0, 1, 0, item, self._count, 0, 0, 0
        )  # fmt: skip
        return b64encode(entry, altchars=b"_-").decode()

    def save(self) -> tuple[object, int]:
        """What `restore` needs to go on from here."""
        return self._random.getstate(), self._count

    def restart(self, seed: int) -> None:
        """Begin the ids of a seed anew."""
        self._random = Random(seed)
        self._count = 0

    def restore(self, saved: tuple[object, int]) -> None:
        """Go on from where `save` was called."""
        self._random.setstate(saved[0])  # type: ignore[arg-type]
        self._count = saved[1]


@keep_answers(1024)
def _mailbox(address: str) -> tuple[bytes, bytes]:
    """The ids of a mailbox and its calendar folder, always the same for an address."""
    owner = Random(address)
    return guid(owner.getrandbits(128)).encode(), owner.getrandbits(128).to_bytes(16, "big")
