"""The reference page names everything that the contract and the problem table hold, as Markdown that renders."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from bookings_emulator.contract.load import load, load_problems
from bookings_emulator.documents.reference import reference as page_of

VERSIONS = ("v1.0", "beta")


@pytest.fixture(scope="module")
def page() -> str:
    return page_of([load(version) for version in VERSIONS], load_problems())


def section(page: str, version: str) -> str:
    """The part of the page about one version."""
    return page.partition(f"\n## {version}\n")[2].partition("\n## ")[0]


def row(text: str, first: str) -> list[str]:
    """The cells of the table row that begins with `first`."""
    line = next(each for each in text.splitlines() if each.startswith(f"| `{first}` |"))
    return [each.strip() for each in line.strip("|").split(" | ")]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_type_property_enum_and_source_is_named(version: str, page: str) -> None:
    contract, text = load(version), section(page, version)
    for operation in contract.operations.values():
        assert f"| `{operation.name}` | `{operation.method} {operation.path}` |" in text
    for kind in contract.types.values():
        own = text.partition(f"\n#### {kind.name}\n")[2].partition("\n#### ")[0]
        assert own, kind.name
        assert [line.name for line in kind.own if f"| `{line.name}` |" not in own] == []
    for enum in contract.enums.values():
        assert [member for member in enum.members if f"`{member}`" not in text] == []
    for key, what in contract.sources.items():
        assert f"- **{key}**: {what}" in text


def test_every_problem_is_in_the_table(page: str) -> None:
    table = page.partition("\n## Problems\n")[2]
    for problem in load_problems().values():
        cells = row(table, problem.id)
        assert cells[1:3] == [str(problem.status), f"`{problem.code}`"]
        assert cells[4] == problem.confidence


def test_every_table_row_has_as_many_cells_as_its_head(page: str) -> None:
    width = 0
    for line in page.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert width in (0, cells) or cells == 0, line
        width = cells


def test_a_table_stands_apart_from_the_text_before_it(page: str) -> None:
    lines = page.splitlines()
    for before, line in pairwise(lines):
        assert not line.startswith("|") or before == "" or before.startswith("|"), line


def test_the_least_permission_comes_first(page: str) -> None:
    cells = row(section(page, "v1.0"), "createAppointment")
    assert cells[4].startswith("BookingsAppointment.ReadWrite.All<br>")


def test_what_is_not_supported_is_a_dash(page: str) -> None:
    assert row(section(page, "v1.0"), "createBusiness")[5] == "–"
    assert row(section(page, "v1.0"), "getStaffAvailability")[4] == "–"


def test_a_refused_operation_says_what_it_answers(page: str) -> None:
    cells = row(section(page, "v1.0"), "createCurrency")
    assert cells[3] == "declared only, returns 405 `method.exchange`"


def test_own_options_stand_beside_the_documented_ones(page: str) -> None:
    cells = row(section(page, "v1.0"), "calendarView")
    assert cells[6] == "`start` (DateTimeOffset, required), `end` (DateTimeOffset, required), `$count`, `$expand`"


def test_wire_spellings_stand_beside_the_members(page: str) -> None:
    assert "`teamMember` (in requests and responses `member`)" in row(section(page, "v1.0"), "bookingStaffRole")[1]


PROPERTIES = {
    "id": ["`id`", "String", "no", "key, read-only", "", "csdl"],
    "staffMemberIds": ["`staffMemberIds`", "[String]", "yes", "", "`[]` (docs)", "csdl"],
    "isLocationOnline": ["`isLocationOnline`", "Boolean", "no", "", "`false` (documented)", "csdl"],
    "serviceName": ["`serviceName`", "String", "no", "", 'from the service, otherwise `""` (guess)', "csdl"],
    "duration": ["`duration`", "Duration", "no", "computed", "", "csdl"],
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_tells_its_kind_and_what_a_silent_create_gives(name: str, page: str) -> None:
    kind = "entity" if name == "id" else "bookingAppointment"
    text = section(page, "v1.0").partition(f"\n#### {kind}\n")[2]
    assert row(text, name) == PROPERTIES[name]


def test_the_root_route_of_beta_tells_its_own_permissions(page: str) -> None:
    text = section(page, "beta")
    assert "Below `/solutions` and `/`." in text
    assert "- `deleteBusiness` at the root `/`: delegated Bookings.Manage.All; application BookingsApp" in text
    assert "at the root" not in section(page, "v1.0")


def test_the_page_is_the_same_every_time(page: str) -> None:
    assert page == page_of([load(version) for version in VERSIONS], load_problems())
