"""What browser tests need: a browser, an emulator behind a socket, a page. Only `make test-browser` collects them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bookings_emulator import Client, Emulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

collect_ignore_glob = [] if os.environ.get("BOOKINGS_BROWSER") else ["test_*.py"]
PICTURES = Path(__file__).parents[2] / "dist" / "pictures"
NOW = "2026-01-05T08:00:00Z"
OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine; as root it runs without its sandbox, which needs a user."""
    from playwright.sync_api import expect, sync_playwright

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"] if is_root else []
        )
        expect.set_options(timeout=20_000)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    """An emulator for all tests; each has a tenant of its own."""
    with Emulator(now=NOW) as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    """A fresh tenant."""
    tenant = server.tenant()
    name = tenant.name
    yield tenant
    if name in server.tenants():
        tenant.drop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Pages of a size and scheme; what a page logs as an error, or throws, fails the test at its end."""
    contexts, wrong = [], []

    def open_(url: str, *, width: int = 1280, scheme: str = "light", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if is_wrong(said) else None)
        page.goto(url)
        return page

    def is_wrong(said: Any) -> bool:
        # a status of 400 and more, and what a frame is refused with, are told as errors as well
        return said.type == "error" and not said.text.startswith(("Failed to load resource", "Framing "))

    yield open_
    for each in contexts:
        each.close()
    assert not wrong


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Write what a page shows to dist/pictures, for the documents; it is looked at by people, and never compared."""

    def write(page: Page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(PICTURES / f"{name}.png"))

    return write
