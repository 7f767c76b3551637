"""The words of the options that start an emulator, read and checked: a wrong one is wrong usage, told with its option.

What is wrong inside a file that an option names is no wrong word: it ends the command with exit code 1, these with 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.contract.quirks import find as find_quirk
from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import find_fixture, utc
from bookings_emulator.tenants import TenantError, check_domain, check_name
from bookings_emulator.urls import parts_of


def check_words(given: Mapping[str, Any]) -> None:
    """Refuse words of options that stand for nothing, before anything is started. Raises UsageError."""
    for name in given["fixtures"]:
        refuse_word("--fixture", find_fixture, name)
    refuse_word("--name", check_name, given["name"])
    refuse_word("--domain", check_domain, given["domain"])
    refuse_word("--now", utc, given["now"])
    for switch in given["quirks"]:
        refuse_word("--quirk", _check_switch, switch)
    for preset in given["faults"]:
        refuse_word("--fault", _check_preset, preset)
    if given["scenario"] is not None:
        check_scenario("--scenario: ", given["scenario"])


def check_scenario(place: str, name: str) -> None:
    """Refuse what is neither a scenario of ours nor a file. Raises UsageError."""
    from bookings_emulator.scenario.load import ScenarioError, find_scenario  # slow to import

    try:
        find_scenario(name)
    except ScenarioError as error:
        raise click.UsageError(f"{place}{error}") from error


def refuse_word(option: str, read: Callable[[Any], object], word: Any) -> None:
    """Refuse a word of an option that cannot be read, with the sentence of its reader. Raises UsageError."""
    if word is None:
        return
    try:
        read(word)
    except (FixtureError, QuirkError, TenantError, ValueError) as error:
        raise click.UsageError(f"{option}: {error}") from error


def check_persona(option: str, name: str | None, there: Iterable[str]) -> None:
    """Refuse a persona that there is not. Raises UsageError."""
    known = list(there)
    if name is not None and name not in known:
        listed = ", ".join(known) or "none"
        raise click.UsageError(
            f"{option}: there is no persona '{name}'; there are: {listed}{did_you_mean(name, known)}"
        )


def read_switch(text: str) -> tuple[str, str]:
    """`ID=VALUE` of `--quirk`. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected ID=VALUE, such as five-customers=off; got '{text}'")
    return name, value


def _check_preset(name: str) -> None:
    from bookings_emulator.contract.property_lines import nearest
    from bookings_emulator.faults.presets import load_presets

    if name not in load_presets():
        raise ValueError(f"there is no preset '{name}'{nearest(name, load_presets())}")


def _check_switch(text: str) -> None:
    name, value = read_switch(text)
    find_quirk(name).read(value)


def read_public_url(url: str | None) -> str | None:
    """The address of `--public-url` without a slash at its end. Raises UsageError."""
    if url is None:
        return None
    parts = parts_of(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise click.UsageError(f"--public-url takes an address such as http://bookings.local:8365; got '{url}'")
    return url.rstrip("/")


def read_hosts(option: str, given: Sequence[str]) -> tuple[str, ...]:
    """The names of hosts that an option was given. Raises UsageError."""
    if not given:
        return ()
    from bookings_emulator.events.callbacks import read_host

    try:
        return tuple(map(read_host, given))
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error


def read_smtp(address: str | None, named: Sequence[str]) -> str | None:
    """The address of `--smtp`, on this machine unless its host is named by `--deliver-to`. Raises UsageError."""
    if address is None:
        return None
    from bookings_emulator.events.callbacks import is_loopback, is_named

    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--smtp takes HOST:PORT, such as localhost:1025; got '{address}'")
    if not is_loopback(host) and not any(is_named(host.lower(), each) for each in named):
        raise click.UsageError(f"--smtp {address}: mail leaves this machine only for a host that --deliver-to names")
    return address


def read_callback_map(text: str) -> tuple[str, str]:
    """`https://prod-*.logic.azure.com=http://localhost:7071` → pattern and URL. Raises UsageError."""
    from bookings_emulator.events.callbacks import read_mapping

    try:
        return read_mapping(text)
    except ValueError as error:
        raise click.UsageError(f"--callback-map {error}") from error


def read_control_origin(text: str) -> str:
    """An origin as browsers send it. Raises UsageError."""
    from bookings_emulator.wire.guard import read_origin

    try:
        return read_origin(text)
    except ValueError as error:
        raise click.UsageError(f"--control-origin {error}") from error
