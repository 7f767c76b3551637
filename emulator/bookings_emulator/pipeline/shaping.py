"""Shapes rows as OData: their JSON, kept beside them where nothing special is asked for, and the context of answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson

from bookings_emulator.contract.model import Navigation
from bookings_emulator.contract.shape import pick
from bookings_emulator.odata.query import Expand, Query, page
from bookings_emulator.pipeline.call import Call
from bookings_emulator.store.table import Row
from bookings_emulator.tenant import Tenant

_SLOTS = {"v1.0": 0, "beta": 2}  # where the bytes of a version stand in Row.shown: by id, then in a list
_ITEM_ID = re.compile(r"[A-Za-z0-9_.~=-]+")  # of most keys = is all that needs encoding
_ENCODED = re.compile(r"[^A-Za-z0-9_.~-]+")


def show_one(tenant: Tenant, call: Call, row: Row) -> bytes:
    """The JSON of a row by itself; what a create answers is not kept, since many an appointment is never read again."""
    if call.operation.kind == "create" or not _is_plain(call):
        return orjson.dumps(_value(tenant, call, row, is_list=False))
    return _kept(tenant, call, row, is_list=False)


def show_list(tenant: Tenant, call: Call, rows: list[Row]) -> list[bytes]:
    """The JSON of the rows of a list: mostly the bytes kept beside them."""
    if not _is_plain(call):
        return [orjson.dumps(_value(tenant, call, row, is_list=True)) for row in rows]
    slot = _SLOTS[call.api.contract.version] + 1
    return [(kept[slot] if (kept := row.shown) else None) or _kept(tenant, call, row, is_list=True) for row in rows]


def _is_plain(call: Call) -> bool:
    """Whether a call asks for records as they usually are."""
    query, view = call.query, call.view
    return view.metadata == "minimal" and not (view.reveals_enums or query.select or query.expand)


def _kept(tenant: Tenant, call: Call, row: Row, *, is_list: bool) -> bytes:
    slot = _SLOTS[call.api.contract.version] + is_list
    if row.shown is None:
        row.shown = [None] * (2 * len(_SLOTS))
    shown = row.shown[slot]
    if shown is None:
        # a copy, because what orjson makes takes several times the memory of its content
        shown = row.shown[slot] = bytes(memoryview(orjson.dumps(_value(tenant, call, row, is_list=is_list))))
    return shown


def context(call: Call, *, is_entity: bool) -> str | None:
    """The context fragment of a call as the gateway writes it (seen live): path, selection, /$entity."""
    if call.view.metadata == "none":
        return None
    cast = f"/{call.api.contract.namespace}.{call.route.cast.name}" if call.route.cast else ""
    return f"{_place(call)}{cast}{_selection(call.query)}{'/$entity' if is_entity else ''}"


def location(call: Call, record_id: str) -> str:
    """Where a created record is."""
    return f"{call.service_root}/{_place(call)}{_key(record_id)}"


def _value(tenant: Tenant, call: Call, row: Row, *, is_list: bool) -> dict[str, Any]:
    shown = dict.fromkeys(call.operation.members) if call.operation.members and is_list else None
    select = call.query.select
    names = shown or (select.members if select else None)
    chosen = None if names is None else frozenset(names)
    value = _shaped(call, _navigation(call), row.record, is_list=is_list, chosen=chosen)
    _set_addresses(tenant, value, row.record, call.business_id)
    if call.view.metadata == "full":
        value = _linked(call, _navigation(call), value, f"{_place(call)}{_key(row.record['id'])}")
    if shown:
        value = pick(value, shown)
    if select:
        value = pick(value, select.members)
    for expand in call.query.expand:
        value.update(_expanded(tenant, call, row.record, expand))
    return value


def _navigation(call: Call) -> Navigation:
    """The navigation that leads to the records of a call."""
    types, name = call.api.contract.types, call.operation.set or ""
    return types["solutionsRoot"].navigation.get(name) or types["bookingBusiness"].navigation[name]


def _shaped(
    call: Call,
    navigation: Navigation,
    record: Mapping[str, Any],
    *,
    is_list: bool,
    chosen: frozenset[str] | None = None,
) -> dict[str, Any]:
    """A record in wire form, or its chosen members; the rows of abstract navigations name their type."""
    value = call.api.shapers.of(navigation.instance, call.view, is_list=is_list, chosen=chosen)(record)
    if navigation.is_abstract and call.view.metadata == "minimal":
        return {"@odata.type": f"#{call.api.contract.namespace}.{navigation.instance}", **value}
    return value


def _set_addresses(tenant: Tenant, value: dict[str, Any], record: Mapping[str, Any], business_id: str) -> None:
    """Say where the page of a business or of a service is, which follows from where it is served."""
    if "publicUrl" in value:
        value["publicUrl"] = tenant.find_links().page(record["id"]) if record["isPublished"] else None
    if "webUrl" in value:
        business = tenant.store.business(business_id)
        value["webUrl"] = tenant.find_links().service(business["id"] if business else business_id, record["id"])


def _linked(call: Call, navigation: Navigation, value: dict[str, Any], edit_link: str) -> dict[str, Any]:
    """odata.metadata=full: the links of an entity and of its navigations."""
    out = {
        "@odata.type": value.pop("@odata.type"),
        "@odata.id": f"{call.service_root}/{edit_link}",
        "@odata.editLink": edit_link,
        **value,
    }
    for each in call.api.contract.types[navigation.instance].navigations:
        link = f"{call.service_root}/{edit_link}/{each.name}"
        out[f"{each.name}@odata.associationLink"] = f"{link}/$ref"
        out[f"{each.name}@odata.navigationLink"] = link
    return out


def _expanded(tenant: Tenant, call: Call, business: Mapping[str, Any], expand: Expand) -> dict[str, Any]:
    """The members that one $expand adds to a business."""
    navigation, query = expand.navigation, expand.query
    found = page(tenant.store.rows(navigation.name, business["id"]), query)
    inner = f"{_place(call)}{_key(business['id'])}/{navigation.name}"
    rows = []
    for row in found.rows:
        chosen = frozenset(query.select.members) if query.select else None
        value = _shaped(call, navigation, row.record, is_list=True, chosen=chosen)
        _set_addresses(tenant, value, row.record, business["id"])
        if call.view.metadata == "full":
            value = _linked(call, navigation, value, f"{inner}{_key(row.record['id'])}")
        rows.append(pick(value, query.select.members) if query.select else value)
    out: dict[str, Any] = {}
    if call.view.metadata != "none":
        out[f"{navigation.name}@odata.context"] = f"{call.service_root}/$metadata#{inner}{_selection(query)}"
    if query.count:
        out[f"{navigation.name}@odata.count"] = found.total
    out[navigation.name] = rows
    return out


_LONGEST_KEYS = 1_000  # characters of keys whose path is kept


def _place(call: Call) -> str:
    """The path of the set a call is about, also where the call itself is about one of its items."""
    keys, segments = call.route.keys, call.operation.segments
    keys = keys[:-1] if segments[-1] is None else keys
    find = _set_path if sum(map(len, keys)) <= _LONGEST_KEYS else _set_path.__wrapped__
    return find(call.route.root, segments, keys)


@lru_cache(maxsize=4096)
def _set_path(root: str, segments: tuple[str | None, ...], keys: tuple[str, ...]) -> str:
    """`solutions/bookingBusinesses('a%40b')/appointments`: the path of an operation with keys in parentheses."""
    left = list(keys)
    path = root
    for segment in segments:
        if segment is not None:
            path += f"/{segment}" if path else segment
        elif left:
            path += _key(left.pop(0))
    return path


def _key(key: str) -> str:
    """A key in parentheses, percent-encoded; most of an Exchange id needs no encoding."""
    if _ITEM_ID.fullmatch(key):
        return f"('{key.replace('=', '%3D')}')"
    return f"('{_ENCODED.sub(lambda found: quote(found[0], safe=''), key.replace(chr(39), chr(39) * 2))}')"


def _selection(query: Query) -> str:
    """What $select and $expand add to a context: `(id,displayName,services())`."""
    chosen = list(query.select.text) if query.select else []
    chosen += [f"{each.navigation.name}{_selection(each.query) or '()'}" for each in query.expand]
    return f"({','.join(chosen)})" if chosen else ""
