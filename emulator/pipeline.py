"""One call, from who asks to what is answered: authorize → validate → decide → apply → shape. It never awaits.

The planes turn HTTP into a `Call` and an `Answer` into HTTP; everything between is here and in what this file calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import orjson

from emulator.contract.api import Api
from emulator.contract.model import Navigation, Operation
from emulator.contract.query import Expand, Query, page
from emulator.contract.routes import Route
from emulator.contract.shape import View, pick
from emulator.domain import records
from emulator.domain.outcome import BUSINESSES, CURRENCIES, Ask, Caller, Outcome
from emulator.domain.rules import RULES
from emulator.problem import Problem
from emulator.store.memory import Row
from emulator.tenant import Tenant
from emulator.times import parse_instant

CALENDAR_VIEW_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """One call to one operation, free of HTTP: `service_root` is where the caller sees the version (`http://…/v1.0`)."""

    api: Api
    route: Route
    operation: Operation
    caller: Caller
    query: Query
    body: Any
    view: View
    service_root: str
    page_size: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answers. `context` is the part of @odata.context behind `#`; values are JSON already."""

    status: int
    context: str | None = None
    value: bytes | None = None
    values: list[bytes] | None = None
    count: int | None = None
    next_skip: int | None = None
    location: str | None = None


def execute(tenant: Tenant, call: Call) -> Answer:
    """Carry out a call on a tenant. Raises Problem, and then nothing has changed."""
    operation = call.operation
    if operation.refused:
        reason = f"{operation.name} is declared in the metadata only, in no page; no answer of the service is known"
        raise Problem(operation.refused, reason)
    authorize(tenant, call)
    match operation.kind:
        case "list":
            return _list(tenant, call)
        case "count":
            return Answer(200, count=page(_rows(tenant, call), call.query).total)
        case "get":
            row = _row(tenant, call)
            return Answer(200, _context(call, is_entity=True), _show(tenant, call, row, is_list=False))
        case _:
            return _change(tenant, call)


def authorize(tenant: Tenant, call: Call) -> None:
    """Whether the caller may call at all: what is known of applications, members and others."""
    operation, caller, quirks = call.operation, call.caller, tenant.quirks
    if operation.name in ("listBusinesses", "deleteBusiness") and quirks["list-forbidden"]:
        raise Problem("bk.forbidden", "the quirk list-forbidden refuses the list and the deletion of businesses")
    if operation.name == "listBusinesses" and quirks["list-needs-query"] and not call.query.own.get("query"):
        ids = list(tenant.store.business_ids())
        if len(ids) > 1 and any(caller.role(each) != "administrator" for each in ids):
            raise Problem(
                "bk.toomany", "who is no administrator must narrow the list by ?query= in a tenant with several"
            )
    if call.route.keys and operation.set != CURRENCIES and caller.role(call.route.keys[0]) is None:
        code = "bk.nofolder" if quirks["foreign-business"] else "authz.erroraccessdenied"
        raise Problem(code, f"the caller '{caller.name}' is no member of {call.route.keys[0]}")
    if operation.name == "getStaffAvailability" and caller.kind == "delegated":
        codes = {"UnknownError": "bk.unknown", "forbidden": "authz.erroraccessdenied"}
        refusal = codes.get(str(quirks["availability-callers"]))
        if refusal:
            raise Problem(refusal, "getStaffAvailability is for application callers; the token is a delegated one")


def _change(tenant: Tenant, call: Call) -> Answer:
    operation = call.operation
    outcome = RULES[operation.name](tenant.store, _ask(tenant, call))
    tenant.store.apply(outcome.changes)
    tenant.publish(outcome.events)
    if operation.returns is not None:
        shape = call.api.shapers.of(operation.returns.name, call.view)
        context = f"Collection({call.api.contract.namespace}.{operation.returns.name})"
        return Answer(operation.status, context, values=[orjson.dumps(shape(each)) for each in outcome.result])
    is_silent = operation.status == 204 and (operation.kind != "update" or tenant.quirks["update-no-content"])
    return Answer(204) if is_silent else _entity_answer(tenant, call, outcome)


