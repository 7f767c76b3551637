"""What a `$metadata` document of Microsoft Graph says otherwise than the contract: both are read as facts and compared.

The document holds all of Graph; compared are the types, enums, actions and sets that the contract has, what these refer
to, and whatever else is called booking….
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from bookings_emulator.contract.model import Contract
from bookings_emulator.documents.metadata import EDM, EDMX, metadata

_TYPES = ("EntityType", "ComplexType", "EnumType")
_SHARED = frozenset({"entity", "solutionsRoot", "GraphService"})  # they have members for all of Graph
_FLAGS = frozenset({"Computed", "Immutable", "IsLanguageDependent", "IsURL"})
_CORE = "Org.OData.Core.V1."
_NAMESPACE = "microsoft.graph"


class CsdlError(ValueError):
    """A document cannot be read as CSDL; the message says why."""


class Difference(NamedTuple):
    """One fact that differs: `place` (`bookingService.notes`), `ours` and `theirs`; None where it is not there."""

    place: str
    ours: str | None
    theirs: str | None

    @property
    def change(self) -> str:
        """What the document does to the contract: `added`, `removed` or `changed`."""
        return "added" if self.ours is None else "removed" if self.theirs is None else "changed"

    def __str__(self) -> str:
        match self.change:
            case "added":
                return f"added    {self.place}: {self.theirs}"
            case "removed":
                return f"removed  {self.place}: {self.ours}"
            case _:
                return f"changed  {self.place}: {self.ours} → {self.theirs}"


Facts = dict[str, str]
Thing = tuple[str, Facts]  # what it is, and its members by name


def differences(contract: Contract, document: bytes) -> list[Difference]:
    """Everything that a CSDL document says otherwise, sorted by place. Raises CsdlError."""
    ours, theirs = _read(metadata(contract)), _read(document)
    wanted = _wanted(ours, theirs)
    found: list[Difference] = []
    for name in sorted(ours.keys() | wanted, key=str.lower):
        found += _compared(name, ours.get(name), theirs.get(name))
    return found


def _compared(name: str, ours: Thing | None, theirs: Thing | None) -> Iterator[Difference]:
    """A thing that is new or gone is one difference, whatever its members."""
    if ours is None or theirs is None:
        yield Difference(name, _told(ours), _told(theirs))
        return
    if ours[0] != theirs[0]:
        yield Difference(name, ours[0], theirs[0])
    for member in sorted(ours[1].keys() | theirs[1].keys(), key=str.lower):
        here, there = ours[1].get(member), theirs[1].get(member)
        if here != there and (here or name not in _SHARED or "booking" in f"{member} {there}".lower()):
            yield Difference(f"{name}.{member}", here, there)


def _told(thing: Thing | None) -> str | None:
    if thing is None:
        return None
    what, members = thing
    return f"{what} with {', '.join(members)}" if members else what


def _wanted(ours: dict[str, Thing], theirs: dict[str, Thing]) -> set[str]:
    """The names of the document that concern the contract, followed from those it has."""
    todo = [name for name in theirs if name in ours or name.lower().startswith("booking")]
    wanted: set[str] = set()
    while todo:
        name = todo.pop()
        if name in wanted or name not in theirs:
            continue
        wanted.add(name)
        if name not in _SHARED:
            todo += [each for fact in (theirs[name][0], *theirs[name][1].values()) for each in _names(fact)]
    own = {name for name in ours if name not in _SHARED}
    return wanted | {name for name, (what, _) in theirs.items() if not own.isdisjoint(_bases(name, what))}


def _bases(name: str, what: str) -> list[str]:
    """The type that a type derives from or an action is bound to."""
    return _names(what) if " of " in what or " on " in what else []


def _names(fact: str) -> list[str]:
    """The types that a fact names."""
    return [word.strip("(),") for word in fact.replace("Collection(", " ").split() if not word.startswith("Edm.")]


def _read(document: bytes) -> dict[str, Thing]:
    """The facts of a document: `bookingService` → (`EntityType of bookingNamedEntity`, {`notes`: `Edm.String`, …})."""
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        raise CsdlError(f"expected a CSDL document in XML; got {error}") from error
    schemas = root.findall(f"{{{EDMX}}}DataServices/{{{EDM}}}Schema")
    if not schemas:
        raise CsdlError(f"expected an edmx:Edmx document with a Schema of {EDM}; got {root.tag}")
    own = [each for each in schemas if each.get("Namespace") == _NAMESPACE]
    aliases = sorted({alias for each in own if (alias := each.get("Alias"))})
    spaces = [f"{each}." for each in (_NAMESPACE, *aliases)]
    flags = _annotated(schemas, spaces)
    things: dict[str, Thing] = {}
    for schema in own:
        things |= dict(_Reader(schema, spaces, flags).things())
    if not things:
        raise CsdlError("the document has no schema microsoft.graph")
    return things


def _annotated(schemas: list[ET.Element], spaces: list[str]) -> dict[str, list[str]]:
    """The annotations of all schemas by the name of their target in ours.

    In the published document those of Bookings stand in the schema of another namespace, with full names of targets.
    """
    flags: dict[str, list[str]] = {}
    for schema in schemas:
        for each in schema.findall(f"{{{EDM}}}Annotations"):
            target = each.get("Target", "")
            space = next((known for known in spaces if target.startswith(known)), None)
            if space is not None:
                flags.setdefault(target.removeprefix(space), []).extend(_flags(each))
    return flags


class _Reader:
    """Reads the elements of one schema; `flags` are the annotations of all schemas by their target."""

    def __init__(self, schema: ET.Element, spaces: list[str], flags: dict[str, list[str]]) -> None:
        self._schema = schema
        self._spaces = spaces
        self._flags = flags

    def things(self) -> Iterator[tuple[str, Thing]]:
        """Name and facts of every type, action and container."""
        for tag in _TYPES:
            for each in self._schema.findall(f"{{{EDM}}}{tag}"):
                yield each.get("Name", ""), (self._kind(tag, each), dict(self._members(each)))
        for tag in ("Action", "Function"):
            for each in self._schema.findall(f"{{{EDM}}}{tag}"):
                yield self._call(tag, each)
        for each in self._schema.findall(f"{{{EDM}}}EntityContainer"):
            yield each.get("Name", ""), ("EntityContainer", dict(self._members(each)))

    def _kind(self, tag: str, element: ET.Element) -> str:
        words = ["abstract"] if element.get("Abstract") == "true" else []
        words += ["open"] if element.get("OpenType") == "true" else []
        base = element.get("BaseType")
        return " ".join([*words, tag, *(["of", self._plain(base)] if base else [])])

    def _members(self, element: ET.Element) -> Iterator[tuple[str, str]]:
        owner = element.get("Name", "")
        for each in element:
            name = each.get("Name", "")
            match each.tag.rpartition("}")[2]:
                case "Property":
                    flags = sorted({*_flags(each), *self._flags.get(f"{owner}/{name}", ())})
                    yield name, ", ".join([self._typed(each), *flags])
                case "NavigationProperty":
                    contained = ["contained"] if each.get("ContainsTarget") == "true" else []
                    yield name, ", ".join([f"navigation to {self._plain(each.get('Type'))}", *contained])
                case "Member":
                    yield name, f"member {each.get('Value')}"
                case "EntitySet" | "Singleton" as kind:
                    yield name, f"{kind} {self._plain(each.get('EntityType') or each.get('Type'))}"

    def _call(self, tag: str, element: ET.Element) -> tuple[str, Thing]:
        """An action or function by its name and the type it is bound to, since one name is bound to many types."""
        first, *others = element.findall(f"{{{EDM}}}Parameter") or [ET.Element("Parameter")]
        bound = self._plain(first.get("Type")) if element.get("IsBound") == "true" else ""
        members = {each.get("Name", ""): self._typed(each) for each in others}
        returned = element.find(f"{{{EDM}}}ReturnType")
        if returned is not None:
            members["(return)"] = self._plain(returned.get("Type"))
        name = element.get("Name", "")
        return f"{name}({bound})", (f"{tag} on {bound}" if bound else tag, members)

    def _typed(self, element: ET.Element) -> str:
        required = ", not null" if element.get("Nullable") == "false" else ""
        return self._plain(element.get("Type")) + required

    def _plain(self, name: str | None) -> str:
        """A name without the namespace or its alias."""
        plain = name or ""
        for space in self._spaces:
            plain = plain.removeprefix(space).replace(f"({space}", "(")
        return plain


def _flags(element: ET.Element) -> list[str]:
    """The annotations on a property that the contract knows."""
    terms = [
        each.get("Term", "").removeprefix(_CORE)
        for each in element.findall(f"{{{EDM}}}Annotation")
        if each.get("Bool", "true") == "true" and each.get("Term", "").startswith(_CORE)
    ]
    return [each for each in terms if each in _FLAGS]
