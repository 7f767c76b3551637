"""Who may call what: every operation, every persona, every route family; and the least permissions that calls need."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import Operation
from bookings_emulator.contract.quirks import Quirks
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.pipeline.permissions import Used, check_permissions, least_for
from bookings_emulator.problem import Problem
from bookings_emulator.store.seed import load_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import AS_APP, BUSINESS, HOME, NOW, ROOT, Graph, at, bearer, booking, make_tenant, small

# route families: version and root
FAMILIES = {"v1.0/solutions": ("v1.0", "solutions"), "beta/solutions": ("beta", "solutions"), "beta": ("beta", "")}
PERSONAS: list[dict[str, Any]] = load_fixture("default").data["personas"]
NAMES = (
    "Bookings.Read.All",
    "BookingsAppointment.ReadWrite.All",
    "Bookings.ReadWrite.All",
    "Bookings.Manage.All",
    "Calendars.Read",
    "Calendars.ReadWrite",
    "User.Read",
)
# what each role may write inside a business
WRITES = {
    "scheduler": {
        *(f"{verb}Appointment" for verb in ("create", "update", "delete", "cancel")),
        *(f"{verb}Customer" for verb in ("create", "update", "delete")),
    },
    "viewer": set[str](),
    "member": {*(f"{verb}Appointment" for verb in ("create", "update", "delete", "cancel")), "updateStaffMember"},
}
OUTSIDE = {"listBusinesses", "countBusinesses", "createBusiness", "listCurrencies", "getCurrency", "countCurrencies"}
# operation, kind of caller → the permissions that let it in, or None
Table = Mapping[tuple[str, str], frozenset[str] | None]


def model_table(reference: Path, version: str, root: str) -> Table:
    """The table as the reference facts have it, read from them alone."""
    model = json.loads((reference / "graph" / "model.json").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], frozenset[str] | None] = {}
    for each in model["versions"][version]["operations"]:
        said = each["permissions"] if root else each.get("permissionsRootRoute") or each["permissions"]
        assert not said["delegatedPersonal"]["supported"]
        for kind, key in (("delegated", "delegatedWork"), ("application", "application")):
            row = said[key]
            found[each["id"], kind] = frozenset(row["least"] + row["higher"]) if row["supported"] else None
    return found


def contract_table(version: str, root: str) -> Table:
    """The table as the contract has it: what its lines say, not what is made of them."""
    found = {}
    for each in served(version).values():
        said = each.root_permissions if each.root_permissions and not root else each.permissions
        for kind, names in (("delegated", said.delegated), ("application", said.application)):
            found[each.name, kind] = None if names is None else frozenset(names)
    return found


def served(version: str) -> dict[str, Operation]:
    """The operations that answer."""
    return {name: each for name, each in load(version).operations.items() if not each.refused}


# one permission at a time


def verdict(operation: Operation, root: str, caller: Caller) -> str | None:
    """The problem that a caller meets, None for nothing."""
    try:
        check_permissions(operation, root, caller, Quirks({}))
    except Problem as problem:
        return problem.code
    return None


def _verdicts(version: str, root: str, known: Table) -> Iterator[tuple[str, str, str, bool]]:
    for (name, kind), _ in known.items():
        for permission in NAMES:
            caller = Caller("someone", kind, permissions=frozenset([permission]))
            yield name, kind, permission, verdict(load(version).operations[name], root, caller) is None


def _compare(version: str, root: str, known: Table) -> None:
    expected = {
        (name, kind, permission, permission in (accepted or ()))
        for (name, kind), accepted in known.items()
        for permission in NAMES
    }
    assert set(_verdicts(version, root, known)) == expected
    assert {name for accepted in known.values() for name in accepted or ()} <= set(NAMES)


@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_each_permission_opens_exactly_what_the_reference_says(version: str, root: str, reference: Path) -> None:
    known = model_table(reference, version, root)
    assert len(known) == 2 * 37
    _compare(version, root, known)


@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_each_permission_opens_exactly_what_the_contract_says(version: str, root: str) -> None:
    known = contract_table(version, root)
    assert {name for name, _ in known} == set(served(version))
    _compare(version, root, known)


# every operation, every persona, every route family, over the wire


@cache
def staff_record() -> tuple[str, str, str]:
    """A business, and the ids of a team member in it and of an appointment in the calendar of that member alone."""
    upn = next(each["upn"] for each in PERSONAS if each["name"] == "member")
    business = load_fixture("default").data["bookingBusinesses"][0]
    member = next(each["id"] for each in business["staffMembers"] if each["emailAddress"] == upn)
    appointment = next(each["id"] for each in business["appointments"] if each["staffMemberIds"] == [member])
    return business["id"], member, appointment


def ask(graph: Graph, operation: Operation, root: str, version: str, persona: str) -> str | None:
    """Call an operation as a persona, on records that are there; the problem of authorization it met, if any."""
    business, member, appointment = staff_record()
    first = dict.fromkeys(("services", "customers", "customQuestions"), "0000-4000-8000-000000000001")
    items = {
        "bookingBusinesses": business,
        "appointments": appointment,
        "staffMembers": member,
        "bookingCurrencies": "USD",
        **{each: f"{number}0000000-{first[each]}" for each, number in zip(first, (2, 3, 4), strict=True)},
    }
    path, last = root, ""
    for segment in operation.segments:
        path += f"/{items[last] if segment is None else segment}"
        last = segment or last
    window = {"startDateTime": at("2026-01-12T00:00:00"), "endDateTime": at("2026-01-13T00:00:00")}
    body = {"staffIds": [member], **window} if operation.name == "getStaffAvailability" else {}
    query = "?start=2026-01-12T00:00:00Z&end=2026-01-13T00:00:00Z" if operation.set == "calendarView" else ""
    url = f"/{version}/{path.strip('/')}{query}"
    answer = graph.call(operation.method, url, body if operation.has_body else None, headers=bearer(persona))
    exchange = graph.tenant.journal.entries[-1].exchange
    assert exchange.operation == operation.name
    is_barred = exchange.problem is not None and (
        exchange.problem.startswith(("auth", "mailbox.rest", "bk.nofolder"))
        or (exchange.problem == "bk.unknown" and "callers" in (exchange.reason or ""))
    )
    if not is_barred and operation.method in ("GET", "DELETE"):
        assert answer.status in (200, 204), answer.reason
    return exchange.problem if is_barred else None


def expected(operation: Operation, persona: dict[str, Any], accepted: frozenset[str] | None) -> str | None:
    """What a persona of the fixture meets, from the table and what its row says of it."""
    if persona.get("isPersonal") or not persona.get("isLicensed", True):
        return "authz.erroraccessdenied"
    if accepted is None:
        return "bk.unknown" if operation.name == "getStaffAvailability" else "authz.erroraccessdenied"
    permissions = persona.get("permissions")
    if permissions is not None and not accepted & set(permissions):
        return "authz.erroraccessdenied" if permissions else "auth.noperm"
    if persona["kind"] == "application" or operation.name in OUTSIDE:
        return None
    role = persona["roles"].get("*")
    if role in (None, "guest"):
        return "bk.nofolder"
    may = role == "administrator" or operation.method == "GET" or operation.name in WRITES[role]
    return None if may else "authz.erroraccessdenied"


def _go_through(version: str, root: str, persona: dict[str, Any], known: Table) -> None:
    tenant = Tenant(Start((load_fixture("default"),), seed=1, frozen=utc(NOW)))
    graph = Graph(tenant)
    seen, wanted = {}, {}
    for name, kind in known:
        if kind == persona["kind"]:
            operation = load(version).operations[name]
            seen[name] = ask(graph, operation, root, version, persona["name"])
            wanted[name] = expected(operation, persona, known[name, kind])
            tenant.reset()
    assert seen == wanted


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each["name"])
@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_every_persona_may_call_what_the_reference_says(
    version: str, root: str, persona: dict[str, Any], reference: Path
) -> None:
    _go_through(version, root, persona, model_table(reference, version, root))


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each["name"])
@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_every_persona_may_call_what_the_contract_says(version: str, root: str, persona: dict[str, Any]) -> None:
    _go_through(version, root, persona, contract_table(version, root))


def test_the_default_fixture_has_a_persona_of_each_kind() -> None:
    assert {each["roles"].get("*") for each in PERSONAS if each["kind"] == "delegated"} == {
        *("administrator", "scheduler", "viewer", "member", "guest"),
        None,
    }
    kinds: dict[str, Callable[[dict[str, Any]], bool]] = {
        "a personal account": lambda each: each.get("isPersonal", False),
        "without a licence": lambda each: not each.get("isLicensed", True),
        "a person that may read": lambda each: each["kind"] == "delegated" and each.get("permissions") == [NAMES[0]],
        "an application that may read": lambda each: (
            each["kind"] == "application" and each.get("permissions") == [NAMES[0]]
        ),
        "an application that may nothing": lambda each: each["kind"] == "application" and each.get("permissions") == [],
        "an application that may everything": lambda each: (
            each["kind"] == "application" and {*each.get("permissions", ())} == {*NAMES[:4]}
        ),
    }
    assert {name: sum(map(check, PERSONAS)) for name, check in kinds.items()} == dict.fromkeys(kinds, 1)
    assert all(each["upn"] and each["password"] for each in PERSONAS if each["kind"] == "delegated")
    assert all(each["clientId"] and each["secrets"] for each in PERSONAS if each["kind"] == "application")


# what is refused, in words


def persona_graph(**persona: Any) -> Graph:
    """The small tenant with one more persona, called `she`."""
    data = small()
    data["personas"] = [
        *data["personas"],
        {"name": "she", "kind": "delegated", "roles": {"*": "administrator"}} | persona,
    ]
    return Graph(make_tenant(data))


AS_HER = bearer("she")
REASONS = {
    "a permission is missing": (
        {"permissions": ["Bookings.Read.All"]},
        ("POST", f"{HOME}/appointments"),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "a delegated caller of createAppointment needs BookingsAppointment.ReadWrite.All (the least), "
        "Bookings.Manage.All or Bookings.ReadWrite.All; the token of 'she' has Bookings.Read.All",
    ),
    "nothing higher would do": (
        {"permissions": ["User.Read", "Mail.Read"]},
        ("POST", ROOT),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "a delegated caller of createBusiness needs Bookings.Manage.All (the least); "
        "the token of 'she' has Mail.Read, User.Read",
    ),
    "one higher would do": (
        {"permissions": ["User.Read"]},
        ("POST", f"{HOME}/services"),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "a delegated caller of createService needs Bookings.ReadWrite.All (the least) or Bookings.Manage.All; "
        "the token of 'she' has User.Read",
    ),
    "two are the least": (
        {"permissions": ["User.Read"]},
        ("GET", f"{HOME}/appointments"),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "a delegated caller of listAppointments needs Bookings.Read.All (the least), "
        "BookingsAppointment.ReadWrite.All, Bookings.Manage.All or Bookings.ReadWrite.All; "
        "the token of 'she' has User.Read",
    ),
    "a token with many others": (
        {"permissions": [f"Some.{number}" for number in range(10)]},
        ("GET", HOME),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "a delegated caller of getBusiness needs Bookings.Read.All (the least), Bookings.Manage.All, "
        "Bookings.ReadWrite.All or BookingsAppointment.ReadWrite.All; the token of 'she' has "
        "Some.0, Some.1, Some.2, Some.3, Some.4, Some.5, Some.6, Some.7 and 2 more",
    ),
    "an application without permissions": (
        {"kind": "application", "permissions": []},
        ("GET", HOME),
        (
            401,
            "NoPermissionsInAccessToken",
            "The token contains no permissions, or permissions can not be understood.",
        ),
        "the token of 'she' has no permissions; an application caller of getBusiness needs "
        "BookingsAppointment.ReadWrite.All (the least), Bookings.Manage.All, Bookings.Read.All "
        "or Bookings.ReadWrite.All",
    ),
    "a delegated operation": (
        {"kind": "application"},
        ("POST", ROOT),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "createBusiness is for delegated callers; the token of 'she' is an application one",
    ),
    "an operation of applications": (
        {"permissions": ["Bookings.Read.All"]},
        ("POST", f"{HOME}/getStaffAvailability"),
        (500, "UnknownError", ""),
        "getStaffAvailability is for application callers; the token of 'she' is a delegated one",
    ),
    "a personal account": (
        {"isPersonal": True, "permissions": ["Bookings.Manage.All"]},
        ("GET", ROOT),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "'she' is a personal account; Bookings does not support those, whatever the permissions",
    ),
    "no licence": (
        {"isLicensed": False},
        ("GET", HOME),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        "'she' has no licence for Bookings",
    ),
}


@pytest.mark.parametrize(("persona", "call", "refused", "reason"), REASONS.values(), ids=REASONS)
def test_a_refusal_says_what_is_missing_and_what_would_do(
    persona: dict[str, Any], call: tuple[str, str], refused: tuple[int, str, str], reason: str
) -> None:
    method, url = call
    answer = persona_graph(**persona).call(method, url, {} if method == "POST" else None, headers=AS_HER)
    assert (answer.status, answer.error["code"], answer.error["message"]) == refused
    assert answer.reason == reason


def test_a_token_without_permissions_gets_the_details_of_its_error() -> None:
    inner = persona_graph(permissions=[]).get(HOME, headers=AS_HER).error["innerError"]
    assert inner["errorUrl"] == "https://aka.ms/autherrors#error-InvalidGrant"
    assert len(inner["oAuthEventOperationId"]) == 36
    assert inner["oAuthEventcV"].endswith(".1")
    assert {"date", "request-id", "client-request-id"} < set(inner)


def test_applications_need_no_licence() -> None:
    assert persona_graph(kind="application", isLicensed=False).get(HOME, headers=AS_HER).status == 200


def test_permissions_come_before_everything_a_call_could_be_refused_for() -> None:
    graph = persona_graph(permissions=["Bookings.Read.All"], roles={})
    assert graph.post(f"{HOME}/appointments", {"nonsense": 1}, headers=AS_HER).error["code"] == "ErrorAccessDenied"
    assert graph.delete(f"{ROOT}/nobody@contoso.onmicrosoft.com", headers=AS_HER).error["code"] == "ErrorAccessDenied"


def test_the_beta_root_route_has_permissions_of_its_own() -> None:
    graph = persona_graph(kind="application", permissions=["BookingsAppointment.ReadWrite.All"])
    assert graph.delete(f"/beta/solutions/bookingBusinesses/{BUSINESS}", headers=AS_HER).status == 403
    assert graph.delete(f"/beta/bookingBusinesses/{BUSINESS}", headers=AS_HER).status == 204


@pytest.mark.parametrize("name", ["Businesses", "Appointments", "CalendarView", "Customers", "Services", "Currencies"])
@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_counting_needs_what_listing_needs(version: str, root: str, name: str) -> None:
    operations = served(version)
    listed = operations["calendarView" if name == "CalendarView" else f"list{name}"]
    assert operations[f"count{name}"].permissions_at(root) == listed.permissions_at(root)


def test_a_batch_is_held_to_the_permissions_of_its_token() -> None:
    graph = persona_graph(permissions=["Bookings.Read.All"])
    parts = [
        {"id": "1", "method": "GET", "url": HOME[5:]},
        {"id": "2", "method": "POST", "url": f"{HOME[5:]}/appointments", "body": booking()},
    ]
    parts[1]["headers"] = {"Content-Type": "application/json"}
    answers = graph.post("/v1.0/$batch", {"requests": parts}, headers=AS_HER).json["responses"]
    assert {each["id"]: each["status"] for each in answers} == {"1": 200, "2": 403}


def test_who_tells_no_permissions_has_all_of_its_kind(graph: Graph) -> None:
    assert graph.get(HOME, headers=AS_APP).status == 200
    assert graph.post(f"{HOME}/publish", headers=AS_APP).status == 204
    assert graph.post(ROOT, {"displayName": "Tea"}, headers=AS_APP).status == 403


@pytest.mark.parametrize("name", ["BOOKINGS.MANAGE.ALL", "Bookings.Manage", "https://graph.microsoft.com/x", ""])
def test_the_name_of_a_permission_is_taken_as_it_is_written(name: str) -> None:
    assert persona_graph(permissions=[name] if name else [" "]).get(HOME, headers=AS_HER).status == 403


# the least permissions that calls need

COVERED = {
    "nothing": ([], "delegated", (), ()),
    "one read": (["listServices"], "delegated", ("Bookings.Read.All",), ()),
    "one read of an application": (["listServices"], "application", ("BookingsAppointment.ReadWrite.All",), ()),
    "a read that a write makes superfluous": (
        ["listAppointments", "listServices", "createAppointment"],
        "delegated",
        ("BookingsAppointment.ReadWrite.All",),
        (),
    ),
    "writes of two kinds": (
        ["createAppointment", "createService", "listStaffMembers"],
        "delegated",
        ("Bookings.ReadWrite.All",),
        (),
    ),
    "everything": (["createBusiness", "createAppointment", "getBusiness"], "delegated", ("Bookings.Manage.All",), ()),
    "one write of an application": (["createAppointment"], "application", ("BookingsAppointment.ReadWrite.All",), ()),
    "a read permission is not trusted with a write": (
        ["listBusinesses", "createAppointment"],
        "application",
        ("Bookings.Read.All", "BookingsAppointment.ReadWrite.All"),
        (),
    ),
    "a read permission is trusted with reads": (
        ["listBusinesses", "getAppointment", "getStaffAvailability"],
        "application",
        ("Bookings.Read.All",),
        (),
    ),
    "one of two that would do alone": (["getService", "calendarView"], "application", ("Bookings.Read.All",), ()),
    "nothing lets a delegated caller ask": (
        ["getStaffAvailability", "getBusiness"],
        "delegated",
        ("Bookings.Read.All",),
        ("getStaffAvailability",),
    ),
    "what only people may": (
        ["createBusiness", "listCurrencies", "deleteBusiness"],
        "application",
        (),
        ("createBusiness", "deleteBusiness", "listCurrencies"),
    ),
    "a second least one": (["listAppointments", "createCustomer"], "delegated", (NAMES[1],), ()),
    "what is no call of Graph": (
        ["$batch", "connector.subscribe.created", "getBusiness"],
        "delegated",
        (NAMES[0],),
        (),
    ),
    "what is always refused": (["createCalendarViewAppointment"], "delegated", (), ()),
}


@pytest.mark.parametrize(("operations", "kind", "permissions", "refused"), COVERED.values(), ids=COVERED)
def test_the_least_permissions_that_calls_need(
    operations: list[str], kind: str, permissions: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    assert least_for((Used(each) for each in operations), kind) == (permissions, refused)
    assert least_for((Used(each) for each in [*reversed(operations), *operations]), kind) == (permissions, refused)


def test_the_least_permissions_of_the_root_route_are_its_own() -> None:
    calls = [("deleteBusiness", "beta", ""), ("getStaffAvailability", "beta", "")]
    assert least_for((Used(*each) for each in calls), "application") == (
        ("BookingsAppointment.ReadWrite.All", "Calendars.ReadWrite"),
        (),
    )
    assert least_for([Used("deleteBusiness", "beta")], "application") == ((), ("deleteBusiness",))


@pytest.mark.parametrize("version", ["v2.0", ""])
def test_calls_to_unknown_versions_need_nothing(version: str) -> None:
    assert least_for([Used("getBusiness", version)], "delegated") == ((), ())


@pytest.mark.parametrize("kind", ["delegated", "application"])
@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_the_least_permissions_of_all_operations_open_them_all(version: str, root: str, kind: str) -> None:
    known = contract_table(version, root)
    least = least_for((Used(name, version, root) for name in served(version)), kind)
    assert set(least.refused) == {name for (name, each), accepted in known.items() if each == kind and accepted is None}
    for (name, each), accepted in known.items():
        assert each != kind or accepted is None or accepted & set(least.permissions), name
    for name in least.permissions:
        others = set(least.permissions) - {name}
        assert any(each == kind and accepted and not accepted & others for (_, each), accepted in known.items()), (
            f"{name} is superfluous"
        )


@pytest.mark.parametrize("kind", ["delegated", "application"])
@pytest.mark.parametrize(("version", "root"), FAMILIES.values(), ids=FAMILIES)
def test_for_one_operation_the_least_permission_is_the_documented_one(version: str, root: str, kind: str) -> None:
    for name, operation in served(version).items():
        said = operation.root_permissions if operation.root_permissions and not root else operation.permissions
        names = said.delegated if kind == "delegated" else said.application
        assert least_for([Used(name, version, root)], kind).permissions == (names[:1] if names else ())
