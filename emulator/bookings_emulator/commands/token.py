"""`bookings-emulator token`."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from bookings_emulator.app import create_app
from bookings_emulator.client.client import URL, Client
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.commands.choice import Choice
from bookings_emulator.commands.option_words import check_persona, refuse_word
from bookings_emulator.commands.remote import end_of
from bookings_emulator.identity.tokens import API_HUB, GRAPH, LIFETIME, WRONGS, TokenOptions, issue
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.personas import Persona
from bookings_emulator.store.seed import find_fixture
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import parse_duration

_AUDIENCES = {"graph": GRAPH, "connector": API_HUB}


@click.command
@click.option("--persona", required=True, metavar="NAME", help="The caller.")
@click.option(
    "--audience", default="graph", show_default=True, help="graph, connector, or any value for the claim aud."
)
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    metavar="NAME",
    help="Permission of the token; default: all of the persona's. Repeatable.",
)
@click.option("--lifetime", metavar="DURATION", help="How long the token is valid, such as PT10M.")
@click.option("--wrong", type=Choice(WRONGS), help="What makes the token invalid.")
@click.option("--url", default=URL, show_default=True, metavar="URL", help="The running emulator, or a tenant of it.")
@click.option("--control-key", "key", metavar="KEY", help="The key of the control plane.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The authority to trust if the URL is https; default: $SSL_CERT_FILE.",
)
@click.option("--seed", type=int, help="Make the token offline, for an emulator with this seed.")
@click.option(
    "--fixture", "fixtures", multiple=True, metavar="NAME|FILE", help="With --seed: the fixture of the persona."
)
def token(**given: Any) -> None:
    """Print an access token of a persona.

    The running emulator issues it, with its clock and key. With --seed it is made offline: the seed determines the key,
    and the default tenant of an emulator with that seed accepts it.

    \b
    curl -H "Authorization: Bearer $(bookings-emulator token --persona viewer)" …
    bookings-emulator token --persona application --wrong expired
    bookings-emulator token --persona viewer --seed 1
    """
    if given["seed"] is not None and _is_given("url"):
        raise click.UsageError("use --url (ask a running emulator) or --seed (make the token offline), not both")
    click.echo(_asked(given) if given["seed"] is None else _made(given))


def _is_given(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _asked(given: dict[str, Any]) -> str:
    wanted = {name: given[name] for name in ("audience", "lifetime", "wrong") if given[name] is not None}
    if given["permissions"]:
        wanted["permissions"] = list(given["permissions"])
    try:
        with Client(given["url"], key=given["key"], ca=given["ca"]) as client:
            return client.token(given["persona"], **wanted)
    except ControlError as error:
        raise end_of(error, "; or make the token offline with --seed") from error


def _made(given: dict[str, Any]) -> str:
    tenant, persona = find(given["fixtures"], given["persona"], given["seed"])
    length = parse_duration(given["lifetime"]) if given["lifetime"] else None
    if given["lifetime"] and not length:
        raise click.UsageError(f"--lifetime takes a duration such as PT10M; got '{given['lifetime']}'")
    audience = given["audience"]
    wanted = TokenOptions(
        audience=_AUDIENCES.get(audience, audience),
        permissions=frozenset(given["permissions"]) if given["permissions"] else None,
        lifetime=int(length.total_seconds()) if length else LIFETIME,
        wrong=given["wrong"],
    )
    return issue(tenant, persona, wanted)


def find(fixtures: tuple[str, ...], name: str, seed: int | None = None) -> tuple[Tenant, Persona]:
    """A persona of fixtures, and a tenant that starts from them. Raises ClickException."""
    for fixture in fixtures:
        refuse_word("--fixture", find_fixture, fixture)
    try:
        tenant = create_app(*fixtures, seed=seed).tenant
    except FixtureError as error:
        raise click.ClickException(str(error)) from error
    check_persona("--persona", name, tenant.personas)
    return tenant, tenant.personas[name]
