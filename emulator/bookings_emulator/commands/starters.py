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
_SETUP_TS = """// A tenant for every test: `bookings` holds its addresses; the control plane drives it.
import { afterEach, beforeEach } from "vitest";

const server = process.env.BOOKINGS_EMULATOR_URL ?? "http://localhost:8365";

export interface Tenant {
  name: string;
  graph: { "v1.0": string; beta: string };
  control: string;
  token: string;
}

export let bookings: Tenant;

async function call(url: string, method: string, body?: unknown): Promise<Response> {
  const headers = body === undefined ? undefined : { "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

beforeEach(async () => {
  bookings = (await (await call(`${server}/_emulator/tenants`, "POST", {})).json()) as Tenant;
});

afterEach(async () => {
  await call(`${server}/_emulator/tenants/${bookings.name}`, "DELETE");
});
"""
_TEST_TS = """import { expect, test } from "vitest";
import { bookings } from "./setup.js";

test("the businesses are listed", async () => {
  const answer = await fetch(`${bookings.graph["v1.0"]}/solutions/bookingBusinesses`, {
    headers: { authorization: `Bearer ${bookings.token}` },
  });
  expect(answer.status, answer.headers.get("x-emulator-reason") ?? "").toBe(200);
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
        "tests/setup.ts": _SETUP_TS,
        "tests/bookings.test.ts": _TEST_TS,
        "tests/bookings.json": _FIXTURE,
        ".github/workflows/bookings.yml": _NODE_CI,
    },
}
