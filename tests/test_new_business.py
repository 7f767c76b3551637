"""What a business comes with: its maker on the staff and a first service where a person makes it, else nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ROOT, Graph, bearer, make_tenant, small
from tests.test_callers import token

MAKER = "maker@contoso.com"
BETA = "/beta/solutions/bookingBusinesses"
OLDER = "/beta/bookingBusinesses"


@pytest.fixture
def graph() -> Graph:
    """The small tenant with a person who is on no staff."""
    data = small()
    data["personas"] = [*data["personas"], {"name": "Maja Maker", "kind": "delegated", "upn": MAKER, "roles": {}}]
    return Graph(make_tenant(data))


def found(graph: Graph, made: dict[str, Any], set_name: str) -> list[dict[str, Any]]:
    return list(graph.get(f"{ROOT}/{made['id']}/{set_name}").json["value"])


@pytest.mark.parametrize("root", [ROOT, BETA, OLDER], ids=["v1.0", "beta", "beta root"])
def test_a_person_finds_itself_on_the_staff_and_a_first_service(root: str, graph: Graph) -> None:
    made = graph.post(root, {"displayName": "New Place"}, headers=bearer("Maja Maker"))
    assert made.status == 201, made.reason
    (member,) = found(graph, made.json, "staffMembers")
    assert (member["displayName"], member["emailAddress"], member["role"]) == ("Maja Maker", MAKER, "administrator")
    assert member["membershipStatus"] == "active"
    assert member["workingHours"] == graph.get(f"{ROOT}/{made.json['id']}").json["businessHours"]
    (service,) = found(graph, made.json, "services")
    assert (service["displayName"], service["staffMemberIds"]) == ("Initial consult", [member["id"]])
    assert service["defaultDuration"] == "PT30M"


def test_a_part_of_a_batch_comes_with_the_same(graph: Graph) -> None:
    request = {
        "id": "1",
        "method": "POST",
        "url": ROOT.removeprefix("/v1.0"),
        "headers": {"content-type": "application/json"},
        "body": {"displayName": "New Place"},
    }
    (part,) = graph.post("/v1.0/$batch", {"requests": [request]}, headers=bearer("Maja Maker")).json["responses"]
    assert part["status"] == 201
    assert len(found(graph, part["body"], "staffMembers")) == len(found(graph, part["body"], "services")) == 1


def test_the_maker_may_write_and_the_first_service_can_be_booked(graph: Graph) -> None:
    made = graph.post(ROOT, {"displayName": "New Place"}, headers=bearer("Maja Maker")).json
    home = f"{ROOT}/{made['id']}"
    assert graph.patch(home, {"phone": "1"}, headers=bearer("Maja Maker")).status == 204
    (service,) = found(graph, made, "services")
    body = {
        "serviceId": service["id"],
        "startDateTime": {"dateTime": "2026-01-12T10:00:00", "timeZone": "UTC"},
        "endDateTime": {"dateTime": "2026-01-12T10:30:00", "timeZone": "UTC"},
        "staffMemberIds": service["staffMemberIds"],
    }
    assert graph.post(f"{home}/appointments", body, headers=bearer("app")).status == 201


@pytest.mark.parametrize(
    "headers",
    [None, bearer("anything"), bearer(token(scp="Bookings.Manage.All"))],
    ids=["nobody in particular", "an unknown word", "a person without an address"],
)
def test_who_does_not_say_who_it_is_finds_an_empty_business(headers: dict[str, str] | None, graph: Graph) -> None:
    made = graph.post(ROOT, {"displayName": "New Place"}, headers=headers).json
    assert found(graph, made, "staffMembers") == found(graph, made, "services") == []


def test_the_quirk_leaves_out_the_service_only(graph: Graph) -> None:
    graph.tenant.set_quirk("first-service", "off")
    made = graph.post(ROOT, {"displayName": "New Place"}, headers=bearer("Maja Maker")).json
    assert len(found(graph, made, "staffMembers")) == 1
    assert found(graph, made, "services") == []


def test_a_business_of_a_fixture_comes_with_nothing() -> None:
    data = small()
    data["bookingBusinesses"].append({"displayName": "Other", "maker": MAKER})
    graph = Graph(make_tenant(data))
    made = graph.get(f"{ROOT}?query=other").json["value"][0]
    assert found(graph, made, "staffMembers") == found(graph, made, "services") == []
