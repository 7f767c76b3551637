"""Headers that a client sends to no effect, remarked on for `x-emulator-note` and the journal."""

from __future__ import annotations

from collections.abc import Iterator

from bookings_emulator.exchange import Exchange, Remark

IGNORED_HEADER = "ignored-header"
# conditions of HTTP and of directory objects, which Bookings is not known to look at
_CONDITIONS = (
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range", "consistencylevel"
)  # fmt: skip
_LOOKED_AT = frozenset({*_CONDITIONS, "prefer"})
_HONOURED = frozenset({"odata.maxpagesize", "maxpagesize", "include-unknown-enum-members"})


def note_headers(exchange: Exchange) -> None:
    """Remark on the headers of a request that are not looked at."""
    headers = exchange.request.headers
    if headers.keys().isdisjoint(_LOOKED_AT):
        return
    ignored = [f"{name}: {headers[name]}" for name in _CONDITIONS if name in headers]
    if "prefer" in headers:
        ignored += (f"Prefer: {each}" for each in _ignored_preferences(headers["prefer"]))
    exchange.remarks.extend(Remark(IGNORED_HEADER, f"{each} was ignored") for each in ignored)


def _ignored_preferences(prefer: str) -> Iterator[str]:
    for part in prefer.replace(";", ",").split(","):
        each = part.strip()
        if each and each.partition("=")[0].strip().lower() not in _HONOURED:
            yield each
