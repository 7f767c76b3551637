"""Writes docs/behaviour.md from behaviour.toml, and docs/quirks.md from the switches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bookings_emulator.contract.quirks import Quirk
from bookings_emulator.documents.markdown import code, codes, table

STATUSES = ("emulated", "guess", "absent")
_BEHAVIOUR = """\
# Behaviour

The behaviour of Bookings: what is emulated, what is a guess, and what is not emulated.

- *emulated*: documented or seen; the source says where and when.
- *guess*: nobody outside the service knows, and the most plausible behaviour was chosen; the source says what it is
  based on.
- *absent*: not emulated.

If the documentation and the observed service differ, or if a guess matters, there is a switch, a [quirk](quirks.md).
The [parity table](parity.md) uses the same three words for operations, properties and errors.

A source such as `docs 20554` is an issue of microsoftgraph/microsoft-graph-docs, `docs-contrib 1598` an issue of
microsoft-graph-docs-contrib, `explorer-v4 4049` an issue of microsoft-graph-explorer-v4; `csdl` is the published
metadata, `data` the published permissions."""
_QUIRKS = """\
# Quirks

A quirk is a switch for one difference between the documentation and the observed service, or for a guess that matters.

| where | how |
| --- | --- |
| at the start | `bookings-emulator serve --quirk five-customers=off --quirk Q9=value` |
| while it runs | `PUT /_emulator/quirks/five-customers` with `{"value": false}`; a reset restores the starting value |
| in a new tenant | `POST /_emulator/tenants` with `{"quirks": {"five-customers": false}}` |
| in a test | `bookings.quirk("five-customers", False)`, or `@pytest.mark.bookings(quirks={"five-customers": False})` |
| in process | `create_app(quirks={"five-customers": False})` |

`GET /_emulator/quirks` lists them with their current values. A number such as Q9 is a second name of the same quirk.

An exchange of the journal lists in `quirks` those that decided its result: with another value it would have gone
differently. A quirk that only changes the form of answers is listed if it was switched and the answer has what it
forms. An answer that a fault replaced lists only what decided the records that were kept. What a quirk
emptied in a notification is listed at the delivery.

Confidence: *high*, several reports or documentation; *medium*, one credible report; *low*, one claim; *guess*, nobody
outside the service knows."""


def behaviour(areas: Iterable[dict[str, Any]]) -> str:
    """The page of behaviour: one table an area. Raises ValueError for a row that does not fit."""
    return "\n\n".join([_BEHAVIOUR, *(f"## {each['name']}\n\n{rows_of(each)}" for each in areas)]) + "\n"


def rows_of(area: dict[str, Any]) -> str:
    """The table of one area. Raises ValueError for an unknown status, and for what is emulated without a source."""
    for status, what, *source in area["rows"]:
        if status not in STATUSES:
            raise ValueError(f"behaviour.toml: {area['name']}: expected one of {', '.join(STATUSES)}; {status!r} came")
        if status == "emulated" and not source:
            raise ValueError(f"behaviour.toml: {area['name']}: what is emulated needs a source: {what}")
    return table(("", "behaviour", "source"), ((*row, *_unsourced(row))[:3] for row in area["rows"]))


def _unsourced(row: list[str]) -> tuple[str]:
    """What stands in the place of a source: a guess may rest on nothing."""
    return ("no source",) if row[0] == "guess" else ("",)


def quirks(rows: Iterable[Quirk]) -> str:
    """The page of quirks: one section each."""
    return "\n\n".join([_QUIRKS, *map(_quirk, rows)]) + "\n"


def _quirk(row: Quirk) -> str:
    numbers = ", ".join(each for each in (row.number, row.also) if each)
    values = codes(row.values) or "`on`, `off`"
    default = {True: "on", False: "off"}[row.default] if isinstance(row.default, bool) else row.default
    facts = [
        f"- default {code(default)}; values {values}" + (f"; also called {numbers}" if numbers else ""),
        f"- confidence: {row.confidence}; source: {row.source}",
    ]
    return f"## {row.id}\n\n{row.title}. {row.does}\n\n" + "\n".join(facts)
