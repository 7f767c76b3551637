"""One call, from who asks to what is answered: authorize → validate → decide → apply → publish → shape; never awaiting.

The planes turn HTTP into a `Call` and an `Answer` into HTTP; everything between is here and in what this file calls.
"""

from __future__ import annotations

import orjson

from bookings_emulator.domain.operations_table import find_rule
from bookings_emulator.domain.outcome import CURRENCIES, Ask, Caller, Outcome, Record
from bookings_emulator.domain.records import find_business
from bookings_emulator.odata.query import page
from bookings_emulator.pipeline.bodies import read_body, word_reason
from bookings_emulator.pipeline.call import Answer, Call
from bookings_emulator.pipeline.furnish import furnish
from bookings_emulator.pipeline.permissions import check_permissions
from bookings_emulator.pipeline.roles import check_role, role_in
from bookings_emulator.pipeline.rows import find_row, find_rows
from bookings_emulator.pipeline.shaping import context, location, show_list, show_one
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant


def execute(tenant: Tenant, call: Call) -> Answer:
    """Carry out a call on a tenant. Raises Problem, and then nothing has changed."""
    operation = call.operation
    if operation.refused:
        reason = (
            f"{operation.name} is declared in the metadata only and has no page; how the service responds is not known"
        )
        raise Problem(operation.refused, reason)
    caller = authorize(tenant, call)
    if caller is not call.caller:
        call = call._replace(caller=caller)
    match operation.kind:
        case "list":
            return _list(tenant, call)
        case "count":
            return Answer(200, total=page(find_rows(tenant, call), call.query).total)
        case "get":
            shown = show_one(tenant, call, find_row(tenant, call))
            return Answer(200, context(call, is_entity=True), shown)
        case _:
            return _change(tenant, call)


def authorize(tenant: Tenant, call: Call) -> Caller:
    """Who calls, with its role in the business. Raises Problem where its permissions or that role do not suffice.

    That there is such a business comes before the role and the body: people who were members of nothing there were told
    that it has no mailbox (microsoft-graph-docs 8861, 2020-06, and 14841, 2021-11).
    """
    operation, caller, quirks = call.operation, call.caller, tenant.quirks
    check_permissions(operation, call.route.root, caller, quirks)
    if operation.name in ("listBusinesses", "deleteBusiness") and quirks["list-forbidden"]:
        raise Problem("bk.forbidden", "the quirk list-forbidden refuses the list and the deletion of businesses")
    if operation.name == "listBusinesses" and quirks["list-needs-query"] and not call.query.own.get("query"):
        ids = list(tenant.store.business_ids())
        if len(ids) > 1 and any(role_in(tenant.store, each, caller) != "administrator" for each in ids):
            raise Problem(
                "bk.toomany",
                "a caller who is not an administrator must narrow the list with "
                "?query= in a tenant with several businesses",
            )
    if call.route.keys and operation.set != CURRENCIES:
        find_business(tenant.store, call.route.keys[0])
    return check_role(tenant.store, call, quirks)


def _list(tenant: Tenant, call: Call) -> Answer:
    rows = find_rows(tenant, call)
    if call.operation.limit is not None:
        rows = rows[: call.operation.limit]
    found = page(rows, call.query, call.page_size)
    values = show_list(tenant, call, found.rows)
    total = found.total if call.query.count else None
    return Answer(200, context(call, is_entity=False), values=values, total=total, next_skip=found.next_skip)


def _change(tenant: Tenant, call: Call) -> Answer:
    operation = call.operation
    rule = find_rule(operation.name, operation.kind, operation.set or "")
    try:
        outcome = rule(tenant.store, _ask(tenant, call))
    except Problem as problem:
        word_reason(call, problem)
        raise
    tenant.store.apply(outcome.changes)
    if operation.name == "createBusiness":
        furnish(tenant, call, outcome.result)
    tenant.publish(outcome.events)
    events = tuple(each.name for each in outcome.events)
    if operation.returns is not None:
        shape = call.api.shapers.of(operation.returns.name, call.view)
        name = f"Collection({call.api.contract.namespace}.{operation.returns.name})"
        return Answer(operation.status, name, values=[orjson.dumps(shape(each)) for each in outcome.result])
    if operation.status == 204 and (operation.kind != "update" or tenant.quirks["update-no-content"]):
        return Answer(204, events=events, bypassed=outcome.bypassed)
    return _object(tenant, call, outcome, events)


def _ask(tenant: Tenant, call: Call) -> Ask:
    before = _before(tenant, call) if call.operation.kind == "update" else None
    body, silent = read_body(call, before, tenant.quirks.note)
    return Ask(
        keys=call.route.keys,
        body=body,
        silent=silent,
        now=tenant.clock.now(),
        ids=tenant.chance,
        caller=call.caller,
        domain=tenant.domain,
        quirks=tenant.rule_switches(),
        tenant_id=tenant.guid,
        find_links=tenant.find_links,
    )


def _before(tenant: Tenant, call: Call) -> Record | None:
    """The record that an update changes, where its complex values are merged; None also where there is no such one."""
    row = tenant.store.row(call.operation.set or "", call.business_id, call.key)
    return row.record if row is not None and tenant.quirks["patch-merges"] else None


def _object(tenant: Tenant, call: Call, outcome: Outcome, events: tuple[str, ...]) -> Answer:
    """The object of a create, or of the updates that answer one."""
    record_id = outcome.result["id"]
    row = tenant.store.row(call.operation.set or "", call.business_id, record_id)
    if row is None:
        raise LookupError(f"{call.operation.name} stored no {call.operation.set} {record_id!r}")
    is_new = call.operation.kind == "create"
    return Answer(
        201 if is_new else 200,
        context(call, is_entity=True),
        show_one(tenant, call, row),
        location=location(call, record_id) if is_new else None,
        events=events,
        bypassed=outcome.bypassed,
    )