def _entity_answer(tenant: Tenant, call: Call, outcome: Outcome) -> Answer:
    """The object of a create, or of the updates that answer one."""
    record = outcome.result
    row = tenant.store.row(call.operation.set or "", _business_id(call), record["id"])
    if row is None:
        raise LookupError(f"{call.operation.name} kept no {call.operation.set} {record['id']!r}")
    shown = _show(tenant, call, row, is_list=False)
    location = _location(call, record["id"]) if call.operation.kind == "create" else None
    status = 201 if call.operation.kind == "create" else 200
    return Answer(status, _context(call, is_entity=True), shown, location=location)


def _ask(tenant: Tenant, call: Call) -> Ask:
    operation, readers = call.operation, call.api.readers
    body: dict[str, Any] = {}
    silent: dict[str, Any] = {}
    match operation.kind:
        case "create":
            body, silent = readers.create(operation.type or "", call.body), readers.silent(operation.type or "")
        case "update":
            body = readers.update(operation.type or "", call.body)
        case "action" if operation.parameters:
            body = readers.parameters(operation, call.body)
    return Ask(
        keys=call.route.keys,
        body=body,
        silent=silent,
        now=tenant.clock.now(),
        ids=tenant.chance,
        caller=call.caller,
        domain=tenant.domain,
        quirks=tenant.quirks,
    )


# reading


def _list(tenant: Tenant, call: Call) -> Answer:
    operation = call.operation
    rows = _rows(tenant, call)
    if operation.limit is not None:
        rows = rows[: operation.limit]
    found = page(rows, call.query, call.page_size)
    values = [_show(tenant, call, row, is_list=True) for row in found.rows]
    count = found.total if call.query.count else None
    return Answer(200, _context(call, is_entity=False), values=values, count=count, next_skip=found.next_skip)


def _rows(tenant: Tenant, call: Call) -> list[Row]:
    """All rows of the set a call is about."""
    set_name = call.operation.set or ""
    if set_name == BUSINESSES:
        wanted = call.query.own.get("query", "").lower()
        rows = tenant.store.rows(BUSINESSES, "")
        return [each for each in rows if wanted in each.record["displayName"].lower()] if wanted else rows
    business_id = _business_id(call)
    if set_name != CURRENCIES:
        records.find_business(tenant.store, business_id)
    if set_name != "calendarView":
        return tenant.store.rows(set_name, business_id)
    start, end = (parse_instant(call.query.own.get(edge, "")) for edge in ("start", "end"))
    if start is None or end is None:
        reason = (
            "calendarView needs start and end, ISO 8601 with Z or an offset (a raw + in a URL is a blank: send %2B)"
        )
        raise Problem("bk.invalidrequest", reason)
    if end < start:
        raise Problem("bk.invalidrequest", "the window of calendarView ends before it starts")
    rows = tenant.store.rows_between(business_id, start, end)
    if len(rows) > CALENDAR_VIEW_LIMIT and tenant.quirks["calendar-view-limit"]:
        raise Problem(
            "bk.range", f"the quirk calendar-view-limit allows {CALENDAR_VIEW_LIMIT} rows; {len(rows)} were found"
        )
    return rows


def _row(tenant: Tenant, call: Call) -> Row:
    """The one row a call is about."""
    set_name, key = call.operation.set or "", call.route.keys[-1]
    row = tenant.store.row(set_name, _business_id(call), key)
    if row is not None:
        return row
    if set_name == CURRENCIES:
        raise Problem("notfound.item", f"'{key}' is no currency; keys are ISO 4217 codes such as USD")
    if set_name == BUSINESSES:
        records.find_business(tenant.store, key)
    records.find(tenant.store, set_name, *call.route.keys)
    raise LookupError(f"{set_name} {key!r} was found by the rules, but not by the store")


def _business_id(call: Call) -> str:
    return "" if call.operation.set in (BUSINESSES, CURRENCIES) else call.route.keys[0]


# shaping


def _show(tenant: Tenant, call: Call, row: Row, *, is_list: bool) -> bytes:
    """The JSON of a row: from the bytes kept beside it, unless the call asks for less, more or otherwise."""
    query, view, operation = call.query, call.view, call.operation
    members = operation.members if is_list else ()
    if view.metadata != "minimal" or view.reveals_enums or query.select or query.expand or members:
        return orjson.dumps(_value(tenant, call, row, is_list=is_list))
    key = (call.api.contract.version, is_list)
    if row.shown is None:
        row.shown = {}
    elif (shown := row.shown.get(key)) is not None:
        return shown
    shown = row.shown[key] = orjson.dumps(_value(tenant, call, row, is_list=is_list))
    return shown


