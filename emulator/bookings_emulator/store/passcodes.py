"""One-time passcodes of the booking page: who was mailed which, until when it is good, and how often it was tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

LIFETIME = timedelta(minutes=10)  # a guess, as is the number of tries
TRIES = 5
CAPACITY = 10_000  # the oldest goes first


class Passcode(NamedTuple):
    """A code that was mailed; after TRIES wrong ones it is good no more."""

    code: str
    expires: datetime
    wrong: int = 0


_Key = tuple[str, str]


class Passcodes:
    """The codes of a tenant by business and address, both without regard to case."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Passcode] = {}

    def save(self) -> dict[_Key, Passcode]:
        """What `restore` needs."""
        return dict(self._kept)

    def restore(self, saved: dict[_Key, Passcode]) -> None:
        """Hold what was held when `save` was called."""
        self._kept = dict(saved)

    def keep(self, business_id: str, address: str, code: str, now: datetime) -> None:
        """Keep a new code, which voids the one before."""
        key = _make_passcode_key(business_id, address)
        self._kept.pop(key, None)
        while len(self._kept) >= CAPACITY:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = Passcode(code, now + LIFETIME)

    def refuse(self, business_id: str, address: str, code: str, now: datetime) -> str | None:
        """Why a code is not good, which counts as a try; None for a good one."""
        key = _make_passcode_key(business_id, address)
        kept = self._kept.get(key)
        if kept is None:
            return f"no code was sent to {address}, or it has been used"
        if now >= kept.expires:
            return f"the code has expired: it was valid for {LIFETIME.seconds // 60} minutes"
        if kept.wrong >= TRIES:
            return f"got {TRIES} wrong codes; request a new one with an empty verificationCode"
        if kept.code != code:
            self._kept[key] = kept._replace(wrong=kept.wrong + 1)
            return f"the code is not the one sent to {address}; {TRIES - 1 - kept.wrong} tries are left"
        return None

    def spend(self, business_id: str, address: str) -> None:
        """Forget a code that was used."""
        self._kept.pop(_make_passcode_key(business_id, address), None)


def _make_passcode_key(business_id: str, address: str) -> _Key:
    return business_id.lower(), address.lower()
