"""A plain entity is one table of the contract: it can be made, read, changed, listed, exported and deleted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest

from bookings_emulator.contract import load
from bookings_emulator.contract.api import api
from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.contract.sets import references_of, sets_of
from bookings_emulator.recording.fixture_of_recording import fixture_of
from bookings_emulator.recording.recorded import Recorded
from bookings_emulator.store.export import export
from bookings_emulator.store.seed import check
from tests.conftest import BUSINESS, HOME, Graph, make_tenant, small

ROOM = "50000000-0000-4000-8000-000000000001"
ROOMS = """
source = 'guess'

[entity.bookingBusiness.navigations]
meetingRooms = '[bookingMeetingRoom] readonly'

[entity.bookingMeetingRoom]
base = 'entity'
required = ['displayName']
[entity.bookingMeetingRoom.properties]
displayName         = 'String notnull'
seats               = 'Int32 notnull fill=1'
keeperIds           = '[String] fill=[] refers=staffMembers'
createdDateTime     = 'DateTimeOffset server'
lastUpdatedDateTime = 'DateTimeOffset server'

[operation.listMeetingRooms]
request = 'GET bookingBusinesses/{}/meetingRooms'
like    = 'listServices'
query   = ['$filter', '$orderby']
status  = 200

[operation.createMeetingRoom]
request = 'POST bookingBusinesses/{}/meetingRooms'
like    = 'createService'
status  = 201

[operation.getMeetingRoom]
request = 'GET bookingBusinesses/{}/meetingRooms/{}'
like    = 'getService'
status  = 200

[operation.updateMeetingRoom]
request = 'PATCH bookingBusinesses/{}/meetingRooms/{}'
like    = 'updateService'
status  = 204

[operation.deleteMeetingRoom]
request = 'DELETE bookingBusinesses/{}/meetingRooms/{}'
like    = 'deleteService'
status  = 204
"""


def forget_contract() -> None:
    """Empty every cache of the package, since what follows from the contract is kept in many."""
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper) and each.__module__.startswith("bookings_emulator."):
            each.cache_clear()


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    """A tenant whose contract has one entity more, with a record of it in the fixture."""
    table = tmp_path / "rooms.toml"
    table.write_text(ROOMS)
    for version, names in load.OVERLAYS.items():
        monkeypatch.setitem(load.OVERLAYS, version, (*names, str(table)))
    forget_contract()
    data = small()
    data["bookingBusinesses"][0]["meetingRooms"] = [{"id": ROOM, "displayName": "Blue room", "seats": 4}]
    check("rooms", data)
    yield Graph(make_tenant(data))
    forget_contract()


def test_a_plain_entity_is_planted_listed_and_read(rooms: Graph) -> None:
    (row,) = rooms.get(f"{HOME}/meetingRooms").json["value"]
    assert (row["id"], row["displayName"], row["seats"]) == (ROOM, "Blue room", 4)
    assert rooms.get(f"{HOME}/meetingRooms/{ROOM}").json["displayName"] == "Blue room"


def test_a_plain_entity_is_created_changed_and_deleted(rooms: Graph) -> None:
    made = rooms.post(f"{HOME}/meetingRooms", {"displayName": "Red room"})
    assert (made.status, made.json["seats"]) == (201, 1)
    place = f"{HOME}/meetingRooms/{made.json['id']}"
    assert rooms.patch(place, {"seats": 6}).status == 204
    assert rooms.get(place).json["seats"] == 6
    assert [each["seats"] for each in rooms.get(f"{HOME}/meetingRooms?$orderby=seats desc").json["value"]] == [6, 4]
    assert rooms.delete(place).status == 204
    gone = rooms.get(place)
    assert (gone.status, gone.reason) == (404, f"'{BUSINESS}' has no meeting room with the id '{made.json['id']}'")


def test_a_plain_entity_refuses_what_its_table_does_not_say(rooms: Graph) -> None:
    assert "seats" in rooms.post(f"{HOME}/meetingRooms", {"displayName": "Red room", "seats": "six"}).reason
    assert "displayName" in rooms.post(f"{HOME}/meetingRooms", {"seats": 6}).reason


def test_a_plain_entity_is_exported_and_comes_back(rooms: Graph) -> None:
    rooms.post(f"{HOME}/meetingRooms", {"displayName": "Red room"})
    fixture = export(rooms.tenant.store, rooms.tenant.clock.now())
    check("export", fixture)
    again = Graph(make_tenant(fixture))
    assert again.get(f"{HOME}/meetingRooms").json["value"] == rooms.get(f"{HOME}/meetingRooms").json["value"]


def test_a_plain_entity_goes_with_a_reset_and_with_its_business(rooms: Graph) -> None:
    rooms.post(f"{HOME}/meetingRooms", {"displayName": "Red room"})
    rooms.tenant.reset()
    assert len(rooms.get(f"{HOME}/meetingRooms").json["value"]) == 1
    rooms.delete(HOME)
    assert rooms.get(f"{HOME}/meetingRooms").status == 404


def test_a_plain_entity_of_a_recording_goes_into_its_fixture(rooms: Graph) -> None:
    answer = rooms.get(f"{HOME}/meetingRooms")
    call = Recorded("GET", f"{HOME}/meetingRooms", {}, b"", answer.status, answer.headers, answer.response.body)
    (business,) = fixture_of([call])["bookingBusinesses"]
    assert [each["displayName"] for each in business["meetingRooms"]] == ["Blue room"]


def test_sets_stand_behind_those_that_they_refer_to() -> None:
    contract = load.load("v1.0")
    names = list(sets_of(contract))
    assert names == ["staffMembers", "customQuestions", "services", "customers", "appointments"]
    assert set(references_of(contract).values()) == set(names) - {"appointments"}
    assert list(api("beta").sets) == names


def test_a_reference_to_no_set_is_refused_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "rooms.toml"
    table.write_text(ROOMS.replace("refers=staffMembers", "refers=staffMember"))
    monkeypatch.setitem(load.OVERLAYS, "v1.0", ("graph.toml", str(table)))
    forget_contract()
    try:
        with pytest.raises(ContractError, match=r"keeperIds: refers to 'staffMember'.*did you mean 'staffMembers'"):
            load.load("v1.0")
    finally:
        forget_contract()
