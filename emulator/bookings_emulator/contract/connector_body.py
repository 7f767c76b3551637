"""Reads the body of a subscription: what shall be sent where; a body of another form is refused."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson

from bookings_emulator.contract.connector import ConnectorContract
from bookings_emulator.json_values import UnreadableJson, read_json
from bookings_emulator.problem import Problem, did_you_mean
from bookings_emulator.urls import parts_of

# the three fields as they are called inside `webhook`, and in the flat form of 2022
_FIELDS = ("notification_url", "resource", "change_type")
_OLDER_FIELDS = ("notificationURL", "resource", "changeType")
_PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without blanks and backslashes, which URL readers disagree about


class ExpectedMember(NamedTuple):
    """A subscription that is asked for: the callback URL and the kinds of change, in the order of the contract."""

    url: str
    changes: tuple[str, ...]


def read_subscription(contract: ConnectorContract, content: bytes, *, is_older: bool) -> ExpectedMember:
    """Read a body. Raises Problem connector.malformed."""
    try:
        given = read_json(content)
    except UnreadableJson as error:
        raise _malformed("the body", "a JSON object", f"no JSON ({error})") from None
    fields, where = _FIELDS, "webhook"
    if is_older:
        fields, where = _OLDER_FIELDS, "the body"
        inner = given
    else:
        inner = _object(given, "the body").get("webhook")
    inner = _object(inner, where)
    url, resource, changes = (inner.get(each) for each in fields)
    if resource != contract.resource:
        raise _malformed(f"{where}.{fields[1]}", f"'{contract.resource}'", _said(resource))
    if not isinstance(url, str) or not is_callback(url):
        raise _malformed(f"{where}.{fields[0]}", "an absolute http or https URL", _said(url))
    if not isinstance(changes, list) or not changes or not all(isinstance(each, str) for each in changes):
        raise _malformed(f"{where}.{fields[2]}", "a list of strings", _said(changes))
    for each in changes:
        if each not in contract.changes:
            hint = did_you_mean(each, contract.changes)
            raise _malformed(f"{where}.{fields[2]}", ", ".join(contract.changes), _said(each), hint)
    return ExpectedMember(url, tuple(each for each in contract.changes if each in changes))


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(where, "an object", _said(value))
    return value


def is_callback(text: str) -> bool:
    """Whether a text is a URL that notifications can be sent to: http or https, printable, with a host."""
    parts = parts_of(text)
    is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    return is_address and _PLAIN.fullmatch(text) is not None


def _said(value: Any) -> str:
    text = "nothing" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= 120 else text[:120] + " …"


def _malformed(where: str, expected: str, came: str, hint: str = "") -> Problem:
    detail = f"{where}: expected {expected}; got {came}{hint}"
    return Problem("connector.malformed", detail, detail=detail)
