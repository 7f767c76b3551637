"""Who may import whom: lower rows only, siblings never, and heavy third parties only where they belong."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "emulator" / "bookings_emulator"
# row by row from the bottom; a module may import what stands in lower rows, and its own folder
ROWS = [
    {"caches", "json_values", "secret_signs", "windows_zones"},
    {"problem", "times", "ids", "keys", "masking", "headers", "urls", "certificates", "client", "globs"},
    {"contract", "domain"},
    {"stubs"},
    {"odata", "documents"},
    {"exchange", "error_stream"},
    {"log", "chance", "clock"},
    {"faults", "settings"},
    {"store", "events"},
    {"plantings"},
    {"tenant"},
    {"tenants", "identity", "pipeline"},
    {"wire"},
    {"scenario", "recording"},
    {"control"},
    {"inspector"},
    {"app"},
    {"serving"},
    {"embedded", "scenario_runner"},
    {"interception"},
    {"__init__"},
    {"testing"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
THIRD_PARTY = {
    "times": {"tzlocal"},
    "windows_zones": {"tzlocal"},
    "json_values": {"orjson"},
    "masking": {"orjson"},
    "contract": {"orjson"},
    "odata": {"odata_query"},
    "documents": {"orjson"},
    "domain": set(),
    "store": {"orjson", "faker", "jsonschema"},
    "events": {"orjson", "httpx", "uvloop", "icalendar"},
    "pipeline": {"orjson"},
    "identity": {"jwt", "orjson"},
    "wire": {"orjson"},
    "control": {"orjson", "starlette", "jsonschema", "httpx"},
    "client": {"httpx"},
    "interception": {"httpx", "requests", "urllib3", "aiohttp", "h11"},
    "embedded": {"uvicorn"},
    "testing": {"pytest"},
    "scenario": {"orjson", "jsonschema", "httpx"},
    "recording": {"orjson", "httpx"},
    "scenario_runner": {"httpx"},
    "certificates": {"trustme"},
    "cli": {"click"},
    "commands": {"click", "httpx", "orjson"},
    "keys": {"cryptography"},
    "log": {"orjson"},
    "serving": {"uvicorn", "httptools"},
}
BECAUSE = "a station may know only what stands below it, so that the tree explains the program"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def station(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def row(name: str) -> int:
    return next(number for number, names in enumerate(ROWS) if name in names)


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_lower_rows_and_its_own_folder_only(file: Path) -> None:
    mine = station(file)
    for name in imports(file):
        top, _, rest = name.partition(".")
        if top == "bookings_emulator":
            theirs = rest.partition(".")[0] or "__init__"
            is_version = theirs == "__init__"
            assert theirs == mine or is_version or row(theirs) < row(mine), f"{file.name} imports {name}: {BECAUSE}"
        elif top not in sys.stdlib_module_names:
            assert top in THIRD_PARTY.get(mine, set()), f"{file.name} imports {name}: not a library of {mine}"


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_module_says_its_place_in_the_flow(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":"))


def test_no_module_imports_itself_by_way_of_others() -> None:
    def name_of(file: Path) -> str:
        parts = (PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)
        return ".".join(parts).removesuffix(".__init__")

    names = {name_of(file): file for file in modules()}
    imported = {name: set(imports(file)) | set(submodules(file)) for name, file in names.items()}
    graph = {name: (found & names.keys()) - {name, PACKAGE.name} for name, found in imported.items()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def submodules(file: Path) -> Iterator[str]:
    """The modules that `from package import module` may mean."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_there_are_no_drawers() -> None:
    drawers = {"utils", "helpers", "common", "base", "manager", "misc"}
    assert not {file.stem for file in modules()} & drawers


@pytest.mark.parametrize("file", [file for file in modules() if station(file) == "domain"], ids=lambda file: file.stem)
def test_the_domain_reads_no_clock_and_throws_no_dice(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for word in ("datetime.now", "time.time", "random", "uuid4", "open(", "utcnow"):
        assert word not in text
