"""URLs that clients send: any text may come."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_NONE = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """The parts of a URL; all of them are empty where it cannot be one (`http://[`, `http://host:port`)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _NONE
    return parts
