"""`$batch`: twenty parts, their order, their refusals, and the forms in which real clients write them."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.conftest import BUSINESS, HOME, ORIGIN, STAFF, Graph, at, booking

JSON = {"Content-Type": "application/json"}
LIST = "/solutions/bookingBusinesses"


def part(id_: str, method: str = "GET", url: str = LIST, **more: Any) -> dict[str, Any]:
    return {"id": id_, "method": method, "url": url, **more}


def send(graph: Graph, *parts: Any, version: str = "v1.0") -> dict[str, dict[str, Any]]:
    answer = graph.post(f"/{version}/$batch", {"requests": list(parts)})
    assert answer.status == 200, answer.response.body
    return {each["id"]: each for each in answer.json["responses"]}


def test_each_part_is_answered_with_status_headers_and_body(graph: Graph) -> None:
    responses = send(graph, part("1"), part("two", url=f"{LIST}/nobody"))
    assert responses["1"]["status"] == 200
    assert responses["1"]["headers"]["OData-Version"] == "4.0"
    assert responses["1"]["headers"]["Content-Type"].startswith("application/json;odata.metadata=minimal")
    assert responses["1"]["body"]["value"][0]["id"] == BUSINESS
    assert responses["two"]["status"] == 404
    assert responses["two"]["headers"]["Content-Type"] == "application/json"
    assert responses["two"]["body"]["error"]["code"] == "ErrorNonExistentMailbox"


def test_a_part_without_content_has_no_body(graph: Graph) -> None:
    (response,) = send(graph, part("1", "POST", f"{LIST}/{BUSINESS}/publish")).values()
    assert response["status"] == 204
    assert "body" not in response


def test_a_body_that_is_not_json_comes_as_base64(graph: Graph) -> None:
    (response,) = send(graph, part("1", url=f"{LIST}/{BUSINESS}/services/$count")).values()
    assert b64decode(response["body"]) == b"2"


@pytest.mark.parametrize(
    "url",
    [
        LIST,
        LIST[1:],
        f"/v1.0{LIST}",
        f"{ORIGIN}/v1.0{LIST}",
        f"https://graph.microsoft.com/v1.0{LIST}",
        f"{LIST}?$select=id",
    ],
)
def test_the_url_of_a_part_may_be_relative_prefixed_or_absolute(graph: Graph, url: str) -> None:
    assert send(graph, part("1", url=url))["1"]["status"] == 200


def test_parts_follow_those_they_depend_on(graph: Graph) -> None:
    made = part("make", "POST", f"{LIST}/{BUSINESS}/appointments", body=booking(), headers=JSON, dependsOn=["publish"])
    count = part("count", url=f"{LIST}/{BUSINESS}/appointments/$count", dependsOn=["MAKE"])
    responses = send(graph, count, made, part("publish", "POST", f"{LIST}/{BUSINESS}/publish"))
    assert list(responses) == ["publish", "make", "count"]
    assert b64decode(responses["count"]["body"]) == b"2"


def test_what_depends_on_a_failure_fails_with_424(graph: Graph) -> None:
    parts = [part("1", url=f"{LIST}/nobody"), part("2", dependsOn=["1"]), part("3", dependsOn=["2"]), part("4")]
    responses = send(graph, *parts)
    assert [responses[each]["status"] for each in "1234"] == [404, 424, 424, 200]
    assert responses["2"]["body"]["error"]["code"] == "FailedDependency"


def test_depends_on_may_be_written_as_the_python_library_does(graph: Graph) -> None:
    assert send(graph, part("1", url=f"{LIST}/nobody"), part("2", depends_on=["1"]))["2"]["status"] == 424


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "requests"),
        ({"requests": []}, "at least one"),
        ({"requests": {}}, "requests"),
        ([], "requests"),
        ({"requests": ["x"]}, "an object"),
        ({"requests": [{"method": "GET", "url": LIST}]}, "'id'"),
        ({"requests": [{"id": 1, "method": "GET", "url": LIST}]}, "'id'"),
        ({"requests": [{"id": "1", "url": LIST}]}, "'method'"),
        ({"requests": [{"id": "1", "method": "GET"}]}, "'url'"),
        ({"requests": [part("1", "FETCH")]}, "is not a method"),
        ({"requests": [part("1", headers="x")]}, "headers"),
        ({"requests": [part("1", "POST", body={})]}, "Content-Type"),
        ({"requests": [part("1", dependsOn=["9"])]}, "not in the batch"),
        ({"requests": [part("1", dependsOn="2")]}, "dependsOn"),
        ({"requests": [part("1", dependsOn=["2"]), part("2", dependsOn=["1"])]}, "a cycle"),
        ({"requests": [part("1", dependsOn=["1"])]}, "a cycle"),
        ({"requests": [part("1", "POST", "/$batch", body={}, headers=JSON)]}, "another batch"),
        ({"requests": [part("1", url="http://[::1/x")]}, "cannot parse the url"),
        ({"requests": [part("1", depends_on=5)]}, "dependsOn"),
        ({"requests": [part("1", depends_on="1")]}, "dependsOn"),
    ],
)
def test_a_malformed_batch_is_refused_whole(graph: Graph, payload: Any, reason: str) -> None:
    answer = graph.post("/v1.0/$batch", payload)
    assert (answer.status, answer.error["code"]) == (400, "BadRequest")
    assert answer.error["message"] == "Invalid batch payload format."
    assert reason in answer.reason


@pytest.mark.parametrize(
    "bad",
    [
        [part("2", dependsOn=["3"]), part("3", dependsOn=["2"])],
        [part("2", "POST", "/$batch", body={}, headers=JSON)],
        [part("2", url="http://[::1/x")],
    ],
    ids=["a cycle", "nested", "url"],
)
def test_a_batch_that_is_refused_whole_has_sent_nothing(graph: Graph, bad: list[Any]) -> None:
    made = part("1", "POST", LIST, body={"displayName": "Never"}, headers=JSON)
    assert graph.post("/v1.0/$batch", {"requests": [made, *bad]}).status == 400
    assert graph.get(f"/v1.0{LIST}?query=never").json["value"] == []


def test_the_same_id_twice_is_refused_whatever_its_case(graph: Graph) -> None:
    answer = graph.post("/v1.0/$batch", {"requests": [part("a"), part("A")]})
    assert (answer.status, answer.error["message"]) == (400, "Request Id A has to be unique in a batch.")


def test_a_batch_takes_twenty_parts(graph: Graph) -> None:
    assert len(send(graph, *(part(str(number)) for number in range(20)))) == 20
    answer = graph.post("/v1.0/$batch", {"requests": [part(str(number)) for number in range(21)]})
    assert (answer.status, answer.error["code"]) == (400, "MaximumValueExceeded")
    assert answer.error["message"] == "Number of batch request steps exceeds the maximum value of 20."


def test_a_batch_needs_a_token_and_post(graph: Graph) -> None:
    assert graph.post("/v1.0/$batch", {"requests": [part("1")]}, headers={"authorization": None}).status == 401
    assert graph.get("/v1.0/$batch").status == 405


def test_a_part_may_ask_for_less_metadata_and_beta_serves_its_own_routes(graph: Graph) -> None:
    parts = [part("1", url="/bookingBusinesses", headers={"Accept": "application/json;odata.metadata=none"})]
    assert "@odata.context" not in send(graph, *parts, version="beta")["1"]["body"]


def test_a_refused_part_changes_nothing_while_the_others_do(graph: Graph) -> None:
    bad = booking(endDateTime=at("2020-01-01T00:00:00"))
    responses = send(
        graph,
        part("bad", "POST", f"{LIST}/{BUSINESS}/appointments", body=bad, headers=JSON),
        part("good", "PATCH", f"{LIST}/{BUSINESS}/staffMembers/{STAFF}", body={"displayName": "New"}, headers=JSON),
    )
    assert (responses["bad"]["status"], responses["good"]["status"]) == (500, 204)
    assert "must end after" in responses["bad"]["headers"]["x-emulator-reason"]
    assert graph.get(f"{HOME}/staffMembers/{STAFF}").json["displayName"] == "New"
