"""Fixtures: JSON in the shape of the wire (or a TOML recipe that makes such JSON) becomes the records of a store.

Times in a fixture are as of its `anchor`. They are moved by whole weeks to the present: what is past stays past, what
is to come stays to come, weekdays and times of day stay what they are.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bookings_emulator.contract.api import Api, api
from bookings_emulator.contract.sets import BUSINESS, ContainedSet
from bookings_emulator.domain.operations_table import find_rule
from bookings_emulator.domain.outcome import BUSINESSES, CURRENCIES, Ask, Caller, Ids, Put, Record
from bookings_emulator.domain.scheduling_policy import OWN
from bookings_emulator.domain.self_service import with_visit
from bookings_emulator.problem import Problem, did_you_mean
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.large_sets import pack_large_sets, unpack_large_sets
from bookings_emulator.store.memory import Store
from bookings_emulator.store.pasted import unfold_pasted
from bookings_emulator.times import parse_instant

SCHEMA_SUFFIX = ".schema.json"  # a file beside the fixtures, for editors
DEFAULT = "default"  # the fixture of who names none
_BUSINESS = ContainedSet(BUSINESSES, BUSINESS, "createBusiness")
_MODERATE = 1024 * 1024  # bytes of a file that is kept as it was read
_MOVED_DAYS = frozenset({"startDate", "endDate"})
_MOVED_INSTANTS = frozenset({"createdDateTime", "lastUpdatedDateTime"})
# what a record of a type keeps and never shows: a fixture may say it, an export tells it
VISIT = "visit"
UNSHOWN = {
    "bookingStaffMember": "personalCalendar",
    "bookingBusiness": "maker",
    "bookingService": OWN,
    "bookingAppointment": VISIT,
}
_PLANTER = Caller("fixture", "fixture")
# what follows from other members is computed even where a fixture gives it
_COMPUTED = frozenset({"duration", "filledAttendeesCount", "publicUrl", "webUrl"})


class Fixture(NamedTuple):
    """A fixture file, read and checked; `data` is its JSON, in which long lists may be `LargeSet`s."""

    name: str
    data: dict[str, Any]

    @property
    def domain(self) -> str | None:
        """The mail domain of the tenant, if the fixture names one."""
        return self.data.get("domain")

    def whole(self) -> dict[str, Any]:
        """All of its JSON, also what is kept compressed; large, and to be let go of soon."""
        return unpack_large_sets(self.data)

    @property
    def title(self) -> str:
        """What the fixture is, in a few words."""
        return str(self.data.get("title", self.name))


def shipped() -> dict[str, Path]:
    """The fixture files that come with the emulator, by name: inside the package when installed, else beside it."""
    package = Path(__file__).parents[1]
    inside = package / "fixtures"
    folder = inside if inside.is_dir() else package.parents[1] / "fixtures"
    return {file.stem: file for file in sorted(folder.iterdir()) if _is_fixture(file)}


def read_title(file: Path) -> str:
    """The title that a fixture file has; a recipe is not expanded for it, which would take faker."""
    content = file.read_bytes()
    data = orjson.loads(content) if file.suffix == ".json" else _from_toml(content.decode())
    return str(data.get("title", file.stem))


def _is_fixture(file: Path) -> bool:
    return file.suffix in (".json", ".toml") and not file.name.endswith(SCHEMA_SUFFIX)


def load_fixture(name: str) -> Fixture:
    """A fixture by its name or as a file. Raises FixtureError."""
    path, is_ours = find_fixture(name), name in shipped()
    return _read_fixture(path.name, path.read_bytes(), path.suffix, is_trusted=is_ours)


def find_fixture(name: str) -> Path:
    """The file of a fixture: one of ours by its name, or a file as it is. Raises FixtureError."""
    path, known = Path(name), shipped()
    if path.suffix in (".json", ".toml"):
        if not path.is_file():
            raise FixtureError(f"{name}: no such file")
        return path
    if name not in known:
        hint = did_you_mean(name, known)
        raise FixtureError(
            f"'{name}' is neither a fixture nor a .json or .toml file; known fixtures are {', '.join(known)}{hint}"
        )
    return known[name]


@cache
def default_personas() -> dict[str, dict[str, Any]]:
    """The personas of the default fixture, as rows by name: also those of fixtures that describe none."""
    return {row["name"]: row for row in _default().data["personas"]}


@cache
def _default() -> Fixture:
    return load_fixture(DEFAULT)


def persona_rows(fixtures: Iterable[Fixture], domain: str) -> list[dict[str, Any]]:
    """The rows of the personas of fixtures that start a tenant; where none of them describes any, the default ones.

    Addresses of the default ones get the mail domain of the tenant. Raises FixtureError for two of one name.
    """
    described = [_check_names(each) for each in fixtures if "personas" in each.data]
    if described:
        return [row for rows in described for row in rows]
    home = f"@{_default().domain}"
    return [_at_home(row, home, f"@{domain}") for row in default_personas().values()]


def _check_names(fixture: Fixture) -> list[dict[str, Any]]:
    """The rows of a fixture's personas; one fixture may replace those of another, but not its own."""
    rows: list[dict[str, Any]] = fixture.data["personas"]
    names = [row["name"] for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise FixtureError(f"{fixture.name}: personas: expected a name for each of its own; got '{name}' twice")
    return rows


def _at_home(row: dict[str, Any], before: str, now: str) -> dict[str, Any]:
    """A row with the address of another domain; addresses elsewhere stay."""
    return {**row, "upn": row["upn"].replace(before, now)} if "upn" in row else row


def read_fixture(name: str, data: Any) -> Fixture:
    """A fixture, or the recipe of one, out of the JSON of its file, checked. Raises FixtureError."""
    if isinstance(data, dict) and "business" in data:
        from bookings_emulator.store.recipe import expand  # faker is wanted by recipes only

        data = expand(name, data)
    data = unfold_pasted(data)
    check(name, data)
    return Fixture(name, pack_large_sets(data))


def _read_fixture(name: str, content: bytes, suffix: str, *, is_trusted: bool) -> Fixture:
    """What a file says; one of moderate size that says the same again is not read, expanded and checked again."""
    read = _parse_once if len(content) <= _MODERATE else _parse
    return read(name, content, suffix, is_trusted)


def _parse(name: str, content: bytes, suffix: str, is_trusted: bool) -> Fixture:
    data = _read_content(name, content, suffix)
    if not is_trusted:
        data = unfold_pasted(data)
        check(name, data)
    return Fixture(name.rpartition(".")[0], pack_large_sets(data))


def _read_content(name: str, content: bytes, suffix: str) -> Any:
    """The JSON of a file, that of a recipe expanded. Raises FixtureError."""
    try:
        data = orjson.loads(content) if suffix == ".json" else _from_toml(content.decode())
    except ValueError as error:
        raise FixtureError(f"cannot read {name} as {suffix[1:].upper()}: {error}") from error
    if suffix == ".toml":
        from bookings_emulator.store.recipe import expand  # faker is wanted by recipes only

        data = expand(name, data)
    return data


def misfits_of(name: str) -> list[str]:
    """All that does not fit in a fixture file, of one that can be read at all. Raises FixtureError for others."""
    from bookings_emulator.store.misfits import misfits

    path = Path(name)
    if path.suffix not in (".json", ".toml") or not path.is_file():
        load_fixture(name)
        return []
    data = unfold_pasted(_read_content(path.name, path.read_bytes(), path.suffix))
    return misfits(data, _version_of(data))


def _from_toml(text: str) -> dict[str, Any]:
    import tomllib  # recipes are few

    return tomllib.loads(text)


_parse_once = lru_cache(maxsize=32)(_parse)


def check(name: str, data: Any) -> None:
    """Hold fixture data against the schema that follows from the contract. Raises FixtureError for the first misfit."""
    version = _version_of(data)
    if _verdict(version)(data):
        return
    from jsonschema import Draft202012Validator  # slow to import and slow to use: only to word what is wrong
    from jsonschema.exceptions import best_match

    from bookings_emulator.documents.json_schema import fixture_schema

    schema = fixture_schema(api(version).contract)
    error = best_match(Draft202012Validator(schema).iter_errors(data))
    if error is None:
        return
    from bookings_emulator.store.misfits import word_misfit

    raise FixtureError(f"{name}: {word_misfit(error)}")


@cache
def _verdict(version: str) -> Callable[[Any], bool]:
    from bookings_emulator.documents.json_schema import fixture_schema  # the shipped fixtures are checked by the tests
    from bookings_emulator.documents.verdict import compile_schema

    return compile_schema(fixture_schema(api(version).contract))


class PlantingContext(NamedTuple):
    """What fixtures are planted into: a store, where ids come from, the moment, the mail domain, quirks, the tenant."""

    store: Store
    ids: Ids
    now: datetime
    domain: str
    quirks: Mapping[str, bool | str]
    tenant_id: str = "00000000-0000-0000-0000-000000000000"
    on_planted: Callable[[], object] | None = None


def plant(fixture: Fixture, ground: PlantingContext) -> None:
    """Put the records of a fixture into a store, with everything the service would add. Raises FixtureError."""
    shift = shift_of(fixture, ground.now)
    planter = _Planter(fixture.name, ground, api(_version_of(fixture.data)), shift)
    currencies = fixture.data.get(CURRENCIES)
    if currencies:
        ground.store.apply(Put(CURRENCIES, "", each) for each in _items(currencies))
    for index, business in enumerate(_items(fixture.data.get(BUSINESSES, ()))):
        planter.business(business, f"$.{BUSINESSES}[{index}]")


def plant_record(ground: PlantingContext, business: str | None, set_name: str, data: dict[str, Any]) -> Record:
    """Add one record to what there is, with everything the service would add: a business, or an item of one's set.

    Raises FixtureError, which names what is there where the business or the set is not.
    """
    planter = _Planter("records", ground, api("v1.0"))
    if business is None:
        return planter.plant_item(_BUSINESS, (), data, "$")
    found = ground.store.business(business)
    if found is None:
        known = ", ".join(ground.store.business_ids()) or "none"
        raise FixtureError(f"there is no business '{business}'; there are: {known}")
    if set_name not in planter.api.sets:
        known = ", ".join(planter.api.sets)
        raise FixtureError(f"set: expected one of {known}; got '{set_name}'{did_you_mean(set_name, planter.api.sets)}")
    return planter.plant_item(planter.api.sets[set_name], (found["id"],), data, "$")


def _version_of(data: Any) -> str:
    """The version of Graph whose shape fixture data has; what is none is left for the schema to refuse."""
    return "beta" if isinstance(data, dict) and data.get("version") == "beta" else "v1.0"


def _items(value: Any) -> Iterable[Any]:
    """The items of a set given as a list or as a pasted Graph answer."""
    return value["value"] if isinstance(value, dict) else value  # type: ignore[no-any-return]


def shift_of(fixture: Fixture, now: datetime) -> timedelta:
    """The weeks by which the times of a fixture move to the present. Raises FixtureError for an anchor that is none."""
    anchor = fixture.data.get("anchor")
    moment = parse_instant(anchor) if anchor else None
    if anchor and moment is None:
        raise FixtureError(
            f"{fixture.name}: at $.anchor: expected a date-time such as 2026-01-05T08:00:00Z; got {anchor!r}"
        )
    return timedelta(weeks=(now - moment) // timedelta(weeks=1)) if moment else timedelta()


def _move_dates(value: Any, shift: timedelta) -> Any:
    """The same JSON with every date moved."""
    if not shift:
        return value
    if isinstance(value, list):
        return [_move_dates(each, shift) for each in value]
    if not isinstance(value, dict):
        return value
    out = {name: _move_dates(each, shift) for name, each in value.items()}
    for name in out.keys() & ({"dateTime"} | _MOVED_DAYS | _MOVED_INSTANTS):
        if isinstance(out[name], str):
            out[name] = _move_date(out[name], shift)
    return out


def _move_date(text: str, shift: timedelta) -> str:
    try:
        return (date.fromisoformat(text[:10]) + shift).isoformat() + text[10:]
    except (ValueError, OverflowError):
        return text  # left for the reader to refuse, with its place


class _Given:
    """Ids that give a record the id of its fixture first."""

    def __init__(self, ids: Ids, given: str | None) -> None:
        self._ids, self._given = ids, given

    def _next(self, fresh: str) -> str:
        given, self._given = self._given, None
        return given or fresh

    def guid(self) -> str:
        return self._next(self._ids.guid()) if self._given is not None else self._ids.guid()

    def item(self, mailbox: str) -> str:
        return self._next(self._ids.item(mailbox)) if self._given is not None else self._ids.item(mailbox)


class _Planter:
    """Plants the records of one fixture; `quirks` are those of its ground, but for one that is about calls.

    `shift` is by how much its dates are moved.
    """

    def __init__(self, name: str, ground: PlantingContext, served: Api, shift: timedelta = timedelta()) -> None:
        self.name = name
        self.ground = ground
        self.api = served
        self.shift = shift
        self.quirks = {**ground.quirks, "five-customers": False}

    def business(self, data: dict[str, Any], where: str) -> None:
        """One business: the record by the rule that creates it, then its sets."""
        plain = {name: value for name, value in data.items() if name not in self.api.sets}
        record = self.plant_item(_BUSINESS, (), _move_dates(plain, self.shift), where)
        for contained in self.api.sets.values():
            for index, item in enumerate(_items(data.get(contained.name, ()))):
                place = f"{where}.{contained.name}[{index}]"
                self.plant_item(contained, (record["id"],), _move_dates(item, self.shift), place)

    def plant_item(self, into: ContainedSet, keys: tuple[str, ...], data: Any, where: str) -> dict[str, Any]:
        """One record by the rule that creates it. Raises FixtureError."""
        readers, unshown = self.api.readers, UNSHOWN.get(into.type, "")
        extra = {}
        if unshown in data:
            extra = {unshown: data[unshown]}
            data = {name: value for name, value in data.items() if name != unshown}
        try:
            body = readers.create(into.type, data)
            given = {**readers.service_set(into.type, data), **extra}
            ask = Ask(
                keys=keys,
                body=body,
                silent=readers.silent(into.type),
                now=self.ground.now,
                ids=_Given(self.ground.ids, data.get("id") if keys else None),
                caller=_PLANTER,
                domain=self.ground.domain,
                quirks=self.quirks,
                tenant_id=self.ground.tenant_id,
            )
            outcome = find_rule(into.create, "create", into.name)(self.ground.store, ask)
        except Problem as problem:
            raise FixtureError(f"{self.name}: at {where}: {problem.reason}") from problem
        *others, last = outcome.changes
        record: dict[str, Any] = last.record  # type: ignore[union-attr,assignment]
        if given:
            record = {**record, **{name: value for name, value in given.items() if name not in _COMPUTED}}
        if VISIT in record:
            record = with_visit(record, record.pop(VISIT))
        self.ground.store.apply([*others, Put(last.set_name, last.business_id, record)])
        if self.ground.on_planted is not None:
            self.ground.on_planted()
        return record


def utc(text: str) -> datetime:
    """A moment for the command line: `2026-01-05T08:00:00Z`. Raises FixtureError."""
    moment = parse_instant(text)
    if moment is None:
        raise FixtureError(f"expected a time with an offset such as 2026-01-05T08:00:00Z; got {text!r}")
    return moment.astimezone(UTC)
