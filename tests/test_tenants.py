"""Many tenants in one process: made and dropped while it runs, each found by its URL, none noticing another."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App, create_app
from bookings_emulator.identity.tokens import GRAPH, read
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import HOME, NOW, ORIGIN, ROOT, SERVICE, booking, make_tenant, small


def names(client: TestClient, origin: str) -> list[str]:
    answer = client.get(f"{origin}/solutions/bookingBusinesses")
    assert answer.status_code == 200, answer.text
    return [each["displayName"] for each in answer.json()["value"]]


def test_a_tenant_is_made_with_urls_and_lives_apart(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "worker-1"})
    assert made.status_code == 201
    graph = made.json()["graph"]["v1.0"]
    assert graph == "http://localhost:8365/tenants/worker-1/v1.0"
    assert client.post(f"{graph}/solutions/bookingBusinesses", json={"displayName": "Ours"}).status_code == 201
    assert names(client, graph) == ["Contoso Small", "Ours"]
    assert names(client, "/v1.0") == ["Contoso Small"]


def test_links_and_control_of_a_tenant_stay_below_its_url(client: TestClient) -> None:
    tenant = client.post("/_emulator/tenants", json={"fixture": "empty"}).json()
    page = client.post(f"{tenant['graph']['beta']}/solutions/bookingBusinesses", json={"displayName": "One"})
    assert page.json()["@odata.context"].startswith("http://localhost:8365/tenants/t1/beta/$metadata#")
    assert page.headers["location"].startswith("http://localhost:8365/tenants/t1/beta/")
    index = client.get(tenant["control"]).json()
    assert index["tenant"] == "t1"
    assert index["control"]["reset"] == "http://localhost:8365/tenants/t1/_emulator/reset"
    assert client.post(index["control"]["reset"]).status_code == 204
    assert names(client, tenant["graph"]["v1.0"]) == []
    assert [each["operation"] for each in client.get(index["control"]["journal"]).json()["value"]] == ["listBusinesses"]


def test_the_token_of_a_new_tenant_leads_there_from_the_plain_url_at_every_level(client: TestClient) -> None:
    for level in ("open", "check", "strict"):
        made = client.post("/_emulator/tenants", json={"auth": level, "fixture": "default"}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        for root in ("", f"/tenants/{made['name']}"):
            found = client.get(f"{root}/v1.0/solutions/bookingBusinesses", headers=headers)
            assert found.status_code == 200, (level, found.text)
            assert "Contoso Dental" in found.text


def test_the_domain_that_a_new_tenant_reports_leads_to_it_in_sign_in(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "north", "now": NOW}).json()
    assert (made["domain"], made["mail_domain"]) == ("north.onmicrosoft.com", "contoso.onmicrosoft.com")
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "x", "scope": f"{GRAPH}/.default"}
    token = client.post(f"/{made['domain']}/oauth2/v2.0/token", data=form).json()["access_token"]
    assert read(token)["tid"] == made["id"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(f"/tenants/north{ROOT}", headers=headers).status_code == 200
    new = client.post(f"/tenants/north{ROOT}", json={"displayName": "Ours"}).json()
    assert new["id"].endswith("@contoso.onmicrosoft.com")


@pytest.mark.parametrize("level", ["open", "check", "strict"])
def test_the_token_of_another_tenant_is_refused_with_the_names_of_both(level: str, client: TestClient) -> None:
    north, south = (client.post("/_emulator/tenants", json={"name": each, "auth": level}).json() for each in "ns")
    token = client.post("/tenants/n/_emulator/tokens", json={"persona": "app"}).json()["access_token"]
    answer = client.get(f"/tenants/s{ROOT}", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.headers["x-emulator-reason"] == (
        f"the token was issued by the tenant 'n' ({north['id']}); this is the tenant 's' ({south['id']})"
    )
    assert client.get(f"/tenants/n{ROOT}", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_tenants_are_listed_found_by_every_word_and_dropped(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "north"}).json()
    assert [each["name"] for each in client.get("/_emulator/tenants").json()["value"]] == ["default", "north"]
    for word in ("north", made["id"], "north.onmicrosoft.com", "NORTH"):
        assert client.get(f"/_emulator/tenants/{word}").json() == {name: made[name] for name in made if name != "token"}
        assert client.get(f"/tenants/{word}{HOME}").status_code == 200
    assert client.delete("/_emulator/tenants/north").status_code == 204
    gone = client.get(f"/tenants/north{ROOT}")
    assert gone.status_code == 404
    assert gone.headers["x-emulator-reason"].startswith("there is no tenant at /tenants/north")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "Ours!"}, "a name may contain lower-case letters"),
        ({"name": "default"}, "'default' already names the tenant 'default'"),
        ({"fixture": "defualt"}, "did you mean 'default'?"),
        ({"now": "soon"}, "expected a time"),
        ({"quirks": {"no-such": True}}, "there is no quirk"),
        ({"fixtur": "empty"}, "did you mean 'fixture'?"),
        ({"faults": ["throtled"]}, "did you mean 'throttled'?"),
        ({"faults": [{"effect": {"statu": 503}}]}, "did you mean 'status'?"),
        ({"faults": "throttled"}, "at $.faults: expected array"),
    ],
)
def test_what_cannot_be_made_is_said(client: TestClient, body: dict[str, object], message: str) -> None:
    answer = client.post("/_emulator/tenants", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert len(client.get("/_emulator/tenants").json()["value"]) == 1


def test_a_tenant_begins_with_the_faults_it_is_given_beside_those_of_its_scenario(client: TestClient) -> None:
    rule = {"match": {"operation": "listBusinesses"}, "effect": {"status": 503}, "schedule": {"first": 1}}
    given = {"name": "hurt", "scenario": "throttled-then-fine", "faults": [rule, "unavailable"]}
    assert client.post("/_emulator/tenants", json=given).status_code == 201
    assert client.get("/_emulator/faults").json()["value"] == []
    found = [each["effect"] for each in client.get("/tenants/hurt/_emulator/faults").json()["value"]]
    assert found[-2:] == [{"status": 503}, {"problem": "unavailable", "retry_after": 1}]
    assert len(found) > 2
    client.delete("/tenants/hurt/_emulator/faults")
    client.post("/tenants/hurt/_emulator/reset")
    assert len(client.get("/tenants/hurt/_emulator/faults").json()["value"]) == len(found)


def test_an_application_is_made_with_faults() -> None:
    client = TestClient(create_app("empty", faults=["unavailable"]), headers={"authorization": "Bearer any"})
    assert [client.get(ROOT).status_code for _ in range(3)] == [503, 503, 200]


def test_the_default_tenant_cannot_be_dropped(client: TestClient) -> None:
    assert client.delete("/_emulator/tenants/default").status_code == 400
    assert client.delete("/_emulator/tenants/nobody").status_code == 404


def test_idle_tenants_go_and_used_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("bookings_emulator.tenants.monotonic", lambda: now[0])
    tenant = Tenant(Start((Fixture("small", small()),)), Settings(idle=60))
    client = TestClient(App(tenant), base_url=ORIGIN, headers={"Authorization": "Bearer anything"})
    for name in ("used", "idle"):
        client.post("/_emulator/tenants", json={"name": name})
    now[0] += 40
    client.get(f"/tenants/used{ROOT}")
    now[0] += 40
    assert [each["name"] for each in client.get("/_emulator/tenants").json()["value"]] == ["default", "used"]
    assert client.get(f"/tenants/idle{ROOT}").status_code == 404
    assert client.get(f"/tenants/used{ROOT}").status_code == 200


async def journey(client: httpx.AsyncClient, number: int, root: str) -> list[tuple[int, bytes]]:
    """Calls that would be in each other's way in one tenant: the same names, the same slot, opposite switches."""
    home, control = f"{root}{HOME}", f"{root}/_emulator"
    answers = []

    async def call(method: str, path: str, body: object = None) -> None:
        answer = await client.request(method, path, json=body)
        answers.append((answer.status_code, answer.content.replace(f"{ORIGIN}{root}".encode(), b"")))

    await call("PUT", f"{control}/clock", {"now": f"2026-01-{5 + number % 5:02}T08:00:00Z"})
    await call("PUT", f"{control}/quirks/update-no-content", {"value": number % 2 == 0})
    await call("POST", f"{root}{ROOT}", {"displayName": "The same name"})
    await call("POST", f"{home}/appointments", booking())
    await call("PATCH", f"{home}/services/{SERVICE}", {"displayName": f"By {number}"})
    if number % 3 == 0:
        await call("DELETE", home)
    await call("POST", f"{control}/clock/advance", {"by": "P1D"})
    for path in (f"{root}{ROOT}", f"{home}/appointments", f"{home}/services", f"{control}/outbox", f"{control}/clock"):
        await call("GET", path)
    return answers


def test_two_hundred_tenants_run_two_hundred_conflicting_journeys_at_once() -> None:
    async def alone(number: int) -> list[tuple[int, bytes]]:
        async with open_client(make_tenant(seed=number)) as client:
            return await journey(client, number, "")

    async def together() -> list[list[tuple[int, bytes]]]:
        async with open_client(make_tenant()) as client:
            for number in range(200):
                made = {"name": f"w{number}", "seed": number, "now": NOW}
                assert (await client.post("/_emulator/tenants", json=made)).status_code == 201
            found = await asyncio.gather(*(journey(client, each, f"/tenants/w{each}") for each in range(200)))
            assert [each["displayName"] for each in (await client.get(ROOT)).json()["value"]] == ["Contoso Small"]
            return found

    found = asyncio.run(together())
    for number in range(0, 200, 7):
        assert found[number] == asyncio.run(alone(number))
    assert len({answers[-4][1] for answers in found}) > 100


def open_client(tenant: Tenant) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer anything"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(App(tenant)), base_url=ORIGIN, headers=headers)
