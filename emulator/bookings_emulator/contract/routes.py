"""Compiles the operations of a contract into one tree of segments and finds the operation behind a URL path.

Segments compare without regard to case; keys come as `/{id}` or `('id')`; actions may be bare or qualified; a cast
segment (`microsoft.graph.bookingStaffMember`) may follow a collection or an item of an abstract navigation.
"""

from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.model import Contract, Operation, StructuredType
from bookings_emulator.problem import Problem

_BUSINESSES = "bookingbusinesses"  # the set whose keys are mailboxes; currencies have keys as well


class Route(NamedTuple):
    """What a path means: its operations by method, its keys, its root (`solutions` or ``) and its types.

    `business` is the one of its keys that names a business, if any does.
    """

    operations: dict[str, Operation]
    keys: tuple[str, ...]
    root: str
    declared: StructuredType | None
    cast: StructuredType | None
    business: str | None = None

    def operation(self, method: str) -> Operation:
        """The operation of a method, else Problem method.notallowed."""
        found = self.operations.get(method)
        if found is None:
            allowed = ", ".join(sorted(self.operations)) or "nothing"
            raise Problem("method.notallowed", f"{method} is not declared here; this path accepts {allowed}")
        return found


@dataclass(slots=True, eq=False, repr=False)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    key: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)
    declared: StructuredType | None = None

    def child(self, segment: str | None) -> "_Node":
        if segment is None:
            self.key = self.key or _Node()
            return self.key
        return self.children.setdefault(segment.lower(), _Node())


_LONGEST = 1_000  # characters of a path whose route is kept


class Routes:
    """All paths of one contract. `find` is cached; it raises Problem odata.segment for a path that does not exist."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._roots = {root: _Node() for root in contract.roots}
        for root in contract.roots:
            for operation in contract.operations.values():
                self._add(root, operation)
        self.find = keep_answers(4096, _LONGEST)(self._find)

    def _add(self, root: str, operation: Operation) -> None:
        node, kind = self._roots[root], self._contract.types["solutionsRoot"]
        declared = None
        for segment in operation.segments:
            node = node.child(segment)
            navigation = kind.navigation.get(segment or "")
            if navigation is not None:
                kind = self._contract.types[navigation.instance]
                declared = self._contract.types[navigation.target]
            node.declared = declared
        node.operations[operation.method] = operation
        if operation.action:
            qualified = f"{self._contract.namespace}.{operation.action}".lower()
            self._parent(root, operation).children[qualified] = node

    def _parent(self, root: str, operation: Operation) -> "_Node":
        node = self._roots[root]
        for segment in operation.segments[:-1]:
            node = node.child(segment)
        return node

    def _find(self, path: str) -> Route:
        """`path` is what stands behind the version, still percent-encoded, with or without a trailing slash."""
        segments = path.strip("/").split("/")
        root = "solutions" if segments[0].lower() == "solutions" else ""
        if root not in self._roots:
            raise self._unknown(segments[0], self._roots)
        node = self._roots[root]
        keys: list[str] = []
        cast: StructuredType | None = None
        for raw in segments[1 if root else 0 :]:
            segment = unquote(raw)
            name, key = _split_key(segment)
            found = node.children.get(name.lower())
            if found is None:
                if (casts := self._cast(node, segment)) is not None:
                    cast = casts
                    continue
                if node.key is None or not segment or segment.startswith("$"):
                    raise self._unknown(segment, node.children)
                found, key = node.key, None
                keys.append(segment)
            node = found
            if key is not None:
                if node.key is None:
                    raise self._unknown(segment, node.children)
                node = node.key
                keys.append(key)
        if root and node is self._roots[root]:
            raise Problem("odata.segment", "nothing is served at /solutions itself", segment=segments[0])
        first, _ = _split_key(unquote(segments[1 if root else 0]))
        business = keys[0] if keys and first.lower() == _BUSINESSES else None
        return Route(node.operations, tuple(keys), root, cast or node.declared, cast, business)

    def _cast(self, node: _Node, segment: str) -> StructuredType | None:
        """The type that a qualified segment casts to, if the place has such a type."""
        prefix = f"{self._contract.namespace}."
        name = segment.removeprefix(prefix)
        if not segment.startswith(prefix) or node.declared is None:
            return None
        return self._contract.types[name] if name in (node.declared.name, *node.declared.derived) else None

    def _unknown(self, segment: str, known: dict[str, "_Node"]) -> Problem:
        names = {each.lower(): each for each in _spellings(self._contract)}
        import difflib  # wanted by refusals only

        near = difflib.get_close_matches(segment.lower(), [each for each in known if each], 1)
        hint = f"; did you mean '{names.get(near[0], near[0])}'?" if near else ""
        reason = f"'{segment}' is not a segment here; the emulator serves the Bookings part of Microsoft Graph{hint}"
        return Problem("odata.segment", reason, segment=segment)


def _spellings(contract: Contract) -> set[str]:
    return {segment for each in contract.operations.values() for segment in each.segments if segment}


def _split_key(segment: str) -> tuple[str, str | None]:
    """`appointments('a''b')` → (`appointments`, `a'b`); `publish()` → (`publish`, None)."""
    if segment.endswith("()"):
        return segment[:-2], None
    if segment.endswith("')") and "('" in segment:
        name, _, key = segment[:-2].partition("('")
        return name, key.replace("''", "'")
    return segment, None
