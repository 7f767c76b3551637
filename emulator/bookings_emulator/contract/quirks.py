"""Quirks: the switches between what documents say and what the service was seen to do, and their values in a tenant."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bookings_emulator.contract.property_lines import ContractError, nearest, needed
from bookings_emulator.contract.tables import read_table
from bookings_emulator.problem import did_you_mean

_WORDS = {"number", "also", "title", "does", "default", "values", "acts", "confidence", "source"}
_WORDS |= {"gives_form", "makes_records"}
_OPTIONAL = {"number", "also", "values", "gives_form", "makes_records"}
_ON = {"on": True, "true": True, "off": False, "false": False}


class QuirkError(Exception):
    """No such quirk, or no such value of it; the message says what there is."""


class UnknownQuirk(QuirkError):
    """No such quirk."""


class Quirk(NamedTuple):
    """One row of `quirks.toml`: a switch (true, false) or a choice of `values`.

    With `gives_form` it only forms what all answers of a kind have, and a call names it where it was switched. With
    `makes_records` it only decides what is kept, and a call that is refused does not name it.
    """

    id: str
    title: str
    does: str
    default: bool | str
    acts: str
    confidence: str
    source: str
    number: str | None = None
    also: str | None = None  # another number of the same quirk
    values: tuple[str, ...] = ()
    gives_form: bool = False
    makes_records: bool = False

    def is_told(self, value: bool | str) -> bool:
        """Whether a call that a value decided is told so: not where a switch is off that is off by default."""
        return value != self.default or (value is not False and not self.gives_form)

    def read(self, value: Any) -> bool | str:
        """A value as JSON or text gives it. Raises QuirkError."""
        if self.values:
            if value in self.values:
                return str(value)
            raise QuirkError(f"{self.id} must be one of {', '.join(self.values)}; got {value!r}")
        if isinstance(value, str) and value.lower() in _ON:
            return _ON[value.lower()]
        if isinstance(value, bool):
            return value
        raise QuirkError(f"{self.id} must be on or off; got {value!r}")


@cache
def load_quirks() -> dict[str, Quirk]:
    """All rows by id. Raises ContractError for a word that is not known, naming its place."""
    return build_quirks("quirks.toml", read_table(Path(__file__).with_name("quirks.toml")))


def build_quirks(name: str, table: Mapping[str, Any]) -> dict[str, Quirk]:
    """The rows of a quirks file by id. Raises ContractError."""
    rows = {}
    for id_, row in table["quirk"].items():
        where = f"{name}: quirk.{id_}"
        for word in row:
            if word not in _WORDS:
                raise ContractError(f"{where}: unknown word '{word}'{did_you_mean(word, _WORDS)}")
        needed(row, _WORDS - _OPTIONAL, where)
        rows[id_] = Quirk(id=id_, **{**row, "values": tuple(row.get("values", ()))})
    return rows


@cache
def _default_values() -> Mapping[str, bool | str]:
    return {each.id: each.default for each in load_quirks().values()}


@cache
def _contract_quirks() -> tuple[Quirk, ...]:
    """Those that make another compilation of the API."""
    return tuple(each for each in load_quirks().values() if each.acts == "contract")


def _list_told(values: Mapping[str, bool | str]) -> frozenset[str]:
    """The quirks that a call names if they decided it."""
    return frozenset([each.id for each in load_quirks().values() if each.is_told(values[each.id])])


@cache
def _list_told_by_default() -> frozenset[str]:
    return _list_told(_default_values())


class Quirks(Mapping[str, bool | str]):
    """The values in one tenant, read as a mapping by id; changed by `set`.

    `variant` holds the contract quirks that stand otherwise than by default: they make another compilation of the API.
    A rule reads a quirk where its value decides, and nowhere else: `decided` holds, in order, those of which a call is
    told that were read since it was emptied last.
    """

    version = 0  # counts what was switched

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        own = {find(name).id: find(name).read(value) for name, value in (given or {}).items()}
        self.decided: dict[str, None] = {}
        self._become({**_default_values(), **own})

    @property
    def values_now(self) -> Mapping[str, bool | str]:
        """The values as they stand, for who reads many at once: a switch makes another mapping."""
        return self._values

    def save(self) -> dict[str, bool | str]:
        """What `restore` needs."""
        return self._values

    def restore(self, saved: dict[str, bool | str]) -> None:
        """Stand as they stood when `save` was called."""
        self._become(saved)

    def set(self, name: str, value: Any) -> Quirk:
        """Switch one quirk, found by id or number. Raises QuirkError."""
        quirk = find(name)
        self._become(self._values | {quirk.id: quirk.read(value)})
        return quirk

    def _become(self, values: dict[str, bool | str]) -> None:
        self._values = values
        self.version += 1
        self.variant = frozenset([each.id for each in _contract_quirks() if values[each.id] != each.default])
        self._told = _list_told_by_default() if values == _default_values() else _list_told(values)

    def __getitem__(self, key: str) -> bool | str:
        if key in self._told:
            self.decided[key] = None
        return self._values[key]

    def forget_kept(self) -> None:
        """A call is refused: what quirks decided of the records it would have kept plays no part."""
        for each in [each for each in self.decided if load_quirks()[each].makes_records]:
            del self.decided[each]

    @property
    def gives_other_forms(self) -> bool:
        """Whether an answer may have another form than by default: what was compiled in, or the addresses of pages."""
        return bool(self.variant) or "public-url" in self._told

    def note_if_told(self, key: str) -> None:
        """Remember that a quirk decided whose value was read when what it formed was made."""
        if key in self._told:
            self.decided[key] = None

    def note(self, keys: Iterable[str]) -> None:
        """Remember that quirks decided which nobody read: those of the contract are compiled into it."""
        self.decided.update(dict.fromkeys(keys))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def find(name: str) -> Quirk:
    """The quirk of an id or a number such as Q9. Raises QuirkError."""
    rows = load_quirks()
    for each in rows.values():
        if name.lower() in {each.id, *(number.lower() for number in (each.number, each.also) if number)}:
            return each
    raise UnknownQuirk(f"there is no quirk '{name}'{nearest(name.lower(), rows)}")
