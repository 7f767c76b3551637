"""Callback URLs: whether the connector takes them, and where, if anywhere, their notifications really go."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.connector import load_connector
from bookings_emulator.settings import Settings

_HOST = re.compile(r"(\*?\.)?[\w-]+(\.[\w-]+)*|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*")
_PORTS = {"http": 80, "https": 443}


def is_allowed(url: str, settings: Settings) -> bool:
    """Whether a subscription may name this URL: https at a Microsoft domain, loopback, or a host of a setting."""
    parts = urlsplit(url)
    host = host_of(url)
    if is_loopback(host) or any(is_named(host, each) for each in (*settings.callbacks, *settings.deliver_to)):
        return True
    return parts.scheme == "https" and any(is_named(host, each) for each in load_connector().suffixes)


@keep_answers(4096, 1000)
def target_of(url: str, settings: Settings) -> str | None:
    """Where a notification for this URL is sent, after `--callback-map`; None where it must not leave the machine."""
    for pattern, place in settings.callback_map:
        if any(fnmatchcase(each, pattern.rstrip("/").lower()) for each in _origins(urlsplit(url))):
            return _moved(url, place)
    host = host_of(url)
    is_free = is_loopback(host) or any(is_named(host, each) for each in settings.deliver_to)
    return _without_last_dot(url) if is_free else None


def _without_last_dot(url: str) -> str:
    """The same URL without the dot that may end its host, by which a name of this machine would be asked of the DNS."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith("."):
        return url
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port is not None else ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}"))


def read_host(text: str) -> str:
    """The name of a host, or with `.` or `*.` in front all below it. Raises ValueError."""
    if not _HOST.fullmatch(text):
        raise ValueError(f"expected the name of a host such as n8n, or .example.com for all below it; got '{text}'")
    return text


def read_mapping(text: str) -> tuple[str, str]:
    """`PATTERN=URL`, both with a scheme; stars of the pattern stand for anything. Raises ValueError."""
    pattern, _, url = text.partition("=")
    for each in (pattern, url):
        scheme, mark, rest = each.partition("://")
        if scheme not in _PORTS or not mark or not rest:
            example = "https://prod-*.logic.azure.com=http://localhost:7071"
            raise ValueError(f"takes PATTERN=URL, such as {example}; got '{text}'")
    return pattern, url


def host_of(url: str) -> str:
    """The host of a URL in lower case, without the dot that may end it."""
    return (urlsplit(url).hostname or "").rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or number; nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_named(host: str, name: str) -> bool:
    """Whether a name of a setting means a host: itself, or with a leading dot or star all below it."""
    name = name.lower().removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name


def _origins(parts: SplitResult) -> set[str]:
    """The ways to write scheme, host and port of a URL: the usual port may be named or not."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = _PORTS.get(parts.scheme)
    port = parts.port or usual
    plain = {f"{parts.scheme}://{host}"} if port == usual else set()
    return plain | {f"{parts.scheme}://{host}:{port}"}


def _moved(url: str, place: str) -> str:
    """The same path and query at another origin (with a path of its own, perhaps)."""
    parts, to = urlsplit(url), urlsplit(place)
    return urlunsplit((to.scheme, to.netloc, to.path.rstrip("/") + parts.path, parts.query, ""))
