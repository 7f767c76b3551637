"""The inspector as people use it: looked at, clicked and typed into in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bookings_emulator import Client, Emulator, Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DENTAL = "ContosoDental@contoso.onmicrosoft.com"
BUSINESS = f"/solutions/bookingBusinesses/{DENTAL}"
APPOINTMENTS = f"{BUSINESS}/appointments"
DANA = "10000000-0000-4000-8000-000000000001"
CHECK_UP = "20000000-0000-4000-8000-000000000001"
HURT = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
PANELS = (
    "exchanges", "businesses", "time", "faults", "quirks", "stubs", "messages", "deliveries", "scenarios", "tenants",
)  # fmt: skip
OpenPage = Callable[..., "Page"]
Picture = Callable[["Page", str], None]


def inspector(bookings: Client, view: str = "") -> str:
    return f"{bookings.url}/_inspector/{view}"


def appointment(**changed: Any) -> dict[str, Any]:
    customer = {"@odata.type": "#microsoft.graph.bookingCustomerInformation", "emailAddress": "adelev@contoso.com"}
    return {
        "serviceId": CHECK_UP,
        "staffMemberIds": [DANA],
        "startDateTime": {"dateTime": "2026-01-06T10:00:00", "timeZone": "Pacific Standard Time"},
        "endDateTime": {"dateTime": "2026-01-06T10:30:00", "timeZone": "Pacific Standard Time"},
        "customers": [{**customer, "name": "Adele Vance"}],
        **changed,
    }


def use(bookings: Client) -> None:
    """Calls of several kinds, good and refused."""
    receiver = bookings.receiver()
    bookings.subscribe(DENTAL, "Created", receiver.url)
    bookings.subscribe(DENTAL, "Deleted", "https://prod-1.westeurope.logic.azure.com/flow")
    bookings.graph.get("/solutions/bookingBusinesses")
    bookings.graph.get(BUSINESS, headers=bookings.headers("outsider"))
    bookings.graph.post(f"{BUSINESS}/services", json={"displayName": "Cleaning"}, headers=bookings.headers("viewer"))
    for _ in range(2):
        bookings.graph.post(APPOINTMENTS, json=appointment(), headers=bookings.headers("application"))
    bookings.fault("throttled", first=1)
    bookings.graph.get("/solutions/bookingBusinesses")
    bookings.deliveries.settle()


# exchanges


def test_a_call_appears_while_it_is_looked_at_with_its_reason(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings))
    page.get_by_text("No requests yet").wait_for()
    page.get_by_text("live", exact=True).wait_for()
    bookings.graph.get(BUSINESS, headers=bookings.headers("outsider"))
    row = page.locator(".row", has_text="getBusiness")
    row.get_by_text("is no member of").wait_for()
    assert row.locator(".status").inner_text() == "404"
    assert page.locator('#rail a[data-panel="exchanges"] .count').inner_text() == "1"


def test_an_empty_500_tells_why_what_it_is_and_what_to_do(
    bookings: Client, open_page: OpenPage, picture: Picture
) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    page.locator(".row", has_text="double booking").click()
    why = page.get_by_role("region", name="Why")
    why.get_by_text("business rule double booking: Dana Swope is booked").wait_for()
    for told in ("500 UnknownError", "confidence: high", "source: ", "with an empty message", "Do: "):
        assert told in why.inner_text()
    assert '"serviceId"' in page.get_by_role("region", name="Request").inner_text()
    assert '"UnknownError"' in page.get_by_role("region", name="Response").inner_text()
    assert "open=" in page.url
    picture(page, "exchange")
    page.reload()
    page.get_by_role("region", name="Why").wait_for()


def test_the_quirks_that_decided_an_exchange_are_named_in_its_row_and_when_it_is_opened(
    bookings: Client, open_page: OpenPage
) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    row = page.locator(".row", has_text="double booking")
    expect(row.locator(".tag")).to_have_text(["quirk double-booking"])
    assert page.locator(".row[data-number='3'] .tag").count() == 0  # a list would come out the same with any value
    row.click()
    decided = page.get_by_role("region", name="Quirks", exact=True)
    decided.get_by_text("double-booking = on").wait_for()
    decided.get_by_text("Applications cannot double-book a staff member").click()
    assert "anybody can book a taken slot" in decided.inner_text()
    page.get_by_label("Filter").fill("quirk:double-*")
    expect(page.locator(".row")).to_have_count(1)
    bookings.quirk("double-booking", "off")
    bookings.graph.post(APPOINTMENTS, json=appointment(), headers=bookings.headers("application"))
    expect(page.locator(".row")).to_have_count(2)  # over the stream
    page.locator(".row").first.locator(".tag").click()
    page.locator(".quirk.is-target[data-quirk='double-booking']").wait_for()


def test_an_exchange_shows_what_it_caused_and_what_the_client_did(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    made = bookings.journal(operation="createAppointment", status=201)[0]["number"]
    page = open_page(inspector(bookings, f"#/exchanges?open={made}"))
    caused = page.get_by_role("region", name="What it caused")
    caused.get_by_text("appointmentCreated").wait_for()
    assert "confirmation to adelev@contoso.com" in caused.inner_text()
    assert "delivery delivered" in caused.inner_text()
    page.get_by_text("more-permission-than-needed").wait_for()


@pytest.mark.parametrize(
    ("query", "count"),
    [("status:5xx", 1), ("operation:create* persona:application", 2), ("double booking", 1), ("plane:connector", 2)],
)
def test_the_list_is_filtered_as_the_journal_is(bookings: Client, open_page: OpenPage, query: str, count: int) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    page.locator(".row").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(query)
    expect(page.locator(".row")).to_have_count(count)
    bookings.graph.get(f"{BUSINESS}/customers")  # meets none of them
    bookings.graph.get(BUSINESS, headers=bookings.headers("application"))
    number = str(bookings.journal[-1]["number"])
    expect(page.locator('#rail a[data-panel="exchanges"] .count')).to_have_text(number)
    assert page.locator(".row").count() == count
    page.reload()  # the filter is in the address
    expect(page.locator(".row")).to_have_count(count)


def test_a_filter_that_cannot_be_read_is_told(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/exchanges?q=operation:creatAppointment"))
    page.get_by_text("did you mean 'createAppointment'").wait_for()


def test_a_call_is_copied_as_curl_and_sent_again(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    refused = bookings.journal(status=500)[0]["number"]
    page = open_page(
        inspector(bookings, f"#/exchanges?open={refused}"), permissions=["clipboard-read", "clipboard-write"]
    )
    page.get_by_role("button", name="Copy as curl").click()
    page.get_by_text("The call as curl copied").wait_for()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith(f"curl -i -X POST '{bookings.graph_url}{APPOINTMENTS}'")
    assert "Bearer application" in line
    assert '"serviceId"' in line
    page.get_by_role("button", name="Send again").click()
    page.locator(".toast", has_text="500 UnknownError: business rule double booking").wait_for()
    assert len(bookings.journal(status=500, persona="application")) == 2


def test_selected_exchanges_become_a_scenario_that_plays(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    rows = page.locator(".row", has_text="createAppointment")
    expect(rows).to_have_count(2)
    for each in rows.all():
        each.get_by_role("checkbox").check()
    page.get_by_text("2 selected").wait_for()
    page.get_by_role("button", name="Scenario").click()
    page.get_by_text("2 steps in the situation").wait_for()
    page.get_by_role("button", name="Play it").click()
    page.locator(".step.passed").nth(1).wait_for()
    assert page.locator(".step.failed").count() == 0


def test_what_is_selected_is_saved_as_har(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    page.get_by_label("Select exchange 3", exact=True).check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="HAR").click()
    entries = json.loads(saved.value.path().read_text(encoding="utf-8"))["log"]["entries"]
    assert [each["request"]["url"].rpartition("/")[2] for each in entries] == ["bookingBusinesses"]


def test_ten_thousand_exchanges_stay_usable(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings))
    page.get_by_text("live", exact=True).wait_for()
    part = [{"id": str(each), "method": "GET", "url": f"/solutions/bookingBusinesses/n{each}"} for each in range(20)]
    for done in range(1, 501):
        assert bookings.graph.post("/$batch", json={"requests": part}).status_code == 200
        if done % 50 == 0:  # as clients do that look at what they get; the list keeps up
            expect(page.locator(".rows .spacer")).to_have_css("height", f"{done * 21 * 50}px")
    assert page.locator(".row").count() < 60
    page.keyboard.press("j")
    page.locator(".rows").evaluate("rows => rows.scrollTop = rows.scrollHeight")
    page.get_by_text("#1", exact=True).wait_for()
    assert page.locator(".row").count() < 60
    bookings.graph.get("/solutions/bookingBusinesses")  # who has scrolled goes on seeing the same
    page.get_by_role("button", name=re.compile("1 newer")).click()
    page.get_by_text("#10501", exact=True).wait_for()


# what comes from clients is text


def test_a_hostile_name_or_body_runs_nothing(bookings: Client, open_page: OpenPage) -> None:
    customer = {**appointment()["customers"][0], "name": HURT, "notes": "javascript:window.hurt=1"}
    bookings.graph.patch(f"{BUSINESS}/services/{CHECK_UP}", json={"displayName": HURT, "notes": HURT})
    bookings.graph.patch(BUSINESS, json={"displayName": HURT})
    bookings.subscribe(DENTAL, "Created", "https://prod-1.westeurope.logic.azure.com/?javascript:window.hurt=1")
    bookings.graph.post(APPOINTMENTS, json=appointment(customers=[customer], serviceNotes=HURT))
    bookings.graph.get(f"{BUSINESS}/services/{HURT.replace('/', '%2F')}")
    bookings.graph.get(f"{BUSINESS}?x={HURT}", headers={"Authorization": "Bearer <b>x</b>", "X-Note": HURT})
    bookings._line.post("/faults", {"title": HURT, "match": {"operation": "publish"}, "effect": {"status": 503}})
    bookings.snapshot(HURT)
    page = open_page(inspector(bookings))
    for panel in PANELS:
        page.goto(inspector(bookings, f"#/{panel}"))
        page.locator("#view > *:not(.empty)").first.wait_for()
    for number in range(1, bookings.journal[-1]["number"] + 1):
        page.goto(inspector(bookings, f"#/exchanges?open={number}"))
        page.get_by_role("region", name="Request").wait_for()
    for part in ("calendar?date=2026-01-06", "services", "customers", "record"):
        page.goto(inspector(bookings, f"#/businesses/{DENTAL}/{part}"))
        page.get_by_text("onerror").first.wait_for(state="attached")
    assert page.evaluate("window.hurt") is None
    assert page.locator("img:not([src='icon.svg'])").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_nothing_is_loaded_from_outside(bookings: Client, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for panel in PANELS:
        page.goto(inspector(bookings, f"#/{panel}"))
        page.locator("#view > *:not(.empty)").first.wait_for()
    origin = bookings.url.partition("/tenants")[0]
    assert asked
    assert {each for each in asked if not each.startswith(f"{origin}/")} == set()


def test_no_page_can_frame_it(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings))
    outer = f"<iframe src='{inspector(bookings)}'></iframe>"
    page.route("**/outer", lambda route: route.fulfill(content_type="text/html", body=outer))
    page.goto(bookings.url.partition("/tenants")[0] + "/outer")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.locator("#rail").count() == 0


# businesses


def test_an_appointment_is_booked_moved_and_cancelled_by_mouse(
    bookings: Client, open_page: OpenPage, picture: Picture
) -> None:
    bookings.graph.post(APPOINTMENTS, json=appointment())
    week = {"business": DENTAL, "start": "2026-01-05T08:00:00Z", "end": "2026-01-12T08:00:00Z"}
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/calendar?date=2026-01-05&staff={DANA}"))
    wednesday = page.locator(".day[data-date='2026-01-07']")
    wednesday.click(position={"x": 70, "y": 300})
    page.get_by_role("button", name="Book as application").click()
    booked = wednesday.locator(".appointment", has_text="Adele Vance")
    booked.wait_for()
    picture(page, "calendar")
    (before,) = [each for each in bookings.calendar(**week)["appointments"] if "01-07" in each["takenFrom"]]
    place, target = booked.bounding_box(), page.locator(".day[data-date='2026-01-08']").bounding_box()
    assert place
    assert target
    page.mouse.move(place["x"] + 20, place["y"] + 5)
    page.mouse.down()
    page.mouse.move(place["x"] + 40, place["y"] + 30, steps=4)
    page.mouse.move(target["x"] + 60, place["y"] + 5 + 48, steps=8)
    page.mouse.up()
    moved = page.locator(".day[data-date='2026-01-08'] .appointment")
    moved.wait_for()
    (after,) = [each for each in bookings.calendar(**week)["appointments"] if each["id"] == before["id"]]
    assert after["startDateTime"]["dateTime"][:10] == "2026-01-08"
    assert bookings.journal[-1]["persona"] == "application"
    moved.click()
    page.get_by_role("button", name="Cancel it as application").click()
    moved.wait_for(state="detached")
    assert bookings.journal[-1]["operation"] == "cancelAppointment"


def test_a_refused_booking_says_why_where_it_happens(bookings: Client, open_page: OpenPage, picture: Picture) -> None:
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/calendar?date=2026-01-12"))
    page.locator(".day[data-date='2026-01-17']").click(position={"x": 60, "y": 500})  # a Saturday
    page.get_by_role("button", name="Book as application").click()
    refusal = page.get_by_role("alert")
    refusal.get_by_text("500 UnknownError").wait_for()
    assert "business rule" in refusal.inner_text()
    picture(page, "refused")


def test_a_day_shows_staff_side_by_side_with_hours_buffers_and_time_off(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/calendar?date=2026-01-13&mode=day"))
    page.locator(".day").nth(7).wait_for()
    for part in (".open", ".free", ".off", ".buffer", ".appointment"):
        assert page.locator(f".day {part}").count() > 0, part


def test_the_week_of_everybody_shows_who_is_away_and_when_somebody_is_free(
    bookings: Client, open_page: OpenPage
) -> None:
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/calendar?date=2026-01-12"))
    page.get_by_title("Megan Bowen: busy elsewhere").wait_for()
    day = page.locator(".day[data-date='2026-01-13']")
    assert day.locator(".free").count() == 2  # before and behind the break at noon
    assert page.locator(".day[data-date='2026-01-18'] .free").count() == 0


def test_a_record_is_shown_as_json(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/staffMembers"))
    page.get_by_role("cell", name="Dana Swope").click()
    assert f'"id": "{DANA}"' in page.get_by_role("dialog").inner_text()


# time, faults, quirks


def test_the_clock_is_advanced_by_a_click_and_what_falls_due_is_seen(
    bookings: Client, open_page: OpenPage, picture: Picture
) -> None:
    page = open_page(inspector(bookings, "#/time"))
    page.get_by_role("button", name="+ 1 day").click()
    page.get_by_label("The tenant's time").get_by_text("2026-01-06 08:00:00").wait_for()
    assert bookings.clock.now().isoformat() == "2026-01-06T08:00:00+00:00"
    picture(page, "time")
    page.get_by_role("button", name="Go there").first.click()
    expect(page.locator('#rail a[data-panel="messages"] .count')).not_to_be_empty()
    assert {each["kind"] for each in bookings.outbox(status="sent")} == {"reminder"}


def test_the_next_call_fails_with_429_by_a_click(bookings: Client, open_page: OpenPage, picture: Picture) -> None:
    page = open_page(inspector(bookings, "#/faults"))
    page.get_by_role("button", name="429, wait a second").click()
    page.get_by_text("429 for the next call", exact=True).wait_for()
    statuses = [bookings.graph.get("/solutions/bookingBusinesses").status_code for _ in range(2)]
    assert statuses == [429, 200]
    row = page.locator("tr[data-fault='f1']")
    row.get_by_text("spent").wait_for()
    assert row.locator("td.number").all_inner_texts() == ["1", "1", "0"]
    picture(page, "faults")
    row.get_by_role("button", name="Drop").click()
    row.wait_for(state="detached")
    page.locator("[data-preset='request-rate']").get_by_role("button", name="Add", exact=True).click()
    page.locator("tr[data-fault]").wait_for()
    assert len(bookings.faults) == 1


def test_a_quirk_is_switched(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/quirks?open=list-forbidden"))
    page.get_by_role("checkbox", name="list-forbidden").check()
    page.locator("[data-quirk='list-forbidden']").get_by_text("default: false").wait_for()
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 403


# messages, deliveries


def test_messages_look_like_mails_and_lead_to_what_caused_them(
    bookings: Client, open_page: OpenPage, picture: Picture
) -> None:
    use(bookings)
    page = open_page(inspector(bookings, "#/messages?kind=sent"))
    page.locator("a.item", has_text="adelev@contoso.com").filter(has_text="Your booking").click()
    mail = page.get_by_role("article", name="Message")
    mail.get_by_text("to adelev@contoso.com").wait_for()
    picture(page, "messages")
    page.get_by_role("link", name=re.compile("^exchange ")).click()
    page.get_by_role("region", name="What it caused").wait_for()


def test_a_delivery_is_looked_at_and_sent_again(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    page = open_page(inspector(bookings, "#/deliveries"))
    page.get_by_role("heading", name="Delivery 1: Created").wait_for()
    assert page.locator(".place.is-taken").count() == 2
    assert page.locator(".place").count() == 5
    page.get_by_role("button", name="Redeliver").click()
    page.get_by_role("heading", name="Delivery 2: Created").wait_for()
    bookings.deliveries.settle()
    assert bookings.deliveries[1]["repeats"] == "1"


def test_a_member_that_a_quirk_emptied_names_the_quirk(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    delivery = bookings.deliveries[0]
    page = open_page(inspector(bookings, f"#/deliveries?open={delivery['id']}"))
    shown = page.get_by_role("list", name="What quirks did").get_by_role("listitem")
    shown.first.wait_for()
    told = [f"{each['member']} {each['does']} quirk {each['quirk']}" for each in delivery["quirks"]]
    assert shown.all_inner_texts() == told


def test_a_delivery_names_the_fault_that_made_it_come_twice(bookings: Client, open_page: OpenPage) -> None:
    bookings.fault("delivery-twice")
    use(bookings)
    bookings.deliveries.settle()
    assert [each["faults"] for each in bookings.deliveries(event="Created")] == [["f1"], ["f1"]]
    page = open_page(inspector(bookings, "#/deliveries?open=2"))
    page.get_by_role("heading", name="Delivery 2: Created").wait_for()
    page.get_by_role("link", name="fault f1").click()
    page.wait_for_url("**#/faults*")


# stubs


def test_a_stub_is_made_counted_and_dropped_and_a_wrong_one_is_told(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/stubs"))
    page.get_by_text("None: requests outside Bookings are refused").wait_for()
    path = page.get_by_label("Path below the version")
    path.fill("/solutions/bookingBusinesses")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("alert").get_by_text("bookingBusinesses").wait_for()
    path.fill("/me/mailFolders")
    page.get_by_label("Body").fill('{"value": [{"displayName": "Inbox"}]')
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("alert").get_by_text("the body is no JSON").wait_for()
    page.get_by_label("Body").fill('{"value": [{"displayName": "Inbox"}]}')
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.locator("tr[data-stub]")
    row.get_by_text("GET /me/mailFolders").wait_for()
    assert bookings.graph.get("/me/mailFolders").json()["value"] == [{"displayName": "Inbox"}]
    expect(row.locator("td").nth(3)).to_have_text("1")
    row.get_by_role("button", name="Drop").click()
    page.get_by_text("None: requests outside Bookings are refused").wait_for()
    assert bookings.graph.get("/me/mailFolders").status_code == 400


# tenants, scenarios, state


def test_a_setting_of_the_tenant_is_switched(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/tenants"))
    page.get_by_label("BookingsAuthEnabled").check()
    page.get_by_text("BookingsAuthEnabled is on").wait_for()
    assert bookings.tenant_settings()["BookingsAuthEnabled"] is True
    page.reload()
    expect(page.get_by_label("BookingsAuthEnabled")).to_be_checked()


def test_a_tenant_is_made_and_switched_to(bookings: Client, open_page: OpenPage) -> None:
    name = f"{bookings.name}-more"
    page = open_page(inspector(bookings, "#/tenants"))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(f"tr[data-tenant='{name}']").get_by_role("button", name="Look at it").click()
    page.wait_for_url(f"**/tenants/{name}/_inspector/**")
    page.locator("#tenant").wait_for()
    assert page.locator("#tenant").input_value() == name
    page.locator("#tenant").select_option(bookings.name)
    page.wait_for_url(f"**/tenants/{bookings.name}/_inspector/**")
    Client(f"{bookings.url}-more", http=bookings._line.http).drop()


def test_a_scenario_is_played_and_each_step_turns_green(
    bookings: Client, open_page: OpenPage, picture: Picture
) -> None:
    page = open_page(inspector(bookings, "#/scenarios?open=slot-taken"))
    page.get_by_role("button", name="Play").click()
    page.locator(".step.passed").nth(3).wait_for()
    assert page.locator(".step").count() == 4
    picture(page, "scenario")
    page.get_by_role("link", name=re.compile("look at its tenant")).click()
    page.locator(".row", has_text="double booking").first.wait_for()


def test_a_booking_needs_no_mouse_and_a_refusal_says_why_in_the_dialog(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, f"#/businesses/{DENTAL}/calendar?date=2026-01-12&as=application"))
    button = page.get_by_role("button", name="Book …")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Time (America/Los_Angeles)").fill("05:00")
    page.get_by_role("button", name="Book as application").press("Enter")
    page.get_by_role("alert").get_by_text("business rule businessHours").wait_for()
    page.get_by_label("Time (America/Los_Angeles)").fill("10:00")
    page.get_by_role("button", name="Book as application").press("Enter")
    page.locator(".appointment", has_text="Check-up").first.wait_for()


def test_a_tenant_is_made_in_a_scenario_and_dropped(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/scenarios?open=list-forbidden"))
    page.get_by_role("button", name="Start a new tenant in it").click()
    page.get_by_text("No requests yet").wait_for()
    name = page.locator("#tenant").input_value()
    assert name != bookings.name
    page.goto(page.url.replace("#/exchanges", "#/tenants"))
    page.locator(f"tr[data-tenant='{name}']").get_by_role("button", name="Drop").click()
    page.wait_for_url(lambda url: f"/tenants/{name}/" not in url)
    assert name not in bookings.tenants()


def test_a_step_turns_green_while_the_next_is_still_played(bookings: Client, open_page: OpenPage) -> None:
    slow = bookings.scenario("slot-taken")
    slow["given"]["faults"] = [{"match": {"path": "*"}, "effect": {"latency": 800}}]
    page = open_page(inspector(bookings))
    page.locator(".rows").wait_for()
    page.evaluate(
        """(scenario) => {
      import("./performance.js").then(({ told }) => told(document.getElementById("view"), scenario));
    }""",
        slow,
    )
    page.locator(".step.passed").wait_for()
    assert page.locator(".step").count() == 4
    assert page.locator(".step.passed").count() == 1
    assert page.locator(".step.is-playing").get_attribute("data-step") == "2"
    page.locator(".status", has_text="passed").wait_for()
    assert page.locator(".step.passed").count() == 4


def test_a_scenario_that_fails_shows_what_was_expected_and_what_came(bookings: Client, open_page: OpenPage) -> None:
    wrong = bookings.scenario("slot-taken")
    wrong["step"][0]["expect"] = {"status": 418}
    page = open_page(inspector(bookings))
    page.locator(".rows").wait_for()
    page.evaluate(
        """async (scenario) => {
      const { told } = await import("./performance.js");
      await told(document.getElementById("view"), scenario);
    }""",
        wrong,
    )
    failed = page.locator(".step.failed")
    failed.wait_for()
    assert "418" in failed.inner_text()
    assert "201" in failed.inner_text()
    assert page.locator(".step.skipped").count() == 3


def test_a_snapshot_brings_the_tenant_back(bookings: Client, open_page: OpenPage) -> None:
    page = open_page(inspector(bookings, "#/tenants"))
    page.get_by_label("Name of the snapshot").fill("before")
    page.get_by_role("button", name="Take one").click()
    page.get_by_text("Saved as before").wait_for()
    bookings.clock.advance(days=3)
    page.get_by_role("button", name="Restore").click()
    page.get_by_text("The tenant was restored to before").wait_for()
    assert bookings.clock.now().day == 5


# keys, size, the control key


def test_it_is_used_by_keyboard_alone(bookings: Client, open_page: OpenPage) -> None:
    use(bookings)
    page = open_page(inspector(bookings))
    page.locator(".row").first.wait_for()
    page.keyboard.press("Tab")
    page.locator(".skip").wait_for()
    page.locator(".rows").focus()
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("region", name="Request").wait_for()
    first = page.locator(".detail h2").first.inner_text()
    page.keyboard.press("j")
    expect(page.locator(".detail h2").first).not_to_have_text(first)
    page.keyboard.press("Escape")
    page.locator(".detail").wait_for(state="hidden")
    page.keyboard.press("4")
    page.get_by_role("heading", name="Active faults").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_panel_is_wider_than_a_window_of_1000_pixels(
    bookings: Client, open_page: OpenPage, scheme: str, picture: Picture
) -> None:
    use(bookings)
    page = open_page(inspector(bookings), width=1000, scheme=scheme)
    for panel in (*PANELS, "exchanges?open=6"):
        page.goto(inspector(bookings, f"#/{panel}"))
        page.locator("#view > *:not(.empty)").first.wait_for()
        wide = page.evaluate(
            "[...document.querySelectorAll('#view, .detail, .reading, .page')]"
            ".filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className || each.id)"
        )
        assert wide == [], panel
    page.get_by_role("region", name="Request").wait_for()
    picture(page, f"narrow-{scheme}")


def test_the_control_key_is_asked_for_once_and_never_in_an_address(open_page: OpenPage) -> None:
    with Emulator(settings=Settings(key="sesame")) as bookings:
        page = open_page("about:blank")
        asked: list[Any] = []
        page.on("request", lambda request: asked.append((request.url, request.headers.get("x-emulator-key"))))
        page.goto(inspector(bookings))
        for key in ("wrong", "sesame"):
            page.get_by_label("Key", exact=True).fill(key)
            page.get_by_role("button", name="Open").click()
            page.get_by_label("Key", exact=True).wait_for(state="detached" if key == "sesame" else "visible")
        bookings.graph.get("/solutions/bookingBusinesses")
        page.locator(".row", has_text="listBusinesses").wait_for()
        page.reload()
        page.locator(".row", has_text="listBusinesses").wait_for()
        assert "sesame" in {key for _, key in asked}
        assert not [url for url, _ in asked if "sesame" in url]


def test_it_waits_for_an_emulator_that_is_gone_and_goes_on(open_page: OpenPage) -> None:
    emulator = Emulator()
    bookings = emulator.start()
    port = int(bookings.url.rpartition(":")[2])
    page = open_page(inspector(bookings))
    page.get_by_text("live", exact=True).wait_for()
    emulator.stop()
    page.get_by_text("waiting for the emulator").wait_for()
    with Emulator(port=port) as again:
        page.get_by_text("live", exact=True).wait_for()
        again.graph.get("/solutions/bookingBusinesses")
        page.locator(".row", has_text="listBusinesses").wait_for()
