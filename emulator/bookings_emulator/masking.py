"""Masks secrets in whatever is shown of an exchange: tokens, secrets, passwords and signatures.

Masking happens when an exchange is shown, never when it is kept, so that a call costs nothing for it. Where nothing
tells the end of a secret, what follows it is masked as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import orjson

from bookings_emulator.caches import keep_answers
from bookings_emulator.json_values import UnreadableJson, read_json
from bookings_emulator.secret_signs import CODE, JOINED, JWT, may_hide

MASK = "***"
# `code` is an authorization code in a URL, a form and a grant, and the name of an error everywhere else
_GRANT = frozenset({"grant_type", "redirect_uri", "client_id"})
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "pop"})
_HEADER = re.compile(
    r"authorization|cookie|secret|passw|token|credential|assertion|signature|api-?key|(?<!idempotency)[-_]key$|^key$",
    re.IGNORECASE,
)
# takes every word, whether or not it is a name, so that no place is tried twice; what follows is the value of a name
# (group 2), but `error?code=7000215` is the number of an error
_WORD = re.compile(r"((?:[\w-]|%[0-9a-f]{2})++)[\s+]*+(=(?!(?<=\?code=)\d{5,7}(?![\w.~%+-])))?", re.IGNORECASE)
_TOO_DEEP = re.compile("%(?:25){4}")  # encoded more often than any client does
_MEMBER = re.compile(r"""["']([\w-]+)["']\s*:\s*(?!\s|\{)["'\[]?""")
_BARE_MEMBER = re.compile(r"[{,]\s*([\w-]++)\s*:")  # a shell took the quotes away
# the rest of a value by how it begins; any other ends before a comma or a brace
_VALUES = {
    '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL),
    "[": re.compile(r"[^\]]*"),
}
_VALUE = re.compile(r"[^,}]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?$)', re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*", re.IGNORECASE)
_INPUT_NAME = re.compile(r"\bname=[\"']?([\w-]+)", re.IGNORECASE)
_INPUT_VALUE = re.compile(r"(\bvalue=)(?:\"[^\"]*|'[^']*|[^\s\"'>]+)", re.IGNORECASE)
_PART = re.compile(r"^(--[^\r\n]+)\r?\ncontent-disposition:", re.IGNORECASE | re.MULTILINE)
_PART_NAME = re.compile(r"\bname\*?=(?:utf-8'[^']*')?\"?([^\";\r\n]*)", re.IGNORECASE)
_BEFORE = ("", "?", "&", "#", "=", "%")  # what stands before a parameter; behind all else an `&` may be of the secret
_BLANK = re.compile(r"\s")
_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_IN_MESSAGE = re.compile(r"(\b(?:enter the code|the device that shows) )[A-Z0-9]+")
_IN_ADDRESS = re.compile(r"(://[^/\s:@?#]*:)[^/\s@]+(?=@)")  # the password before a host
_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)+")
_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:(?=-----END )|$)", re.DOTALL)
# what stays as it is when a part of a URL is encoded again
_SAFE = "!\"$'()*,-./:;<=>?@[\\]^_`{|}~"


def mask_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers with their credentials masked; the scheme of an Authorization stays."""
    return {name: _header(name.lower(), value) for name, value in headers.items()}


def _header(name: str, value: str) -> str:
    if not _HEADER.search(name):
        return mask_text(value)
    scheme, _, rest = value.strip().partition(" ")
    return f"{scheme} {MASK}" if rest and scheme.lower() in _SCHEMES else MASK


def mask_query(query: str) -> str:
    """A query, or a form as it is sent, with the values of secrets masked."""
    return _parameters(_plain(query))


def mask_text(text: str) -> str:
    """Any text: forms and URLs in it lose the values of secret parameters, JSON those of secret members; no tokens."""
    if not may_hide(text):
        return text
    part = _PART.search(text) if "--" in text else None
    return _multipart(text, part[1]) if part else _single(text)


def mask_value(value: Any) -> Any:
    """JSON with secret members and secrets inside texts masked."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [mask_value(each) for each in value]
    if not isinstance(value, dict):
        return value
    is_grant = not _GRANT.isdisjoint(value)
    return {
        mask_text(name): _hidden(each) if _is_secret(name, is_grant=is_grant) else mask_value(each)
        for name, each in value.items()
    }


def mask_at(path: Iterable[object], value: Any) -> Any:
    """A value as it may be shown that stands in JSON at a path of members and indexes."""
    return _hidden(value) if any(_is_secret(str(each), is_grant=False) for each in path) else mask_value(value)


def mask_body(body: bytes, content_type: str) -> Any:
    """A body as it may be shown: JSON as a value, a form and any other text as text, None for nothing.

    What is no JSON although it says so (it may be cut) is shown as text; bytes that are no text are counted.
    """
    if body and "json" in content_type.lower():
        with suppress(UnreadableJson):
            return mask_value(read_json(body))
    return mask_bytes(body, content_type) or None


def mask_bytes(body: bytes, content_type: str) -> str:
    """A body as text, its secrets masked. What is a form is read as one, whatever it begins with, unless it is JSON."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if error.start < len(body) - 4:  # else a character that was cut in two stands at the end
            return f"({len(body)} bytes that are not text)"
        text = body[: error.start].decode()
    is_form = "form-urlencoded" in content_type.lower()
    text = text if is_form and text[:1] not in ("{", "[", "-") else mask_text(text)
    return mask_query(text) if is_form else text


def _is_secret(name: str, *, is_grant: bool) -> bool:
    """Whether a name, percent-encoded or not, is that of a secret; `is_grant` where an authorization code may stand."""
    word = _last_word(name)
    return word in JOINED or (is_grant and word == CODE)


@keep_answers(1024)
def _last_word(name: str) -> str:
    """The last word of a name, in lower case, without what may part it."""
    word = re.split(r"[^\w-]", unquote(name).strip().lower())[-1]
    return word.replace("_", "").replace("-", "")


def _hidden(value: Any) -> Any:
    """The value of a secret; of an object only what is secret in it: `claims` has one by the name of `access_token`."""
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return mask_value(value) if isinstance(value, dict) else value if value is None else MASK


def _parameters(text: str) -> str:
    """A text without the values of secret parameters, each of which reaches to the next `&`, as forms are read."""
    if "=" in text:
        text = _assigned(text)
    return "&".join(map(_decoded, text.split("&"))) if "%" in text else text


def _assigned(text: str) -> str:
    def end(found: re.Match[str]) -> int:
        is_parameter = text[found.start() - 1 : found.start()] in _BEFORE
        return text.find("&", found.end()) if is_parameter else -1

    return _hide(text, _names(text), end, is_grant=True)


def _names(text: str) -> Iterator[re.Match[str]]:
    """The names of parameters in a text; each match ends where the value begins."""
    return (found for found in _WORD.finditer(text) if found[2])


def _hide(text: str, names: Iterable[re.Match[str]], end: Callable[[re.Match[str]], int], *, is_grant: bool) -> str:
    """A text without what follows the names of secrets; `end` is where that ends, -1 for nowhere."""
    parts, done = [], 0
    for found in names:
        if found.start() >= done and _is_secret(found[1], is_grant=is_grant):
            parts += [text[done : found.end()], MASK]
            done = end(found)
            if done < 0:
                return "".join(parts)
    return "".join([*parts, text[done:]]) if parts else text


def _decoded(text: str) -> str:
    """A parameter as it was, unless there are secrets in it once it is decoded."""
    if unquote(text) == text:
        return text
    if _TOO_DEEP.search(text):
        return MASK
    plain = unquote_plus(text)
    masked = mask_text(plain)
    return text if masked == plain else quote(masked, safe=_SAFE + " " if " " in text else _SAFE)


def _plain(text: str) -> str:
    """A text without the secrets that can be told by what stands around them or by what they look like."""
    if "-----" in text:
        text = _KEY.sub(rf"\g<1>{MASK}", text)
    if ":" in text:
        text = _hide(text, _MEMBER.finditer(text), lambda found: _value(text, found.end()), is_grant=False)
        text = _IN_ADDRESS.sub(rf"\g<1>{MASK}", text)
    if "<" in text:
        text = _INPUT.sub(_input, text)
    text = _IN_MESSAGE.sub(rf"\g<1>{MASK}", text)
    return _DOTTED.sub(_token, text) if JWT in text else text


def _value(text: str, start: int) -> int:
    """Where the value of a member ends whose first character stands before `start`, if that is a quote or a bracket."""
    rest = _VALUES.get(text[start - 1], _VALUE).match(text, start)
    return rest.end() if rest else start


def _token(found: re.Match[str]) -> str:
    start = found[0].find(JWT)
    return found[0][:start] + MASK if start >= 0 and "." in found[0][start:] else found[0]


def _input(found: re.Match[str]) -> str:
    name = _INPUT_NAME.search(found[0])
    is_secret = name is not None and _is_secret(name[1], is_grant=True)
    return _INPUT_VALUE.sub(rf'\g<1>"{MASK}', found[0]) if is_secret else found[0]


def _single(text: str) -> str:
    """A text that is no multipart form."""
    return _json(text) if text.lstrip()[:1] in ("{", "[") else _parameters(_prose(_plain(text)))


def _prose(text: str) -> str:
    """A text without what follows a secret parameter after a blank: there an `&` may be a part of the secret."""
    blank = _BLANK.search(text)
    if blank is None:
        return text
    start = blank.start()
    return text[:start] + _hide(text[start:], _names(text[start:]), lambda found: -1, is_grant=True)


def _json(text: str) -> str:
    """JSON as text; it may be cut, badly quoted, or none at all."""
    with suppress(UnreadableJson):
        value = read_json(text)
        masked = mask_value(value)
        return text if masked == value else orjson.dumps(masked).decode()
    plain = _plain(text)
    text = _hide(plain, _BARE_MEMBER.finditer(plain), lambda found: -1, is_grant=False)
    if _assigned(outside := _STRING.sub('""', text)) != outside:
        return _parameters(text)
    return _STRING.sub(_literal, text)


def _literal(found: re.Match[str]) -> str:
    """A text inside of JSON, with its quotes."""
    with suppress(UnreadableJson):
        plain = read_json(found[0])
        masked = _single(plain)
        return found[0] if masked == plain else orjson.dumps(masked).decode()
    return f'"{_single(found[0][1:])}'


def _multipart(text: str, boundary: str) -> str:
    """A multipart form without the contents of secret fields."""
    return boundary.join(map(_part, re.split(rf"(?m)^{re.escape(boundary)}", text)))


def _part(text: str) -> str:
    blank = _BLANK_LINE.search(text)
    name = _PART_NAME.search(text, 0, blank.start()) if blank else None
    if blank is None or name is None:
        return mask_query(text)
    content = text[blank.end() :]
    return text[: blank.end()] + (f"{MASK}\r\n" if _is_secret(name[1], is_grant=True) else _single(content))