def _value(tenant: Tenant, call: Call, row: Row, *, is_list: bool) -> dict[str, Any]:
    operation = call.operation
    path = _collection_path(call)
    value = _shaped(call, _navigation(call), row.record, path, is_list=is_list)
    if operation.members and is_list:
        value = pick(value, dict.fromkeys(operation.members))
    if call.query.select:
        value = pick(value, call.query.select.members)
    for expand in call.query.expand:
        value.update(_expanded(tenant, call, row.record, path, expand))
    return value


def _navigation(call: Call) -> Navigation:
    """The navigation that leads to the records of a call."""
    types, name = call.api.contract.types, call.operation.set or ""
    return types["solutionsRoot"].navigation.get(name) or types["bookingBusiness"].navigation[name]


def _shaped(
    call: Call, navigation: Navigation, record: Mapping[str, Any], path: str, *, is_list: bool
) -> dict[str, Any]:
    """A record in wire form, with the annotations its place asks for."""
    view = replace(call.view, is_list=is_list)
    value = call.api.shapers.of(navigation.instance, view)(record)
    if view.metadata == "minimal" and navigation.is_abstract:
        return {"@odata.type": f"#{call.api.contract.namespace}.{navigation.instance}", **value}
    if view.metadata == "full":
        return _linked(call, navigation.instance, value, f"{path}{_key(record['id'])}")
    return value


def _linked(call: Call, type_name: str, value: dict[str, Any], edit_link: str) -> dict[str, Any]:
    """odata.metadata=full: the links of an entity and of its navigations."""
    out = {
        "@odata.type": value.pop("@odata.type"),
        "@odata.id": f"{call.service_root}/{edit_link}",
        "@odata.editLink": edit_link,
        **value,
    }
    for navigation in call.api.contract.types[type_name].navigations:
        link = f"{call.service_root}/{edit_link}/{navigation.name}"
        out[f"{navigation.name}@odata.associationLink"] = f"{link}/$ref"
        out[f"{navigation.name}@odata.navigationLink"] = link
    return out


def _expanded(tenant: Tenant, call: Call, business: Mapping[str, Any], path: str, expand: Expand) -> dict[str, Any]:
    """The members that one $expand adds to a business."""
    name, query = expand.navigation.name, expand.query
    found = page(tenant.store.rows(name, business["id"]), query)
    inner = f"{path}{_key(business['id'])}/{name}"
    rows = []
    for row in found.rows:
        value = _shaped(call, expand.navigation, row.record, inner, is_list=True)
        rows.append(pick(value, query.select.members) if query.select else value)
    out: dict[str, Any] = {}
    if call.view.metadata != "none":
        out[f"{name}@odata.context"] = f"{call.service_root}/$metadata#{inner}{_selection(query)}"
    if query.count:
        out[f"{name}@odata.count"] = found.total
    out[name] = rows
    return out


def _context(call: Call, *, is_entity: bool) -> str | None:
    """The context fragment of a call as the gateway writes it (seen live): path, selection, /$entity."""
    if call.view.metadata == "none":
        return None
    path = _collection_path(call)
    cast = f"/{call.api.contract.namespace}.{call.route.cast.name}" if call.route.cast else ""
    return f"{path}{cast}{_selection(call.query)}{'/$entity' if is_entity else ''}"


def _path(call: Call) -> str:
    """`solutions/bookingBusinesses('a%40b')/appointments`: the path of a call with keys in parentheses."""
    keys = iter(call.route.keys)
    path = call.route.root
    for segment in call.operation.segments:
        if segment is None:
            path += _key(next(keys))
        else:
            path += f"/{segment}" if path else segment
    return path


def _collection_path(call: Call) -> str:
    """The path of the set a call is about, also where the call itself is about one of its items."""
    path = _path(call)
    return path[: -len(_key(call.route.keys[-1]))] if call.operation.segments[-1] is None else path


def _key(key: str) -> str:
    escaped = key.replace("'", "''")
    return f"('{quote(escaped, safe='')}')"


def _selection(query: Query) -> str:
    """What $select and $expand add to a context: `(id,displayName,services())`."""
    chosen = list(query.select.text) if query.select else []
    chosen += [f"{each.navigation.name}{_selection(each.query) or '()'}" for each in query.expand]
    return f"({','.join(chosen)})" if chosen else ""


def _location(call: Call, record_id: str) -> str:
    return f"{call.service_root}/{_path(call)}{_key(record_id)}"
