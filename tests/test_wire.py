"""What Graph puts around every answer: envelopes, headers, content types, ways to write a path, limits."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import zlib
from itertools import permutations
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.pipeline import shaping
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.graph import Graph as GraphMouth
from bookings_emulator.wire.http import MAXIMUM_BODY, BadEncoding, _unzipped
from bookings_emulator.wire.plane import Plane
from tests.conftest import APPOINTMENT, BUSINESS, CUSTOMER, HOME, ORIGIN, ROOT, STAFF, Graph, booking, make_tenant

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MINIMAL = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def test_a_success_carries_the_headers_of_graph(graph: Graph) -> None:
    headers = graph.get(ROOT).headers
    assert headers["Content-Type"] == MINIMAL
    assert headers["OData-Version"] == "4.0"
    assert headers["Cache-Control"] == "no-cache"
    assert "Strict-Transport-Security" not in headers
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Date"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    assert GUID.fullmatch(headers["request-id"])
    assert "ServerInfo" in json.loads(headers["x-ms-ags-diagnostic"])


def test_the_client_request_id_is_echoed_and_is_the_request_id_otherwise(graph: Graph) -> None:
    assert graph.get(ROOT, headers={"client-request-id": "mine"}).headers["client-request-id"] == "mine"
    headers = graph.get(ROOT).headers
    assert headers["client-request-id"] == headers["request-id"]


def test_a_refusal_is_the_error_envelope_of_graph_with_a_reason_in_the_header_only(graph: Graph) -> None:
    answer = graph.get(f"{HOME}/services/none", headers={"client-request-id": "mine"})
    assert answer.status == 404
    assert list(answer.json) == ["error"]
    assert list(answer.error) == ["code", "message", "innerError"]
    assert answer.error["code"] == "ErrorItemNotFound"
    assert answer.error["message"] == "The specified object was not found in the store."
    assert answer.error["innerError"] == {
        "date": "2026-01-05T08:00:00",
        "request-id": answer.headers["request-id"],
        "client-request-id": "mine",
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert "OData-Version" not in answer.headers
    assert "has no service with the id 'none'" in answer.reason
    assert "no service" not in json.dumps(answer.json)


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic abc"])
def test_without_a_bearer_token_nobody_calls(graph: Graph, value: str | None) -> None:
    answer = graph.get(ROOT, headers={"authorization": value})
    assert answer.status == 401
    assert answer.error["code"] == "InvalidAuthenticationToken"
    assert answer.error["message"] == "Access token is empty."
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="", authorization_uri=')


def test_an_unknown_segment_is_refused_before_the_token_is_looked_at(graph: Graph) -> None:
    answer = graph.get("/v1.0/planner", headers={"authorization": None})
    assert (answer.status, answer.error["message"]) == (400, "Resource not found for the segment 'planner'.")


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        (f"{HOME}/bookingAppointments", "bookingAppointments"),
        (f"{HOME}/services/x/y", "y"),
        ("/v1.0/bookingBusinesses", "bookingBusinesses"),
        (f"{ROOT}//appointments", ""),
        ("/v1.0/solutions", "solutions"),
        ("/v1.0/subscriptions", "subscriptions"),
    ],
)
def test_a_path_that_does_not_exist_names_its_segment(graph: Graph, path: str, segment: str) -> None:
    answer = graph.get(path)
    assert (answer.status, answer.error["code"]) == (400, "BadRequest")
    assert answer.error["message"] == f"Resource not found for the segment '{segment}'."


def test_a_wrong_segment_is_told_the_nearest_right_one(graph: Graph) -> None:
    assert "did you mean 'appointments'?" in graph.get(f"{HOME}/bookingAppointments").reason


def test_other_versions_do_not_exist(graph: Graph) -> None:
    answer = graph.get("/v2.0/solutions/bookingBusinesses")
    assert (answer.status, answer.error["message"]) == (400, "Invalid version.")


@pytest.mark.parametrize(
    "path",
    [
        f"/v1.0/SOLUTIONS/bookingbusinesses/{BUSINESS}/staffmembers/{STAFF}",
        f"/V1.0/solutions/bookingBusinesses/{BUSINESS.upper()}/StaffMembers/{STAFF}",
        f"/v1.0/solutions/bookingBusinesses/{BUSINESS.replace('@', '%40')}/staffMembers/{STAFF}/",
        f"/v1.0/solutions/bookingBusinesses('{BUSINESS}')/staffMembers('{STAFF}')",
        f"/v1.0/solutions/bookingBusinesses(%27{BUSINESS.replace('@', '%40')}%27)/staffMembers/{STAFF}",
        f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/staffMembers/{STAFF}/microsoft.graph.bookingStaffMember",
        f"/v1.0//solutions/bookingBusinesses/{BUSINESS}/staffMembers/{STAFF}",
        f"/beta/solutions/bookingBusinesses/{BUSINESS}/staffMembers/{STAFF}",
        f"/beta/bookingBusinesses/{BUSINESS}/staffMembers/{STAFF}",
    ],
)
def test_a_path_may_be_written_in_every_way_graph_takes(graph: Graph, path: str) -> None:
    answer = graph.get(path)
    assert answer.status == 200
    assert answer.json["id"] == STAFF


@pytest.mark.parametrize("action", ["publish", "Publish", "microsoft.graph.publish", "publish()"])
def test_an_action_may_be_bare_or_qualified(graph: Graph, action: str) -> None:
    assert graph.post(f"{HOME}/{action}").status == 204
    assert graph.get(HOME).json["isPublished"] is True


@pytest.mark.parametrize("key", ["O'Brien@contoso.com", 'a"b', "x/y", "日本", "%", "a b", "..", "'"])
def test_keys_may_hold_anything_and_are_simply_not_found(graph: Graph, key: str) -> None:
    quoted = key.replace("'", "''").replace("%", "%25").replace("/", "%2F").replace('"', "%22").replace(" ", "%20")
    assert graph.get(f"{HOME}/services('{quoted}')").status == 404
    assert graph.get(f"{ROOT}('{quoted}')").status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", HOME),
        ("POST", HOME),
        ("DELETE", ROOT),
        ("PATCH", ROOT),
        ("GET", f"{HOME}/publish"),
        ("GET", f"{HOME}/getStaffAvailability"),
        ("PUT", f"{HOME}/appointments/{APPOINTMENT}"),
        ("POST", f"{HOME}/customers/{CUSTOMER}"),
        ("HEAD", HOME),
        ("TRACE", HOME),
    ],
)
def test_a_method_that_is_not_declared_is_405(graph: Graph, method: str, path: str) -> None:
    answer = graph.call(method, path)
    assert answer.status == 405
    assert answer.error["code"] == "Request_BadRequest"
    assert answer.error["message"] == "Specified HTTP method is not allowed for the request target."
    assert "accepts" in answer.reason


# metadata levels


def test_metadata_none_leaves_no_annotation_but_count_and_next_link(graph: Graph) -> None:
    accept = {"accept": "application/json;odata.metadata=none", "prefer": "odata.maxpagesize=1"}
    answer = graph.get(f"{HOME}/services?$count=true", headers=accept)
    assert answer.headers["Content-Type"] == MINIMAL.replace("minimal", "none")
    assert list(answer.json) == ["@odata.count", "value", "@odata.nextLink"]
    everything = json.dumps(graph.get(f"{HOME}/appointments", headers=accept).json)
    assert "@odata.type" not in everything
    assert "@odata.context" not in everything


def test_metadata_full_names_types_ids_and_links(graph: Graph) -> None:
    answer = graph.get(HOME, headers={"accept": "application/json;odata.metadata=full"})
    assert answer.headers["Content-Type"] == MINIMAL.replace("minimal", "full")
    body = answer.json
    path = "solutions/bookingBusinesses('ContosoSmall%40contoso.onmicrosoft.com')"
    assert body["@odata.type"] == "#microsoft.graph.bookingBusiness"
    assert body["@odata.id"] == f"{ORIGIN}/v1.0/{path}"
    assert body["@odata.editLink"] == path
    assert body["services@odata.navigationLink"] == f"{ORIGIN}/v1.0/{path}/services"
    assert body["businessHours@odata.type"] == "#Collection(microsoft.graph.bookingWorkHours)"
    assert body["createdDateTime@odata.type"] == "#DateTimeOffset"


@pytest.mark.parametrize("levels", list(permutations(["minimal", "none", "full"])), ids=" ".join)
@pytest.mark.parametrize("path", ["", "/services", f"/customers/{CUSTOMER}", f"/appointments/{APPOINTMENT}"])
def test_a_record_is_told_at_each_level_whatever_was_asked_before(path: str, levels: tuple[str, ...]) -> None:
    def read(graph: Graph, level: str) -> Any:
        return graph.get(HOME + path, headers={"accept": f"application/json;odata.metadata={level}"}).json

    tenant = make_tenant()
    together = {level: read(Graph(tenant), level) for level in levels}
    assert together == {level: read(Graph(make_tenant()), level) for level in levels}
    assert len({json.dumps(each) for each in together.values()}) == 3


def test_of_a_list_only_what_has_changed_is_made_anew(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    usual = shaping._value

    def count(tenant: Tenant, call: Any, row: Any, **options: Any) -> Any:
        made.append(row.record["id"])
        return usual(tenant, call, row, **options)

    monkeypatch.setattr(shaping, "_value", count)
    first = graph.get(f"{HOME}/services").json["value"]
    assert made == [each["id"] for each in first]
    graph.patch(f"{HOME}/services/{first[1]['id']}", {"notes": "new"})
    made.clear()
    graph.get(f"{HOME}/services")
    assert made == [first[1]["id"]]


def test_numbers_that_need_64_bits_become_text_where_the_client_says_so(graph: Graph) -> None:
    accept = {"accept": "application/json;IEEE754Compatible=true"}
    answer = graph.get(f"{HOME}/services?$count=true", headers=accept)
    assert "IEEE754Compatible=true" in answer.headers["Content-Type"]
    assert answer.json["@odata.count"] == "2"


def test_rows_of_abstract_navigations_name_their_type_in_v1_and_not_in_beta(graph: Graph) -> None:
    for path, type_name in (("staffMembers", "bookingStaffMember"), ("customers", "bookingCustomer")):
        (row,) = graph.get(f"{HOME}/{path}").json["value"]
        assert next(iter(row)) == "@odata.type"
        assert row["@odata.type"] == f"#microsoft.graph.{type_name}"
        (row,) = graph.get(f"/beta/solutions/bookingBusinesses/{BUSINESS}/{path}").json["value"]
        assert "@odata.type" not in row
    (row,) = graph.get(f"{HOME}/appointments").json["value"]
    assert row["customers"][0]["@odata.type"] == "#microsoft.graph.bookingCustomerInformation"


@pytest.mark.parametrize(
    ("url", "fragment"),
    [
        (ROOT, "solutions/bookingBusinesses"),
        (HOME, "solutions/bookingBusinesses/$entity"),
        (f"{ROOT}?$select=id", "solutions/bookingBusinesses(id)"),
        (f"{HOME}?$select=id,displayName", "solutions/bookingBusinesses(id,displayName)/$entity"),
        (f"{HOME}/services", "solutions/bookingBusinesses('ContosoSmall%40contoso.onmicrosoft.com')/services"),
        (
            f"{HOME}/staffMembers/{STAFF}",
            "solutions/bookingBusinesses('ContosoSmall%40contoso.onmicrosoft.com')/staffMembers/$entity",
        ),
        (
            f"{HOME}/calendarView?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z",
            "solutions/bookingBusinesses('ContosoSmall%40contoso.onmicrosoft.com')/calendarView",
        ),
        ("/v1.0/solutions/bookingCurrencies/USD", "solutions/bookingCurrencies/$entity"),
    ],
)
def test_the_context_has_the_form_of_the_gateway(graph: Graph, url: str, fragment: str) -> None:
    assert graph.get(url).json["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#{fragment}"


def test_the_context_of_the_beta_root_route_has_no_solutions(graph: Graph) -> None:
    body = graph.get(f"/beta/bookingBusinesses/{BUSINESS}/services").json
    path = "bookingBusinesses('ContosoSmall%40contoso.onmicrosoft.com')/services"
    assert body["@odata.context"] == f"{ORIGIN}/beta/$metadata#{path}"


# bodies


def test_a_write_without_a_content_type_is_refused(graph: Graph) -> None:
    answer = graph.post(f"{HOME}/services", {"displayName": "x"}, headers={"content-type": None})
    expected = "Write requests (excluding DELETE) must contain the Content-Type header declaration."
    assert (answer.status, answer.error["message"]) == (400, expected)


def test_a_body_that_says_it_is_not_json_is_refused(graph: Graph) -> None:
    answer = graph.post(f"{HOME}/services", {"displayName": "x"}, headers={"content-type": "text/plain"})
    assert answer.error["message"] == "Entity only allows writes with a JSON Content-Type header."


def test_an_empty_body_is_refused_where_one_is_needed(graph: Graph) -> None:
    answer = graph.call("POST", f"{HOME}/services", raw=b"")
    assert (answer.status, answer.error["message"]) == (400, "Empty Payload. JSON content expected.")


@pytest.mark.parametrize(
    "raw",
    [b"{", b"nonsense", b'{"a":1,}', b"\xff\xfe", b'{"displayName":"\xc3\x28"}', b"[" * 100_000, b'{"a":NaN}', b"'x'"],
    ids=["cut", "words", "comma", "utf-16", "bad-utf-8", "deep", "nan", "quotes"],
)
def test_what_is_not_json_is_refused(graph: Graph, raw: bytes) -> None:
    answer = graph.call("POST", f"{HOME}/services", raw=raw)
    assert answer.status == 400
    assert answer.error["message"].startswith("Unable to read JSON request payload.")


def test_actions_without_parameters_need_no_body_and_take_any(graph: Graph) -> None:
    assert graph.post(f"{HOME}/publish").status == 204
    assert graph.post(f"{HOME}/unpublish", {}).status == 204


@pytest.mark.parametrize("body", [None, {}, {"cancellationMessage": "Sorry"}, {"cancellationMessage": None}])
def test_cancel_goes_with_and_without_a_message(graph: Graph, body: object) -> None:
    assert graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", body).status == 204


def test_a_create_says_where_the_object_is(graph: Graph) -> None:
    answer = graph.post(f"{HOME}/appointments", booking())
    assert answer.status == 201
    assert answer.headers["Location"].startswith(f"{ORIGIN}/v1.0/solutions/bookingBusinesses('ContosoSmall%40")
    assert graph.get(answer.headers["Location"].removeprefix(ORIGIN)).json["id"] == answer.json["id"]


# over ASGI


def test_a_zipped_body_is_read(client: TestClient) -> None:
    body = gzip.compress(json.dumps({"displayName": "Zipped"}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = client.post(f"{HOME}/services", content=body, headers=headers)
    assert (answer.status_code, answer.json()["displayName"]) == (201, "Zipped")


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_body_that_is_not_what_its_encoding_says_is_refused(client: TestClient, encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    answer = client.post(f"{HOME}/services", content=b'{"displayName": "x"}', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Unable to read JSON request payload.")


def test_answers_are_zipped_where_the_client_asks(client: TestClient) -> None:
    zipped = client.get(HOME, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(HOME, headers={"Accept-Encoding": "identity"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert int(zipped.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert zipped.json() == plain.json()


def test_a_body_over_the_limit_is_refused_unread(client: TestClient) -> None:
    answer = client.post(
        f"{HOME}/services", content=b" " * (MAXIMUM_BODY + 1), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "RequestEntityTooLarge"


def test_a_body_that_swells_over_the_limit_is_refused(client: TestClient) -> None:
    bomb = gzip.compress(b" " * (MAXIMUM_BODY * 10))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert client.post(f"{HOME}/services", content=bomb, headers=headers).status_code == 413


@pytest.mark.parametrize("members", [17, 1_000, 100_000])
def test_a_body_of_many_members_is_refused_after_a_few(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    decompress = zlib.decompressobj

    def count(wbits: int) -> Any:
        made.append(wbits)
        return decompress(wbits)

    monkeypatch.setattr(zlib, "decompressobj", count)
    with pytest.raises(BadEncoding):
        _unzipped(gzip.compress(b"") * members, "gzip")
    assert len(made) == 16
    assert _unzipped(gzip.compress(b"a") * 16, "gzip") == b"a" * 16


def test_a_body_of_a_few_members_is_read(client: TestClient) -> None:
    body = b"".join(gzip.compress(each) for each in (b'{"display', b'Name": ', b'"Parts"}'))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = client.post(f"{HOME}/services", content=body, headers=headers)
    assert (answer.status_code, answer.json()["displayName"]) == (201, "Parts")


def test_a_stream_without_a_length_is_stopped_at_the_limit(tenant: Tenant) -> None:
    taken, sent = [], []

    async def receive() -> dict[str, Any]:
        taken.append(1)
        return {"type": "http.request", "body": b" " * (MAXIMUM_BODY // 4), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "scheme": "http", "path": HOME, "query_string": b"", "headers": []}
    asyncio.run(Plane(tenant, GraphMouth(tenant))(scope, receive, send))
    assert sent[0]["status"] == 413
    assert len(taken) == 5


def test_a_body_that_breaks_off_is_not_carried_out(tenant: Tenant) -> None:
    messages = [
        {"type": "http.request", "body": b'{"displayName":"x"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": ROOT, "query_string": b"", "headers": headers}
    before = len(list(tenant.store.business_ids()))
    asyncio.run(Plane(tenant, GraphMouth(tenant))(scope, receive, send))
    assert sent == []
    assert len(list(tenant.store.business_ids())) == before


def test_a_browser_is_let_in_as_by_graph(client: TestClient) -> None:
    answer = client.get(ROOT, headers={"Origin": "http://localhost:3000"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get(ROOT).headers
    wanted = {
        "Origin": "http://x",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = client.options(f"{HOME}/appointments", headers=wanted)
    assert preflight.status_code == 200
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization"


def test_an_answer_without_content_has_no_body_and_no_type(client: TestClient) -> None:
    answer = client.post(f"{HOME}/publish")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize("coding", ["gzip;q=0", "br", "identity, gzip; q=0"])
def test_answers_are_not_zipped_where_the_client_refuses(client: TestClient, coding: str) -> None:
    assert "Content-Encoding" not in client.get(HOME, headers={"Accept-Encoding": coding}).headers


def test_a_zipped_body_of_two_members_is_read_whole_and_junk_behind_it_refused(client: TestClient) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    both = gzip.compress(b'{"displayName":') + gzip.compress(b'"Two"}')
    assert client.post(f"{HOME}/services", content=both, headers=headers).json()["displayName"] == "Two"
    assert client.post(f"{HOME}/services", content=both + b"junk", headers=headers).status_code == 400


@pytest.mark.parametrize("accept", ["application/json;ODATA.METADATA=NONE", "application/json; odata.metadata = none"])
def test_the_level_of_metadata_is_read_whatever_its_case_and_blanks(graph: Graph, accept: str) -> None:
    assert "@odata.context" not in graph.get(HOME, headers={"accept": accept}).json


@pytest.mark.parametrize("size", ["²", "0", "-1", "x", "9" * 5000, ""])
def test_a_page_size_that_is_none_is_not_honoured(graph: Graph, size: str) -> None:
    answer = graph.get(f"{HOME}/services", headers={"prefer": f"odata.maxpagesize={size}"})
    assert answer.status == 200
    assert "Preference-Applied" not in answer.headers


def test_a_host_that_is_none_does_not_get_into_links(client: TestClient) -> None:
    body = client.get(ROOT, headers={"Host": 'a"b/c<>'}).json()
    assert body["@odata.context"].startswith("http://localhost/v1.0/")


def test_blank_segments_before_the_version_are_passed_over(client: TestClient) -> None:
    assert client.get(f"{ORIGIN}/{ROOT}").json()["value"]


def test_a_request_for_the_server_as_a_whole_is_answered(tenant: Tenant) -> None:
    sent = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "OPTIONS", "scheme": "http", "path": "*", "query_string": b"", "headers": []}
    asyncio.run(App(tenant)(scope, receive, send))
    assert sent[0]["status"] == 200


def test_the_root_leads_to_the_index(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.json()["graph"] == {"v1.0": f"{ORIGIN}/v1.0", "beta": f"{ORIGIN}/beta"}


def test_a_defect_of_the_emulator_is_an_answer_that_says_so(graph: Graph, monkeypatch, capsys) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("bookings_emulator.wire.graph.execute", broken)
    answer = graph.get(ROOT)
    assert (answer.status, answer.error["code"]) == (500, "InternalServerError")
    assert "a defect in the emulator" in answer.reason
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_no_body_is_read_whatever_its_coding(client: TestClient) -> None:
    for coding in ("gzip", "br"):
        answer = client.post(f"{HOME}/publish", headers={"Content-Encoding": coding})
        assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("metadata", ["none", "minimal", "full"])
def test_what_is_expanded_stands_in_the_answer(metadata: str, graph: Graph) -> None:
    headers = {"accept": f"application/json;odata.metadata={metadata}"}
    (first, *_), listed = (graph.get(f"{HOME}/services", headers=headers).json["value"] for _ in range(2))
    whole = graph.get(f"{HOME}?$expand=services", headers=headers).json
    assert [each["id"] for each in whole["services"]] == [each["id"] for each in listed]
    assert {name: value for name, value in whole["services"][0].items() if "@" not in name} == {
        name: value for name, value in first.items() if "@" not in name
    }
    assert ("services@odata.context" in whole) == (metadata != "none")
    assert ("@odata.editLink" in whole["services"][0]) == (metadata == "full")
    part = graph.get(f"{HOME}?$expand=services($select=displayName;$count=true;$top=1)", headers=headers).json
    assert part["services@odata.count"] == len(listed) == 2
    (only,) = part["services"]
    assert only["displayName"] == first["displayName"]
    assert "defaultDuration" not in only
