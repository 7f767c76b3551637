"""The contract files say what the reference facts say, name by name, and the loader refuses what it does not know."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bookings_emulator.contract.build import build, build_problems
from bookings_emulator.contract.load import load, load_problems
from bookings_emulator.contract.model import UNSET, Contract, Operation, Permissions, Property
from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.domain.staff import LIMIT

VERSIONS = ("v1.0", "beta")
Facts = dict[str, Any]


@cache
def _read(path: Path) -> Any:
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the reference facts of this machine")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def model(reference: Path) -> Any:
    return _read(reference / "graph" / "model.json")


# --- what the model says, and what the contract says, as the same flat facts ---


def model_types(model: Any, version: str) -> Facts:
    said = model["versions"][version]
    return {
        name: {
            "kind": each["kind"],
            "base": each["baseType"] and _bare(each["baseType"]),
            "abstract": each["abstract"],
            "required": each.get("documentedRequiredOnCreate") or [],
            "keys": each.get("key") or [],
        }
        for name, each in {**said["entityTypes"], **said["complexTypes"]}.items()
    }


def contract_types(contract: Contract) -> Facts:
    return {
        name: {
            "kind": each.kind,
            "base": each.base,
            "abstract": each.is_abstract,
            "required": list(each.required),
            "keys": [line.name for line in each.own if line.is_key],
        }
        for name, each in contract.types.items()
    }


def model_properties(model: Any, version: str) -> Facts:
    said = model["versions"][version]
    return {
        f"{name}/{line['name']}": {
            "type": line["type"],
            "collection": line["collection"],
            "nullable": line["nullable"],
            "default": _boolean(line.get("default")),
            "default in words": isinstance(line.get("default"), str),
            **{
                flag: line.get(flag, False)
                for flag in (
                    "key", "computed", "readOnly", "immutable", "serverSet", "url", "documentedOnlyWhenReadById",
                    "languageDependent",
                )
            },
        }
        for name, each in {**said["entityTypes"], **said["complexTypes"]}.items()
        for line in each["properties"]
    }  # fmt: skip


# documented as read by id only, and seen in lists (msgraph-sdk-python 552, 2024): the quirk service-reminders-in-lists
SEEN_IN_LISTS = {"bookingService/defaultReminders"}


def contract_properties(contract: Contract) -> Facts:
    return {
        f"{name}/{line.name}": {
            "type": line.type.qualified(contract.namespace).removeprefix("Collection(").removesuffix(")"),
            "collection": line.type.is_collection,
            "nullable": line.is_nullable,
            "default": _boolean(None if line.default is UNSET else line.default),
            "default in words": line.default_from is not None,
            "key": line.is_key,
            "computed": line.is_computed,
            "readOnly": line.is_computed or line.is_readonly,
            "immutable": line.is_immutable,
            "serverSet": line.is_server,
            "url": line.is_url,
            "documentedOnlyWhenReadById": line.is_by_id or f"{name}/{line.name}" in SEEN_IN_LISTS,
            "languageDependent": line.is_localized,
        }
        for name, each in contract.types.items()
        for line in each.own
    }


def model_navigations(model: Any, version: str) -> Facts:
    return {
        f"{name}/{each['name']}": {
            "type": _bare(each["type"]),
            "collection": each["collection"],
            "contained": each["containsTarget"],
            "readOnly": each.get("readOnly", False),
        }
        for name, kind in model["versions"][version]["entityTypes"].items()
        for each in kind["navigationProperties"]
    }


def contract_navigations(contract: Contract) -> Facts:
    return {
        f"{name}/{each.name}": {
            "type": each.target,
            "collection": True,
            "contained": True,
            "readOnly": each.is_readonly,
        }
        for name, kind in contract.types.items()
        for each in kind.navigations
    }


def model_enums(model: Any, version: str) -> Facts:
    renamed = {each["what"]: {each["metadata"]: each["wire"]} for each in model["wireDeviations"] if "wire" in each}
    return {
        name: {
            "members": [(member["name"], member["value"]) for member in each["members"]],
            "evolvable": each["evolvable"],
            "wire": renamed.get(name, {}),
        }
        for name, each in model["versions"][version]["enums"].items()
    }


def contract_enums(contract: Contract) -> Facts:
    return {
        name: {
            "members": [(member, value) for value, member in enumerate(each.members)],
            "evolvable": each.is_evolvable,
            "wire": each.wire,
        }
        for name, each in contract.enums.items()
    }


def model_operations(model: Any, version: str) -> Facts:
    v1_query = {each["id"]: each.get("documentedQueryOptions") for each in model["versions"]["v1.0"]["operations"]}
    return {
        each["id"]: {
            "method": each["method"],
            "first path": each["path"],
            "paths": sorted(each["paths"]),
            "permissions": _model_permissions(each["permissions"]),
            "root permissions": _model_permissions(each.get("permissionsRootRoute")),
            "success": each["success"]["status"],
            "answer": _model_answer(each["success"]["body"]),
            "query": _model_query(each.get("documentedQueryOptions"), v1_query[each["id"]]),
            "options": [
                (option["name"], option.get("type", "String"), option["required"])
                for option in each.get("customQueryParameters") or []
            ],
            **_model_request(each["request"] or {}, version),
        }
        for each in model["versions"][version]["operations"]
    }


def contract_operations(contract: Contract) -> Facts:
    return {
        name: {
            "method": each.method,
            "first path": f"/{contract.roots[0]}/{each.path}",
            "paths": sorted(_paths(contract, each)),
            "permissions": _permissions(each.permissions),
            "root permissions": each.root_permissions and _permissions(each.root_permissions),
            "success": each.status,
            "answer": _answer(each),
            "query": sorted(each.query),
            "options": [(option.name, option.type, option.is_required) for option in each.options],
            "required": sorted(each.required),
            "updatable": sorted(each.updatable),
            "parameters": {
                line.name: (_parameter_type(line), "nullable" if line.is_nullable else "required")
                for line in each.parameters
            },
        }
        for name, each in contract.operations.items()
        if each.is_documented
    }


def model_undocumented(model: Any, version: str) -> Facts:
    return {
        f"{each['method']} {each['paths'][0]}": {
            "paths": sorted(each["paths"]),
            "permissions in data": _model_permissions(each["permissionsInData"] or None),
        }
        for each in model["versions"][version]["undocumentedOperationsInMetadata"]
    }


def contract_undocumented(contract: Contract) -> Facts:
    return {
        f"{each.method} /{contract.roots[0]}/{each.path}": {
            "paths": sorted(f"/{root}/{each.path}".replace("//", "/") for root in contract.roots),
            "permissions in data": _permissions(each.permissions) if each.permission_source == "data" else None,
        }
        for each in contract.operations.values()
        if not each.is_documented
    }


def model_service(model: Any, version: str) -> Facts:
    said = model["versions"][version]
    return {
        "root": said["root"].rpartition("/")[2],
        "singletons": said["container"]["singletons"],
        "entity sets": sorted(said["container"]["entitySets"]),
        "terms": [(_bare(each["name"]), each["type"], each["appliesTo"]) for each in said["instanceAnnotationTerms"]],
        "businesses listed": model["limits"]["businessesListed"],
        "staff members": model["limits"]["staffMembersPerBusiness"],
    }


def contract_service(contract: Contract) -> Facts:
    sets = [each.name for each in contract.types["solutionsRoot"].navigations]
    return {
        "root": contract.version,
        "singletons": [root for root in contract.roots if root],
        "entity sets": sorted(sets) if "" in contract.roots else [],
        "terms": [(each.name, f"Edm.{each.type}", each.applies) for each in contract.terms],
        "businesses listed": contract.operations["listBusinesses"].limit,
        "staff members": LIMIT,
    }


def _bare(name: str) -> str:
    return name.removeprefix("microsoft.graph.")


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _model_permissions(said: Any) -> Any:
    """Per kind of caller: the least permission, the higher ones, all that the data flag as least; None: unsupported."""
    if said is None:
        return None
    kinds = {"delegated": "delegatedWork", "application": "application"}
    return {
        kind: (each["least"], sorted(each["higher"]), sorted(each["flaggedLeastInData"])) if each["supported"] else None
        for kind, key in kinds.items()
        for each in [said[key]]
    }


def _permissions(permissions: Permissions) -> Any:
    def one(kind: str, names: tuple[str, ...] | None) -> Any:
        if names is None:
            return None
        least, *higher = names
        return [least], sorted(higher), sorted({least, *permissions.also_least.get(kind, ())})

    return {
        "delegated": one("delegated", permissions.delegated),
        "application": one("application", permissions.application),
    }


def _model_answer(body: Any) -> Any:
    if body is None:
        return None
    members = sorted(body.get("onlyProperties", ()))
    return ("collection", body["collectionOf"], members) if "collectionOf" in body else ("one", body["entity"], members)


def _answer(operation: Operation) -> Any:
    if operation.status == 204:
        return None
    is_collection = operation.kind == "list" or (operation.returns is not None and operation.returns.is_collection)
    return ("collection" if is_collection else "one", operation.type, sorted(operation.members))


def _model_query(options: list[str] | None, v1_options: list[str] | None) -> list[str]:
    """A beta page that only says that OData options are supported means those of the v1.0 page."""
    return sorted((v1_options if options == ["OData (unspecified)"] else options) or [])


def _model_request(request: Any, version: str) -> Facts:
    beta_only = " (beta page)"
    names = [name for name in request.get("updatable", ()) if version == "beta" or not name.endswith(beta_only)]
    return {
        "required": sorted(request.get("required", ())),
        "updatable": sorted(name.removesuffix(beta_only) for name in names),
        "parameters": {name: tuple(text.split(", ")) for name, text in request.get("action", {}).items()},
    }


def _parameter_type(line: Property) -> str:
    return line.type.qualified("").replace("(.", "(").removeprefix(".")


def _paths(contract: Contract, operation: Operation) -> list[str]:
    ends = [operation.path]
    if operation.action:
        ends.append(f"{operation.path.removesuffix(operation.action)}{contract.namespace}.{operation.action}")
    return [f"/{root}/{end}".replace("//", "/") for root in contract.roots for end in ends]


SUBJECTS: dict[str, tuple[Callable[[Any, str], Facts], Callable[[Contract], Facts]]] = {
    "types": (model_types, contract_types),
    "properties": (model_properties, contract_properties),
    "navigations": (model_navigations, contract_navigations),
    "enums": (model_enums, contract_enums),
    "operations": (model_operations, contract_operations),
    "undocumented operations": (model_undocumented, contract_undocumented),
    "service": (model_service, contract_service),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_contract_says_what_the_reference_says(subject: str, version: str, model: Any) -> None:
    of_model, of_contract = SUBJECTS[subject]
    expected, found = of_model(model, version), of_contract(load(version))
    assert expected, "there is something to compare"
    assert sorted(found) == sorted(expected)
    assert {name: found[name] for name in expected if found[name] != expected[name]} == {
        name: expected[name] for name in expected if found[name] != expected[name]
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_permission_is_one_that_the_reference_knows(version: str, model: Any) -> None:
    calendars = {"Calendars.Read", "Calendars.ReadWrite"}
    for operation in load(version).operations.values():
        for permissions in filter(None, (operation.permissions, operation.root_permissions)):
            assert set(permissions.delegated or ()) <= set(model["permissionIds"]["delegated"])
            assert set(permissions.application or ()) <= set(model["permissionIds"]["application"]) | calendars


# --- what needs no reference ---


@pytest.mark.parametrize("version", VERSIONS)
def test_every_refused_operation_names_a_problem(version: str) -> None:
    named = {each.refused for each in load(version).operations.values() if each.refused}
    assert named
    assert named <= set(load_problems())


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_operation_requires_or_updates_is_a_property_of_its_type(version: str) -> None:
    contract = load(version)
    for operation in contract.operations.values():
        if operation.required or operation.updatable:
            known = contract.types[operation.type or ""].by_name
            assert {*operation.required, *operation.updatable} <= set(known), operation.name


def test_beta_lines_keep_the_stored_name_of_v1() -> None:
    beta = load("beta").types["bookingAppointment"]
    assert (beta.by_name["start"].stored, beta.by_name["end"].stored) == ("startDateTime", "endDateTime")


def contract_file(**tables: Any) -> dict[str, Any]:
    """A small complete contract file; `tables` are laid over its top level."""
    file = {
        "version": "v1.0",
        "namespace": "microsoft.graph",
        "roots": ["solutions"],
        "source": "csdl",
        "sources": {"csdl": "the metadata", "docs": "the pages"},
        "enum": {"colour": {"members": "red green", "wire": {}}},
        "complex": {"place": {"properties": {"street": "String"}}},
        "entity": {
            "solutionsRoot": {"navigations": {"shops": "[shop]"}},
            "shop": {"properties": {"id": "String key notnull", "displayName": "String", "place": "place"}},
        },
        "operation": {"listShops": {"request": "GET shops", "status": 200, "delegated": ["Bookings.Read.All"]}},
    }
    return copy.deepcopy(file) | tables


def shop(**lines: str) -> dict[str, Any]:
    return {"solutionsRoot": {"navigations": {"shops": "[shop]"}}, "shop": {"properties": lines}}


WRONG_FILES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown word in a property line": (
        {"entity": shop(id="String key notnul")},
        ["entity.shop.id", "unknown word 'notnul'", "did you mean 'notnull'"],
    ),
    "unknown flag": (
        {"entity": shop(id="String computd")},
        ["entity.shop.id", "'computd'", "did you mean 'computed'"],
    ),
    "unknown source of a line": (
        {"entity": shop(id="String @dosc")},
        ["entity.shop.id", "'@dosc'", "did you mean '@docs'"],
    ),
    "unknown key of the file": ({"entitys": {}}, ["unknown word 'entitys'", "did you mean 'entity'"]),
    "unknown key of an entity": (
        {"entity": {**shop(id="String"), "shop": {"propertys": {}}}},
        ["entity.shop", "'propertys'", "did you mean 'properties'"],
    ),
    "unknown key of an enum": (
        {"enum": {"colour": {"members": "red", "wired": {}}}},
        ["enum.colour", "'wired'", "did you mean 'wire'"],
    ),
    "unknown key of an operation": (
        {"operation": {"listShops": {"request": "GET shops", "statu": 200}}},
        ["operation.listShops", "'statu'", "did you mean 'status'"],
    ),
    "unknown key of the permissions at the root": (
        {"operation": {"listShops": {"request": "GET shops", "root": {"delegate": []}}}},
        ["operation.listShops.root", "'delegate'", "did you mean 'delegated'"],
    ),
    "unknown key of a term": (
        {"term": {"rules": {"type": "Boolean", "applys": "shop"}}},
        ["term.rules", "'applys'", "did you mean 'applies'"],
    ),
    "unknown type of a property": (
        {"entity": shop(id="Strng")},
        ["entity.shop.id", "unknown type 'Strng'", "did you mean 'String'"],
    ),
    "unknown type in a collection": (
        {"entity": shop(places="[plaec]")},
        ["entity.shop.places", "'plaec'", "did you mean 'place'"],
    ),
    "unknown base type": (
        {"complex": {"place": {"base": "plac", "properties": {}}}},
        ["complex.place.base", "unknown type 'plac'", "did you mean 'place'"],
    ),
    "unknown type of a parameter": (
        {"operation": {"open": {"request": "POST shops/{}/open", "action": "open", "parameters": {"at": "Dat"}}}},
        ["operation.open.at", "'Dat'", "did you mean 'Date'"],
    ),
    "unknown word of a navigation": (
        {"entity": {**shop(id="String"), "solutionsRoot": {"navigations": {"shops": "[shop] readonli"}}}},
        ["entity.solutionsRoot.shops", "'readonli'", "did you mean 'readonly'"],
    ),
    "unknown member in the wire names of an enum": (
        {"enum": {"colour": {"members": "red green", "wire": {"gren": "verde"}}}},
        ["enum.colour", "'gren'", "did you mean 'green'"],
    ),
    "unknown set in a request": (
        {"operation": {"listShops": {"request": "GET shop"}}},
        ["operation.listShops.request", "'shop'", "did you mean 'shops'"],
    ),
    "bad literal": (
        {"entity": shop(open="Boolean default=fals")},
        ["entity.shop.open", "'fals' is not a JSON value"],
    ),
    "nothing near": ({"entity": shop(id="String zzz")}, ["entity.shop.id", "'zzz'", "expected one of", "notnull"]),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_the_loader_refuses_and_says_where_and_what_is_near(case: str) -> None:
    tables, words = WRONG_FILES[case]
    with pytest.raises(ContractError) as refusal:
        build([("ours.toml", contract_file(**tables))])
    missing = [word for word in ["ours.toml", *words] if word not in str(refusal.value)]
    assert missing == [], str(refusal.value)


@pytest.mark.parametrize("verb", ["removed", "renamed"])
def test_the_loader_refuses_to_remove_or_rename_a_line_that_is_not_there(verb: str) -> None:
    change = {"removed": ["displayNam"], "renamed": {"displayNam": "name"}}[verb]
    overlay = {"version": "beta", "source": "csdl", "sources": {}, "entity": {"shop": {verb: change}}}
    with pytest.raises(ContractError) as refusal:
        build([("ours.toml", contract_file()), ("ours.beta.toml", overlay)])
    for word in ("ours.beta.toml", "entity.shop", "'displayNam'", "did you mean 'displayName'"):
        assert word in str(refusal.value)


def test_a_small_contract_loads() -> None:
    contract = build([("ours.toml", contract_file())])
    assert contract.types["shop"].by_name["id"].is_key
    assert contract.operations["listShops"].kind == "list"


WRONG_PROBLEMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown key": (
        {"status": 400, "code": "A", "mesage": "", "confidence": "high", "source": "seen"},
        ["'mesage'", "did you mean 'message'"],
    ),
    "missing key": ({"status": 400, "code": "A", "message": "", "source": "seen"}, ["needs confidence"]),
}


@pytest.mark.parametrize("case", WRONG_PROBLEMS)
def test_the_problem_table_refuses_a_row_that_is_not_complete_or_not_known(case: str) -> None:
    row, words = WRONG_PROBLEMS[case]
    with pytest.raises(ContractError) as refusal:
        build_problems("problems.toml", {"problem": {"auth.empty": row}})
    for word in ("problems.toml: problem.auth.empty", *words):
        assert word in str(refusal.value)
