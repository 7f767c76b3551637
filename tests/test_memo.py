"""The memo of readings: with it every answer is what it would be without, whatever was called and changed before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.identity.tokens import TokenOptions, issue
from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire import memo
from bookings_emulator.wire.graph import Graph as GraphMouth
from bookings_emulator.wire.plane import Plane
from tests.conftest import (
    APPOINTMENT,
    BUSINESS,
    HOME,
    ROOT,
    STAFF,
    Graph,
    booking,
    make_tenant,
    request_of,
    small,
)

ITEM = f"{HOME}/appointments/{APPOINTMENT}"
PATHS = [
    ROOT,
    HOME,
    f"{HOME}/appointments",
    ITEM,
    f"{HOME}/appointments/$count",
    f"{HOME}/calendarView?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z",
    f"{HOME}/staffMembers/{STAFF}",
    f"{HOME}/customers",
    f"{HOME}/nothing",
    "/v1.0/solutions/bookingCurrencies",
]
QUERIES = [
    "",
    "$top=1",
    "$select=id",
    "$count=true",
    "$filter=createdDateTime lt now()",
    "%24filter=createdDateTime%20lt%20%4Eow()",
    "$expand=*",
    "$orderby=id",
]
HEADERS: dict[str, list[str | None]] = {
    "accept": [None, "application/json;odata.metadata=none", "text/json;odata.metadata=full;IEEE754Compatible=true"],
    "prefer": [None, "odata.maxpagesize=1", "include-unknown-enum-members"],
    "origin": [None, "http://localhost:3000"],
    "client-request-id": [None, "1"],
    "x-other": [None, "1"],
}  # fmt: skip
CALLERS = ["anything", "app", "viewer", "stranger", "viewr", "", "jwt app", "jwt viewer", "jwt read"]


def read(tenant: Tenant, mouth: GraphMouth, request: Request) -> Response:
    plane = Plane(tenant, mouth)
    copied = Request(request.method, request.path, request.query, dict(request.headers), request.body, request.origin)
    return plane.answer(Exchange("graph", copied, tenant.clock.now()))


def switch(tenant: Tenant, number: int) -> None:
    quirks = list(load_quirks().values())
    quirk = quirks[number % len(quirks)]
    tenant.set_quirk(quirk.id, quirk.values[number % len(quirk.values)] if quirk.values else number % 2 == 0)


def keep(tenant: Tenant, number: int) -> None:
    tenant.snapshots["kept"] = tenant.save()


def replace(tenant: Tenant, number: int) -> None:
    business = {"id": BUSINESS, "displayName": f"Other {number}"}
    tenant.replace(Fixture("other", {"bookingBusinesses": [business]}))


def name_others(tenant: Tenant, number: int) -> None:
    viewer = {"name": "viewer", "kind": "delegated", "roles": {BUSINESS: "administrator"}}
    rows = [viewer, {"name": "app", "kind": "application"}]
    tenant.restart(tenant.start._replace(fixtures=(Fixture("small", {**small(), "personas": rows}),)))


CHANGES: dict[str, Callable[[Tenant, int], Any]] = {
    "create": lambda tenant, number: Graph(tenant).post(f"{HOME}/appointments", booking()),
    "patch": lambda tenant, number: Graph(tenant).patch(ITEM, {"serviceNotes": str(number)}),
    "delete": lambda tenant, number: Graph(tenant).delete(ITEM),
    "role": lambda tenant, number: Graph(tenant).patch(
        f"{HOME}/staffMembers/{STAFF}", {"role": "viewer", "emailAddress": "viewer@contoso.com"}
    ),
    "quirk": switch,
    "clock": lambda tenant, number: tenant.advance(timedelta(minutes=number)),
    "keep": keep,
    "restore": lambda tenant, number: tenant.restore(tenant.snapshots.get("kept", tenant._first)),
    "reset": lambda tenant, number: tenant.reset(),
    "replace": replace,
    "level": lambda tenant, number: tenant.restart(tenant.start._replace(auth=("open", "check", "strict")[number % 3])),
    "personas": name_others,
    "revoke": lambda tenant, number: tenant.sessions.revoke("viewer", tenant.clock.now()),
    "fault": lambda tenant, number: tenant.faults.add(
        {"match": {"operation": "listAppointments"}, "effect": {"status": 503}, "schedule": {"first": 1}}
    ),
}
questions = some.tuples(
    some.sampled_from(PATHS),
    some.sampled_from(QUERIES),
    some.fixed_dictionaries({name: some.sampled_from(values) for name, values in HEADERS.items()}),
    some.sampled_from(CALLERS),
    some.sampled_from(["http://localhost:8365", "https://other:1", "http://localhost:8365/tenants/t1"]),
)
changes = some.tuples(some.sampled_from([*CHANGES, "quirk", "quirk"]), some.integers(0, 200))


def asked(question: Any, tokens: dict[str, str]) -> Request:
    path, query, headers, caller, origin = question
    url = path + (("&" if "?" in path else "?") + query.replace(" ", "%20") if query else "")
    given = {name: value for name, value in headers.items() if value is not None}
    token = tokens.get(caller, caller)
    request = request_of("GET", url, headers={**given, "authorization": f"Bearer {token}"})
    request.origin = origin
    return request


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(some.lists(some.one_of(some.lists(questions, min_size=1, max_size=4), changes), min_size=2, max_size=12))
def test_with_the_memo_every_answer_is_what_it_is_without(steps: list[Any]) -> None:
    tenant = make_tenant()
    remembering = GraphMouth(tenant)
    tokens = {
        "jwt app": issue(tenant, tenant.personas["app"], TokenOptions()),
        "jwt viewer": issue(tenant, tenant.personas["viewer"], TokenOptions()),
        "jwt read": issue(tenant, tenant.personas["viewer"], TokenOptions(permissions=("Bookings.Read.All",))),
    }
    for step in steps:
        if isinstance(step, tuple):
            verb, number = step
            CHANGES[verb](tenant, number)
            continue
        for question in step * 2:
            request = asked(question, tokens)
            faults, ids = tenant.faults.save(), tenant.chance.save()
            expected = read(tenant, GraphMouth(tenant), request)
            tenant.faults.restore(faults)
            tenant.chance.restore(ids)
            assert read(tenant, remembering, request) == expected, (steps, request)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that are carried out from now on, and not answered from memory."""
    from bookings_emulator.wire import graph

    done: list[str] = []
    plain: Callable[..., Any] = graph.execute

    def execute(tenant: Tenant, call: Any) -> Any:
        done.append(call.operation.name)
        return plain(tenant, call)

    monkeypatch.setattr(graph, "execute", execute)
    return done


