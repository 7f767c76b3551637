"""What TypeScript makes of the documents: types by known generators, strict programs over them, recipes, an example."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GENERATORS = HERE / "node" / "generators"
PROGRAM = GENERATORS / "types" / "program.ts"
EXAMPLE = ROOT / "examples" / "node-typescript"
OURS = "graph-bookings-emulator-client"
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "clients/javascript/README.md", ROOT / "README.md"]
# what the environment may name in place of the certificates that `exec --https` has its command trust
BUNDLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
OPENAPI = ("v1.0", "beta", "control", "connector-openapi3")
STRICT = {
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "target": "es2022",
    "lib": ["es2023", "dom"],
    "module": "nodenext",
    "types": ["node"],
    "skipLibCheck": False,
}

pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def generators() -> Path:
    """The npm packages of the generators; skips where there are none, unless they have just been set up."""
    packages = GENERATORS / "node_modules"
    if not (packages / ".ready").is_file() and "CLIENTS_ARE_SET_UP" not in os.environ:
        pytest.skip(f"{packages} is not there; make test-node installs it")
    return packages


@pytest.fixture(scope="session")
def generated(origin: str, generators: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types of every document, made by openapi-typescript and json-schema-to-typescript."""
    folder = tmp_path_factory.mktemp("generated")
    for name in OPENAPI:
        document = _fetch(f"{origin}/_emulator/openapi/{name}.json", folder / f"{name}.json")
        _node(generators / "openapi-typescript/bin/cli.js", document, "-o", folder / f"{name}.d.ts")
    schema = _fetch(f"{origin}/_emulator/schemas/notification.json", folder / "notification.json")
    _node(generators / "json-schema-to-typescript/dist/src/cli.js", schema, "-o", folder / "notification.d.ts")
    shutil.copy(PROGRAM, folder)
    _link(folder, openapi_fetch=generators / "openapi-fetch", types_node=packages / "@types" / "node")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


def test_the_types_of_the_package_are_those_that_the_generator_makes_today(
    generators: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    from writers.javascript_types import FILE, write_types

    assert FILE.read_text(encoding="utf-8") == write_types(generators), "run: make docs"


def test_a_strict_program_over_the_types_of_every_document_compiles_and_runs(
    generated: Path, packages: Path, origin: str
) -> None:
    (generated / "tsconfig.json").write_text(json.dumps({"compilerOptions": STRICT, "files": ["program.ts"]}))
    _node(packages / "typescript/bin/tsc", "-p", ".", folder=generated)
    assert "every document is typed" in _node("program.js", folder=generated, EMULATOR_ORIGIN=origin)


def _typescript_in(page: Path) -> list[str]:
    return re.findall(r"^```ts\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def recipes(packed: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every block of TypeScript in the documents, compiled by a strict compiler."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "node_modules").symlink_to(packages)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for page in PAGES:
        for number, block in enumerate(_typescript_in(page)):
            (folder / f"{page.parent.name}-{page.stem}-{number}.ts").write_text(block, encoding="utf-8")
    options = {**STRICT, "skipLibCheck": True, "moduleDetection": "force"}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}))
    _node(packages / "typescript/bin/tsc", "-p", ".", folder=folder)
    return folder


def test_every_recipe_in_typescript_compiles_strictly(recipes: Path) -> None:
    assert len(list(recipes.glob("*.ts"))) == sum(len(_typescript_in(page)) for page in PAGES) >= 5


@pytest.mark.parametrize(("number", "said"), [(0, "serviceId"), (1, "429 throttle.rate")])
def test_the_recipes_in_typescript_run(number: int, said: str, recipes: Path, origin: str) -> None:
    program = recipes / f"docs-clients-{number}.js"
    program.write_text(program.read_text(encoding="utf-8").replace("http://localhost:8365", origin), encoding="utf-8")
    assert said in _node(program, folder=recipes, BOOKINGS_EMULATOR_URL=origin)


@pytest.fixture(scope="session")
def example(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with the packages of its lock, and our own as it is now."""
    if not (EXAMPLE / "node_modules" / ".ready").is_file() and "CLIENTS_ARE_SET_UP" not in os.environ:
        pytest.skip(f"{EXAMPLE / 'node_modules'} is not there; make test-node installs it")
    folder = tmp_path_factory.mktemp("example") / EXAMPLE.name
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").mkdir()
    for each in (EXAMPLE / "node_modules").iterdir():
        if each.name != OURS:
            (folder / "node_modules" / each.name).symlink_to(each)
    with tarfile.open(packed) as opened:
        opened.extractall(folder / "node_modules", filter="data")
    (folder / "node_modules" / "package").rename(folder / "node_modules" / OURS)
    return folder


def test_the_example_compiles_strictly(example: Path) -> None:
    _node(example / "node_modules/typescript/bin/tsc", "--noEmit", folder=example)


def test_the_27_tests_of_the_example_pass(example: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKINGS_", *BUNDLES))}
    command = [sys.executable, "-m", "bookings_emulator", "exec", "--https", "--", shutil.which("npm") or "npm", "test"]
    done = subprocess.run(
        command,
        cwd=example,
        env=clean | {"NO_COLOR": "1", "PYTHONPATH": str(ROOT / "emulator")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "27 passed (27)" in done.stdout


def _fetch(url: str, file: Path) -> Path:
    with urlopen(url, timeout=30) as answer:
        file.write_bytes(answer.read())
    return file


def _link(folder: Path, **packages: Path) -> None:
    """Packages as a project of its own has them; `types_node` stands for `@types/node`."""
    for name, place in packages.items():
        link = folder / "node_modules" / (f"@types/{name[6:]}" if name.startswith("types_") else name.replace("_", "-"))
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(place)


def _node(*words: str | Path, folder: Path = ROOT, **settings: str) -> str:
    """What a program of node says; it fails with all of that where its exit code is not 0."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOOKINGS_")}
    done = subprocess.run(
        [node, *map(str, words)],
        cwd=folder,
        env=clean | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
