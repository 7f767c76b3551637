"""Every operation of the contract, on every route that leads to it, answers as the contract says: derived cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bookings_emulator.contract.load import load, load_problems
from bookings_emulator.contract.model import Contract, Operation
from tests.conftest import BUSINESS, ITEMS, ROOT, STAFF, Graph, at, booking

BODIES: dict[str, Any] = {
    "createBusiness": {"displayName": "Fourth Coffee"},
    "createCustomer": {"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "Joni Sherman"},
    "createCustomQuestion": {"displayName": "Why?"},
    "createService": {"displayName": "Bento"},
    "createStaffMember": {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "scheduler"},
    "createAppointment": booking(),
    "getStaffAvailability": {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-06T00:00:00"),
        "endDateTime": at("2026-01-07T00:00:00"),
    },
    "cancelAppointment": {"cancellationMessage": "Sorry"},
    "updateAppointment": {"serviceNotes": "changed"},
}
WINDOW = "?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z"


def routes() -> Iterator[Any]:
    for version in ("v1.0", "beta"):
        contract = load(version)
        for root in contract.roots:
            for operation in contract.operations.values():
                yield pytest.param(contract, root, operation, id=f"{version}-{root or 'root'}-{operation.name}")


def path(contract: Contract, root: str, operation: Operation) -> str:
    """The path of an operation with the keys of the small tenant."""
    out, last = f"/{contract.version}" + (f"/{root}" if root else ""), ""
    for segment in operation.segments:
        out += "/" + (ITEMS[last] if segment is None else segment)
        last = segment or ""
    return out


def body_of(contract: Contract, operation: Operation) -> Any:
    if not operation.has_body:
        return None
    body = BODIES.get(operation.name, {})
    if contract.version == "beta" and operation.name == "createAppointment":
        body = {**body, "start": body["startDateTime"], "end": body["endDateTime"]}
        del body["startDateTime"], body["endDateTime"]
    return body


@pytest.mark.parametrize(("contract", "root", "operation"), list(routes()))
def test_every_operation_answers_as_the_contract_says(
    graph: Graph, contract: Contract, root: str, operation: Operation
) -> None:
    query = WINDOW if any(each.is_required for each in operation.options) else ""
    answer = graph.call(operation.method, path(contract, root, operation) + query, body_of(contract, operation))
    if operation.refused:
        row = load_problems()[operation.refused]
        assert (answer.status, answer.error["code"]) == (row.status, row.code)
        assert "declared in the metadata only" in answer.reason
        return
    assert answer.status == operation.status, answer.response.body
    if answer.status == 204:
        assert answer.response.body == b""
    elif operation.kind == "count":
        assert answer.headers["Content-Type"] == "text/plain"
        assert int(answer.response.body) >= 1
    else:
        _check_members(contract, operation, answer.json)


def _check_members(contract: Contract, operation: Operation, body: dict[str, Any]) -> None:
    assert "@odata.context" in body
    kind = contract.types[operation.type or ""]
    rows = body.get("value", [body])
    assert rows
    expected = set(operation.members) or set(kind.by_name)
    for row in rows:
        assert {name for name in row if "@" not in name} == expected


def test_both_versions_have_all_37_documented_and_16_declared_operations() -> None:
    for version in ("v1.0", "beta"):
        operations = load(version).operations.values()
        assert sum(each.is_documented for each in operations) == 37
        assert sum(not each.is_documented for each in operations) == 16


def test_the_list_of_businesses_holds_id_and_name_only_and_is_narrowed_by_query(graph: Graph) -> None:
    graph.post(ROOT, {"displayName": "Adventure Works"})
    assert graph.get(f"{ROOT}?$select=id,phone").json["value"][0] == {"id": BUSINESS}
    found = graph.get(f"{ROOT}?query=adven").json["value"]
    assert [each["displayName"] for each in found] == ["Adventure Works"]


def test_the_list_of_businesses_is_not_paged_and_ends_at_500(graph: Graph) -> None:
    for number in range(501):
        graph.post(ROOT, {"displayName": f"Shop {number}"})
    body = graph.get(f"{ROOT}?$top=3").json
    assert len(body["value"]) == 500
    assert "@odata.nextLink" not in body
