"""What reads of Graph were answered, given again for as long as nothing that an answer depends on has changed."""

from typing import Any, NamedTuple

from bookings_emulator.domain.outcome import Caller
from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.tenant import Tenant

MEMORY = 4 * 1024 * 1024  # bytes of a tenant
_LARGEST = MEMORY // 4
_BESIDE = 1000  # bytes that an entry takes beside its texts and its body


class Reading(NamedTuple):
    """A read that was answered: what was understood of it, who asked, and the answer without what every one has."""

    operation: str | None
    keys: tuple[str, ...]
    business: str | None
    caller: Caller
    headers: dict[str, str]
    body: bytes
    size: int
    quirks: tuple[str, ...] = ()


class Memo:
    """The readings of one tenant by what was asked; who asks is found out anew each time and compared.

    Any change of records or quirks empties it. Not kept is what depends on the moment: a query that says `now`.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._kept: dict[tuple[str, ...], Reading] = {}
        self._version: tuple[int, int] = (0, 0)
        self._size = 0

    def find(self, request: Request) -> Reading | None:
        """What the same question was answered."""
        if self._version != self._tenant.version:
            self._kept.clear()
            self._version, self._size = self._tenant.version, 0
        return self._kept.get(_key(request))

    def keep(self, exchange: Exchange, headers: dict[str, str], body: bytes) -> None:
        """Remember a good answer to a read."""
        request, caller = exchange.request, exchange.caller
        if caller is None or self._version != self._tenant.version:
            return
        key = _key(request)
        size = sum(map(len, key)) + len(body) + _BESIDE
        if size > _LARGEST:
            return
        if key in self._kept:
            self._drop(key)
        while self._size + size > MEMORY:
            self._drop(next(iter(self._kept)))
        quirks = tuple(self._tenant.quirks.decided)
        about = exchange.operation, exchange.keys, exchange.business
        self._kept[key] = Reading(*about, caller, headers, body, size, quirks)
        self._size += size

    def _drop(self, key: tuple[str, ...]) -> None:
        self._size -= self._kept.pop(key).size


def _key(request: Request) -> tuple[str, ...]:
    """Everything of a request that its answer depends on, but for who asks and what headers repeat of it."""
    headers: Any = request.headers
    return request.path, request.query, headers.get("accept", ""), headers.get("prefer", ""), request.origin
