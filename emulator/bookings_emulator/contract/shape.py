"""Writes records as OData: every type of a contract gets a shaper that puts stored values into wire form and order.

Order of members: what is primitive or null first, then what is structured, each in the order of the contract (so a live
tenant was seen to answer; OData writers emit nulls together with the primitive properties).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bookings_emulator.contract.model import SENTINEL, UNSET, Contract, Property, StructuredType

Record = Mapping[str, Any]
Shape = Callable[[Record], dict[str, Any]]
Write = Callable[[Any], Any]

_REMEMBERED = 1000  # shapers; whoever chooses members otherwise with every call must not fill the memory
_INFERRED = frozenset({"String", "Boolean", "Int32", "Double"})


class View(NamedTuple):
    """How records are shown: `metadata` none, minimal or full; whether enum members behind the sentinel are named."""

    metadata: str = "minimal"
    reveals_enums: bool = False


class Shapers:
    """The compiled shapers of one contract, made when first used. A shaper never changes the record it is given."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[tuple[str, View, bool, frozenset[str] | None], Shape] = {}

    def of(self, type_name: str, view: View, *, is_list: bool = False, chosen: frozenset[str] | None = None) -> Shape:
        """The shaper of a concrete type under a view; in lists it hides what is read by id only.

        `chosen` are the names of the members it writes, None for all.
        """
        key = (type_name, view, is_list, chosen)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            kind = self._contract.types[type_name]
            lines = [each for each in kind.properties if chosen is None or each.name in chosen]
            made = self._made[key] = self._shape(kind, lines, view, is_list=is_list)
        return made

    def _shape(self, kind: StructuredType, properties: list[Property], view: View, *, is_list: bool) -> Shape:
        lines = [(each, self._writer(each, view, is_list=is_list)) for each in properties]
        nulls_first = self._contract.nulls_first
        frame = {each.name: None for each, _ in lines if not (nulls_first and self._is_structured(each))}
        frame = {**self._annotations(kind, view), **frame}
        members = [_ShownMember(each.name, each.stored, _absent(each), write) for each, write in lines]
        shape = _compile_shape(frame, members)
        return shape if view.metadata != "full" else self._annotate(kind, shape)

    def _is_structured(self, line: Property) -> bool:
        return line.type.name in self._contract.types

    def _annotations(self, kind: StructuredType, view: View) -> dict[str, Any]:
        """`@odata.type` of complex values whose declared type is abstract; entities get theirs from their place."""
        if view.metadata != "minimal" or kind.kind == "entity":
            return {}
        base = self._contract.types[kind.base] if kind.base else None
        return {"@odata.type": f"#{self._contract.namespace}.{kind.name}"} if base and base.is_abstract else {}

    def _writer(self, line: Property, view: View, *, is_list: bool) -> Write | None:
        """None where the stored value is the wire value."""
        if is_list and line.is_by_id:
            return (lambda _: []) if line.type.is_collection else (lambda _: None)
        if line.shown is not None:
            shown = line.shown
            return lambda value: shown.get(value, value)
        single = self._single(line.type.name, view, is_list=is_list)
        if line.is_zoneless:
            return _without_z(single or _as_it_is)
        if single is None or not line.type.is_collection:
            return single
        return lambda values: [single(each) for each in values]

    def _single(self, name: str, view: View, *, is_list: bool) -> Write | None:
        enum = self._contract.enums.get(name)
        if enum is not None:
            shown = {member: enum.wire.get(member, member) for member in enum.members}
            if not view.reveals_enums:
                shown.update(dict.fromkeys(enum.hidden, SENTINEL))
            return None if all(key == value for key, value in shown.items()) else lambda value: shown.get(value, value)
        if name in self._contract.types:
            kind = self._contract.types[name]
            concrete = kind.derived[0] if kind.is_abstract else name
            shape = self.of(concrete, view, is_list=is_list)
            return self._kept_as_shown(concrete, shape) if self._is_kept_as_shown(concrete, view) else shape
        return None

    def _is_kept_as_shown(self, name: str, view: View) -> bool:
        """Whether the values of a complex type need no shaping at all: read whole, in order, under the same names."""
        kind = self._contract.types[name]
        if view.metadata == "full" or self._annotations(kind, view) or not self._is_in_order(kind):
            return False
        return all(
            each.name == each.stored
            and not each.is_by_id
            and each.shown is None
            and self._single(each.type.name, view, is_list=False) is None
            for each in kind.properties
        )

    def _kept_as_shown(self, name: str, shape: Shape) -> Write:
        """The value itself where it was made through a version that gives the type the same members."""
        names = frozenset(each.name for each in self._contract.types[name].properties)
        return lambda value: value if value.keys() == names else shape(value)

    def _is_in_order(self, kind: StructuredType) -> bool:
        """Whether the order of the contract is that of the wire: behind what is structured stands no possible null."""
        lines = iter(kind.properties)
        if not self._contract.nulls_first or not any(self._is_structured(each) for each in lines):
            return True
        return all(self._is_structured(each) and each.silent not in (None, UNSET) for each in lines)

    def _annotate(self, kind: StructuredType, shape: Shape) -> Shape:
        """odata.metadata=full: the type of the value and of every member whose JSON does not tell it."""
        namespace = self._contract.namespace
        types = {each.name: _annotation(each, namespace) for each in kind.properties}

        def full(record: Record) -> dict[str, Any]:
            out: dict[str, Any] = {"@odata.type": f"#{namespace}.{kind.name}"}
            for name, value in shape(record).items():
                if types.get(name) and value is not None:
                    out[f"{name}@odata.type"] = types[name]
                out[name] = value
            return out

        return full


