"""The `$metadata` document follows from the contract and is, structurally, the published one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.documents.metadata import EDM, EDMX, metadata

VERSIONS = ("v1.0", "beta")
SPOKEN = {
    "Org.OData.Core.V1.Description",
    "Org.OData.Core.V1.LongDescription",
}  # texts of Microsoft's, not carried over
KINDS = ("EnumType", "ComplexType", "EntityType", "Action", "Term", "EntityContainer")
EXCERPTS = {"v1.0": "csdl-v1.0-bookings.xml", "beta": "csdl-beta-bookings.xml"}


def schema_of(document: bytes) -> ET.Element:
    schema = ET.fromstring(document).find(f"{{{EDMX}}}DataServices/{{{EDM}}}Schema")
    assert schema is not None
    return schema


def served(version: str) -> ET.Element:
    return schema_of(metadata(load(version)))


def named(schema: ET.Element, kind: str) -> dict[str, ET.Element]:
    return {each.get("Name", ""): each for each in schema.findall(f"{{{EDM}}}{kind}")}


def tree(element: ET.Element) -> Any:
    """An element as plain values: tag, attributes and children in their order."""
    return element.tag.rpartition("}")[2], dict(element.attrib), [tree(each) for each in element]


def annotations(schema: ET.Element) -> dict[str, dict[str, str | None]]:
    found = {}
    for each in schema.findall(f"{{{EDM}}}Annotations"):
        terms = {one.get("Term", ""): one.get("Bool") for one in each if one.get("Term") not in SPOKEN}
        if terms:
            found[each.get("Target", "")] = terms
    return found


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def published(version: str, reference: Path) -> ET.Element:
    excerpt = reference / "graph" / EXCERPTS[version]
    if not excerpt.is_file():
        pytest.skip(f"{excerpt.name} is not among the reference facts of this machine")
    return schema_of(excerpt.read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_everything_published_is_served_alike_in_the_same_order(kind: str, version: str, published: ET.Element) -> None:
    expected, found = named(published, kind), named(served(version), kind)
    assert list(found) == list(expected)
    for name, element in expected.items():
        assert tree(found[name]) == tree(element)


def test_the_annotations_are_the_published_ones_but_for_the_texts(version: str, published: ET.Element) -> None:
    assert annotations(served(version)) == annotations(published)


def test_the_schema_has_the_namespace_and_alias_of_graph(version: str) -> None:
    assert served(version).attrib == {"Namespace": "microsoft.graph", "Alias": "graph"}


def test_the_document_is_the_same_every_time(version: str) -> None:
    assert metadata(load(version)) == metadata(load(version))


def test_the_document_declares_its_version_and_encoding() -> None:
    document = metadata(load("v1.0"))
    assert document.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<edmx:Edmx Version=\"4.0\"")


def test_every_type_of_the_contract_is_declared_once(version: str) -> None:
    contract, schema = load(version), served(version)
    declared = [
        each.get("Name") for kind in ("ComplexType", "EntityType") for each in schema.findall(f"{{{EDM}}}{kind}")
    ]
    assert sorted(map(str, declared)) == sorted(contract.types)
    assert list(named(schema, "EnumType")) == sorted(contract.enums, key=str.lower)


def test_every_type_that_is_named_is_declared(version: str) -> None:
    schema = served(version)
    known = {name for kind in ("EnumType", "ComplexType", "EntityType") for name in named(schema, kind)}
    for element in schema.iter():
        for attribute in ("Type", "BaseType", "EntityType"):
            name = element.get(attribute, "Edm.").removeprefix("Collection(").removesuffix(")")
            space, _, bare = name.rpartition(".")
            assert space == "Edm" or bare in known, name


def test_properties_stand_in_alphabetical_order_without_regard_to_case(version: str) -> None:
    for element in named(served(version), "EntityType").values():
        names = [each.get("Name", "") for each in element.findall(f"{{{EDM}}}Property")]
        assert names == sorted(names, key=str.lower)


def test_beta_spells_its_own_members() -> None:
    slot = named(served("beta"), "ComplexType")["bookingWorkTimeSlot"]
    assert [each.get("Name") for each in slot] == ["end", "start"]


def test_an_action_below_two_sets_is_declared_once(version: str) -> None:
    actions = [each.get("Name") for each in served(version).findall(f"{{{EDM}}}Action")]
    assert actions == ["cancel", "getStaffAvailability", "publish", "unpublish"]


def test_only_beta_has_the_root_sets_and_the_term() -> None:
    def container(version: str) -> list[Any]:
        return [each.get("Name") for each in named(served(version), "EntityContainer")["GraphService"]]

    assert container("v1.0") == ["solutions"]
    assert container("beta") == ["bookingBusinesses", "bookingCurrencies", "solutions"]
    assert list(named(served("v1.0"), "Term")) == []
    assert list(named(served("beta"), "Term")) == ["applyBusinessAvailabilityRules"]
