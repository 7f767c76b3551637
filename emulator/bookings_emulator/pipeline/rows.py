"""Finds the rows that a call reads: one by its key, or a set narrowed by window or name."""

from __future__ import annotations

import re

from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import BUSINESSES, CURRENCIES
from bookings_emulator.odata.query import Rows
from bookings_emulator.pipeline.call import Call
from bookings_emulator.problem import Problem
from bookings_emulator.store.table import Row
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import parse_edge, parse_instant

_BLANK_OFFSET = re.compile(r" (\d\d:\d\d)$")
CALENDAR_VIEW_LIMIT = 1000  # with the quirk calendar-view-limit


def find_rows(tenant: Tenant, call: Call) -> Rows[Row]:
    """All rows of the set a call is about."""
    set_name = call.operation.set or ""
    if set_name == BUSINESSES:
        wanted = call.query.own.get("query", "").lower()
        rows = tenant.store.rows(BUSINESSES, "")
        return [each for each in rows if wanted in each.record["displayName"].lower()] if wanted else rows
    business_id = call.business_id
    if set_name != CURRENCIES:
        records.find_business(tenant.store, business_id)
    if set_name != "calendarView":
        return tenant.store.rows(set_name, business_id)
    given = [call.query.own.get(edge, "") for edge in ("start", "end")]
    if any(map(_BLANK_OFFSET.search, given)) and not tenant.quirks["plus-is-blank"]:
        given = [_BLANK_OFFSET.sub(r"+\1", each) for each in given]
    start, end = map(parse_edge, given)
    if start is None or end is None:
        raise _misread_edges("ISO 8601")
    if end < start:
        raise Problem("bk.invalidrequest", "the calendarView window ends before it starts")
    if not all(map(parse_instant, given)) and not tenant.quirks["calendar-view-assumes-utc"]:
        raise _misread_edges("ISO 8601 with Z or an offset")
    rows = tenant.store.rows_between(business_id, start, end)
    if len(rows) > CALENDAR_VIEW_LIMIT and tenant.quirks["calendar-view-limit"]:
        raise Problem(
            "bk.range", f"the quirk calendar-view-limit allows {CALENDAR_VIEW_LIMIT} rows; {len(rows)} were found"
        )
    return rows


def _misread_edges(form: str) -> Problem:
    reason = f"calendarView needs start and end, {form} (a raw + in a URL is a blank: send %2B)"
    return Problem("bk.invalidrequest", reason)


def find_row(tenant: Tenant, call: Call) -> Row:
    """The one row a call is about."""
    set_name, key = call.operation.set or "", call.key
    row = tenant.store.row(set_name, call.business_id, key)
    if row is not None:
        return row
    if set_name == CURRENCIES:
        raise Problem("notfound.item", f"'{key}' is not a currency; keys are ISO 4217 codes such as USD")
    if set_name == BUSINESSES:
        records.find_business(tenant.store, key)
    records.find(tenant.store, set_name, *call.route.keys)
    raise LookupError(f"{set_name} {key!r} was found by the rules, but not by the store")
