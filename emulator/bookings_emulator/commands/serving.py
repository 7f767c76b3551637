"""What the commands that serve have in common: the emulator that their options ask for, and what is said of it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookings_emulator import __version__
from bookings_emulator.app import App, start_of
from bookings_emulator.commands.option_words import (
    check_persona,
    check_words,
    read_callback_map,
    read_control_origin,
    read_hosts,
    read_public_url,
    read_smtp,
    read_switch,
)
from bookings_emulator.commands.printing import show_progress
from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.error_stream import error_stream
from bookings_emulator.faults import FaultError
from bookings_emulator.log import LOGS
from bookings_emulator.serving.serve import Listener, ListenError, Work, listen
from bookings_emulator.settings import Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.large_sets import LargeSet
from bookings_emulator.store.seed import Fixture, load_fixture
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.tenants import Https

if TYPE_CHECKING:
    from bookings_emulator.commands.kept_state import KeptState

TOKEN = "test-token"  # any token that names no persona is an administrator that may do everything
_LARGE = 5_000  # records from which loading shows how far it is
_PAUSE = 0.3  # seconds between two looks at watched files


def open_emulator(given: dict[str, Any], kept: KeptState | None = None) -> tuple[App, list[Listener]]:
    """The emulator that options ask for, listening, with the records that were kept.

    Raises UsageError for a wrong word, else ClickException.
    """
    check_words(given)
    try:
        app = _make_app(given, kept)
        check_persona("--persona", given["persona"], app.tenant.personas)
        listeners = [listen(given["host"], given["port"])]
        if given["https"] is not None:
            listeners.append(_secured(app, listen(given["host"], given["https"], option="--https"), given))
        app.tenants.serve_at(listeners[0].url)
        return app, listeners
    except (QuirkError, FaultError) as error:
        raise (click.ClickException if given["scenario"] else click.UsageError)(str(error)) from error
    except (FixtureError, ListenError) as error:
        raise click.ClickException(str(error)) from error


def _make_app(given: dict[str, Any], kept: KeptState | None) -> App:
    """The emulator, its fixtures planted; a large one shows how far it is. Raises FixtureError, StateError and such."""
    start = _start(given)
    read = [*start.fixtures, *([kept.fixture] if kept and kept.fixture else ())]
    with show_progress(sum(map(count_records, read)), "loading records", least=_LARGE) as advance:
        settings = _settings(given)
        tenant = Tenant(start, settings._replace(on_planted=advance), name=given["name"], domain=given["domain"])
        if kept:
            kept.restore(tenant)
    tenant.settings = settings  # what is planted later is shown to nobody
    return App(tenant)


def count_records(fixture: Fixture) -> int:
    """How many records of businesses a fixture has."""
    found = fixture.data.get("bookingBusinesses", ())
    businesses = found.get("value", ()) if isinstance(found, dict) else found
    return sum(
        len(items) for business in businesses for items in business.values() if isinstance(items, list | LargeSet)
    )


def _secured(app: App, listener: Listener, given: dict[str, Any]) -> Listener:
    """A listener with the certificate of https, of which the emulator is told. Raises ClickException, UsageError."""
    from bookings_emulator.certificates import CertificateError, kept_authority, passing_authority, server_context

    folder = given["ca_folder"]
    hosts = tuple(given["https_hosts"])
    hosts += () if given["host"] in ("0.0.0.0", "::") else (given["host"],)
    try:
        authority, file = kept_authority(folder) if folder else passing_authority(listener.port)
        context = server_context(authority, hosts)
    except CertificateError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        came = ", ".join(given["https_hosts"])
        raise click.UsageError(f"--https-host: expected names such as bookings.local; got {came}: {error}") from error
    pem, ca = authority.cert_pem.bytes(), str(file.resolve()) if file else None
    app.tenants.https = Https(listener.port, pem, ca, is_kept=bool(folder))
    return listener._replace(tls=context)


def _start(given: dict[str, Any]) -> Start:
    """What the options ask to start from; where they say nothing, a scenario does. Raises FixtureError, QuirkError."""
    quirks = dict(map(read_switch, given["quirks"]))
    words = {name: given[name] for name in ("scenario", "seed", "now", "faults")}
    if not given["scenario"]:
        return start_of(given["fixtures"], quirks=quirks, **words)
    from bookings_emulator.scenario.load import ScenarioError  # slow to import

    try:
        return start_of(given["fixtures"], quirks=quirks, **words)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error


def _settings(given: dict[str, Any]) -> Settings:
    return Settings(
        auth=given["auth"],
        allow_anonymous=given["allow_anonymous"],
        callbacks=read_hosts("--allow-callback", given["callbacks"]),
        deliver_to=read_hosts("--deliver-to", given["deliver_to"]),
        callback_map=tuple(map(read_callback_map, given["callback_map"])),
        has_control=given["control"],
        hosts=tuple(given["hosts"]),
        origins=tuple(map(read_control_origin, given["origins"])),
        fixtures_folder=given["fixtures_folder"],
        scenarios_folder=given["scenarios_folder"],
        key=given["key"],
        public_url=read_public_url(given["public_url"]),
        smtp=read_smtp(given["smtp"], given["deliver_to"]),
        idle=given["idle"],
        log=LOGS[given["log"]],
        https=given["https"],
    )


def start_lines(app: App, found: dict[str, Any], kept: KeptState | None = None) -> list[str]:
    """What is said at the start: every URL, the fixtures, the state file, the seed and a token.

    Last comes what `urls` found, as JSON.
    """
    tenant, origin = app.tenant, found["url"]
    clock = tenant.clock.frozen.isoformat() if tenant.clock.frozen else "real"
    return [
        f"bookings-emulator {__version__}",
        f"  Graph v1.0  {found['graph']}",
        f"  Graph beta  {found['beta']}",
        f"  connector   {found['connector']}",
        f"  pages       {origin}/book/{{address of a business}}/",
        *(_control(origin) if tenant.settings.has_control else ()),
        *(f"  {name:11} {found[name]}" for name in ("authority", "ca") if found.get(name)),
        f"  fixture     {', '.join(each.name for each in tenant.start.fixtures)}",
        *([f"  state       {kept.file}{' (new)' if kept.is_new else ''}"] if kept else ()),
        f"  seed        {tenant.start.seed}   clock {clock}",
        *_token_lines(tenant, found),
        f"ready {json.dumps(found)}",
    ]


def _control(origin: str) -> tuple[str, ...]:
    return (
        f"  inspector   {origin}/_inspector/",
        f"  control     {origin}/_emulator",
        f"  reference   {origin}/_emulator/reference",
        f"  OpenAPI     {origin}/_emulator/openapi/v1.0.json  {origin}/_emulator/openapi/beta.json",
    )


def _token_lines(tenant: Tenant, found: dict[str, Any]) -> tuple[str, ...]:
    token, url = found["token"], f"{found['graph']}/solutions/bookingBusinesses"
    if token is None:
        return (f"  token       none: level {tenant.auth} needs a persona's token, and the fixtures have no personas",)
    return f"  token       {token}", f'  try         curl -H "Authorization: Bearer {token}" {url}'


def urls(app: App, listeners: Sequence[Listener], persona: str | None = None) -> dict[str, Any]:
    """Where a program finds everything: URLs of the planes, port, GUID of the tenant, a token or None, process."""
    origin, https = listeners[0].url, app.tenants.https
    return {
        "url": origin,
        "graph": f"{origin}/v1.0",
        "beta": f"{origin}/beta",
        "connector": f"{origin}/apim/microsoftbookings/{app.tenant.name}",
        "control": f"{origin}/_emulator",
        "port": listeners[0].port,
        "tenant": app.tenant.guid,
        "token": token_of(app.tenant, persona),
        "pid": os.getpid(),
        **({"authority": f"{listeners[1].url}/{app.tenant.guid}", "ca": https.ca} if https else {}),
    }


def token_of(tenant: Tenant, persona: str | None = None) -> str | None:
    """A token that the default tenant takes, of a persona if one is named; None where one is wanted and none there."""
    if tenant.auth == "open":
        return persona or TOKEN
    from bookings_emulator.identity.working_token import foremost_persona, working_token

    found = tenant.personas[persona] if persona else foremost_persona(tenant)
    if found is None:
        return None
    return found.name if tenant.auth == "check" else working_token(tenant, persona)


def watched(app: App, fixtures: Sequence[str]) -> Work:
    """Work that reloads the fixtures when one of their files changes; a wrong file is told of and changes nothing."""
    files = [Path(each) for each in fixtures if Path(each).suffix in (".json", ".toml")]

    async def watch() -> None:
        seen = [_stamp(each) for each in files]
        while True:
            await asyncio.sleep(_PAUSE)
            now = [_stamp(each) for each in files]
            if now == seen:
                continue
            seen = now
            try:
                app.tenant.restart(app.tenant.start._replace(fixtures=tuple(load_fixture(each) for each in fixtures)))
                error_stream.write(f"reloaded {', '.join(map(str, files))}\n")
            except FixtureError as error:
                error_stream.write(f"keeping the old state: {error}\n")

    return watch


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
