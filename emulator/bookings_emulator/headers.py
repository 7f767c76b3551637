"""Text that fits into response headers: printable ASCII, whatever a client sent."""

from __future__ import annotations

import re

# what the emulator says of a call beside what the service says; pages of other origins may read it
OWN_HEADERS = "x-emulator-reason, x-emulator-note, x-emulator-fault"
_SETTABLE = re.compile(r"(?!(?:content-length|transfer-encoding|connection)$)[!#$%&'*+.^_`|~0-9a-z-]+", re.IGNORECASE)
SETTABLE = "a header name other than Content-Length, Transfer-Encoding and Connection"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_REASON = 1_000  # characters; escaped it is far below the 8 KB that clients read as one header


def reason_text(reason: str) -> str:
    """A plain reason as `x-emulator-reason` holds it; the rest of a very long one is in the journal."""
    text = header_text(reason[:_LONGEST_REASON])
    return text if len(reason) <= _LONGEST_REASON else f"{text} ... (the journal has all of it)"


def is_settable(name: str) -> bool:
    """Whether a response can be given a header of this name: those that frame it follow from its body."""
    return _SETTABLE.fullmatch(name) is not None


def header_text(text: str) -> str:
    """A text that may quote anything a client sent, as a header can hold it: printable ASCII."""
    return _CONTROLS.sub(" ", text.encode("ascii", "backslashreplace").decode())
