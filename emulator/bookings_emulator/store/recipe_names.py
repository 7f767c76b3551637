"""What a recipe names itself beside what it counts: services, members of staff and customers, as tables of TOML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.fixture_error import FixtureError

Json = dict[str, Any]
ROLES = ("administrator", "scheduler", "member", "viewer", "guest", "externalGuest")
# the words of the tables, each with an example that shows its kind
WORDS: dict[str, Json] = {
    "service": {"name": "Haircut", "minutes": 45, "price": 60.0, "seats": 1, "online": False},
    "member": {"name": "Ann Beebe", "email": "ann@contoso.com", "role": "member"},
    "customer": {"name": "Adele Vance", "email": "adelev@contoso.com", "phone": "206-555-0101"},
}


class Named(NamedTuple):
    """The tables of one business; each takes the place of one that would be invented, the first in its list first."""

    services: tuple[Json, ...] = ()
    members: tuple[Json, ...] = ()
    customers: tuple[Json, ...] = ()


def read_named(file: str, place: str, table: Json) -> Named:
    """What `[[business.service]]` and the others say. Raises FixtureError."""
    return Named(*(tuple(_read_tables(file, f"{place}.{kind}", kind, table.get(kind, []))) for kind in WORDS))


def _read_tables(file: str, place: str, kind: str, tables: Any) -> list[Json]:
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise FixtureError(f"{file}: at {place}: expected tables headed [[business.{kind}]]; got {tables!r}")
    for index, table in enumerate(tables):
        _check_table(file, f"{place}[{index}]", table, WORDS[kind])
    return tables


def _check_table(file: str, place: str, table: Json, words: Json) -> None:
    for word, value in table.items():
        if word not in words:
            known, hint = ", ".join(words), did_you_mean(word, words)
            raise FixtureError(f"{file}: at {place}: expected one of {known}; got '{word}'{hint}")
        example = words[word]
        kinds = (int, float) if isinstance(example, float) else type(example)
        if not isinstance(value, kinds) or (isinstance(value, bool) and not isinstance(example, bool)):
            raise FixtureError(f"{file}: at {place}.{word}: expected a value such as {example!r}; got {value!r}")
    role = table.get("role", "member")
    if role not in ROLES:
        raise FixtureError(
            f"{file}: at {place}.role: expected one of {', '.join(ROLES)}; got '{role}'{did_you_mean(role, ROLES)}"
        )
    if table.get("minutes", 1) < 1 or table.get("seats", 1) < 1:
        raise FixtureError(f"{file}: at {place}: minutes and seats are 1 or more; got {table!r}")


def take(named: Sequence[Json], index: int) -> Json:
    """The table that stands in the place of the invented record of an index; nothing where there is none."""
    return named[index] if index < len(named) else {}
