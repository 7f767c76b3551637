"""How a process treats all its tenants: what the command line and `create_app` set once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from bookings_emulator.log import Log

LEVELS = ("open", "check", "strict")  # how strictly bearer tokens are checked


class Settings(NamedTuple):
    """Settings of a process.

    `auth` is open (any token works), check (a token must name a persona or carry claims) or strict (only tokens
    issued here). With `allow_anonymous` a request without a token is accepted as a caller who may do everything.

    `callbacks` are additional host names on the connector's allow-list. `deliver_to` are hosts, besides loopback, that
    notifications are sent to. `callback_map` are pairs of a URL pattern and the URL that replaces it.

    `hosts` are the host names, besides loopback names, under which the control plane accepts requests. `origins` are
    the origins of web pages that may use it (`http://localhost:3000`). `fixtures_folder` and `scenarios_folder` hold
    the files that requests to it can name. `key` is the key that requests must send. `has_control` set to False turns
    the control plane off.

    `idle` is the number of seconds after which an unused tenant is deleted, None for never. `log` is called for every
    exchange. `https` is the port for https next to http, 0 for a free one, None for none; `Emulator` and the commands
    listen on it. `public_url` is the base of links to pages, also in mails; default: where the emulator listens.
    `smtp` is `HOST:PORT` of a server that mails are sent to, None for none. `on_planted` is called for each loaded
    record, so that a start can show its progress.
    """

    auth: Literal["open", "check", "strict"] = "open"
    allow_anonymous: bool = False
    callbacks: tuple[str, ...] = ()
    deliver_to: tuple[str, ...] = ()
    callback_map: tuple[tuple[str, str], ...] = ()
    has_control: bool = True
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    fixtures_folder: Path | None = None
    scenarios_folder: Path | None = None
    key: str | None = None
    idle: float | None = None
    log: Log | None = None
    https: int | None = None
    public_url: str | None = None
    smtp: str | None = None
    on_planted: Callable[[], object] | None = None
