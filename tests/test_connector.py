"""The connector plane: who may subscribe what, what is answered, and each documented refusal with its text."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import (
    BUSINESS,
    CUSTOMER,
    GROUP,
    HOME,
    NOW,
    ORIGIN,
    PERSONAS,
    ROOT,
    Answer,
    Graph,
    at,
    bearer,
    customer,
    make_tenant,
    small,
)
from tests.connector_quirks import CALLBACK, HUB, MAILBOX, PATHS, V1, Connector, told_of_booking, wanted

OTHER = "Other@contoso.onmicrosoft.com"
ROLES = ("administrator", "viewer", "guest", "scheduler", "teamMember")
LIST = f"{V1}/bookingBusinessesUserAsAdmin"


def staffed() -> dict[str, Any]:
    """The small tenant with a persona for every role, and a second business."""
    data = small()
    people = [{"name": f"{each}s", "kind": "delegated", "roles": {BUSINESS: each}} for each in ROLES]
    nobody = {"name": "unlicensed", "kind": "delegated", "roles": {"*": "administrator"}, "isLicensed": False}
    data["personas"] = [*(each for each in PERSONAS if each["name"] != "unlicensed"), *people, nobody]
    data["bookingBusinesses"].append({"id": OTHER, "displayName": "Another"})
    return data


@pytest.fixture
def connector() -> Connector:
    return Connector(Graph(make_tenant(staffed())))


def refusal(answer: Answer) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.reason
    return answer.status, answer.error["code"], answer.error["message"]


@pytest.mark.parametrize("prefix", [HUB, "", "/apim/MicrosoftBookings/shared-1"])
@pytest.mark.parametrize(("change", "status"), [("Created", 200), ("Updated", 201), ("Deleted", 201)])
def test_each_trigger_is_subscribed_at_the_hub_and_at_the_backend(
    change: str, status: int, prefix: str, connector: Connector
) -> None:
    answer = connector.subscribe(change, prefix=prefix)
    assert (answer.status, list(answer.json)) == (status, ["webhookId"])
    id_ = answer.json["webhookId"]
    assert answer.headers["Location"] == f"{ORIGIN}{prefix}{MAILBOX}/webhook/{id_}"
    (kept,) = connector.tenant.subscriptions
    assert (kept.id, kept.business, kept.changes, kept.url) == (id_, BUSINESS, (change,), CALLBACK)
    assert (kept.owner, kept.created) == ("anyone", utc(NOW))


@pytest.mark.parametrize("address", [BUSINESS, BUSINESS.replace("@", "%40"), BUSINESS.lower(), BUSINESS.upper()])
def test_the_mailbox_is_found_with_a_raw_and_an_encoded_at_and_without_case(address: str, connector: Connector) -> None:
    path = f"{HUB}{V1}/bookingBusinesses/{address}/webhook/AppointmentCreated"
    assert connector.call("POST", path, wanted("Created")).status == 200
    assert [each.business for each in connector.tenant.subscriptions] == [BUSINESS]


@pytest.mark.parametrize("headers", [{}, {"x-prefer-owauserconfig": "true"}, {"x-prefer-owauserconfig": "false"}])
def test_mailboxes_are_listed_by_name_with_or_without_the_header(headers: dict[str, str], connector: Connector) -> None:
    answer = connector.call("GET", HUB + LIST, headers=headers)
    assert (answer.status, answer.json) == (
        200,
        {
            "mailboxes": [
                {"displayName": "Another", "email": OTHER},
                {"displayName": "Contoso Small", "email": BUSINESS},
            ]
        },
    )


@pytest.mark.parametrize("name", [*(f"{each}s" for each in ROLES), "stranger"])
def test_only_administrators_see_subscribe_and_delete(name: str, connector: Connector) -> None:
    made = connector.subscribe("Created").json["webhookId"]
    is_admin = name == "administrators"
    seen = connector.call("GET", LIST, headers=bearer(name)).json["mailboxes"]
    assert [each["email"] for each in seen] == ([BUSINESS] if is_admin else [])
    answers = [
        connector.subscribe("Created", headers=bearer(name)),
        connector.call("DELETE", f"{MAILBOX}/webhook/{made}", headers=bearer(name)),
    ]
    if is_admin:
        assert [each.status for each in answers] == [200, 200]
        return
    text = "Access forbidden. Only Bookings Administrators can create webhooks/flows."
    assert [refusal(each) for each in answers] == [(403, "PermissionDenied", text)] * 2
    assert len(list(connector.tenant.subscriptions)) == 1


def test_who_makes_a_business_administers_its_mailbox(connector: Connector) -> None:
    made = Graph(connector.tenant).post(ROOT, {"displayName": "Tea"}, headers=bearer("viewers")).json["id"]
    seen = connector.call("GET", LIST, headers=bearer("viewers")).json["mailboxes"]
    assert [each["email"] for each in seen] == [made]
    path = f"{V1}/bookingBusinesses/{made}/webhook/AppointmentCreated"
    assert connector.call("POST", path, wanted("Created"), headers=bearer("viewers")).status == 200
    assert connector.call("POST", path, wanted("Created"), headers=bearer("guests")).status == 403


def test_who_has_no_licence_is_refused_everything(connector: Connector) -> None:
    for answer in (
        connector.subscribe("Created", headers=bearer("unlicensed")),
        connector.call("GET", LIST, headers=bearer("unlicensed")),
        connector.call("DELETE", f"{MAILBOX}/webhook/x", headers=bearer("unlicensed")),
    ):
        assert (answer.status, answer.reason) == (403, "'unlicensed' has no licence for Bookings")


@pytest.mark.parametrize(
    "headers", [{"authorization": ""}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer "}]
)
def test_without_a_usable_token_everything_is_401(headers: dict[str, str], connector: Connector) -> None:
    for answer in (
        connector.subscribe("Created", headers=headers),
        connector.call("GET", LIST, headers=headers),
        connector.call("DELETE", f"{MAILBOX}/webhook/x", headers=headers),
    ):
        assert refusal(answer) == (401, "Unauthenticated", "Unauthenticated.")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("last", "scope"), [("Created", "calendar"), ("Updated", "Calendar"), ("Deleted", "Calendar")])
def test_the_sixth_subscription_of_a_mailbox_is_429_whoever_owns_the_five(
    last: str, scope: str, connector: Connector
) -> None:
    owners = [{}, bearer("administrators"), bearer("app"), {}, {}]
    for change, owner in zip([*PATHS, *PATHS], owners, strict=False):
        assert connector.subscribe(change, headers=owner).status in (200, 201)
    text = f"Resource Exhausted. More than expected number of webhooks created for a {scope}."
    answer = connector.subscribe(last)
    assert refusal(answer) == (429, "ResourceExhausted", text)
    assert "administrators (Updated)" in answer.reason
    path = f"{V1}/bookingBusinesses/{OTHER}/webhook/AppointmentCreated"
    assert connector.call("POST", path, wanted("Created")).status == 200  # the limit is each mailbox's own
    first = next(iter(connector.tenant.subscriptions)).id
    assert connector.call("DELETE", f"{MAILBOX}/webhook/{first}").status == 200
    assert connector.subscribe(last).status in (200, 201)


def test_who_has_no_licence_for_bookings_is_refused(connector: Connector) -> None:
    answer = connector.call("GET", LIST, headers=bearer("unlicensed"))
    assert refusal(answer) == (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def test_the_same_url_counts_every_time(connector: Connector) -> None:
    assert [connector.subscribe("Created").status for _ in range(6)] == [200] * 5 + [429]


def test_only_the_change_type_decides_not_the_path(connector: Connector) -> None:
    path = f"{MAILBOX}/webhook/AppointmentCreated"
    assert connector.call("POST", path, wanted("Deleted")).status == 200
    assert connector.call("POST", f"{MAILBOX}/webhook/", wanted("Updated", "Created", "Updated")).status == 201
    assert [each.changes for each in connector.tenant.subscriptions] == [("Deleted",), ("Created", "Updated")]


def test_a_webhook_is_deleted_once(connector: Connector) -> None:
    made = connector.subscribe("Created")
    path = made.headers["Location"].removeprefix(ORIGIN)
    first, second = connector.call("DELETE", path), connector.call("DELETE", path)
    assert (first.status, first.json) == (200, "")
    assert refusal(second)[:2] == (404, "NotFound")
    assert not list(connector.tenant.subscriptions)


def test_a_webhook_of_another_mailbox_is_unknown(connector: Connector) -> None:
    made = connector.subscribe("Created").json["webhookId"]
    answer = connector.call("DELETE", f"{V1}/bookingBusinesses/{OTHER}/webhook/{made}")
    assert refusal(answer) == (404, "NotFound", f"Webhook '{made}' was not found.")


DOMAINS = {
    "https://prod-01.westus.logic.azure.com:443/workflows/1": True,
    "https://a1.07.environment.api.powerplatform.com/powerautomate": True,
    "https://eu.flow.microsoft.com/x": True,
    "https://ours.azurewebsites.net/api/x": True,
    "https://OURS.AzureWebsites.net/api/x": True,
    "http://localhost:7071/x": True,
    "http://127.0.0.9/x": True,
    "http://[::1]:7071/x": True,
    "https://localhost/x": True,
    "http://hooks.test:9/x": True,  # --allow-callback
    "https://a.dev.test/x": True,
    "http://prod-01.westus.logic.azure.com/x": False,  # no https
    "https://logic.azure.com/x": False,
    "https://evil-logic.azure.com/x": False,
    "https://logic.azure.com.evil.com/x": False,
    "https://localhost.evil.com/x": False,
    "http://127.0.0.1.evil.com/x": False,
    "https://localhost@evil.com/x": False,
    "https://webhook.site/x": False,
    "https://x.hooks.test/x": False,
    "http://10.0.0.1/x": False,
}


@pytest.mark.parametrize(("url", "is_taken"), DOMAINS.items(), ids=DOMAINS)
def test_only_allowed_domains_are_called_back(url: str, is_taken: bool) -> None:
    settings = Settings(callbacks=("hooks.test", "*.dev.test"))
    connector = Connector(Graph(Tenant(Start((Fixture("small", small()),), frozen=utc(NOW)), settings)))
    answer = connector.subscribe("Created", url=url)
    if is_taken:
        assert answer.status == 200
    else:
        assert refusal(answer)[:2] == (403, "PermissionDenied")
        assert "is not allowed" in answer.error["message"]


MALFORMED = {
    "no body": (b"", "the body: expected a JSON object; got no JSON"),
    "no JSON": (b"{", "the body: expected a JSON object; got no JSON"),
    "a list": ([], "the body: expected an object; got []"),
    "no webhook": ({}, "webhook: expected an object; got nothing"),
    "the flat form of 2022": ({"notificationURL": CALLBACK}, "webhook: expected an object; got nothing"),
    "no url": (
        {"webhook": {"resource": "Appointments", "change_type": ["Created"]}},
        "webhook.notification_url: expected an absolute http or https URL; got nothing",
    ),
    "a relative url": (wanted("Created", url="/hook"), "expected an absolute http or https URL"),
    "a url with a backslash": (wanted("Created", url="http://localhost\\@evil.com/"), "expected an absolute"),
    "another scheme": (wanted("Created", url="ftp://localhost/x"), "expected an absolute http or https URL"),
    "a port out of range": (wanted("Created", url="http://localhost:99999/x"), "expected an absolute"),
    "another resource": (
        {"webhook": {**wanted("Created")["webhook"], "resource": "Customers"}},
        "webhook.resource: expected 'Appointments'; got \"Customers\"",
    ),
    "no change": (wanted(), "webhook.change_type: expected a list of strings; got []"),
    "a change that is no list": (
        {"webhook": {**wanted("Created")["webhook"], "change_type": "Created"}},
        'webhook.change_type: expected a list of strings; got "Created"',
    ),
    "an unknown change": (
        wanted("created"),
        "webhook.change_type: expected Created, Updated, Deleted; got \"created\"; did you mean 'Created'?",
    ),
}


@pytest.mark.parametrize(("body", "detail"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_400_and_says_what_was_expected(body: Any, detail: str, connector: Connector) -> None:
    answer = connector.call("POST", f"{HUB}{MAILBOX}/webhook/AppointmentCreated", body)
    status, code, message = refusal(answer)
    assert (status, code) == (400, "InvalidArgument")
    assert detail in message
    assert not list(connector.tenant.subscriptions)


def test_refusals_come_in_order_token_body_administrator_domain_limit(connector: Connector) -> None:
    for _ in range(5):
        connector.subscribe("Created")
    path = f"{MAILBOX}/webhook/AppointmentCreated"
    evil, viewer = "https://evil.com/x", bearer("viewers")
    assert connector.call("POST", path, {}, headers={"authorization": ""}).status == 401
    assert connector.call("POST", path, {}, headers=viewer).status == 400
    assert (
        "Administrators" in connector.call("POST", path, wanted("Created", url=evil), headers=viewer).error["message"]
    )
    assert "evil.com" in connector.call("POST", path, wanted("Created", url=evil)).error["message"]
    assert connector.call("POST", path, wanted("Created")).status == 429


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{HUB}{V1}/bookingBusinesses"),
        ("GET", f"{MAILBOX}/webhook/AppointmentCreated"),
        ("DELETE", LIST),
        ("POST", f"/apim/office365/c{MAILBOX}/webhook/AppointmentCreated"),
        ("POST", f"{HUB}"),
        ("PUT", f"{MAILBOX}/webhook/x"),
        ("POST", f"/api/v1.0/bookingBusinesses/{BUSINESS}/webhooks/AppointmentCreated"),
    ],
)
def test_paths_that_are_no_operation_are_404(method: str, path: str, connector: Connector) -> None:
    assert refusal(connector.call(method, path, wanted("Created"))) == (404, "NotFound", "Resource not found")


def test_an_unknown_mailbox_is_500_with_details_in_the_answer(connector: Connector) -> None:
    path = f"{V1}/bookingBusinesses/nobody@contoso.com/webhook/AppointmentCreated"
    status, code, message = refusal(connector.call("POST", path, wanted("Created")))
    assert (status, code) == (500, "Internal")
    assert (
        message == "Internal server error. ErrorNonExistentMailbox: The SMTP address has no mailbox associated with it."
    )


def test_the_envelope_of_the_hub_quotes_the_backend(connector: Connector) -> None:
    connector.tenant.set_quirk("connector-envelope", "hub")
    body = connector.call("DELETE", f"{HUB}{MAILBOX}/webhook/x").json
    text, client, service = body.pop("message").split("\r\n")
    assert text == "Webhook 'x' was not found."
    assert client.startswith("clientRequestId: ")
    assert service.startswith("serviceRequestId: ")
    assert body == {"status": 404, "source": f"https://outlook.office.com{MAILBOX}/webhook/x", "errors": []}


def test_the_hub_sends_its_headers_and_the_backend_does_not(connector: Connector) -> None:
    hub, backend = connector.call("GET", HUB + LIST).headers, connector.call("GET", LIST).headers
    assert hub["Timing-Allow-Origin"] == "*"
    assert hub["x-ms-apihub-cached-response"] == "false"
    assert "Timing-Allow-Origin" not in backend
    assert hub["x-ms-request-id"] != backend["x-ms-request-id"]


def test_every_exchange_is_in_the_journal_with_its_operation_and_mailbox(connector: Connector) -> None:
    made = connector.subscribe("Updated").json["webhookId"]
    connector.call("GET", LIST)
    connector.call("DELETE", f"{MAILBOX}/webhook/{made}")
    connector.subscribe("Created", url="https://evil.com/x")
    seen = [
        (each.plane, each.operation, each.business, each.problem, each.events)
        for each in (entry.exchange for entry in connector.tenant.journal.entries)
    ]
    assert seen == [
        ("connector", "connector.subscribe.updated", BUSINESS, None, ["webhookCreated"]),
        ("connector", "connector.listMailboxes", None, None, []),
        ("connector", "connector.unsubscribe", BUSINESS, None, ["webhookDeleted"]),
        ("connector", "connector.subscribe.created", BUSINESS, "connector.domain", []),
    ]


def test_the_plane_is_served_beside_graph_and_in_tenants_of_their_own() -> None:
    with TestClient(App(make_tenant()), base_url=ORIGIN, headers=bearer("x")) as client:
        assert client.get(HUB + LIST).status_code == client.get(LIST).status_code == 200
        client.post("/_emulator/tenants", json={"name": "north"})
        made = client.post(f"/tenants/north{HUB}{MAILBOX}/webhook/AppointmentCreated", json=wanted("Created"))
        assert made.headers["Location"].startswith(f"{ORIGIN}/tenants/north{HUB}")
        assert client.get("/_emulator/subscriptions").json() == {"value": []}
        (row,) = client.get("/tenants/north/_emulator/subscriptions").json()["value"]
        assert (row["id"], row["target"]) == (made.json()["webhookId"], None)
        assert client.delete(made.headers["Location"].removeprefix(ORIGIN)).text == '""'
        assert client.get("/tenants/north/_emulator/subscriptions").json() == {"value": []}


def test_a_business_made_through_graph_can_be_subscribed_at_once(connector: Connector, tenant: Tenant) -> None:
    graph = Graph(tenant)
    made = graph.post(ROOT, {"displayName": "Fourth Coffee"}).json["id"]
    plane = Connector(graph)
    assert made in [each["email"] for each in plane.call("GET", LIST).json["mailboxes"]]
    path = f"{V1}/bookingBusinesses/{made}/webhook/AppointmentCreated"
    assert plane.call("POST", path, wanted("Created")).status == 200


def test_a_reset_forgets_subscriptions_and_a_snapshot_keeps_them(client: TestClient) -> None:
    path = f"{HUB}{MAILBOX}/webhook/AppointmentCreated"
    client.post(path, json=wanted("Created"))
    client.post("/_emulator/snapshots", json={"name": "one"})
    client.post(path, json=wanted("Created"))
    client.post("/_emulator/snapshots/one/restore")
    assert len(client.get("/_emulator/subscriptions").json()["value"]) == 1
    client.post("/_emulator/reset")
    assert client.get("/_emulator/subscriptions").json()["value"] == []


def test_deleting_a_business_leaves_no_webhook_that_another_of_its_name_would_have(connector: Connector) -> None:
    graph = Graph(connector.tenant)
    connector.subscribe("Created")
    graph.delete(HOME)
    assert [each.business for each in connector.tenant.subscriptions] == []


# injected failures


def test_a_500_after_the_subscription_was_stored_can_be_had_and_counts(client: TestClient) -> None:
    fault = {
        "match": {"operation": "connector.subscribe.created"},
        "effect": {"problem": "connector.internal", "kept": True},
        "schedule": {"first": 1},
    }
    assert client.post("/_emulator/faults", json=fault).status_code < 300
    path = f"{HUB}{MAILBOX}/webhook/AppointmentCreated"
    first, second = (client.post(path, json=wanted("Created")) for _ in range(2))  # as clients repeat a 500
    assert (first.status_code, second.status_code) == (500, 200)
    assert first.json()["error"]["code"] == "Internal"
    assert first.json()["error"]["message"].startswith("Internal server error.")
    kept = client.get("/_emulator/subscriptions").json()["value"]
    assert len(kept) == 2
    assert kept[1]["id"] == second.json()["webhookId"]
    for _ in range(3):
        assert client.post(path, json=wanted("Created")).status_code == 200
    assert client.post(path, json=wanted("Created")).status_code == 429


@pytest.mark.parametrize(
    ("problem", "status"),
    [("connector.unauthenticated", 401), ("connector.notadmin", 403), ("connector.limit", 429), ("throttle.rate", 429)],
)
def test_documented_failures_can_be_had_on_purpose(problem: str, status: int, client: TestClient) -> None:
    fault = {"match": {"plane": "connector"}, "effect": {"problem": problem}, "schedule": {"first": 1}}
    assert client.post("/_emulator/faults", json=fault).status_code < 300
    path = f"{HUB}{MAILBOX}/webhook/AppointmentCreated"
    refused = client.post(path, json=wanted("Created"))
    assert refused.status_code == status
    assert "{" not in refused.json()["error"]["message"]
    assert client.get("/_emulator/subscriptions").json()["value"] == []
    assert client.post(path, json=wanted("Created")).status_code == 200


ONE_CUSTOMER = {
    "CustomerName": "Nestor Wilke",
    "CustomerEmail": "nestorw@fabrikam.com",
    "CustomerPhone": "425-555-0177",
    "CustomerTimeZone": "Pacific Standard Time",
}


@pytest.mark.parametrize("is_group", [False, True], ids=["one to one", "group"])
def test_a_notification_names_the_one_customer_and_none_of_a_group(is_group: bool, graph: Graph) -> None:
    who = customer(name="Nestor Wilke", emailAddress="nestorw@fabrikam.com", phone="425-555-0177",
                   timeZone="Pacific Standard Time")  # fmt: skip
    hours = {"endDateTime": at("2026-01-12T11:00:00"), "serviceId": GROUP} if is_group else {}
    told = told_of_booking(graph, customers=[who], **hours)
    if not is_group:
        assert {name: told[name] for name in ONE_CUSTOMER} == ONE_CUSTOMER
    else:
        assert told["CustomerPhone"] is None
        assert [each["Email"] for each in told["Customers"]] == ["nestorw@fabrikam.com"]


LONG = "x" * 200
MALFORMED: dict[str, dict[str, Any]] = {
    "the address": {"notification_url": LONG, "resource": "Appointments", "change_type": ["Created"]},
    "the resource": {"notification_url": CALLBACK, "resource": LONG, "change_type": ["Created"]},
    "the change": {"notification_url": CALLBACK, "resource": "Appointments", "change_type": [LONG]},
    "a list for the address": {"notification_url": [LONG], "resource": "Appointments", "change_type": ["Created"]},
}


@pytest.mark.parametrize("webhook", MALFORMED.values(), ids=MALFORMED)
def test_a_long_wrong_value_is_cut_in_its_refusal(webhook: dict[str, Any], connector: Connector) -> None:
    answer = connector.call("POST", f"{HUB}{MAILBOX}/webhook/AppointmentCreated", {"webhook": webhook})
    assert answer.status == 400
    assert "…" in answer.reason or "\\u2026" in answer.reason
    assert LONG not in answer.reason


@pytest.mark.parametrize(("customers", "name"), [(1, "Adele Vance"), (2, None)])
def test_two_customers_are_a_group_where_their_number_decides(customers: int, name: str | None, graph: Graph) -> None:
    graph.tenant.set_quirk("connector-group", "customers")
    given = [customer(customerId=CUSTOMER, name="Adele Vance"), customer(name="Alex Wilber")][:customers]
    body = told_of_booking(graph, serviceId=GROUP, endDateTime=at("2026-01-12T11:00:00"), customers=given)
    assert body["CustomerName"] == name
    assert len(body["Customers"]) == (customers if name is None else 0)
