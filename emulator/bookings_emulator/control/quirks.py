"""Read and switch the quirks of a tenant. A quirk is a switch for one behaviour of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bookings_emulator.contract.quirks import Quirk, QuirkError, UnknownQuirk, load_quirks
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed
from bookings_emulator.tenant import Tenant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("quirks")
_OURS = frozenset({"gives_form", "makes_records"})  # when a call names it


@table.get("/quirks")
def list_quirks(desk: Desk) -> answers.Listed[answers.QuirkRow]:
    """Every quirk with its current value, its default and the source of the behaviour."""
    return {"value": [_quirk_of(desk.tenant, each) for each in load_quirks().values()]}


@table.put("/quirks/{id}", closed({"value": {"description": "true, false or one of its values"}}))
def set_quirk(desk: Desk) -> answers.QuirkRow:
    """Switch a quirk by its id or number: `{"value": true}`, `false` or one of its values."""
    try:
        quirk = desk.tenant.set_quirk(desk.path["id"], desk.body.get("value"))
    except QuirkError as error:
        raise ControlRefusal(str(error), 404 if isinstance(error, UnknownQuirk) else 400) from error
    return _quirk_of(desk.tenant, quirk)


def _quirk_of(tenant: Tenant, row: Quirk) -> answers.QuirkRow:
    """A row of quirks.toml with its value in the tenant and the values it can take."""
    values: list[object] = [*row.values] or [True, False]
    shown = row._asdict() | {"values": values, "value": tenant.quirks[row.id]}
    return cast(
        "answers.QuirkRow", {name: value for name, value in shown.items() if value is not None and name not in _OURS}
    )
