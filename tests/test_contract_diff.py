"""What a `$metadata` document says otherwise than the contract is found, told and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.documents.csdl_diff import CsdlError, differences
from bookings_emulator.documents.metadata import EDM, metadata
from tests.conftest import Graph
from tests.test_cli import run
from tests.test_metadata import EXCERPTS, VERSIONS

SCHEMA = f'<Schema xmlns="{EDM}"'


def told(document: bytes, version: str = "v1.0") -> list[str]:
    return [" ".join(str(each).split()) for each in differences(load(version), document)]


def mutated(old: str, new: str) -> bytes:
    """Our own document with one thing changed."""
    text = metadata(load("v1.0")).decode()
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_own_document_differs_in_nothing(version: str, graph: Graph) -> None:
    assert told(graph.get(f"/{version}/$metadata").response.body, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_document_differs_in_nothing(version: str, reference: Path) -> None:
    excerpt = reference / "graph" / EXCERPTS[version]
    if not excerpt.is_file():
        pytest.skip(f"{excerpt.name} is not among the reference facts of this machine")
    assert told(excerpt.read_bytes(), version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_annotations_count_in_whichever_schema_they_stand(version: str) -> None:
    text = metadata(load(version)).decode()
    inside = re.findall(r"<Annotations Target=.*?</Annotations>", text, re.DOTALL)
    assert len(inside) > 3
    for each in inside:
        text = text.replace(each, "", 1)
    moved = "".join(each.replace('Target="graph.', 'Target="microsoft.graph.') for each in inside)
    other = f'{SCHEMA} Namespace="microsoft.graph.identityGovernance" Alias="self">{moved}</Schema></edmx:DataServices>'
    document = text.replace("</edmx:DataServices>", other, 1)
    assert document != text
    assert told(document.encode(), version) == []


def test_annotations_of_another_namespace_are_not_ours() -> None:
    text = metadata(load("v1.0")).decode()
    other = (
        f'{SCHEMA} Namespace="microsoft.graph.other" Alias="other"><Annotations Target="other.bookingService/notes">'
        '<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" /></Annotations></Schema></edmx:DataServices>'
    )
    assert told(text.replace("</edmx:DataServices>", other, 1).encode()) == []


MUTATIONS = {
    "a type of a property": (
        '<Property Name="filledAttendeesCount" Type="Edm.Int32"',
        '<Property Name="filledAttendeesCount" Type="Edm.Int64"',
        [
            "changed bookingAppointment.filledAttendeesCount: "
            "Edm.Int32, not null, Computed → Edm.Int64, not null, Computed"
        ],
    ),
    "nullability": (
        '<Property Name="filledAttendeesCount" Type="Edm.Int32" Nullable="false" />',
        '<Property Name="filledAttendeesCount" Type="Edm.Int32" />',
        ["changed bookingAppointment.filledAttendeesCount: Edm.Int32, not null, Computed → Edm.Int32, Computed"],
    ),
    "a new property": (
        '<Property Name="additionalInformation"',
        '<Property Name="aaa" Type="Collection(graph.phone)" /><Property Name="additionalInformation"',
        ["added bookingAppointment.aaa: Collection(phone)"],
    ),
    "a property that is gone": (
        '<Property Name="additionalInformation" Type="Edm.String" />',
        "",
        ["removed bookingAppointment.additionalInformation: Edm.String"],
    ),
    "a new member of an enum": (
        '<Member Name="text" Value="0" />',
        '<Member Name="text" Value="0" /><Member Name="checkBox" Value="9" />',
        ["added answerInputType.checkBox: member 9"],
    ),
    "another value of a member": (
        '<Member Name="radioButton" Value="1" />',
        '<Member Name="radioButton" Value="7" />',
        ["changed answerInputType.radioButton: member 1 → member 7"],
    ),
    "a navigation": (
        '<NavigationProperty Name="services" Type="Collection(graph.bookingService)" ContainsTarget="true" />',
        '<NavigationProperty Name="services" Type="Collection(microsoft.graph.bookingStaffMember)" />',
        [
            "changed bookingBusiness.services: navigation to Collection(bookingService), contained → "
            "navigation to Collection(bookingStaffMember)"
        ],
    ),
    "a parameter of an action": (
        '<Parameter Name="cancellationMessage" Type="Edm.String"',
        '<Parameter Name="reason" Type="Edm.String"',
        [
            "removed cancel(bookingAppointment).cancellationMessage: Edm.String",
            "added cancel(bookingAppointment).reason: Edm.String",
        ],
    ),
    "a new action": (
        '<Action Name="cancel"',
        '<Action Name="archive" IsBound="true"><Parameter Name="b" Type="graph.bookingBusiness" /></Action>'
        '<Action Name="cancel"',
        ["added archive(bookingBusiness): Action on bookingBusiness"],
    ),
    "an action that is gone": (
        '<Action Name="publish"',
        '<Action Name="publishAll"',
        [
            "removed publish(bookingBusiness): Action on bookingBusiness",
            "added publishAll(bookingBusiness): Action on bookingBusiness",
        ],
    ),
    "a new type, with what it refers to": (
        '<EntityType Name="bookingAppointment"',
        '<ComplexType Name="waitRule"><Property Name="at" Type="Edm.Date" /></ComplexType>'
        '<EntityType Name="bookingWaitList" BaseType="graph.entity"><Property Name="rule" Type="graph.waitRule" />'
        '</EntityType><EntityType Name="bookingAppointment"',
        ["added bookingWaitList: EntityType of entity with rule", "added waitRule: ComplexType with at"],
    ),
    "an annotation": (
        '<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" />',
        '<Annotation Term="Org.OData.Core.V1.Computed" Bool="false" />',
        None,
    ),
    "what concerns other parts of Graph": (
        '<EntityType Name="bookingAppointment"',
        '<EntityType Name="drive" BaseType="graph.entity"><Property Name="a" Type="Edm.String" /></EntityType>'
        '<ComplexType Name="unrelated" /><EntityType Name="bookingAppointment"',
        [],
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_kind_of_change_is_told_and_nothing_else(name: str) -> None:
    old, new, expected = MUTATIONS[name]
    found = told(mutated(old, new))
    if expected is None:
        assert len(found) == 1
        assert "Computed → " in found[0]
    else:
        assert found == expected


def test_what_all_of_graph_shares_is_not_compared() -> None:
    old = '<EntityType Name="entity" Abstract="true">'
    assert told(mutated(old, f'{old}<Property Name="more" Type="Edm.String" />')) == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"no xml", "expected a CSDL document in XML"),
        (b"<html/>", "expected an edmx:Edmx document"),
        (metadata(load("v1.0")).replace(b'Namespace="microsoft.graph"', b'Namespace="x"'), "no schema microsoft.graph"),
    ],
)
def test_what_is_no_csdl_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(CsdlError, match=message):
        differences(load("v1.0"), document)


def test_the_command_lists_differences_and_its_exit_code_tells_of_them(tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(metadata(load("v1.0")))
    assert run("contract", "diff", str(file)).returncode == 0
    file.write_bytes(mutated('<Member Name="text" Value="0" />', ""))
    found = run("contract", "diff", str(file))
    assert (found.returncode, found.stdout) == (1, "removed  answerInputType.text: member 0\n")
    as_json = json.loads(run("contract", "diff", str(file), "--json").stdout)
    assert as_json["differences"] == [
        {"change": "removed", "place": "answerInputType.text", "ours": "member 0", "theirs": None}
    ]
    assert run("contract", "diff", str(file), "--version", "v2").returncode == 2
    file.write_text("nothing")
    refused = run("contract", "diff", str(file))
    assert refused.returncode == 1
    assert "expected a CSDL document" in refused.stderr
