"""Parses URLs that clients send, whatever text they contain."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_BRACKETS = re.compile(r"(?:[^@\[\]]*@)?\[[0-9a-f:.]+\](?::\d*)?", re.IGNORECASE | re.ASCII)
_NONE = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """The parts of a URL; all of them are empty where it cannot be one (`http://[`, `http://host:port`)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _NONE
    # some versions of Python take what stands around the brackets of an address for nothing
    has_brackets = "[" in parts.netloc or "]" in parts.netloc
    return _NONE if has_brackets and _BRACKETS.fullmatch(parts.netloc) is None else parts
