"""`$filter` and the paths of `$orderby`: which stored records they let through, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.contract.load import load_problems as problem_rows
from bookings_emulator.odata.filter import MAX_LENGTH, MAX_STEPS, Budget, FilterPlace, compile_filter, compile_order
from bookings_emulator.problem import Problem

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
APPOINTMENT: dict[str, Any] = {
    "id": "AAMk=",
    "serviceName": "Cut & Colour",
    "serviceId": "00000000-0000-0000-0000-000000000001",
    "additionalInformation": None,
    "customerName": "O'Neil",
    "isLocationOnline": True,
    "price": 12.5,
    "priceType": "fixedPrice",
    "maximumAttendeesCount": 7,
    "duration": "PT1H30M",
    "preBuffer": "PT0S",
    "createdDateTime": "2026-11-02T09:30:15.25Z",
    "startDateTime": {"dateTime": "2026-11-02T09:00:00.0000000", "timeZone": "UTC"},
    "serviceLocation": {
        "displayName": "Home",
        "address": {"city": "Lyon", "street": None},
        "coordinates": {"altitude": "NaN", "latitude": "INF", "longitude": -1.5},
    },
    "staffMemberIds": ["anna", "bert"],
    "reminders": [
        {"offset": "P1D", "recipients": "staff", "message": ""},
        {"offset": "PT2H", "recipients": "customer", "message": "soon"},
    ],
    "customers": [
        {
            "name": "Ada",
            "location": {"address": {"city": "Bath"}},
            "customQuestionAnswers": [{"isRequired": True, "answer": "yes", "selectedOptions": ["a", "b"]}],
        }
    ],
}
STAFF: dict[str, Any] = {
    "id": "anna",
    "displayName": "Anna",
    "role": "teamMember",
    "workingHours": [
        {"day": "monday", "timeSlots": [{"startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000"}]},
        {"day": "tuesday", "timeSlots": []},
    ],
}
SERVICE: dict[str, Any] = {
    "displayName": "Cut",
    "schedulingPolicy": {
        "allowStaffSelection": True,
        "customAvailabilities": [{"startDate": "2026-01-31", "endDate": "2026-02-28"}],
        "generalAvailability": {"businessHours": [{"day": "friday", "timeSlots": []}]},
    },
}
CUSTOMER_INFORMATION = "microsoft.graph.bookingCustomerInformation"


def place(kind: str, version: str = "v1.0") -> FilterPlace:
    contract = load(version)
    return FilterPlace(contract, contract.types[kind], NOW)


def holds(
    text: str, record: dict[str, Any] = APPOINTMENT, kind: str = "bookingAppointment", version: str = "v1.0"
) -> bool:
    return compile_filter(text, place(kind, version))(record)


def refusal(text: str, kind: str = "bookingAppointment") -> Problem:
    with pytest.raises(Problem) as caught:
        compile_filter(text, place(kind))
    return caught.value


TRUE = [
    # comparisons of every kind
    "serviceName eq 'Cut & Colour'",
    "customerName eq 'O''Neil'",
    "'AAMk=' eq id",
    "serviceName ne 'Shave'",
    "serviceName gt 'Cut'",
    "price gt 12",
    "price ge 12.5",
    "price lt 1.3e1",
    "price le 12.5",
    "price lt INF",
    "maximumAttendeesCount eq 7",
    "maximumAttendeesCount eq 7.0",
    "maximumAttendeesCount lt 99999999999999999999999999",
    "isLocationOnline eq true",
    "isLocationOnline",
    "duration eq duration'PT90M'",
    "duration gt duration'PT1H'",
    "duration lt duration'P1D'",
    "createdDateTime gt 2026-11-02T09:30:15Z",
    "createdDateTime eq 2026-11-02T11:30:15.250+02:00",
    "createdDateTime ge 2026-11-02",
    "2026-11-03 gt createdDateTime",
    "priceType eq 'fixedPrice'",
    "priceType eq microsoft.graph.bookingPriceType'fixedPrice'",
    "'fixedPrice' eq priceType",
    "priceType ne 'free'",
    "priceType lt 'hourly'",
    # doubles that JSON cannot write
    "serviceLocation/coordinates/latitude eq INF",
    "serviceLocation/coordinates/latitude gt 1",
    "serviceLocation/coordinates/altitude ne NaN",
    "-INF lt serviceLocation/coordinates/longitude",
    # null
    "additionalInformation eq null",
    "null eq additionalInformation",
    "serviceName ne null",
    "serviceLocation ne null",
    "serviceLocation/address/street eq null",
    "customerEmailAddress eq null",
    "not (price gt null)",
    # logic
    "price gt 1 and isLocationOnline",
    "price gt 100 or isLocationOnline",
    "price gt 100 or price lt 50 and isLocationOnline",
    "not (price gt 100)",
    "not(price gt 100)",
    "NOT contains(serviceName,'x')",
    "price GT 1 AND price LT 100",
    "(price gt 1)and(price lt 100)",
    "  price   gt  1  ",
    "null or isLocationOnline",
    # in
    "id in ('AAMk=')",
    "id in ('x', 'AAMk=')",
    "id in('x','AAMk=')",
    "price in (1, 12.5)",
    "priceType in ('free','fixedPrice')",
    "additionalInformation in ('x', null)",
    "not (id in ('x'))",
    # arithmetic
    "price add 1 eq 13.5",
    "price sub 2.5 eq 10",
    "price mul 2 eq 25",
    "price div 2 eq 6.25",
    "maximumAttendeesCount div 2 eq 3",
    "maximumAttendeesCount mul -1 div 2 eq -3",
    "maximumAttendeesCount mod 4 eq 3",
    "-7 mod 4 eq -3",
    "price mod 5 eq 2.5",
    "maximumAttendeesCount div 0 eq null",
    "-price lt 0",
    "price mul 2 add 1 eq 26",
    "1e308 mul 1e308 eq INF",
    "createdDateTime gt now() sub duration'P1D'",
    "now() sub createdDateTime lt duration'P1D'",
    "createdDateTime add duration'P999999D' add duration'P999999D' add duration'P999999D' eq null",
    "duration add duration'PT30M' eq duration'PT2H'",
    # functions
    "contains(serviceName,'Colour')",
    "startswith(serviceName,'Cut')",
    "endswith(serviceName,'our')",
    "StartsWith(toLower(serviceName),'cut')",
    "length(serviceName) eq 12",
    "indexof(serviceName,'&') eq 4",
    "indexof(serviceName,'x') eq -1",
    "substring(serviceName,6) eq 'Colour'",
    "substring(serviceName,0,3) eq 'Cut'",
    "substring(serviceName,-4,3) eq 'Cut'",
    "toupper(id) eq 'AAMK='",
    "trim(' a ') eq 'a'",
    "concat(concat(id,'-'),id) eq 'AAMk=-AAMk='",
    "year(createdDateTime) eq 2026 and month(createdDateTime) eq 11 and day(createdDateTime) eq 2",
    "hour(createdDateTime) eq 9 and minute(createdDateTime) eq 30 and second(createdDateTime) eq 15",
    "date(createdDateTime) eq 2026-11-02",
    "time(createdDateTime) eq 09:30:15.25",
    "createdDateTime lt now()",
    "round(price) eq 13",
    "round(-2.5) eq -3",
    "round(maximumAttendeesCount) eq 7",
    "floor(price) eq 12",
    "ceiling(price) eq 13",
    "floor(serviceLocation/coordinates/latitude) eq INF",
    "not contains(serviceName,'contains(price,1) eq ''x'' and')",
    # paths, casts and lambdas
    "serviceLocation/address/city eq 'Lyon'",
    "ServiceLocation/Address/CITY eq 'Lyon'",
    "microsoft.graph.bookingAppointment/price gt 1",
    "staffMemberIds/any()",
    "staffMemberIds/any(s:s eq 'bert')",
    "staffMemberIds/any( s : s eq 'bert' )",
    "staffMemberIds/all(s:length(s) eq 4)",
    "reminders/any(r:r/offset gt duration'PT23H' and r/recipients eq 'staff')",
    "reminders/all(any1:any1/offset gt preBuffer)",
    f"customers/any(c:c/{CUSTOMER_INFORMATION}/name eq 'Ada')",
    f"customers/any(c:c/{CUSTOMER_INFORMATION}/location/address/city eq 'Bath')",
    f"customers/{CUSTOMER_INFORMATION}/any(c:c/name eq 'Ada')",
    f"customers/any(c:c/{CUSTOMER_INFORMATION}/customQuestionAnswers/any(q:q/isRequired))",
    "reminders/any(r:staffMemberIds/any(s:s eq 'anna' and r/recipients eq 'staff' and price gt 1))",
]


@pytest.mark.parametrize("text", TRUE, ids=TRUE)
def test_a_filter_lets_a_matching_record_through(text: str) -> None:
    assert holds(text) is True


@pytest.mark.parametrize("text", TRUE, ids=TRUE)
def test_the_negation_of_a_filter_holds_back_what_the_filter_lets_through(text: str) -> None:
    assert holds(f"not ({text.strip()})") is False


FALSE = [
    "serviceName eq 'cut & colour'",
    "price gt 12.5",
    "additionalInformation gt 'a'",
    "additionalInformation lt 'a'",
    "additionalInformation le null",
    "contains(additionalInformation,'a')",
    "not contains(additionalInformation,'a')",
    "null and isLocationOnline",
    "serviceLocation/coordinates/altitude eq NaN",
    "serviceLocation/coordinates/altitude lt 1",
    "maximumAttendeesCount mod 0 gt 0",
    "staffMemberIds/any(s:s eq 'carl')",
    "staffMemberIds/all(s:s eq 'anna')",
    "reminders/any(r:r/message eq 'later')",
    "priceType eq 'unknownFutureValue'",
    "isCustomerAllowedToManageBooking",
    "not isCustomerAllowedToManageBooking",
    "not (null and isLocationOnline)",
]


@pytest.mark.parametrize("text", FALSE, ids=FALSE)
def test_a_filter_holds_other_records_back(text: str) -> None:
    assert holds(text) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("staffMemberIds/any()", False),
        ("staffMemberIds/any(s:s eq 'x')", False),
        ("staffMemberIds/all(s:s eq 'x')", True),
        ("serviceLocation/address/city eq null", True),
        ("price gt 0", False),
        ("priceType eq 'free'", False),
        ("duration eq null", True),
    ],
)
def test_a_record_that_lacks_the_member_is_filtered_as_if_it_were_null(text: str, expected: bool) -> None:
    assert holds(text, {}) is expected


@pytest.mark.parametrize(
    ("text", "kind", "record"),
    [
        pytest.param("role eq 'member'", "bookingStaffMember", STAFF, id="enum members by their wire spelling"),
        pytest.param(
            "microsoft.graph.bookingStaffMember/displayName eq 'Anna'", "bookingStaffMemberBase", STAFF, id="cast"
        ),
        pytest.param(
            "microsoft.graph.bookingStaffMember/workingHours/any(w:w/day eq 'monday')",
            "bookingStaffMemberBase",
            STAFF,
            id="lambda behind a cast",
        ),
        pytest.param(
            "workingHours/any(w:w/timeSlots/any(t:t/startTime eq 08:00 and w/day eq 'monday'))",
            "bookingStaffMember",
            STAFF,
            id="lambda inside a lambda",
        ),
        pytest.param(
            "workingHours/any(w:w/timeSlots/any(t:hour(t/endTime) eq 17 and minute(t/endTime) eq 0))",
            "bookingStaffMember",
            STAFF,
            id="parts of a time of day",
        ),
        pytest.param("schedulingPolicy/allowStaffSelection", "bookingService", SERVICE, id="name that begins with all"),
        pytest.param(
            "schedulingPolicy/generalAvailability/businessHours/any(h:h/day eq 'friday')",
            "bookingService",
            SERVICE,
            id="lambda behind a long path",
        ),
        pytest.param(
            "schedulingPolicy/customAvailabilities/any(a:a/startDate lt 2026-02-01 and month(a/endDate) eq 2)",
            "bookingService",
            SERVICE,
            id="dates",
        ),
    ],
)
def test_other_types_filter_alike(text: str, kind: str, record: dict[str, Any]) -> None:
    assert holds(text, record, kind) is True


def test_beta_names_reach_the_stored_names() -> None:
    text = "workingHours/any(w:w/timeSlots/any(t:t/start eq 08:00:00 and t/end gt 16:59:59.9))"
    assert holds(text, STAFF, "bookingStaffMember", "beta") is True


@pytest.mark.parametrize(
    ("text", "kind", "prop", "type_"),
    [
        pytest.param("nonsense eq 1", "bookingAppointment", "nonsense", "bookingAppointment", id="plain"),
        pytest.param(
            "serviceLocation/town eq 'x'", "bookingAppointment", "town", "location", id="inside a complex value"
        ),
        pytest.param(
            "invoiceId ne null", "bookingAppointment", "invoiceId", "bookingAppointment", id="beta name on v1.0"
        ),
        pytest.param(
            "displayName eq 'A'", "bookingStaffMemberBase", "displayName", "bookingStaffMemberBase", id="no cast"
        ),
        pytest.param(
            "customers/any(c:c/name eq 'x')",
            "bookingAppointment",
            "name",
            "bookingCustomerInformationBase",
            id="lambda, no cast",
        ),
        pytest.param(
            "microsoft.graph.phone/number eq 'x'",
            "bookingCustomer",
            "microsoft.graph.phone",
            "bookingCustomer",
            id="foreign cast",
        ),
        pytest.param(
            "other.phone/x eq 'x'", "bookingCustomer", "other.phone", "bookingCustomer", id="foreign namespace"
        ),
        pytest.param("price eq x", "bookingAppointment", "x", "bookingAppointment", id="unquoted text"),
        pytest.param(
            "staffMemberIds/any(s:t eq 'a')", "bookingAppointment", "t", "bookingAppointment", id="foreign variable"
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_type_it_was_looked_for_in(
    text: str, kind: str, prop: str, type_: str
) -> None:
    problem = refusal(text, kind)
    assert (problem.code, problem.facts) == ("odata.filter.unknown", {"prop": prop, "type": type_})


@pytest.mark.parametrize(
    ("text", "hint"),
    [("servceName eq 'x'", "serviceName"), ("Price/x eq 1 or prices eq 1", "Price/x")],
    ids=["near", "path"],
)
def test_a_refusal_helps_the_developer(text: str, hint: str) -> None:
    assert hint in refusal(text).reason


def test_an_uncast_name_is_refused_with_the_cast_to_write() -> None:
    reason = refusal("displayName eq 'A'", "bookingStaffMemberBase").reason
    assert "microsoft.graph.bookingStaffMember/displayName" in reason


@pytest.mark.parametrize(
    "text",
    [
        "startDateTime/dateTime ge '2026-11-02'",
        "price gt 1 and endDateTime/timeZone eq 'UTC'",
        "startDateTime ne null",
        "concat(('a','b'),'c') eq null",
    ],
)
def test_what_the_service_does_not_filter_on_is_unsupported(text: str) -> None:
    assert refusal(text).code == "odata.filter.unsupported"


def test_navigations_cannot_be_filtered_on() -> None:
    assert refusal("services/any(s:s/displayName eq 'x')", "bookingBusiness").code == "odata.filter.unsupported"


INCOMPATIBLE = [
    ("maximumAttendeesCount eq 'x'", "'Edm.Int32' and 'Edm.String' for operator kind 'Equal'"),
    ("'x' eq maximumAttendeesCount", "'Edm.String' and 'Edm.Int32' for operator kind 'Equal'"),
    ("serviceName gt 5", "'Edm.String' and 'Edm.Int32' for operator kind 'GreaterThan'"),
    ("price le true", "'Edm.Double' and 'Edm.Boolean' for operator kind 'LessThanOrEqual'"),
    ("duration ne 'PT1H'", "'Edm.Duration' and 'Edm.String' for operator kind 'NotEqual'"),
    ("createdDateTime lt '2026-01-01T00:00:00Z'", "'Edm.DateTimeOffset' and 'Edm.String' for operator kind 'LessThan'"),
    ("serviceId eq 00000000-0000-0000-0000-000000000001", "'Edm.String' and 'Edm.Guid' for operator kind 'Equal'"),
    ("priceType ge 1", "'microsoft.graph.bookingPriceType' and 'Edm.Int32' for operator kind 'GreaterThanOrEqual'"),
    ("staffMemberIds eq 'anna'", "'Collection(Edm.String)' and 'Edm.String' for operator kind 'Equal'"),
    ("serviceLocation eq serviceLocation", "'microsoft.graph.location' and 'microsoft.graph.location'"),
    ("id in ('a', 1)", "'Edm.String' and 'Edm.Int32' for operator kind 'Equal'"),
    ("id and isLocationOnline", "'Edm.String' and 'Edm.Boolean' for operator kind 'And'"),
    ("isLocationOnline or 5", "'Edm.Boolean' and 'Edm.Int32' for operator kind 'Or'"),
    ("price add 'x' eq 1", "'Edm.Double' and 'Edm.String' for operator kind 'Add'"),
    ("price mul duration'PT1H' eq 1", "'Edm.Double' and 'Edm.Duration' for operator kind 'Multiply'"),
]


@pytest.mark.parametrize(("text", "found"), INCOMPATIBLE, ids=[text for text, _ in INCOMPATIBLE])
def test_incompatible_kinds_are_refused_in_the_words_of_the_odata_library(text: str, found: str) -> None:
    problem = refusal(text)
    assert problem.code == "odata.filter.type"
    assert str(problem.facts["text"]).startswith(
        "A binary operator with incompatible types was detected. Found operand types '"
    )
    assert found in str(problem.facts["text"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("price", "single boolean value"),
        ("'x'", "single boolean value"),
        ("null", "single boolean value"),
        ("serviceName add 1", "incompatible types"),
        ("not serviceName eq 'x'", "operand type 'Edm.String' for operator kind 'Not'"),
        ("-serviceName eq 'x'", "operand type 'Edm.String' for operator kind 'Negate'"),
        ("length(price) eq 1", "length(Edm.String Nullable=true)"),
        ("contains(priceType,'fixed')", "'contains' matches"),
        ("substring('a','b') eq 'a'", "'substring' matches"),
        ("contains(serviceName)", "'contains' matches"),
        ("now(1) gt createdDateTime", "'now' matches"),
        ("price/any(p:p eq 1)", "following a collection"),
        ("staffMemberIds/any(s:s)", "single boolean value"),
        ("staffMemberIds/length eq 1", "single value"),
        ("price/x eq 1", "single value"),
        ("priceType eq 'gratis'", "'gratis' is not a valid enumeration"),
        ("priceType eq 'FixedPrice'", "'FixedPrice' is not a valid enumeration"),
    ],
)
def test_a_wrong_kind_is_refused(text: str, words: str) -> None:
    problem = refusal(text)
    assert problem.code == "odata.filter.type"
    assert words in str(problem.facts["text"])


def test_the_metadata_spelling_of_a_renamed_enum_member_is_refused() -> None:
    assert refusal("role eq 'teamMember'", "bookingStaffMember").code == "odata.filter.type"


@pytest.mark.parametrize("text", ["foo(price) eq 1", "geo.length(id) eq 1", "fractionalseconds(createdDateTime) eq 1",
                                  "matchesPattern(id,'a')", "serviceName/contains('x')"])  # fmt: skip
def test_an_unknown_function_is_refused(text: str) -> None:
    problem = refusal(text)
    assert problem.code == "odata.filter.function"
    assert str(problem.facts["name"]) in text.lower()


def test_now_needs_a_clock() -> None:
    contract = load("v1.0")
    with pytest.raises(Problem) as caught:
        compile_filter("createdDateTime lt now()", FilterPlace(contract, contract.types["bookingAppointment"]))
    assert (caught.value.code, caught.value.facts) == ("odata.filter.function", {"name": "now"})


MALFORMED = [
    ("price gt", "", 8),
    ("price gt 5", " price", 10),
    ("price gt 5", ")", 10),
    ("price ", "= 5", 6),
    ("serviceName eq ", "'x", 15),
    ("(price gt 5", "", 11),
    ("price gt (", "", 10),
    ("price eq ", "2026-02-31", 9),
    ("createdDateTime eq ", "2026-01-01T00:00:00", 19),
    ("duration eq ", "duration'P1Y'", None),
    ("", "and price gt 5", None),
    ("price gt 5 and", " ne 'x'", None),
    ("price gt 5 not", "", None),
    ("id in (", ")", 7),
    ("geography", "'POINT(1 1)' eq null", 9),
    ("id in ", "'a'", None),
    ("any", "(c:c eq 1)", None),
    ("price eq 1", ";", 10),
    ("x{", "y}", 1),
    ("'a' 'b' eq", " 'c'", None),
    ("price eq 5", "x", None),
    ("staffMemberIds/any(s s eq 'x')", "", None),
    ("staffMemberIds/all()", "", 19),
]


@pytest.mark.parametrize(("head", "tail", "position"), MALFORMED, ids=[head + tail for head, tail, _ in MALFORMED])
def test_malformed_text_is_refused_with_the_place(head: str, tail: str, position: int | None) -> None:
    problem = refusal(head + tail)
    assert problem.code == "odata.filter.syntax"
    assert problem.facts["filter"] == head + tail
    assert position is None or problem.facts["n"] == position


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 4000, id="open parentheses"),
        pytest.param("not (" * 1000 + "true" + ")" * 1000, id="negations"),
        pytest.param("-" * 4000 + "1 eq 1", id="signs"),
        pytest.param("1" + " add 1" * 1000 + " eq 1", id="sums"),
        pytest.param("staffMemberIds/any(s:" * 200 + "true" + ")" * 200, id="lambdas"),
        pytest.param("concat(id," * 500 + "id" + ")" * 500 + " eq 'x'", id="calls"),
        pytest.param("x" * (MAX_LENGTH + 1), id="length"),
    ],
)
def test_hostile_text_is_refused_as_a_syntax_error(text: str) -> None:
    assert refusal(text).code == "odata.filter.syntax"


@pytest.mark.parametrize("operator", ["or", "and"])
def test_a_long_chain_of_alternatives_is_no_hostile_text(operator: str) -> None:
    assert holds(f" {operator} ".join(["price eq 12.5"] * 400)) is True


@pytest.mark.parametrize(
    "text", ["9" * 7000, "1" + "0" * 400, "1e999"], ids=["digits", "more than a double", "exponent"]
)
def test_a_number_of_any_size_can_be_compared(text: str) -> None:
    assert holds(f"price lt {text}") is True


def test_every_refusal_has_its_row_and_its_facts() -> None:
    rows = problem_rows()
    texts = ["foo eq 1", "(", "startDateTime ne null", "foo(1)", "price eq 'x'"]
    for problem in map(refusal, texts):
        assert rows[problem.code].message.format(**problem.facts)


def test_the_parser_is_imported_with_the_first_filter_only() -> None:
    code = "import sys, bookings_emulator.odata.query; sys.exit('odata_query' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


ORDERED = [
    (
        "price",
        [{}, {"price": "NaN"}, {"price": "-INF"}, {"price": -1.0}, {"price": 2}, {"price": 10.5}, {"price": "INF"}],
    ),
    ("serviceName", [{"serviceName": None}, {"serviceName": "A"}, {"serviceName": "B"}, {"serviceName": "a"}]),
    ("duration", [{}, {"duration": "PT30M"}, {"duration": "PT1H"}, {"duration": "P1D"}]),
    (
        "priceType",
        [{"priceType": "undefined"}, {"priceType": "startingAt"}, {"priceType": "hourly"}, {"priceType": "free"}],
    ),
    ("isLocationOnline", [{}, {"isLocationOnline": False}, {"isLocationOnline": True}]),
    ("createdDateTime", [{"createdDateTime": "2026-11-02T09:00:00Z"}, {"createdDateTime": "2026-11-02T09:00:00.5Z"}]),
    (
        "startDateTime/dateTime",
        [
            {"startDateTime": {"dateTime": f"2026-{month}-02T09:00:00.0000000", "timeZone": "UTC"}}
            for month in ("02", "11")
        ],
    ),
    ("ServiceLocation/address/CITY", [{"serviceLocation": None}, {"serviceLocation": {"address": {"city": "Ulm"}}}]),
    ("price", [{"price": {"odd": 1}}, {"price": 1}]),
]


@pytest.mark.parametrize(("path", "rows"), ORDERED, ids=[path for path, _ in ORDERED])
def test_rows_are_ordered_by_value_with_nulls_first(path: str, rows: list[dict[str, Any]]) -> None:
    found = [*reversed(rows)]
    found.sort(key=compile_order(path, place("bookingAppointment")))
    assert found == rows


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nonsense", "odata.orderby.unknown"),
        ("serviceLocation/town", "odata.orderby.unknown"),
        ("microsoft.graph.phone/number", "odata.orderby.unknown"),
        ("serviceLocation", "odata.orderby.syntax"),
        ("staffMemberIds", "odata.orderby.syntax"),
        ("customers/name", "odata.orderby.syntax"),
        ("price/x", "odata.orderby.syntax"),
    ],
)
def test_a_path_that_rows_cannot_be_ordered_by_is_refused(path: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        compile_order(path, place("bookingAppointment"))
    assert caught.value.code == code
    assert problem_rows()[code].message.format(**caught.value.facts)


def test_a_navigation_is_nothing_to_order_by() -> None:
    with pytest.raises(Problem, match="services"):
        compile_order("services", place("bookingBusiness"))


# what a filter may cost


def test_any_and_all_stand_two_deep_at_most() -> None:
    text = f"customers/any(c:c/{CUSTOMER_INFORMATION}/customQuestionAnswers/any(q:q/selectedOptions/any(o:o eq 'b')))"
    with pytest.raises(Problem, match="may be nested at most 2 deep") as refused:
        compile_filter(text, FilterPlace(load("v1.0"), load("v1.0").types["bookingAppointment"], NOW))
    assert refused.value.code == "odata.filter.unsupported"


def place_of_appointments() -> FilterPlace:
    return FilterPlace(load("v1.0"), load("v1.0").types["bookingAppointment"], NOW)


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("customers/all(a:customers/all(b:true))", {"customers": [{}] * 10_000}),
        ("staffMemberIds/all(a:staffMemberIds/all(b:a ne 'x' and b ne 'y'))", {"staffMemberIds": ["z"] * 10_000}),
        ("reminders/any(a:reminders/any(b:false))", {"reminders": [{}] * 10_000}),
        (" or ".join(["startswith(concat(serviceName,serviceName),'y')"] * 50), {"serviceName": "x" * 1_000_000}),
    ],
    ids=["all in all", "all in all with more", "any in any", "long texts"],
)
def test_a_filter_that_costs_more_than_it_may_is_refused(
    text: str, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings_emulator.odata.filter.MAX_STEPS", 10_000)
    is_met = compile_filter(text, place_of_appointments())
    with pytest.raises(Problem, match="needs more than 10,000 steps"):
        is_met(record)


def test_texts_do_not_grow_in_a_filter() -> None:
    text, characters = "serviceName", 4_000_000
    for _ in range(8):
        text = f"concat({text},{text})"
    is_met = compile_filter(f"{text} eq 'x'", place_of_appointments())
    tracemalloc.start()
    try:
        with pytest.raises(Problem, match="takes at most 8,000,000 characters; got 16,000,000") as refused:
            is_met({"serviceName": "x" * characters})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == "odata.filter.unsupported"
    assert most < 8 * characters


def test_what_can_be_stored_can_be_joined_in_a_filter() -> None:
    is_met = compile_filter("concat(serviceName,serviceName) eq 'x'", place_of_appointments())
    assert not is_met({"serviceName": "x" * 4_000_000})


def test_the_steps_of_all_rows_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings_emulator.odata.filter.MAX_STEPS", 1_000)
    is_met = compile_filter("price gt 1", place_of_appointments())
    with pytest.raises(Problem, match="steps"):
        [*map(is_met, [APPOINTMENT] * 1_000)]


def test_an_ordinary_filter_over_a_hundred_thousand_rows_is_far_from_the_bound() -> None:
    text = f"customers/any(c:c/{CUSTOMER_INFORMATION}/name eq 'Ada') and startswith(serviceName,'Cut') and price gt 1"
    budget = Budget(MAX_STEPS)
    is_met = compile_filter(text, place_of_appointments(), budget)
    assert is_met(APPOINTMENT)
    assert (MAX_STEPS - budget.left) * 100_000 < MAX_STEPS
