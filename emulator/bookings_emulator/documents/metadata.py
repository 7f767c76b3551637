"""Writes the contract as the CSDL 4.0 document that clients read at `$metadata`."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from bookings_emulator.contract.model import Contract, Operation, Property, StructuredType, TypeRef

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
ALIAS = "graph"
CONTAINER = "GraphService"

_ROOT_TYPE = "solutionsRoot"
_CORE = "Org.OData.Core.V1"
_ANNOTATED = {
    "is_computed": "Computed",
    "is_immutable": "Immutable",
    "is_localized": "IsLanguageDependent",
    "is_url": "IsURL",
}


def metadata(contract: Contract) -> bytes:
    """The document of one version as UTF-8 XML; the same contract gives the same bytes."""
    document = ET.Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": EDMX})
    services = ET.SubElement(document, "edmx:DataServices")
    schema = ET.SubElement(services, "Schema", {"Namespace": contract.namespace, "Alias": ALIAS, "xmlns": EDM})
    _add_enums(schema, contract)
    _add_types(schema, "ComplexType", contract.complexes())
    _add_types(schema, "EntityType", contract.entities())
    _add_actions(schema, contract)
    _add_terms(schema, contract)
    _add_container(schema, contract)
    _add_annotations(schema, contract)
    ET.indent(document)
    text: bytes = ET.tostring(document, encoding="utf-8", xml_declaration=True)
    return text


def _alphabetical(name: str) -> str:
    """The order of the published document: bookingsAvailability stands before bookingSchedulingPolicy."""
    return name.lower()


def _add_enums(schema: ET.Element, contract: Contract) -> None:
    for name in sorted(contract.enums, key=_alphabetical):
        element = ET.SubElement(schema, "EnumType", {"Name": name})
        for value, member in enumerate(contract.enums[name].members):
            ET.SubElement(element, "Member", {"Name": member, "Value": str(value)})


def _add_types(schema: ET.Element, tag: str, types: list[StructuredType]) -> None:
    for each in sorted(types, key=lambda kind: _alphabetical(kind.name)):
        facts = {"Name": each.name}
        if each.base:
            facts["BaseType"] = f"{ALIAS}.{each.base}"
        if each.is_abstract:
            facts["Abstract"] = "true"
        _add_members(ET.SubElement(schema, tag, facts), each)


def _add_members(element: ET.Element, kind: StructuredType) -> None:
    keys = [each.name for each in kind.own if each.is_key]
    if keys:
        key = ET.SubElement(element, "Key")
        for name in keys:
            ET.SubElement(key, "PropertyRef", {"Name": name})
    for line in sorted(kind.own, key=lambda each: _alphabetical(each.name)):
        ET.SubElement(element, "Property", _typed(line))
    for navigation in sorted(kind.navigations, key=lambda each: _alphabetical(each.name)):
        target = TypeRef(navigation.target, is_collection=True).qualified(ALIAS)
        facts = {"Name": navigation.name, "Type": target, "ContainsTarget": "true"}
        ET.SubElement(element, "NavigationProperty", facts)


def _typed(line: Property) -> dict[str, str]:
    facts = {"Name": line.name, "Type": line.type.qualified(ALIAS)}
    return facts if line.is_nullable else {**facts, "Nullable": "false"}


def _add_actions(schema: ET.Element, contract: Contract) -> None:
    for (action, bound), operation in sorted(_actions(contract).items(), key=lambda each: _alphabetical(each[0][0])):
        element = ET.SubElement(schema, "Action", {"Name": action, "IsBound": "true"})
        binding = {"Name": bound, "Type": f"{ALIAS}.{bound}", "Nullable": "false"}
        ET.SubElement(element, "Parameter", binding)
        for parameter in operation.parameters:
            unicode = {"Unicode": "false"} if parameter.type.name == "String" else {}
            ET.SubElement(element, "Parameter", {**_typed(parameter), **unicode})
        if operation.returns:
            ET.SubElement(element, "ReturnType", {"Type": operation.returns.qualified(ALIAS)})


def _actions(contract: Contract) -> dict[tuple[str, str], Operation]:
    """Every action by its name and the type it is bound to; the same action below another set is the same action."""
    instances = {each.name: each.instance for kind in contract.entities() for each in kind.navigations}
    found: dict[tuple[str, str], Operation] = {}
    for operation in contract.operations.values():
        if operation.action and operation.set:
            found.setdefault((operation.action, instances[operation.set]), operation)
    return found


def _add_terms(schema: ET.Element, contract: Contract) -> None:
    for term in contract.terms:
        facts = {"Name": term.name, "Type": f"Edm.{term.type}", "AppliesTo": f"{contract.namespace}.{term.applies}"}
        ET.SubElement(schema, "Term", facts)


def _add_container(schema: ET.Element, contract: Contract) -> None:
    """Each named root is a singleton; the unnamed root of beta shows its sets in the container itself."""
    container = ET.SubElement(schema, "EntityContainer", {"Name": CONTAINER})
    root_type = contract.types[_ROOT_TYPE]
    if "" in contract.roots:
        for each in root_type.navigations:
            entity = f"{contract.namespace}.{each.target}"
            ET.SubElement(container, "EntitySet", {"Name": each.name, "EntityType": entity})
    for root in filter(None, contract.roots):
        ET.SubElement(container, "Singleton", {"Name": root, "Type": f"{contract.namespace}.{root_type.name}"})


def _add_annotations(schema: ET.Element, contract: Contract) -> None:
    for target, terms in sorted(_annotated(contract), key=lambda each: _alphabetical(each[0])):
        element = ET.SubElement(schema, "Annotations", {"Target": f"{contract.namespace}.{target}"})
        for term in terms:
            ET.SubElement(element, "Annotation", {"Term": f"{_CORE}.{term}", "Bool": "true"})


def _annotated(contract: Contract) -> Iterator[tuple[str, list[str]]]:
    for kind in contract.types.values():
        for line in kind.own:
            terms = [term for flag, term in _ANNOTATED.items() if getattr(line, flag)]
            if terms:
                yield f"{kind.name}/{line.name}", terms