def test_the_same_question_is_answered_once_until_something_changes(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, graph = counted(monkeypatch), Graph(tenant)
    for _ in range(3):
        graph.get(f"{HOME}/appointments")
    assert done == ["listAppointments"]
    graph.post(f"{HOME}/customers", {"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "A"})
    graph.get(f"{HOME}/appointments")
    assert done == ["listAppointments", "createCustomer", "listAppointments"]


def test_a_question_about_now_is_answered_anew(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    done, graph = counted(monkeypatch), Graph(tenant)
    for _ in range(2):
        graph.get(f"{HOME}/appointments?$filter=createdDateTime%20lt%20now()")
    assert len(done) == 2


def test_the_journal_tells_repeated_reads_as_it_tells_others(tenant: Tenant) -> None:
    graph = Graph(tenant)
    for _ in range(2):
        graph.get(f"{HOME}/appointments", headers={"authorization": "Bearer viewer"})
    told = [
        (
            each.exchange.operation,
            each.exchange.keys,
            each.exchange.business,
            each.exchange.caller,
            each.exchange.status,
        )
        for each in tenant.journal.entries
    ]
    assert told[0] == told[1]
    assert told[0][0] == "listAppointments"


def test_the_memo_is_bounded_by_bytes(tenant: Tenant) -> None:
    kept = memo.Memo(tenant)
    body = b"x" * (memo.MEMORY // 10)
    for number in range(50):
        exchange = Exchange("graph", request_of("GET", f"/v1.0/{number}"), tenant.clock.now())
        exchange.caller = tenant.personas["app"].caller
        kept.find(exchange.request)
        kept.keep(exchange, {}, body)
    assert 5 <= len(kept._kept) < 10
    assert kept._size == sum(each.size for each in kept._kept.values()) <= memo.MEMORY
    for key, each in kept._kept.items():
        assert each.size > sum(map(len, key)) + len(each.body)
    huge = Exchange("graph", request_of("GET", "/v1.0/huge"), tenant.clock.now(), caller=exchange.caller)
    kept.keep(huge, {}, b"x" * memo.MEMORY)
    assert kept.find(huge.request) is None
