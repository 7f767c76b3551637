"""How one process behaves towards all its tenants: what the command line and `create_app` set once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from bookings_emulator.log import Log

LEVELS = ("open", "check", "strict")  # how bearer tokens are taken


class Settings(NamedTuple):
    """Settings of a process.

    `auth` is open (any token works), check (a token must be a persona's or carry claims) or strict (only tokens
    issued here); with `allow_anonymous` a call without a token is one of who may do everything. `callbacks` are
    further host names on the allow-list of the connector, `deliver_to` hosts beside loopback that notifications are
    sent to, `callback_map` pairs of a URL pattern and the URL that takes its place. `hosts` are the host names under
    which the control plane answers beside loopback, `origins` those of the web pages that it answers
    (`http://localhost:3000`), `fixtures_folder` and `scenarios_folder` hold the files that its callers may name;
    `key` is what they must show; without `has_control` it is not there. `idle` is after how many seconds an unused
    tenant goes, None for never. `log` is told of every exchange. `https` is the port of https beside http, 0 a free
    one, None for none: what `Emulator` and the commands listen on. `public_url` is where
    pages and the links in mails lead to, by default where the emulator listens; `smtp` is `HOST:PORT` of a server that
    mails are handed to, None for none. `on_planted` hears of each record that is planted, so that a start can
    show how far it is.
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
