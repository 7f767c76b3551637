"""What must not be shown of an exchange: tokens, secrets, passwords and signatures, wherever they stand.

Masking happens when an exchange is shown, never when it is kept, so that a call costs nothing for it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import orjson

MASK = "***"
# form fields, query parameters and JSON members, in lower case (RFC 6749, 7521, 7636, 8628; `sig` signs callback URLs)
SECRETS = frozenset(
    {
        "access_token", "assertion", "authorization", "client_assertion", "client_secret", "code_verifier",
        "device_code", "id_token", "id_token_hint", "passwd", "password", "refresh_token", "secret", "sig", "user_code",
    }
)  # fmt: skip
# `code` is an authorization code in a URL, a form and a grant, and the name of an error everywhere else
_CODE = "code"
_GRANT = frozenset({"grant_type", "redirect_uri", "client_id"})
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-emulator-key", "api-key"})

_NAMES = "|".join(sorted(SECRETS))
_IN_URL = re.compile(rf"(?i)([?&;#](?:{_NAMES}|{_CODE})=)[^&\s\"'#<>\\]+")
_IN_JSON = re.compile(rf'(?i)("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*')
_IN_FORM = re.compile(rf"(?i)(<input\b[^>]*\bname=[\"']?(?:{_NAMES}|{_CODE})\b[^>]*\bvalue=[\"'])[^\"']*")
_IN_MESSAGE = re.compile(r"(\benter the code )[A-Z0-9]+(?= to authenticate)")  # of the device code flow
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")  # a JWT, by its beginning `{"`
_SCHEME = re.compile(r"\s*(\w+)\s+\S")


def mask_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers with their credentials masked; the scheme of an Authorization stays."""
    return {name: _header(name.lower(), value) for name, value in headers.items()}


def _header(name: str, value: str) -> str:
    if name not in _HEADERS:
        return mask_text(value)
    scheme = _SCHEME.match(value) if name.endswith("authorization") else None
    return f"{scheme[1]} {MASK}" if scheme else MASK


def mask_query(query: str) -> str:
    """A query, or a form as it is sent, with the values of secrets masked."""
    return mask_text(f"?{query}")[1:]


def mask_text(text: str) -> str:
    """Any text: URLs in it lose the values of secret parameters, JSON those of secret members, tokens are masked."""
    text = _IN_URL.sub(rf"\g<1>{MASK}", text)
    text = _IN_JSON.sub(rf"\g<1>{MASK}", text)
    text = _IN_MESSAGE.sub(rf"\g<1>{MASK}", text)
    if "<" in text:
        text = _IN_FORM.sub(rf"\g<1>{MASK}", text)
    return _TOKEN.sub(MASK, text)


def mask_value(value: Any) -> Any:
    """JSON with secret members and secrets inside texts masked."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [mask_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    is_grant = not _GRANT.isdisjoint(value)
    return {name: _member(name, each, is_grant) for name, each in value.items()}


def _member(name: str, value: Any, is_grant: bool) -> Any:
    lower = name.lower()
    is_secret = lower in SECRETS or (is_grant and lower == _CODE)
    return MASK if is_secret and isinstance(value, (str, int)) else mask_value(value)


def mask_body(body: bytes, content_type: str) -> Any:
    """A body as it may be shown: JSON as a value, a form and any other text as text, None for nothing.

    What is no JSON although it says so (it may be cut) is shown as text; bytes that are no text are counted.
    """
    if body and "json" in content_type.lower():
        with suppress(orjson.JSONDecodeError):
            return mask_value(orjson.loads(body))
    return mask_bytes(body, content_type) or None


def mask_bytes(body: bytes, content_type: str) -> str:
    """A body as text, its secrets masked."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if error.start < len(body) - 4:  # else a character that was cut in two stands at the end
            return f"({len(body)} bytes that are no text)"
        text = body[: error.start].decode()
    return mask_query(text) if "form-urlencoded" in content_type.lower() else mask_text(text)
