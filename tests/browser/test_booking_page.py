"""The booking page as customers use it: a service, a time and a form in a real browser; then moved and cancelled."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bookings_emulator import Client

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

DENTAL = "ContosoDental@contoso.onmicrosoft.com"
HOME = f"/solutions/bookingBusinesses/{DENTAL}"
CHECK_UP = "20000000-0000-4000-8000-000000000001"
HURT = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
OpenPage = Callable[..., "Page"]
Picture = Callable[["Page", str], None]


@pytest.fixture
def published(bookings: Client) -> Client:
    """A tenant whose dentist has a published page."""
    assert bookings.graph.post(f"{HOME}/publish").status_code == 204
    return bookings


def page_of(bookings: Client, more: str = "") -> str:
    return f"{bookings.url}/book/{DENTAL}/{more}"


def choose(page: Page, service: str = "Check-up", slot: int = 0) -> str:
    """Open a service, take its second free day and a time; the text of that time."""
    page.get_by_role("button", name=service).first.click()
    page.locator(".day:not(:disabled)").nth(1).click()
    chosen = page.locator(".slot").nth(slot)
    text = chosen.inner_text()
    chosen.click()
    return text


def fill(page: Page, name: str = "Adele Vance", email: str = "adelev@contoso.com") -> None:
    page.get_by_role("textbox", name=re.compile("First and last name")).fill(name)
    page.get_by_role("textbox", name=re.compile("^Email")).fill(email)
    for question in page.locator("section[aria-labelledby=more-heading] input:not([type=radio])").all():
        question.fill("None")
    if page.locator(".consent input").count():
        page.locator(".consent input").check()


def book(page: Page) -> None:
    page.get_by_role("button", name="Book", exact=True).click()


def appointments_of(bookings: Client, name: str = "Adele Vance") -> list[dict[str, Any]]:
    """The appointments that a person booked on the page."""
    found = bookings.graph.get(f"{HOME}/appointments").json()["value"]
    mine = [row for row in found if row["selfServiceAppointmentId"].strip("0-")]
    return [row for row in mine if any(customer["name"] == name for customer in row["customers"])]


def test_a_customer_books_moves_and_cancels(published: Client, open_page: OpenPage, picture: Picture) -> None:
    page = open_page(page_of(published, "?RefID=spring"), timezone_id="America/New_York")
    expect(page.get_by_role("heading", name="Contoso Dental")).to_be_visible()
    expect(page.get_by_role("img", name="Logo of Contoso Dental")).to_have_text("CD")
    picture(page, "page-services")
    choose(page)
    expect(page.get_by_role("heading", name="Add your details")).to_be_visible()
    expect(page.get_by_role("heading", name="Provide additional information")).to_be_visible()
    fill(page)
    page.get_by_label("Insurance").check()
    picture(page, "page-form")
    book(page)
    expect(page.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()
    (booked,) = appointments_of(published)
    assert booked["customerTimeZone"] == "Eastern Standard Time"
    answers = {row["question"]: row["answer"] for row in booked["customers"][0]["customQuestionAnswers"]}
    assert answers["Who pays?"] == "Insurance"
    assert published.outbox(kind="confirmation", to="adelev@contoso.com")

    page.get_by_role("link", name="Reschedule").click()
    page.locator(".day:not(:disabled)").nth(3).click()
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Move booking").click()
    expect(page.get_by_text("Your booking was moved.")).to_be_visible()
    (moved,) = appointments_of(published)
    assert moved["startDateTime"] != booked["startDateTime"]

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_text("Your booking is cancelled.")).to_be_visible()
    assert appointments_of(published) == []


def test_what_is_missing_is_said_beside_it_and_nothing_is_lost(published: Client, open_page: OpenPage) -> None:
    page = open_page(page_of(published))
    choose(page)
    page.get_by_role("textbox", name=re.compile("First and last name")).fill("Adele Vance")
    page.get_by_role("textbox", name=re.compile("^Email")).fill("adelev")
    book(page)
    expect(page.get_by_text("Enter a full email address")).to_be_visible()
    expect(page.get_by_text("Tick this box to book.")).to_be_visible()
    expect(page.get_by_role("textbox", name=re.compile("First and last name"))).to_have_value("Adele Vance")
    assert appointments_of(published) == []


def test_a_passcode_is_asked_for_refused_and_taken(published: Client, open_page: OpenPage) -> None:
    settings = {"bookingPageSettings": {"enforceOneTimePassword": True}}
    assert published.graph.patch(HOME, json=settings).status_code == 204
    page = open_page(page_of(published))
    choose(page)
    fill(page)
    book(page)
    expect(page.get_by_role("heading", name="Enter the verification code")).to_be_visible()
    page.get_by_role("textbox", name="Verification code").fill("000000")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("This code is wrong or has expired.")).to_be_visible()
    mail = [row for row in published.outbox(to="adelev@contoso.com") if re.search(r"\b\d{6}\b", row["text"])][-1]
    code = re.findall(r"\b\d{6}\b", mail["text"])[0]
    page.get_by_role("textbox", name="Verification code").fill(code)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()
    assert len(appointments_of(published)) == 1


def test_a_time_that_was_taken_meanwhile_is_said_and_the_form_stays(published: Client, open_page: OpenPage) -> None:
    page = open_page(page_of(published))
    choose(page)
    fill(page)
    published.fault(operation="page.book", problem="page.slot")
    book(page)
    expect(page.get_by_text("This time is no longer available.")).to_be_visible()
    expect(page.get_by_role("textbox", name=re.compile("First and last name"))).to_have_value("Adele Vance")
    assert appointments_of(published) == []


def test_a_group_slot_fills_up_and_goes(published: Client, open_page: OpenPage) -> None:
    classes = published.graph.get(f"{HOME}/services").json()["value"]
    braces = next(row for row in classes if row["displayName"] == "Braces evening")
    assert braces["maximumAttendeesCount"] == 3
    one = {"staffMemberIds": braces["staffMemberIds"][:1]}
    assert published.graph.patch(f"{HOME}/services/{braces['id']}", json=one).status_code == 204
    times = []
    for number in range(3):
        page = open_page(page_of(published))
        times.append(choose(page, "Braces evening"))
        day = page.locator(".day[aria-pressed=true]").get_attribute("data-day")
        fill(page, f"Visitor {number}", f"visitor{number}@contoso.com")
        book(page)
        expect(page.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()
    assert len({*times}) == 1
    found = published.graph.get(f"{HOME}/appointments").json()["value"]
    assert [
        row["filledAttendeesCount"] for row in found if row["customers"] and row["customers"][0]["name"] == "Visitor 0"
    ] == [3]
    page = open_page(page_of(published))
    page.get_by_role("button", name="Braces evening").click()
    page.locator(f'.day[data-day="{day}"]').click()
    assert times[0] not in [slot.inner_text() for slot in page.locator(".slot").all()]


def test_the_page_is_usable_on_a_phone(published: Client, open_page: OpenPage, picture: Picture) -> None:
    page = open_page(page_of(published), width=360)
    choose(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    picture(page, "page-phone")


def test_everything_can_be_done_by_keyboard(published: Client, open_page: OpenPage) -> None:
    page = open_page(page_of(published))
    expect(page.get_by_role("button", name="Check-up")).to_be_visible()

    def reach(selector: str) -> None:
        for _ in range(120):
            if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    reach(".service")
    page.keyboard.press("Enter")
    page.locator(".day:not(:disabled)").first.wait_for()
    reach(".staff-button")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".staff-button .chosen")).not_to_have_text("Anyone")
    page.locator(".day:not(:disabled)").first.wait_for()
    reach(".day:not(:disabled)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    reach(".slot")
    page.keyboard.press("Enter")
    reach("input[autocomplete=name]")
    page.keyboard.type("Adele Vance")
    reach("input[type=email]")
    page.keyboard.type("adelev@contoso.com")
    reach("section[aria-labelledby=more-heading] input:not([type=radio])")
    page.keyboard.type("None")
    reach(".consent input")
    page.keyboard.press("Space")
    reach("[data-automation-id=book-button]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()


def test_a_hostile_name_is_shown_as_text(published: Client, open_page: OpenPage) -> None:
    published.graph.patch(f"{HOME}/services/{CHECK_UP}", json={"displayName": HURT, "description": HURT})
    published.graph.patch(HOME, json={"displayName": HURT, "webSiteUrl": "javascript:window.hurt=1"})
    page = open_page(page_of(published))
    expect(page.get_by_role("heading", name=HURT)).to_be_visible()
    page.get_by_role("button", name=HURT).click()
    page.locator(".day:not(:disabled)").first.wait_for()
    assert page.evaluate("window.hurt") is None
    assert page.locator("a[href^=javascript]").count() == 0


def test_a_deep_link_opens_its_service_and_hidden_ones_are_not_listed(published: Client, open_page: OpenPage) -> None:
    published.graph.patch(f"{HOME}/services/{CHECK_UP}", json={"isHiddenFromCustomers": True})
    page = open_page(page_of(published))
    expect(page.get_by_role("button", name="Cleaning")).to_be_visible()
    assert page.get_by_role("button", name="Check-up").count() == 0
    token = published.graph.get(f"{HOME}/services/{CHECK_UP}").json()["webUrl"].rpartition("/s/")[2]
    page.goto(page_of(published, f"s/{token}"))
    expect(page.get_by_role("heading", name="Check-up")).to_be_visible()


def test_a_booking_inside_the_lead_time_cannot_be_changed(published: Client, open_page: OpenPage) -> None:
    page = open_page(page_of(published))
    choose(page)
    fill(page)
    book(page)
    manage = page.get_by_role("link", name="Reschedule").get_attribute("href") or ""
    (booked,) = appointments_of(published)
    published.clock.advance(to=booked["startDateTime"]["dateTime"][:17] + "00Z")
    page.goto(f"{published.url.partition('/tenants')[0]}{manage.partition('?')[0]}")
    expect(page.get_by_text("It is too late to change this booking here.")).to_be_visible()
    assert page.get_by_role("button", name="Reschedule").count() == 0


def test_a_business_that_is_not_published_has_no_page(bookings: Client, open_page: OpenPage) -> None:
    bookings.graph.post(f"{HOME}/unpublish")
    page = open_page(page_of(bookings))
    expect(page.get_by_role("heading", name="This booking page is not available")).to_be_visible()
