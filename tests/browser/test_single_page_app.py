"""The page of examples/spa in a real browser: MSAL signs a person in by https, and the page lists and books."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bookings_emulator import Client, Emulator, Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NOW = "2026-01-05T08:00:00Z"
ROOT = Path(__file__).parents[2]
SPA = ROOT / "examples" / "spa"
BUSINESS = "ContosoDental@contoso.onmicrosoft.com"


@pytest.fixture(scope="module")
def modules() -> Path:
    """The example with its locked packages; skipped where npm is missing or reaches no registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    kept, lock = SPA / "node_modules" / ".lock", (SPA / "package-lock.json").read_text(encoding="utf-8")
    if not kept.is_file() or kept.read_text(encoding="utf-8") != lock:
        command = [npm, "ci", "--no-audit", "--no-fund", "--fetch-retries=1"]
        done = subprocess.run(command, cwd=SPA, capture_output=True, text=True, check=False)
        if done.returncode:
            assert re.search("ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN", done.stderr), done.stderr
            pytest.skip("the registry of npm cannot be reached")
        kept.write_text(lock, encoding="utf-8")
    return SPA


@pytest.fixture(scope="module")
def secure() -> Iterator[Client]:
    """An emulator with https, which knows the application of the page."""
    with Emulator("default", str(SPA / "reception.json"), now=NOW, settings=Settings(https=0)) as client:
        yield client


@pytest.fixture(scope="module")
def address(modules: Path, secure: Client) -> Iterator[str]:
    """Where the page is served, by the command of its README, on a free port."""
    index = httpx.get(f"{secure.url}/_emulator").json()
    addresses = {"BOOKINGS_EMULATOR_AUTHORITY": index["authority"], "BOOKINGS_EMULATOR_GRAPH": secure.graph_url}
    command = ["node", "server.js"]
    with subprocess.Popen(
        command, cwd=modules, env={**os.environ, **addresses, "PORT": "0"}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
        server.terminate()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, in a browser that overlooks who signed the certificate, as a test may tell its own."""
    context = browser.new_context(ignore_https_errors=True)
    opened = context.new_page()
    opened.goto(address)
    yield opened
    context.close()


def sign_in(page: Page) -> None:
    """As the person at the front desk, on the page of the emulator."""
    from playwright.sync_api import expect

    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="front-desk").click()
    expect(page.locator("#who")).to_have_text("Frontdesk (frontdesk@contoso.onmicrosoft.com)")


def book(page: Page, time: str) -> None:
    """A check-up for Adele at a time of the day that is asked for."""
    page.get_by_label("Business").select_option("Contoso Dental")
    page.get_by_label("Service").select_option("Check-up")
    page.get_by_label("Date").fill("2026-01-12")
    page.get_by_label("Time (UTC)").fill(time)
    page.get_by_label("Name").fill("Adele Vance")
    page.get_by_label("E-mail").fill("adelev@contoso.com")
    page.get_by_role("button", name="Book").click()


def test_a_person_signs_in_lists_services_and_books(page: Page, secure: Client) -> None:
    from playwright.sync_api import expect

    sign_in(page)
    expect(page.get_by_label("Service").locator("option")).to_contain_text(["Check-up"])
    book(page, "03:00")
    expect(page.get_by_role("status")).to_contain_text("500 UnknownError: business rule")
    book(page, "18:00")
    expect(page.get_by_role("status")).to_have_text("Check-up is booked.")
    expect(page.locator("#booked")).to_contain_text("18:00 Check-up: Adele Vance")
    window = {"start": "2026-01-12T00:00:00Z", "end": "2026-01-13T00:00:00Z"}
    calendar = f"/solutions/bookingBusinesses/{BUSINESS}/calendarView"
    kept = secure.graph.get(calendar, params=window).json()["value"]
    assert ["Adele Vance"] in [[customer["name"] for customer in each["customers"]] for each in kept]
    grants = secure.journal(operation="identity.token")
    assert [each["status"] for each in grants] == [200]


def test_the_session_outlives_a_reload_and_ends_by_signing_out(page: Page) -> None:
    from playwright.sync_api import expect

    sign_in(page)
    page.reload()
    expect(page.get_by_label("Business").locator("option")).to_contain_text(["Contoso Dental"])
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_browser_trusts_what_its_store_was_given_by_the_recipe(
    browser: Browser, secure: Client, tmp_path: Path
) -> None:
    from playwright.sync_api import Error

    if shutil.which("certutil") is None:
        pytest.skip("certutil is not installed (libnss3-tools)")
    (tmp_path / "bookings-emulator-ca.pem").write_bytes(httpx.get(f"{secure.url}/_emulator/ca.pem").content)
    recipe = re.search(r"^certutil .*$", (ROOT / "docs/clients.md").read_text(encoding="utf-8"), re.M)
    assert recipe is not None
    (tmp_path / ".pki" / "nssdb").mkdir(parents=True)
    home = {**os.environ, "HOME": str(tmp_path)}
    health = httpx.get(f"{secure.url}/_emulator").json()["authority"].rpartition("/")[0] + "/_emulator/health"

    def visit() -> None:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = browser.browser_type.launch(executable_path=os.environ["CHROMIUM"], args=options, env=home)
        try:
            opened.new_page().goto(health)
        finally:
            opened.close()

    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        visit()
    subprocess.run(["sh", "-c", recipe[0]], cwd=tmp_path, env=home, check=True)
    visit()
