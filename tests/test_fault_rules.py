"""Rules that could never match or never fire are refused and told why; presets are the documented failures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.contract.load import load
from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.faults import FaultError
from bookings_emulator.faults.planes import can_meet, targets
from bookings_emulator.faults.presets import load_presets
from bookings_emulator.faults.state import MOST_WINDOWS
from bookings_emulator.tenant import Tenant
from tests.conftest import BUSINESS, HOME, ORIGIN, ROOT, Graph, make_tenant

BUSY = {"problem": "throttle.rate"}


def matching(**match: Any) -> dict[str, Any]:
    return {"match": match, "effect": BUSY}


def doing(**effect: Any) -> dict[str, Any]:
    return {"effect": effect}


def when(**schedule: Any) -> dict[str, Any]:
    return {"effect": BUSY, "schedule": schedule}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    # matches nothing
    "an unknown plane": (
        matching(plane="grpah"),
        "match.plane: expected one of graph, connector, identity, page, delivery; got 'grpah'",
    ),
    "the control plane": (matching(plane="control"), "match.plane: expected one of graph, connector, identity"),
    "an unknown operation": (matching(operation="creatAppointment"), "did you mean 'createAppointment'?"),
    "a glob that nothing fits": (
        matching(operation="zzz*"),
        "match.operation: expected the name of an operation, or a glob such as create*; no operation matches 'zzz*'",
    ),
    "an operation of another plane": (
        matching(plane="connector", operation="createAppointment"),
        "match.operation: 'createAppointment' belongs to the plane graph, so it can never match on connector",
    ),
    "an operation of the connector on Graph": (
        matching(plane="graph", operation="connector.*"),
        "match.operation: 'connector.*' belongs to the plane connector, so it can never match on graph",
    ),
    "an unknown method": (
        matching(method="PSOT"),
        "match.method: expected one of GET, POST, PATCH, PUT, DELETE; got 'PSOT'",
    ),
    "a preflight": (
        matching(method="OPTIONS"),
        "match.method: expected one of GET, POST, PATCH, PUT, DELETE; got 'OPTIONS'",
    ),
    "a method that the operation has not": (
        matching(operation="createAppointment", method="get"),
        "match.method: createAppointment is called by POST; got GET",
    ),
    "an unknown persona": (matching(persona="viever"), "there is no persona 'viever'; did you mean 'viewer'?"),
    "a persona near to none": (
        matching(persona="zzz"),
        "expected one of app, viewer, stranger, ",
    ),
    "a path with a query": (matching(path="/v1.0/*?$top=1"), "match.path: expected a path without a query"),
    "a path that begins with nothing": (matching(path="v1.0/*"), "match.path: expected a glob that begins with / or *"),
    "a path of Graph at the connector": (
        matching(plane="connector", path="/v1.0/*"),
        "match.path: '/v1.0/*' can never match: paths of the connector start with /apim or /BookingsService or /api",
    ),
    "a path of the connector at Graph": (
        matching(plane="graph", path="/apim/*"),
        "match.path: '/apim/*' belongs to the plane connector, so it can never match on graph",
    ),
    "a path of another operation": (
        matching(operation="listBusinesses", path="*/appointments"),
        "match.path: listBusinesses is never called at '*/appointments'; its path is like /v1.0/solutions/bookingB",
    ),
    "a business at the identity platform": (
        matching(plane="identity", business="ContosoSmall@contoso.onmicrosoft.com"),
        "match.business: signing in concerns no business",
    ),
    "a path of the control plane": (matching(path="/_emulator/*"), "match.path: '/_emulator/*' can never match"),
    "a path of a tenant": (matching(path="/tenants/t1/*"), "paths have no tenant prefix"),
    "a business where there is none": (
        matching(operation="listBusinesses", business=BUSINESS),
        "match.business: listBusinesses concerns no single business",
    ),
    "an unknown member": (matching(buisness=BUSINESS), "match: unknown word 'buisness'; expected plane, operation"),
    "an unknown part": (
        {"efect": BUSY},
        "unknown word 'efect'; expected id, title, match, effect, schedule; did you mean",
    ),
    "a header without a name": (matching(header={"value": "x"}), "match.header: needs name"),
    "an empty operation": (matching(operation=""), "match.operation: expected a string that is not empty"),
    "no text": (matching(operation=1), "match.operation: expected string; got 1"),
    # does nothing
    "no effect": ({}, "effect: expected latency, slow or one of problem, status, reset, lost, cut, malformed, replace"),
    "an effect that is off": (doing(reset=False), "effect: expected latency, slow or one of"),
    "an unknown problem": (
        doing(problem="bk.unknwon"),
        "effect.problem: there is no problem 'bk.unknwon'; did you mean",
    ),
    "two effects": (doing(reset=True, status=500), "effect: status and reset cannot be combined; add two faults"),
    "an unknown effect": (doing(delay=5), "effect: unknown word 'delay'; expected problem"),
    "a status that is none": (doing(status=99), "effect.status: expected at least 200 and at most 599; got 99"),
    "a header that is none": (doing(status=503, headers={"x y": "1"}), "effect.headers: expected a header name"),
    "a header that frames": (
        doing(status=503, headers={"Content-Length": "1"}),
        "effect.headers: expected a header name",
    ),
    "a body where there is none": (
        doing(status=204, body={"a": 1}),
        "effect.body: a response with status 204 has no body",
    ),
    "a status as text": (doing(status="500"), "effect.status: expected integer; got '500'"),
    "a status as a truth": (doing(status=True), "effect.status: expected integer; got True"),
    "a latency that ends before it begins": (
        doing(latency={"min": 5, "max": 1}),
        "effect.latency: min is larger than max",
    ),
    "half a range": (doing(latency={"min": 5}), "effect.latency: needs max"),
    "a latency below nothing": (doing(latency=-1), "effect.latency: expected at least 0"),
    "a latency for ever": (doing(latency=10**9), "effect.latency: expected at least 0 and at most 600000"),
    "facts without a problem": (doing(latency=1, facts={"v": 1}), "effect.facts: allowed only with problem"),
    "a body without a status": (doing(problem="bk.unknown", body={}), "effect.body: allowed only with status"),
    "an answer that is lost but not kept": (
        doing(lost=True, kept=False),
        "effect.kept: allowed only with problem or status",
    ),
    "Retry-After of a reset": (
        doing(reset=True, retry_after=1),
        "effect.retry_after: allowed only with problem or status",
    ),
    "a header that is no text": (doing(status=500, headers={"A": 1}), "effect.headers.A: expected string; got 1"),
    "a pointer that is none": (doing(replace={"value": 1}), "effect.replace: expected JSON pointers such as"),
    "a pointer with a wrong escape": (doing(replace={"/a~2": 1}), "effect.replace: expected JSON pointers such as"),
    "no pointer": (doing(replace={}), "effect.replace: expected at least one member"),
    "JSON broken where there is none": (
        {"match": {"operation": "deleteAppointment"}, "effect": {"malformed": True}},
        "effect.malformed: responses of deleteAppointment have no body, so there is nothing to change",
    ),
    "a refusal of the connector on Graph": (
        {"match": {"plane": "graph"}, "effect": {"problem": "connector.limit"}},
        "match.plane: only the plane connector can refuse with connector.limit; got 'graph'",
    ),
    "a refusal of the connector to an operation of Graph": (
        {"match": {"operation": "createAppointment"}, "effect": {"problem": "connector.limit"}},
        "match.operation: 'createAppointment' belongs to the plane graph, so it can never match on connector",
    ),
    # never fires
    "never": (when(first=0), "schedule.first: expected at least 1"),
    "every no-th": (when(every=0), "schedule.every: expected at least 1"),
    "no chance": (when(probability=0), "schedule.probability: expected more than 0 and at most 1; got 0"),
    "more than sure": (when(probability=1.5), "schedule.probability: expected more than 0 and at most 1; got 1.5"),
    "a moment that has passed": (
        when(until="2026-01-05T07:59:59Z"),
        "schedule.until: 2026-01-05T07:59:59Z is already past: the tenant's clock says 2026-01-05T08:00:00Z",
    ),
    "a moment that is none": (
        when(until="soon"),
        "schedule.until: expected a time such as 2026-01-05T08:00:00Z; got 'soon'",
    ),
    "no time at all": (
        {"effect": BUSY, "schedule": {"for": "PT0S"}},
        "schedule.for: expected a duration such as PT10M",
    ),
    "two ends": (
        {"effect": BUSY, "schedule": {"for": "PT1H", "until": "2026-02-01T00:00:00Z"}},
        "schedule: use either until or for, not both",
    ),
    "a limit of nothing": (when(limit={}), "schedule.limit: expected either requests with a window, or concurrent"),
    "a limit of two kinds": (
        when(limit={"requests": 1, "window": "PT1M", "concurrent": 4}),
        "schedule.limit: expected either requests with a window, or concurrent",
    ),
    "a rate without a window": (when(limit={"requests": 1}), "schedule.limit: requests needs a window such as PT10M"),
    "a window for concurrent calls": (when(limit={"concurrent": 1, "window": "PT1M"}), "concurrent has none"),
    "a limit and a chance": (
        when(limit={"concurrent": 1}, probability=0.5),
        "schedule.limit: cannot be combined with skip, every or probability",
    ),
    "a limit that resets": (
        {"effect": {"reset": True}, "schedule": {"limit": {"concurrent": 1}}},
        "schedule.limit: needs effect.problem or effect.status; the effect is reset",
    ),
    "a limit that carries calls out": (
        {"effect": {"problem": "timeout", "kept": True}, "schedule": {"limit": {"concurrent": 1}}},
        "schedule.limit: a call over the limit is never carried out",
    ),
    "a limit of mailboxes for what is about none": (
        {"match": {"operation": "listBusinesses"}, "schedule": {"limit": {"concurrent": 1}}},
        "schedule.limit: listBusinesses concerns no mailbox; count it with per: application",
    ),
    "an id that is none": ({"id": "a b", "effect": BUSY}, "id: expected 1 to 64 letters, digits"),
    "an id that stands for something else": (
        {"id": "presets", "effect": BUSY},
        "but not presets, problems, operations",
    ),
    "an id that is taken": (
        {"id": "taken", "effect": BUSY},
        "the fault 'taken' exists already; DELETE /_emulator/faults/taken",
    ),
    "no preset": ({"preset": "sixthflow"}, "there is no preset 'sixthflow'; did you mean 'sixth-flow'?"),
    "one id for two": ({"preset": "mailbox-concurrency", "id": "a"}, "adds 2 faults, so they cannot share one id"),
}


@pytest.mark.parametrize(("rule", "message"), REFUSED.values(), ids=REFUSED)
def test_a_rule_that_could_never_work_is_refused(rule: dict[str, Any], message: str, tenant: Tenant) -> None:
    tenant.faults.add({"id": "taken", "effect": BUSY})
    with pytest.raises(FaultError) as caught:
        tenant.faults.add(rule)
    assert message in str(caught.value)
    assert [each.rule.id for each in tenant.faults] == ["taken"]


FINE = {
    "a business that may be made later": matching(business="Later@contoso.onmicrosoft.com"),
    "a person of a token": matching(persona="somebody@contoso.com"),
    "an application of a token": matching(persona="10000000-0000-4000-8000-000000000009"),
    "whoever is nobody else": matching(persona="Anyone"),
    "a glob over two planes": {"match": {"operation": "*list*"}, "effect": {"latency": 1}},
    "a problem of any plane on the connector": {"match": {"plane": "connector"}, "effect": {"problem": "unavailable"}},
    "an update, which may answer an object": {"match": {"operation": "update*"}, "effect": {"malformed": True}},
}


@pytest.mark.parametrize("rule", FINE.values(), ids=FINE)
def test_a_rule_that_may_work_is_taken(rule: dict[str, Any], tenant: Tenant) -> None:
    assert len(tenant.faults.add(rule)) == 1


PLANES = {
    "a refusal of Graph": ({"problem": "bk.unknown"}, {}, {"graph"}),
    "a refusal of the connector": ({"problem": "connector.limit"}, {}, {"connector"}),
    "what any plane may answer": ({"status": 500}, {}, {"graph", "connector", "identity", "page"}),
    "a refusal of the booking page": ({"problem": "page.slot"}, {}, {"page"}),
    "an operation of the connector": ({"problem": "unavailable"}, {"operation": "connector.*"}, {"connector"}),
}


@pytest.mark.parametrize(("effect", "match", "planes"), PLANES.values(), ids=PLANES)
def test_a_rule_is_for_the_planes_that_it_can_be_for(
    effect: dict[str, Any], match: dict[str, Any], planes: set[str], tenant: Tenant
) -> None:
    (made,) = tenant.faults.add({"effect": effect, "match": match})
    assert made.rule.match.planes == planes


# over the control plane


def test_a_fault_is_made_shown_listed_and_dropped(client: TestClient) -> None:
    rule = {"match": {"operation": "list*"}, "effect": BUSY, "schedule": {"first": 2, "for": "PT1H"}}
    made = client.post("/_emulator/faults", json=rule)
    assert made.status_code == 201
    assert made.json() == {
        "id": "f1",
        "title": "the problem throttle.rate",
        **rule,
        "state": "active",
        "until": "2026-01-05T09:00:00Z",
        "matched": 0,
        "fired": 0,
        "left": 2,
    }
    assert [client.get(ROOT).status_code for _ in range(3)] == [429, 429, 200]
    shown = client.get("/_emulator/faults/f1").json()
    assert (shown["state"], shown["matched"], shown["fired"], shown["left"]) == ("spent", 2, 2, 0)
    assert client.get("/_emulator/faults").json() == {"value": [shown]}
    assert client.delete("/_emulator/faults/f1").status_code == 204
    assert client.get("/_emulator/faults").json() == {"value": []}
    for answer in (client.get("/_emulator/faults/f1"), client.delete("/_emulator/faults/f1")):
        assert (answer.status_code, "there is no fault 'f1'" in answer.json()["error"]) == (404, True)


def test_all_faults_are_dropped_at_once(client: TestClient) -> None:
    for _ in range(3):
        client.post("/_emulator/faults", json={"effect": BUSY})
    assert client.delete("/_emulator/faults").status_code == 204
    assert client.get("/_emulator/faults").json() == {"value": []}
    assert client.get(HOME).status_code == 200


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (matching(operation="creatAppointment"), "did you mean 'createAppointment'?"),
        ({"efect": BUSY}, "unknown member 'efect'"),
        (doing(status=99), "99"),
        (doing(problem="nothing.at.all"), "GET /_emulator/faults/problems lists them"),
    ],
    ids=["an operation", "a member", "a status", "a problem"],
)
def test_a_wrong_rule_is_told_over_http(rule: Any, message: str, client: TestClient) -> None:
    answer = client.post("/_emulator/faults", json=rule)
    assert (answer.status_code, message in answer.json()["error"]) == (400, True)
    assert client.get("/_emulator/faults").json() == {"value": []}


def test_what_a_rule_may_name_can_be_asked_for(client: TestClient) -> None:
    operations = client.get("/_emulator/faults/operations").json()["value"]
    assert {"plane": "graph", "name": "createAppointment", "method": "POST"} in operations
    assert {each["name"] for each in operations} == {each.name for each in targets()}
    problems = {each["id"]: each for each in client.get("/_emulator/faults/problems").json()["value"]}
    assert problems["throttle.mailbox"]["status"] == 429
    assert (problems["bk.unknown"]["is_injected"], problems["timeout"]["is_injected"]) == (False, True)


# presets


@pytest.mark.parametrize("name", load_presets())
def test_a_preset_says_what_it_shows_and_can_be_made(name: str, client: TestClient) -> None:
    rows = {each["name"]: each for each in client.get("/_emulator/faults/presets").json()["value"]}
    row = rows[name]
    assert row["shows"].endswith(".")
    assert row["title"]
    assert row["source"]
    assert row["confidence"] in ("high", "medium", "low", "guess")
    made = client.post(f"/_emulator/faults/presets/{name}", json={})
    assert made.status_code == 201
    assert len(made.json()["value"]) == len(row["rules"])
    assert client.get("/_emulator/faults").json() == made.json()


def test_a_preset_can_be_aimed_and_timed_otherwise(client: TestClient) -> None:
    given = {"match": {"operation": "getBusiness"}, "effect": {"retry_after": 7}, "schedule": {"first": 1}}
    (made,) = client.post("/_emulator/faults/presets/throttled", json=given).json()["value"]
    assert (made["match"], made["schedule"], made["left"]) == ({"operation": "getBusiness"}, {"first": 1}, 1)
    assert made["effect"] == {"problem": "throttle.rate", "retry_after": 7}
    assert [client.get(each).status_code for each in (ROOT, HOME, HOME)] == [200, 429, 200]


TITLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "as it is": ("throttled", {}, "throttled: the application is over its request rate, three times"),
    "once": ("throttled", {"schedule": {"first": 1}}, "throttled: the application is over its request rate, once"),
    "often": ("unavailable", {"schedule": {"first": 7}}, "503 with Retry-After, 7 times"),
    "later": ("unavailable", {"schedule": {"skip": 1}}, "503 with Retry-After, twice"),
    "counted where it was not": ("access-denied", {"schedule": {"first": 2}}, "403 ErrorAccessDenied, twice"),
    "another effect": (
        "delivery-late",
        {"effect": {"late": "PT1M"}},
        'minutes late, once (here effect.late is "PT1M")',
    ),
    "another share": ("unreliable", {"schedule": {"probability": 0.5}}, "seed (here schedule.probability is 0.5)"),
}


@pytest.mark.parametrize(("name", "given", "title"), TITLES.values(), ids=TITLES)
def test_the_title_of_a_preset_says_what_is_given_otherwise(
    name: str, given: dict[str, Any], title: str, client: TestClient
) -> None:
    (made,) = client.post(f"/_emulator/faults/presets/{name}", json=given).json()["value"]
    assert made["title"].endswith(title)


def test_an_unknown_preset_is_told(client: TestClient) -> None:
    answer = client.post("/_emulator/faults/presets/nothing", json={})
    assert (answer.status_code, "there is no preset 'nothing'" in answer.json()["error"]) == (404, True)


def test_a_preset_with_a_wrong_aim_makes_nothing(client: TestClient) -> None:
    given = {"match": {"operation": "creat"}}
    answer = client.post("/_emulator/faults/presets/mailbox-concurrency", json=given)
    assert (answer.status_code, "no operation matches 'creat'" in answer.json()["error"]) == (400, True)
    assert client.get("/_emulator/faults").json() == {"value": []}


SHOWN = {
    "throttled": (429, "ApplicationThrottled"),
    "throttled-until": (429, "TooManyRequests"),
    "unavailable": (503, "serviceNotAvailable"),
    "gateway-timeout": (504, "UnknownError"),
    "bad-gateway": (502, "UnknownError"),
    "unknown-error": (500, "UnknownError"),
    "an-error-has-occurred": (500, ""),
    "transient": (500, "ErrorInternalServerTransientError"),
    "mailbox-gone": (404, "MailboxNotEnabledForRESTAPI"),
    "token-expired": (401, "InvalidAuthenticationToken"),
    "claims-challenge": (401, "InvalidAuthenticationToken"),
    "access-denied": (403, "ErrorAccessDenied"),
}


@pytest.mark.parametrize(("name", "expected"), SHOWN.items(), ids=SHOWN)
def test_a_preset_of_graph_answers_as_documented(name: str, expected: tuple[int, str], graph: Graph) -> None:
    graph.tenant.faults.add(name)
    answer = graph.get(HOME)
    assert (answer.status, answer.error["code"]) == expected


def test_a_claims_challenge_says_what_the_next_token_must_hold(graph: Graph) -> None:
    from base64 import b64decode

    graph.tenant.faults.add("claims-challenge")
    header = graph.get(HOME).headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    claims = b64decode(header.partition('claims="')[2].rstrip('"'))
    assert claims == b'{"access_token":{"nbf":{"essential":true, "value":"1767600000"}}}'


def test_the_rates_of_a_bad_day_are_the_same_in_every_run() -> None:
    def day() -> list[int]:
        graph = Graph(make_tenant())
        graph.tenant.faults.add("unreliable")
        return [graph.get(HOME).status for _ in range(100)]

    assert day() == day()
    assert 0 < day().count(503) < 30


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("", "", True),
        ("*", "", True),
        ("*/appointments", "/v1.0/solutions/bookingBusinesses*/appointments", True),
        ("*/appointments", "/v1.0/solutions/bookingBusinesses", False),
        ("/V1.0/*", "/v1.0/solutions/bookingbusinesses*", True),
        ("/beta/*", "/v1.0/solutions/bookingBusinesses*", False),
        ("*a*b", "a*c", False),
        ("*a*b*", "*c*", True),
        ("/v1.0/solutions/bookingBusinesses/x@y/services", "/v1.0/solutions/bookingBusinesses*/services", True),
    ],
)
def test_two_globs_meet_where_some_text_fits_both(one: str, other: str, meet: bool) -> None:
    assert can_meet(one, other) is meet
    assert can_meet(other, one) is meet


def test_every_operation_can_be_aimed_at_by_the_paths_it_is_called_at() -> None:
    for path, operation in (
        ("/beta/bookingBusinesses/x/appointments/y/cancel", "cancelAppointment"),
        ("/v1.0/solutions/bookingBusinesses('x')/appointments('y')/microsoft.graph.cancel", "cancelAppointment"),
        ("*/staffMembers/microsoft.graph.bookingStaffMember", "listStaffMembers"),
        ("/v1.0/$batch", "$batch"),
        ("*/staffMembers/*", "get*"),
    ):
        rule = {"match": {"operation": operation, "path": path}, "effect": {"status": 500}}
        assert make_tenant().faults.add(rule)


IN_BUSINESS = {
    each.name: None in each.segments and "bookingCurrencies" not in each.segments
    for each in load("v1.0").operations.values()
}


@pytest.mark.parametrize("operation", IN_BUSINESS)
def test_a_rule_for_a_business_is_for_operations_that_are_about_one(operation: str) -> None:
    effect: dict[str, Any] = {"status": 503}
    rule = {"match": {"operation": operation, "business": "Ours@contoso.com"}, "effect": effect}
    has_business = "/bookingBusinesses/{id}" in f"/{load('v1.0').operations[operation].path}"
    assert has_business == IN_BUSINESS[operation]
    faults = make_tenant().faults
    if has_business:
        assert len(faults.add(rule)) == 1
    else:
        with pytest.raises(FaultError, match="concerns no single business"):
            faults.add(rule)


# many who are counted


def test_windows_that_are_over_are_forgotten_and_too_many_are_not_kept(graph: Graph) -> None:
    rule = {"effect": {"status": 429}, "schedule": {"limit": {"requests": 1, "window": "PT10M"}}}
    (fault,) = graph.tenant.faults.add(rule)
    clock = graph.tenant.clock.now()

    def call(number: int, minutes: int) -> bool:
        exchange = Exchange("graph", Request("GET", "/", "", {}, b"", ORIGIN), clock + timedelta(minutes=minutes))
        exchange.business = f"b{number}@x"
        return fault.is_due(exchange)

    assert [call(0, 0), call(0, 0)] == [False, True]
    for number in range(3 * MOST_WINDOWS):
        call(number, number // 1_000)
        assert len(fault.windows) <= MOST_WINDOWS
    last = 3 * MOST_WINDOWS - 1
    assert call(last, last // 1_000)
    for number in range(MOST_WINDOWS + 100):  # all at the same moment, so that none is over
        call(number, 1_000)
        assert len(fault.windows) <= MOST_WINDOWS
    assert all(start >= clock + timedelta(minutes=990) for start, _ in fault.windows.values())


def test_the_body_of_a_fault_may_hold_empty_texts() -> None:
    tenant = make_tenant()
    (fault,) = tenant.faults.add(
        {"effect": {"status": 400, "body": {"error": {"code": "UnknownError", "message": ""}}}}
    )
    assert fault.rule.effect.body == {"error": {"code": "UnknownError", "message": ""}}
