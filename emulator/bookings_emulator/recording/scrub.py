"""Replaces what is private in recorded calls, the same by the same wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import orjson

from bookings_emulator.masking import mask_query, mask_text, mask_value
from bookings_emulator.recording.names import PARTS, Private
from bookings_emulator.recording.recorded import ABSENT, Recorded

# members whose values are words of the API, which a name may happen to be
_WORDS = frozenset(
    {
        "role", "type", "status", "day", "kind", "priceType", "defaultPriceType", "availabilityType", "recipients",
        "code", "membershipStatus", "answerInputType", "accessControl", "timeZone", "customerTimeZone",
        "businessTimeZone", "defaultCurrencyIso", "countryOrRegion", "languageTag", "id", "method",
        "locationType", "duration",
    }
)  # fmt: skip
_SAFE = "@$'(),:;=!*"
_ORDINATES = frozenset({"latitude", "longitude", "altitude", "accuracy", "altitudeAccuracy"})


class Scrub:
    """The replacements of one recording."""

    def __init__(self, calls: Iterable[Recorded]) -> None:
        private = Private(calls)
        self._parts = private.parts
        self._identities = _Replacement(private.identities)
        self._names = _Replacement(private.names)

    def call(self, call: Recorded) -> Recorded:
        """A call without anything private and without secrets; of its headers those stay that steer an answer."""
        return replace(
            call,
            path=self.url(call.path),
            headers={name: self.value(mask_text(value)) for name, value in call.headers.items()},
            body=self._body(call.body, call.sent),
            answer_headers={name: self.value(mask_text(value)) for name, value in call.answer_headers.items()},
            answer=self._body(call.answer, call.answered),
        )

    def text(self, text: str) -> str:
        """A text without identities and names."""
        return self._names.of(self._identities.of(text))

    def url(self, url: str) -> str:
        """A URL without identities, and in its query without names; percent-encoded as it was."""
        path, mark, query = url.partition("?")
        path = mask_text(path)
        pairs = (each.partition("=") for each in mask_query(query).split("&"))
        cleaned = (name + equals + _spelled(value, self.text, unquote_plus) for name, equals, value in pairs)
        segments = (_spelled(each, self._identities.of, unquote) for each in path.split("/"))
        return "/".join(segments) + mark + "&".join(cleaned)

    def value(self, value: Any, name: str = "") -> Any:
        """JSON without anything private; `name` is the member it stands in."""
        if isinstance(value, list):
            return [self.value(each, name) for each in value]
        if isinstance(value, dict):
            return {self._identities.of(member): self.value(each, member) for member, each in value.items()}
        if not isinstance(value, str):
            return 0.0 if name in _ORDINATES and isinstance(value, float) else value
        return self._member(name, value)

    def _member(self, name: str, value: str) -> str:
        if name in PARTS:
            return self._parts.get(f"{name} {value}", self.text(value))
        if name == "url" or value.startswith(("http://", "https://")):
            return self.url(value)
        return self._identities.of(value) if name in _WORDS or "@" in name else self.text(value)

    def _body(self, body: bytes, value: Any) -> bytes:
        if value is not ABSENT:
            return orjson.dumps(self.value(mask_value(value)))
        return self.text(mask_text(body.decode(errors="replace"))).encode()


def _spelled(text: str, clean: Callable[[str], str], read: Callable[[str], str]) -> str:
    """A part of a URL cleaned; what nothing was replaced in stays spelled as it was."""
    plain = read(text)
    cleaned = clean(plain)
    return text if cleaned == plain else quote(cleaned, safe=_SAFE.replace("@", "") if "%40" in text else _SAFE)


class _Replacement:
    """Texts and what takes their place, whole words only, without regard to case; the longest first."""

    def __init__(self, pairs: dict[str, str]) -> None:
        self._pairs = {was.lower(): now for was, now in pairs.items()}
        words = sorted(self._pairs, key=len, reverse=True)
        either = "|".join(map(re.escape, words))
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if words else None

    def of(self, text: str) -> str:
        """A text with everything replaced."""
        return self._pattern.sub(lambda found: self._pairs[found[0].lower()], text) if self._pattern else text
