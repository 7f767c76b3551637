"""The files that `bookings-emulator init` writes."""

from __future__ import annotations

_FIXTURE = """{
  "$schema": "./fixture.schema.json",
  "title": "Our business",
  "bookingBusinesses": [
    {
      "displayName": "Fourth Coffee",
      "businessHours": [
        {"day": "monday", "timeSlots": [{"startTime": "09:00:00", "endTime": "17:00:00"}]},
        {"day": "tuesday", "timeSlots": [{"startTime": "09:00:00", "endTime": "17:00:00"}]}
      ],
      "services": [
        {"id": "tasting", "displayName": "Tasting", "defaultDuration": "PT45M", "staffMemberIds": ["ann"]}
      ],
      "staffMembers": [
        {"id": "ann", "displayName": "Ann", "emailAddress": "ann@contoso.onmicrosoft.com", "role": "administrator"}
      ]
    }
  ]
}
"""
_CONFTEST = '''"""The fixture `fourth_coffee`: a tenant for one test, which starts from tests/bookings.json."""

import json
from pathlib import Path

import pytest

FIXTURE = json.loads(Path(__file__).with_name("bookings.json").read_text(encoding="utf-8"))


@pytest.fixture
def fourth_coffee(bookings):
    """A client of the emulator: bookings.graph_url is where your program calls Graph, the rest drives the emulator."""
    bookings.replace(FIXTURE)
    return bookings
'''
_PYTHON_TEST = '''"""A first test: in place of `graph`, call your own program, pointed at `graph_url`."""

BUSINESS = "/solutions/bookingBusinesses/FourthCoffee@contoso.onmicrosoft.com"


def test_a_service_is_there(fourth_coffee):
    services = fourth_coffee.graph.get(f"{BUSINESS}/services").json()["value"]
    assert [service["displayName"] for service in services] == ["Tasting"]


def test_a_throttled_call_is_refused_and_says_why(fourth_coffee):
    fourth_coffee.fault("throttled")
    answer = fourth_coffee.graph.get(f"{BUSINESS}/services")
    assert answer.status_code == 429
    assert "throttled" in fourth_coffee.journal[-1]["reason"]
'''
_PYTHON_CI = """name: bookings
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # requirements.txt names pytest and graph-bookings-emulator
      - run: python -m pip install -r requirements.txt
      - run: python -m pytest
"""
_SETUP_TS = """// `test` with a tenant for every test, which starts from bookings.json.
// npm install --save-dev vitest graph-bookings-emulator-client
import { readFileSync } from "node:fs";
import { test as base } from "graph-bookings-emulator-client/vitest";

const fixture = JSON.parse(readFileSync(new URL("bookings.json", import.meta.url), "utf8"));

export const test = base.extend({ bookingsStart: { fixture } });
"""
_TEST_TS = """// A first test: in place of `bookings.graph`, call your own program, pointed at `bookings.graphUrl`.
import { expect } from "vitest";
import { test } from "./bookings.js";

const business = "/solutions/bookingBusinesses/FourthCoffee@contoso.onmicrosoft.com";

test("a service is there", async ({ bookings }) => {
  const answer = await bookings.graph(`${business}/services`);
  const services = (await answer.json()) as { value: { displayName: string }[] };
  expect(services.value.map((service) => service.displayName)).toEqual(["Tasting"]);
});

test("a throttled call is refused and says why", async ({ bookings }) => {
  await bookings.faults.preset("throttled");
  const answer = await bookings.graph(`${business}/services`);
  expect(answer.status).toBe(429);
  expect(answer.headers.get("x-emulator-reason")).toContain("throttled");
});
"""
_NODE_CI = """name: bookings
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # package.json names vitest and graph-bookings-emulator-client
      - run: npm ci
      # requirements.txt names graph-bookings-emulator
      - run: python -m pip install -r requirements.txt
      - run: bookings-emulator exec -- npx vitest run
"""
# by kind: the files below the root of a project, and what is in them
STARTERS = {
    "pytest": {
        "tests/conftest.py": _CONFTEST,
        "tests/test_bookings.py": _PYTHON_TEST,
        "tests/bookings.json": _FIXTURE,
        ".github/workflows/bookings.yml": _PYTHON_CI,
    },
    "vitest": {
        "tests/bookings.ts": _SETUP_TS,
        "tests/bookings.test.ts": _TEST_TS,
        "tests/bookings.json": _FIXTURE,
        ".github/workflows/bookings.yml": _NODE_CI,
    },
}