class _ShownMember(NamedTuple):
    """One member to write: its names on the wire and in records, what is shown where a record lacks it."""

    name: str
    stored: str
    absent: Any
    write: Write | None  # None where the stored value is the wire value


def _compile_shape(frame: dict[str, Any], members: list[_ShownMember]) -> Shape:
    """The same as `_shape_any`, as a function whose source names each member: half the time for a whole record.

    It begins with the members of `frame`, in their order; the others follow, null ones first.
    """
    writers = {f"write_{place}": each.write for place, each in enumerate(members) if each.write}
    by_name = {each.name: (place, each) for place, each in enumerate(members)}
    first = [
        f"{name!r}: {_read_source(*by_name[name]) if name in by_name else repr(value)}" for name, value in frame.items()
    ]
    late = [(place, each) for place, each in enumerate(members) if each.name not in frame]
    lines = [
        "def shape(record):",
        "    try:",
        f"        out = {{{', '.join(first)}}}",
        *(f"        late_{place} = record[{each.stored!r}]" for place, each in late),
        "    except KeyError:  # it was made through the other version",
        "        return shape_any(record)",
        *(f"    if late_{place} is None: out[{each.name!r}] = None" for place, each in late),
        *(
            f"    if late_{place} is not None: out[{each.name!r}] = {_value_source(place, each)}"
            for place, each in late
        ),
        "    return out",
    ]
    made: dict[str, Any] = {**writers, "shape_any": lambda record: _shape_any(record, frame, members)}
    exec("\n".join(lines), made)  # its names are those of the contract
    shape: Shape = made["shape"]
    return shape


def _read_source(place: int, member: _ShownMember) -> str:
    """What gives a member of the frame."""
    if member.write is None:
        return f"record[{member.stored!r}]"
    return f"None if (late_{place} := record[{member.stored!r}]) is None else {_value_source(place, member)}"


def _value_source(place: int, member: _ShownMember) -> str:
    return f"write_{place}(late_{place})" if member.write else f"late_{place}"


def _shape_any(record: Record, frame: dict[str, Any], members: list[_ShownMember]) -> dict[str, Any]:
    """A record in wire form, whatever it lacks."""
    out, late = dict(frame), {}
    for name, stored, absent, write in members:
        value = record.get(stored, absent)
        if value is None or name in frame:
            out[name] = value if value is None or write is None else write(value)
        else:
            late[name] = write(value) if write else value
    return {**out, **late}


def _without_z(write: Write) -> Write:
    """A dateTimeTimeZone written without the Z behind its digits."""

    def cut(value: Any) -> Any:
        shown = write(value)
        return {**shown, "dateTime": shown["dateTime"].removesuffix("Z")}

    return cut


def _as_it_is(value: Any) -> Any:
    return value


def _absent(line: Property) -> Any:
    """What is shown of a record that has no such member, having been made through the other version."""
    return None if line.silent in (UNSET, {}) else line.silent


def _annotation(line: Property, namespace: str) -> str | None:
    if line.type.is_collection:
        single = line.type.name if line.type.is_scalar else f"{namespace}.{line.type.name}"
        return f"#Collection({single})"
    if line.type.is_scalar:
        return None if line.type.name in _INFERRED else f"#{line.type.name}"
    return f"#{namespace}.{line.type.name}"


def pick(value: dict[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the chosen members (a `Select.members` tree) and the annotations of a shaped value."""
    out = {}
    for name, each in value.items():
        if name in members:
            inner = members[name]
            chosen = inner.members if inner is not None else None
            out[name] = pick(each, chosen) if chosen and isinstance(each, dict) else each
        elif "@" in name and (name.startswith("@") or name.partition("@")[0] in members):
            out[name] = each
    return out
