"""The query options of a request: how they are read against a type, and how they page rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from bookings_emulator.contract.load import load, load_problems
from bookings_emulator.odata.query import EMPTY, Query, QueryTarget, RowPage, page, parse
from bookings_emulator.odata.selection import Select
from bookings_emulator.problem import Problem
from bookings_emulator.store.seed import load_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import NOW, ORIGIN, Graph


@dataclass(frozen=True)
class Row:
    record: Mapping[str, Any]


ROWS = [
    Row({"id": "c", "serviceName": "Cut", "price": 30.0}),
    Row({"id": "a", "serviceName": "Dye", "price": 10.0}),
    Row({"id": "b", "serviceName": "Cut", "price": None}),
    Row({"id": "d", "serviceName": "Dye", "price": 30.0}),
]
DECLARED = {
    "listStaffMembers": "bookingStaffMemberBase",
    "listCustomers": "bookingCustomerBase",
}


def read(
    query_string: str, operation: str = "listAppointments", version: str = "v1.0", cast: str | None = None
) -> Query:
    contract = load(version)
    entry = contract.operations[operation]
    kind = contract.types[cast or DECLARED.get(operation) or entry.type or ""]
    return parse(QueryTarget(contract, entry, kind), query_string)


def refusal(query_string: str, operation: str = "listAppointments", version: str = "v1.0") -> Problem:
    with pytest.raises(Problem) as caught:
        read(query_string, operation, version)
    row = load_problems()[caught.value.code]
    assert row.message.format(**caught.value.facts)
    return caught.value


def ids(found: RowPage[Row]) -> str:
    return "".join(row.record["id"] for row in found.rows)


# options


def test_an_empty_query_string_is_the_empty_query_itself() -> None:
    assert read("") is EMPTY


@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("name", ["$top", "%24top", "$TOP"])
def test_system_options_carry_a_dollar_sign_in_any_case(version: str, name: str) -> None:
    assert read(f"{name}=3", version=version).top == 3


@pytest.mark.parametrize(("version", "top"), [("v1.0", None), ("beta", 3)])
def test_only_beta_takes_system_options_without_the_dollar_sign(version: str, top: int | None) -> None:
    assert read("Top=3", version=version).top == top


@pytest.mark.parametrize(
    ("option", "hint"), [("$search", "$select"), ("$skiptoken", "$skip"), ("$slect", "$select"), ("$", "$top")]
)
@pytest.mark.parametrize("operation", ["listAppointments", "getAppointment", "createAppointment", "countAppointments"])
def test_an_unknown_option_with_a_dollar_sign_is_refused(option: str, hint: str, operation: str) -> None:
    problem = refusal(f"{option}=x", operation)
    assert (problem.code, problem.facts) == ("odata.option.unknown", {"option": option})
    assert hint in problem.reason


def test_unknown_plain_options_and_format_are_passed_over_and_kept() -> None:
    query = read("api-version=1&$format=json&tag=a%20b+c&empty=")
    assert query.pairs == (("api-version", "1"), ("$format", "json"), ("tag", "a b c"), ("empty", ""))
    assert (query.select, query.where, query.top, query.own) == (None, None, None, {})


@pytest.mark.parametrize(("text", "version"), [("$top=1&$Top=1", "v1.0"), ("top=1&$top=2", "beta")])
def test_a_system_option_given_twice_is_refused(text: str, version: str) -> None:
    problem = refusal(text, version=version)
    assert (problem.code, problem.facts) == ("odata.option.duplicate", {"option": "$top"})


@pytest.mark.parametrize(
    ("text", "operation", "own"),
    [
        ("start=2026-01-01T00:00:00Z&END=2026-01-02T00:00:00%2B01:00", "calendarView",
         {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00+01:00"}),
        ("query=Adventure+Works", "listBusinesses", {"query": "Adventure Works"}),
        ("query=a&query=b", "listBusinesses", {"query": "a"}),
        ("start=1", "listAppointments", {}),
    ],
    ids=["window", "search text", "first one counts", "none of this operation"],
)  # fmt: skip
def test_an_operation_gets_its_own_options_raw(text: str, operation: str, own: dict[str, str]) -> None:
    assert read(text, operation).own == own


VALUES = [
    ("$top", ["-1", "abc", "", "1.5", "99999999999", "٣", "1 2"]),
    ("$skip", ["-1", "abc", "", "0x1", "2147483648"]),
    ("$count", ["1", "yes", ""]),
]


@pytest.mark.parametrize(("option", "value"), [(option, value) for option, values in VALUES for value in values])
@pytest.mark.parametrize("operation", ["listAppointments", "getAppointment", "countAppointments"])
def test_a_malformed_value_is_refused(option: str, value: str, operation: str) -> None:
    problem = refusal(f"{option}={quote(value)}", operation)
    assert (problem.code, problem.facts) == (f"odata.{option[1:]}.invalid", {"v": value})


def test_numbers_and_count_are_read() -> None:
    query = read("$top=0&$skip=%2012%20&$count=TRUE")
    assert (query.top, query.skip, query.count) == (0, 12, True)
    assert read("$count=false").count is False


def test_what_an_operation_ignores_is_checked_for_its_form_only() -> None:
    query = read("$top=1&$skip=1&$filter=((&$orderby=nonsense&$select=id", "listBusinesses")
    assert (query.top, query.skip, query.where, query.order) == (None, 0, None, ())
    assert query.select == Select({"id": None}, ("id",))
    assert refusal("$top=x", "listBusinesses").code == "odata.top.invalid"


def test_a_single_entity_takes_the_options_of_lists_without_effect() -> None:
    query = read("$count=true&$top=1&$skip=1&$filter=price gt 1&$orderby=price&$select=id", "getAppointment")
    assert query == Query(select=Select({"id": None}, ("id",)), pairs=query.pairs)


def test_a_count_is_filtered_and_nothing_else() -> None:
    query = read("$filter=price gt 1&$top=1&$skip=1&$orderby=price", "countAppointments")
    assert (query.top, query.skip, query.order) == (None, 0, ())
    assert page(ROWS, query).total == 3


@pytest.mark.parametrize("operation", ["createAppointment", "updateAppointment", "deleteAppointment", "publish"])
def test_changes_and_actions_ignore_their_query(operation: str) -> None:
    contract = load("v1.0")
    query = parse(QueryTarget(contract, contract.operations[operation], None), "$select=nonsense&$top=x")
    assert query == Query(pairs=(("$select", "nonsense"), ("$top", "x")))


# $select


@pytest.mark.parametrize(
    ("text", "members", "context"),
    [
        ("id", {"id": None}, ("id",)),
        (" id , serviceName ", {"id": None, "serviceName": None}, ("id", "serviceName")),
        ("ID,servicename,id", {"id": None, "serviceName": None}, ("id", "serviceName")),
        ("serviceLocation", {"serviceLocation": None}, ("serviceLocation",)),
        ("serviceLocation/displayName", {"serviceLocation": {"displayName": None}}, ("serviceLocation/displayName",)),
        (
            "serviceLocation/address/CITY,serviceLocation/displayName",
            {"serviceLocation": {"address": {"city": None}, "displayName": None}},
            ("serviceLocation/address/city", "serviceLocation/displayName"),
        ),
        ("serviceLocation/displayName,serviceLocation", {"serviceLocation": None}, ("serviceLocation",)),
        ("serviceLocation,serviceLocation/address/city", {"serviceLocation": None}, ("serviceLocation",)),
        ("customers", {"customers": None}, ("customers",)),
        ("microsoft.graph.bookingAppointment/id", {"id": None}, ("microsoft.graph.bookingAppointment/id",)),
    ],
)
def test_select_is_a_tree_of_members_with_their_canonical_spelling(
    text: str, members: dict[str, Any], context: tuple[str, ...]
) -> None:
    select = read(f"$select={quote(text)}").select
    assert select is not None
    assert (_plain(select), select.text) == (members, context)


def _plain(select: Select) -> dict[str, Any]:
    return {name: None if inner is None else _plain(inner) for name, inner in select.members.items()}


@pytest.mark.parametrize("text", ["", "%20", ",", "%20,%20"])
def test_an_empty_select_is_no_select(text: str) -> None:
    assert read(f"$select={text}").select is None


@pytest.mark.parametrize("operation", ["listAppointments", "listStaffMembers", "listCustomers"])
def test_a_star_selects_everything(operation: str) -> None:
    contract = load("v1.0")
    select = read("$select=id,*", operation).select
    assert select is not None
    kind = contract.types[contract.operations[operation].type or ""]
    assert (list(select.members), select.text) == (list(kind.by_name), ("*",))


def test_a_navigation_may_be_selected_and_selects_nothing() -> None:
    select = read("$select=id,Services", "getBusiness").select
    assert select == Select({"id": None}, ("id", "services"))


@pytest.mark.parametrize(
    ("operation", "text", "prop", "type_"),
    [
        ("listAppointments", "id,foo", "foo", "bookingAppointment"),
        ("listAppointments", "start", "start", "bookingAppointment"),
        ("listAppointments", "serviceLocation/town", "town", "location"),
        ("listAppointments", "price/x", "x", "bookingAppointment"),
        ("listAppointments", "customers/name", "name", "bookingAppointment"),
        ("listAppointments", "id/", "", "bookingAppointment"),
        ("listStaffMembers", "displayName", "displayName", "bookingStaffMemberBase"),
        ("listCustomers", "displayName", "displayName", "bookingCustomerBase"),
        (
            "listCustomers",
            "microsoft.graph.bookingStaffMember/id",
            "microsoft.graph.bookingStaffMember",
            "bookingCustomerBase",
        ),
        ("listCustomers", "microsoft.graph.bookingCustomer", "microsoft.graph.bookingCustomer", "bookingCustomerBase"),
        ("listCustomers", "bookingCustomer/displayName", "bookingCustomer", "bookingCustomerBase"),
    ],
)
def test_an_unknown_member_is_refused_with_its_type(operation: str, text: str, prop: str, type_: str) -> None:
    problem = refusal(f"$select={text}", operation)
    assert (problem.code, problem.facts) == ("odata.select.unknown", {"prop": prop, "type": type_})


def test_a_refusal_names_the_nearest_member() -> None:
    assert "serviceName" in refusal("$select=servceName").reason


def test_members_of_a_derived_type_are_selected_through_a_cast() -> None:
    select = read("$select=microsoft.graph.bookingStaffMember/displayName,id", "listStaffMembers").select
    assert select is not None
    assert list(select.members) == ["displayName", "id"]
    assert select.text == ("microsoft.graph.bookingStaffMember/displayName", "id")


def test_a_cast_in_the_path_makes_casts_in_the_options_needless() -> None:
    text = "$select=displayName&$filter=displayName ne null&$orderby=displayName"
    query = read(text, "listStaffMembers", cast="bookingStaffMember")
    assert query.select == Select({"displayName": None}, ("displayName",))
    assert query.where is not None
    assert len(query.order) == 1


def test_beta_selects_by_its_own_names() -> None:
    select = read("$select=start,end", version="beta").select
    assert select == Select({"start": None, "end": None}, ("start", "end"))


# $expand


def test_expand_reads_the_options_in_its_parentheses() -> None:
    inner = (
        "$select=displayName;$top=2;$skip=1;$count=true;$orderby=displayName desc;$filter=contains(displayName,'a;),b')"
    )
    services, customers = read(f"$expand=services({quote(inner)}),%20CUSTOMERS", "getBusiness").expand
    assert (services.navigation.name, customers.navigation.name) == ("services", "customers")
    assert services.query.select == Select({"displayName": None}, ("displayName",))
    assert (services.query.top, services.query.skip, services.query.count) == (2, 1, True)
    rows = [Row({"id": each, "displayName": f"{each}a;),b"}) for each in "1234"] + [
        Row({"id": "5", "displayName": "x"})
    ]
    assert ids(page(rows, services.query)) == "32"
    assert customers.query == EMPTY


def test_nested_options_need_no_dollar_sign_on_beta() -> None:
    (expand,) = read("expand=services(Top=2)", "getBusiness", "beta").expand
    assert expand.query.top == 2


def test_a_star_expands_everything_but_the_calendar_view() -> None:
    expands = read("$expand=*", "getBusiness").expand
    assert [each.navigation.name for each in expands] == [
        "appointments", "customers", "customQuestions", "services", "staffMembers",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "%20"])
def test_an_empty_expand_is_no_expand(text: str) -> None:
    assert read(f"$expand={text}", "getBusiness").expand == ()


def test_a_navigation_named_twice_is_expanded_once() -> None:
    assert len(read("$expand=services,*,services", "getBusiness").expand) == 5


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ("nonsense", "odata.expand.unknown", {"prop": "nonsense", "type": "bookingBusiness"}),
        ("displayName", "odata.expand.unknown", {"prop": "displayName", "type": "bookingBusiness"}),
        ("services/$ref", "odata.expand.unknown", {"prop": "services/$ref", "type": "bookingBusiness"}),
        ("services($expand=staffMembers)", "odata.expand.unknown", {"prop": "staffMembers", "type": "bookingService"}),
        ("services($select=foo)", "odata.select.unknown", {"prop": "foo", "type": "bookingService"}),
        (
            "customers($select=displayName)",
            "odata.select.unknown",
            {"prop": "displayName", "type": "bookingCustomerBase"},
        ),
        ("services($filter=foo eq 1)", "odata.filter.unknown", {"prop": "foo", "type": "bookingService"}),
        ("services($orderby=foo)", "odata.orderby.unknown", {"prop": "foo", "type": "bookingService"}),
        ("services($top=x)", "odata.top.invalid", {"v": "x"}),
        ("services($top=1;$top=1)", "odata.option.duplicate", {"option": "$top"}),
        ("services($levels=2)", "odata.option.unknown", {"option": "$levels"}),
        ("calendarView", "bk.invalidrequest", {}),
    ],
)
def test_what_cannot_be_expanded_is_refused(text: str, code: str, facts: dict[str, object]) -> None:
    problem = refusal(f"$expand={quote(text)}", "getBusiness")
    assert (problem.code, problem.facts) == (code, facts)


@pytest.mark.parametrize(
    ("text", "found", "position"),
    [
        ("services(", "(", 8),
        ("services)", ")", 8),
        ("services($filter=displayName eq 'x)", ")", 34),
        ("services(top=1)", "t", 9),
        ("services($top=1;foo)", "f", 16),
        ("services($top=1)x", "s", 0),
        ("services,, customers", ",", 9),
        ("services, ?", "?", 10),
        ("*($top=1)", "*", 0),
    ],
)
def test_malformed_expand_is_refused_with_the_place(text: str, found: str, position: int) -> None:
    problem = refusal(f"$expand={quote(text)}", "getBusiness")
    assert problem.code == "odata.expand.syntax"
    assert problem.facts == {"found": found, "n": position, "text": text}


# $filter and $orderby


def test_a_plus_in_a_query_string_is_a_blank() -> None:
    assert ids(page(ROWS, read("$filter=price+gt+20"))) == "cd"


def test_an_empty_filter_or_order_is_none() -> None:
    assert read("$filter=&$orderby=%20") == Query(pairs=(("$filter", ""), ("$orderby", " ")))


def test_now_is_what_the_caller_says() -> None:
    contract = load("v1.0")
    operation, kind = contract.operations["listAppointments"], contract.types["bookingAppointment"]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    query = parse(QueryTarget(contract, operation, kind, now), "$filter=createdDateTime lt now()")
    rows = [
        Row({"id": "x", "createdDateTime": "2025-12-31T23:59:59Z"}),
        Row({"id": "y", "createdDateTime": "2026-01-01T00:00:00Z"}),
    ]
    assert ids(page(rows, query)) == "x"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("id", "abcd"),
        ("id desc", "dcba"),
        ("id DESC", "dcba"),
        ("price", "bacd"),
        ("price desc", "cdab"),
        ("price desc, id desc", "dcab"),
        ("serviceName asc,id  desc", "cbda"),
        ("Price,serviceName desc", "badc"),
    ],
)
def test_rows_are_ordered_by_one_key_after_the_other(text: str, order: str) -> None:
    assert ids(page(ROWS, read(f"$orderby={quote(text)}"))) == order


def test_appointments_can_be_ordered_by_their_start() -> None:
    stored = [
        {"id": each, "startDateTime": {"dateTime": f"2026-01-0{each}T09:00:00.0000000", "timeZone": "UTC"}}
        for each in "213"
    ]
    rows = [Row(each) for each in stored]
    assert ids(page(rows, read("$orderby=startDateTime/dateTime desc"))) == "321"
    assert ids(page(rows, read("orderby=start/dateTime", version="beta"))) == "123"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("foo", "odata.orderby.unknown"),
        ("price up", "odata.orderby.syntax"),
        ("price asc desc", "odata.orderby.syntax"),
        ("price,", "odata.orderby.syntax"),
        ("tolower(serviceName)", "odata.orderby.syntax"),
        ("price/", "odata.orderby.syntax"),
        ("startDateTime", "odata.orderby.syntax"),
        ("staffMemberIds", "odata.orderby.syntax"),
    ],
)
def test_malformed_order_is_refused(text: str, code: str) -> None:
    assert refusal(f"$orderby={quote(text)}").code == code


@pytest.mark.parametrize(
    ("text", "code"), [("foo eq 1", "unknown"), ("(", "syntax"), ("price", "type"), ("f(1) eq 1", "function")]
)
def test_a_filter_is_refused_when_it_is_read(text: str, code: str) -> None:
    assert refusal(f"$filter={quote(text)}").code == f"odata.filter.{code}"


# pages


@pytest.mark.parametrize(
    ("text", "page_size", "expected", "total", "next_skip"),
    [
        pytest.param("", None, "cabd", 4, None, id="everything"),
        pytest.param("$top=2", None, "ca", 4, 2, id="top"),
        pytest.param("$top=4", None, "cabd", 4, None, id="top takes all"),
        pytest.param("$top=9", None, "cabd", 4, None, id="top beyond the end"),
        pytest.param("$top=0", None, "", 4, None, id="top 0 has no next page"),
        pytest.param("$skip=1", None, "abd", 4, None, id="skip"),
        pytest.param("$skip=9", None, "", 4, None, id="skip beyond the end"),
        pytest.param("$skip=1&$top=2", None, "ab", 4, 3, id="middle page"),
        pytest.param("$skip=2&$top=2", None, "bd", 4, None, id="last page"),
        pytest.param("", 3, "cab", 4, 3, id="page size"),
        pytest.param("$top=2", 3, "ca", 4, 2, id="top below the page size"),
        pytest.param("$top=3", 2, "ca", 4, 2, id="page size below top"),
        pytest.param("$filter=serviceName eq 'Cut'&$top=1", None, "c", 2, 1, id="the filter comes before the count"),
        pytest.param("$filter=id ne 'c'&$orderby=id desc&$skip=1&$top=1", None, "b", 3, 2, id="all of them"),
    ],
)
def test_a_page_is_filtered_ordered_counted_and_cut(
    text: str, page_size: int | None, expected: str, total: int, next_skip: int | None
) -> None:
    found = page(ROWS, read(quote(text, safe="$&=")), page_size)
    assert (ids(found), found.total, found.next_skip) == (expected, total, next_skip)


def test_following_the_pages_shows_every_row_once() -> None:
    seen, skip = "", 0
    while skip is not None:
        found = page(ROWS, read(f"$top=3&$skip={skip}"))
        seen, skip = seen + ids(found), found.next_skip
    assert seen == "cabd"


def test_rows_are_left_as_they_were() -> None:
    before = list(ROWS)
    page(ROWS, read("$orderby=id&$filter=price gt 1&$top=1"))
    assert before == ROWS


DENTAL = "ContosoDental@contoso.onmicrosoft.com"
_AT_HOME = ("staffMembers", "customQuestions", "services", "customers", "appointments")
_WINDOW = "calendarView?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z"
LISTS = [
    f"/{version}/solutions/{rest}"
    for version in ("v1.0", "beta")
    for rest in (
        "bookingBusinesses",
        "bookingCurrencies",
        *(f"bookingBusinesses/{DENTAL}/{each}" for each in (*_AT_HOME, _WINDOW)),
    )
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("size", ["$top", "maxpagesize"])
def test_next_links_lead_through_a_list_and_every_record_comes_once(path: str, size: str) -> None:
    graph = Graph(Tenant(Start((load_fixture("default"),), seed=1, frozen=utc(NOW))))
    whole = [each["id"] for each in graph.get(path).json["value"]]
    mark = "&" if "?" in path else "?"
    headers = {"prefer": "odata.maxpagesize=1"} if size == "maxpagesize" else {}
    link, found = path if headers else f"{path}{mark}$top=1", []
    at_once = len(whole) if path.endswith("bookingBusinesses") else 1  # that list was seen to be neither cut nor paged
    while link:
        page = graph.get(link, headers=headers)
        assert page.status == 200, page.reason
        assert len(page.json["value"]) == at_once
        assert ("Preference-Applied" in page.headers) == (bool(headers) and at_once == 1)
        found += [each["id"] for each in page.json["value"]]
        link = page.json.get("@odata.nextLink", "").removeprefix(ORIGIN)
        assert len(found) <= len(whole)
    assert found == whole
    assert len(whole) > 1


@pytest.mark.parametrize("option", ["$top", "$skip"])
def test_the_largest_number_of_32_bits_is_one(option: str) -> None:
    assert read(f"{option}={2**31 - 1}", "listCustomers")
    with pytest.raises(Problem):
        read(f"{option}={2**31}", "listCustomers")
