"""The table of refusals: every row is raised somewhere, every refusal has a row, its texts are the observed ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bookings_emulator.contract.build import build_problems
from bookings_emulator.contract.load import OVERLAYS, load, load_problems
from bookings_emulator.contract.model import ProblemRow
from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.tenant import Tenant
from tests.conftest import Graph

PACKAGE = Path(__file__).parents[1] / "emulator" / "bookings_emulator"
# rows whose text says nothing of the request, where the observed text left a gap that had to be filled
# rows of the reference that later reports correct: another code or text was seen, or another confidence follows
LATER = {
    "mailbox.invaliduser", "body.property.exchange", "body.type", "body.abstract", "body.enum", "body.required"
}  # fmt: skip
FILLED = {"body.abstract", "body.required", "payload.toolarge", "odata.option.unknown", "aad.declined"}


def raised() -> set[str]:
    """Every id that the code or the contract names."""
    files = (file for file in PACKAGE.rglob("*.py") if file.parent.name != "faults")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.name != "literals.py")  # that names all
    refused = {each.refused for version in OVERLAYS for each in load(version).operations.values() if each.refused}
    patterns = [
        re.sub(r"\\{[^}]*\\}", "[a-z]+", re.escape(each)) for each in re.findall(r'f"([a-z]+\.[a-z.{}_]+)"', text)
    ]
    composed = {id_ for id_ in load_problems() for pattern in patterns if re.fullmatch(pattern, id_)}
    return refused | composed | {id_ for id_ in load_problems() if f'"{id_}"' in text}


def without_gaps(headers: dict[str, str]) -> dict[str, str]:
    """Headers without what a fault fills in: seconds of Retry-After, claims of a challenge."""
    return {name: re.sub(r'claims=".*"', "", value) if name != "Retry-After" else "" for name, value in headers.items()}


def test_every_row_is_raised_by_the_code_or_stands_among_those_of_faults() -> None:
    rows = load_problems().values()
    by_code = {row.id for row in rows if not row.is_injected}
    assert by_code <= raised()
    # without a dot an id is a word that the code may use for something else
    assert not {row.id for row in rows if row.is_injected and "." in row.id} & raised()


@pytest.mark.parametrize("id_", load_problems())
def test_a_fault_raises_any_row(id_: str, tenant: Tenant, graph: Graph) -> None:
    row = load_problems()[id_]
    (fault,) = tenant.faults.add({"effect": {"problem": id_}})
    if fault.rule.match.planes == {"graph"}:
        answer = graph.get("/v1.0/solutions/bookingBusinesses")
        assert (answer.status, answer.error["code"], answer.headers["x-emulator-fault"]) == (row.status, row.code, "f1")
        assert not re.search(r"\{[a-zA-Z_]+\}", answer.error["message"] + str(answer.headers))
        assert [*tenant.journal.entries][-1].exchange.problem == id_


def test_a_text_is_filled_in_one_pass_and_what_a_client_sent_is_cut_there() -> None:
    row = ProblemRow("x", 400, "X", "{a} {b} {c}", "seen", "", {"H": "{long}\n{a}"}, {"in": "{b}"})
    filled = row.fill({"a": "{b}", "b": "x" * 500, "long": "y" * 500})
    assert filled.message == f"{{b}} {'x' * 200} {{c}}"
    assert filled.headers == {"H": "y" * 500 + " {b}"}
    assert filled.inner == {"in": "x" * 500}


def test_every_refusal_has_a_row() -> None:
    named = set()
    for file in PACKAGE.rglob("*.py"):
        named |= set(re.findall(r'Problem\(\s*"([a-z.0-9]+)"', file.read_text(encoding="utf-8")))
    assert named <= set(load_problems())


@pytest.mark.parametrize("row", load_problems().values(), ids=lambda row: row.id)
def test_a_row_says_how_sure_it_is_and_from_where(row) -> None:
    assert row.confidence in ("high", "medium", "low")
    assert row.source
    assert 400 <= row.status < 600


def test_the_rows_are_those_of_the_reference(reference: Path) -> None:
    known = {each["id"]: each for each in json.loads((reference / "platform" / "errors.json").read_text())["errors"]}
    for row in load_problems().values():
        if row.id in known and row.id not in LATER:
            theirs = known[row.id]
            assert (row.status, row.code) == (theirs["status"], theirs["code"]), row.id
            assert row.confidence == theirs["confidence"], row.id
            assert without_gaps(row.headers) == without_gaps(theirs["extra_headers"]), row.id
            if row.id not in FILLED:  # the trace behind AADSTS texts belongs to the envelope
                assert row.message == theirs["message"].partition("\r\nTrace ID")[0], row.id


def test_every_row_of_the_reference_is_there(reference: Path) -> None:
    known = json.loads((reference / "platform" / "errors.json").read_text())["errors"]
    assert [each["id"] for each in known if each["id"] not in {*load_problems(), *LATER}] == []


def test_a_row_with_an_unknown_or_a_missing_word_is_refused() -> None:
    row = {"status": 400, "code": "x", "message": "y", "confidence": "low", "source": "z"}
    with pytest.raises(ContractError, match=r"p.toml: problem.a: unknown word 'mesage'; did you mean 'message'\?"):
        build_problems("p.toml", {"problem": {"a": {**row, "mesage": "y"}}})
    del row["code"]
    with pytest.raises(ContractError, match=r"p.toml: problem.a: needs code"):
        build_problems("p.toml", {"problem": {"a": row}})
