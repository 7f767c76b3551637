"""The inspector as it is served: its files, its headers, who may see it; what it asks the control plane for."""

from __future__ import annotations

import re
import threading
from importlib.resources import files

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from bookings_emulator import inspector
from bookings_emulator.app import App
from bookings_emulator.cli import main
from bookings_emulator.commands.serve import open_inspector
from bookings_emulator.inspector.pages import PATH
from bookings_emulator.settings import Settings
from bookings_emulator.tenant import Tenant
from tests.conftest import BUSINESS, ORIGIN, ROOT, Graph, booking, make_tenant

FILES = {each.name: each for each in files(inspector).iterdir() if each.name.endswith((".html", ".css", ".js", ".svg"))}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def opened(**settings: object) -> TestClient:
    plain = make_tenant()
    tenant = Tenant(plain.start, Settings(**settings))  # type: ignore[arg-type]
    return TestClient(App(tenant), base_url=ORIGIN, follow_redirects=False)


@pytest.mark.parametrize("name", ["", *sorted(FILES)])
def test_every_file_is_served_as_what_it_is_and_can_do_nothing_else(client: TestClient, name: str) -> None:
    answer = client.get(f"{PATH}/{name}")
    assert answer.status_code == 200
    kind = {"": "text/html", "html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    assert answer.headers["content-type"].startswith(kind[name.rpartition(".")[2]])
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", sorted(FILES))
def test_files_take_nothing_from_outside_and_set_text_as_text(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s'\"`)]*", text)) - {"http://www.w3.org/2000/svg"}
    assert {each for each in addresses if re.match(r"https?://[a-z]", each)} <= {"http://localhost:8365"}
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert word not in text
    if name.endswith(".html"):
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", text)


def test_every_module_that_is_imported_is_there() -> None:
    imported = {
        found
        for name, each in FILES.items()
        if name.endswith(".js")
        for found in re.findall(r'from "\./([^"]+)"', each.read_text(encoding="utf-8"))
    }
    assert imported <= set(FILES)
    assert {each for each in FILES if each.endswith(".js")} - imported == {"app.js"}


def test_a_browser_is_led_to_it_and_a_program_to_the_index(client: TestClient) -> None:
    people = client.get("/", headers=BROWSER, follow_redirects=False)
    programs = client.get("/", headers={"Accept": "*/*"}, follow_redirects=False)
    assert (people.status_code, people.headers["location"]) == (307, f"{PATH}/")
    assert (programs.status_code, programs.headers["location"]) == (307, "/_emulator")
    assert client.get("/_emulator").json()["inspector"] == f"{ORIGIN}{PATH}/"


def test_it_is_at_a_path_of_its_own_in_every_tenant(client: TestClient) -> None:
    name = client.post("/_emulator/tenants", json={}).json()["name"]
    bare = client.get(f"/tenants/{name}{PATH}", follow_redirects=False)
    assert bare.headers["location"] == f"/tenants/{name}{PATH}/"
    assert client.get(f"/tenants/{name}{PATH}/app.js").status_code == 200
    people = client.get(f"/tenants/{name}/", headers=BROWSER, follow_redirects=False)
    assert people.headers["location"] == f"/tenants/{name}{PATH}/"


@pytest.mark.parametrize("path", ["../pages.py", "pages.py", "%2e%2e/app.py", "none.js", "__init__.py", "app.js/"])
def test_nothing_else_can_be_asked_for(client: TestClient, path: str) -> None:
    assert client.get(f"{PATH}/{path}").status_code in (400, 404)


def test_it_answers_to_the_hosts_of_the_control_plane_only() -> None:
    client = opened(hosts=("bookings",))
    assert client.get(f"{PATH}/", headers={"Host": "bookings:8365"}).status_code == 200
    refused = client.get(f"{PATH}/", headers={"Host": "evil.example"})
    assert refused.status_code == 403
    assert "--control-host evil.example" in refused.json()["error"]
    assert client.post(f"{PATH}/").status_code == 405


def test_without_a_control_plane_it_is_not_there() -> None:
    client = opened(has_control=False)
    assert client.get(f"{PATH}/").status_code == 404
    assert client.get("/", headers=BROWSER).headers["location"] == "/_emulator"


def test_its_files_need_no_key_since_it_has_to_ask_for_it() -> None:
    client = opened(key="sesame")
    assert client.get(f"{PATH}/").status_code == 200
    assert client.get("/_emulator/journal").status_code == 401


# what the control plane has for it


def test_businesses_are_looked_at_without_a_trace(client: TestClient, graph: Graph) -> None:
    (found,) = client.get("/_emulator/businesses").json()["value"]
    assert (found["id"], found["timeZone"], found["appointments"]) == (BUSINESS, "UTC", 1)
    whole = client.get(f"/_emulator/businesses/{BUSINESS}").json()
    assert len(whole["services"]) == found["services"]
    assert "appointments" not in whole
    unknown = client.get("/_emulator/businesses/Smal@contoso.com")
    assert (unknown.status_code, "there are: " in unknown.json()["error"]) == (404, True)
    assert client.get("/_emulator/journal").json()["value"] == []


def test_a_calendar_tells_appointments_and_when_staff_is_open_taken_and_free(client: TestClient, graph: Graph) -> None:
    made = graph.post(f"{ROOT}/{BUSINESS}/appointments", booking(preBuffer="PT10M", postBuffer="PT5M")).json
    span = {"start": "2026-01-12T00:00:00Z", "end": "2026-01-13T00:00:00Z"}
    told = client.get(f"/_emulator/businesses/{BUSINESS}/calendar", params=span).json()
    (mine,) = [each for each in told["appointments"] if each["id"] == made["id"]]
    assert (mine["start"], mine["end"]) == ("2026-01-12T10:00:00Z", "2026-01-12T10:30:00Z")
    assert (mine["takenFrom"], mine["takenUntil"]) == ("2026-01-12T09:50:00Z", "2026-01-12T10:35:00Z")
    member = next(each for each in told["staff"] if each["id"] in made["staffMemberIds"])
    taken = {"start": mine["takenFrom"], "end": mine["takenUntil"], "status": "busy"}
    assert taken in member["taken"]
    assert all(span["start"] <= each["start"] < each["end"] <= span["end"] for each in member["open"])
    assert not [each for each in member["free"] if each["start"] < taken["end"] and taken["start"] < each["end"]]


@pytest.mark.parametrize(
    "query",
    ["", "?start=2026-01-12T00:00:00Z", "?start=x&end=y", "?start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z"],
)
def test_a_calendar_needs_a_span_that_is_not_too_long(client: TestClient, query: str) -> None:
    answer = client.get(f"/_emulator/businesses/{BUSINESS}/calendar{query}")
    assert answer.status_code == 400
    assert "start and end must be times" in answer.json()["error"]


def test_a_scenario_is_played_in_a_tenant_that_goes_unless_it_is_kept(client: TestClient) -> None:
    played = client.post("/_emulator/plays", json={"scenario": "slot-taken"}).json()
    assert (played["result"], len(played["steps"]), played["tenant"]) == ("passed", 4, None)
    kept = client.post("/_emulator/plays", json={"scenario": "slot-taken", "keep": True}).json()
    names = [each["name"] for each in client.get("/_emulator/tenants").json()["value"]]
    assert names == ["default", kept["tenant"]]
    assert client.get(f"/tenants/{kept['tenant']}/_emulator/journal").json()["last"] == 4
    assert client.get("/_emulator/journal").json()["last"] == 0


def test_a_scenario_that_fails_is_an_answer_and_one_that_is_none_is_refused(client: TestClient) -> None:
    scenario = client.get("/_emulator/scenarios/slot-taken").json()
    del scenario["name"]
    scenario["step"][1]["expect"] = {"status": 418}
    played = client.post("/_emulator/plays", json={"scenario": scenario})
    assert (played.status_code, played.json()["result"]) == (200, "failed")
    assert played.json()["steps"][1]["misfits"] == [{"where": "status", "expected": 418, "came": 500}]
    unknown = client.post("/_emulator/plays", json={"scenario": "slot-takn"})
    assert (unknown.status_code, "did you mean 'slot-taken'" in unknown.json()["error"]) == (404, True)
    assert client.post("/_emulator/plays", json={}).status_code == 400


def test_symptoms_are_found_by_the_refusal_behind_them(client: TestClient) -> None:
    (found,) = client.get("/_emulator/troubleshooting", params={"problem": "bk.nofolder"}).json()["value"]
    assert found["sees"].startswith("404 ErrorFolderNotFound")
    assert len(client.get("/_emulator/troubleshooting").json()["value"]) > 40


@pytest.mark.parametrize(("wanted", "found"), [("2", [2]), ("1,3", [1, 3]), ("2-3", [2, 3]), ("3-1", [])])
def test_exchanges_are_found_by_their_numbers(client: TestClient, graph: Graph, wanted: str, found: list[int]) -> None:
    for _ in range(4):
        graph.get(ROOT)
    answer = client.get("/_emulator/journal", params={"number": wanted, "brief": "true"}).json()
    assert [each["number"] for each in answer["value"]] == found


def test_a_number_that_is_none_is_refused(client: TestClient) -> None:
    answer = client.get("/_emulator/journal", params={"number": "one"})
    assert (answer.status_code, "must be numbers such as 7, or 7,9-12" in answer.json()["error"]) == (400, True)


def test_a_scenario_of_some_exchanges_has_the_faults_that_met_them_only(client: TestClient, graph: Graph) -> None:
    client.post("/_emulator/faults", json={"effect": {"status": 503}, "schedule": {"first": 1}})
    graph.get(ROOT)
    graph.get(ROOT)
    met, unmet = (client.get("/_emulator/journal/scenario", params={"number": n}).json()["given"] for n in ("1", "2"))
    assert [each["effect"] for each in met["faults"]] == [{"status": 503}]
    assert "faults" not in unmet


# serve --open


def test_serve_opens_it_in_a_browser_and_says_where_it_is_if_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    done = threading.Event()

    def refuse(url: str) -> bool:
        asked.append(url)
        done.set()
        return False

    monkeypatch.setattr("webbrowser.open", refuse)
    open_inspector("http://localhost:8365/_inspector/")
    assert done.wait(20)
    for thread in threading.enumerate():
        if thread.name == "bookings-browser":
            thread.join(20)
    assert asked == ["http://localhost:8365/_inspector/"]
    assert "could not open a browser; the inspector is at http://localhost:8365" in capfd.readouterr().err


def test_open_without_a_control_plane_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["serve", "--open", "--no-control"])
    assert (result.exit_code, "--no-control removes it" in result.output) == (2, True)
