"""What client tests need: the emulator behind a socket, a credential, a loop. Without the SDKs nothing is collected."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE = HERE / "node"
PACKAGES = NODE / "node_modules"
OURS = "graph-bookings-emulator-client"
HAS_SDK = find_spec("msgraph") is not None
READY = {
    "test_msgraph_sdk.py": HAS_SDK,
    "test_msgraph_beta_sdk.py": HAS_SDK and find_spec("msgraph_beta") is not None,
    "test_quick_starts.py": HAS_SDK,
    "test_sign_in.py": HAS_SDK,
    "test_mock.py": HAS_SDK and find_spec("aiohttp") is not None,
    "test_connector_sdks.py": HAS_SDK and any(ROOT.glob(".venv-connectors-*/.ready")),
    "test_javascript_package.py": (PACKAGES / "typescript").is_dir(),
    "test_typescript.py": (PACKAGES / "typescript").is_dir(),
    "test_node_clients.py": (PACKAGES / "@microsoft").is_dir(),
}
collect_ignore = [name for name, is_ready in READY.items() if not is_ready]

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_FENCES = {"sh": "sh", "node": "js"}  # program → language of the code that it runs
Run = Callable[[Any], Any]
RunRecipe = Callable[..., str]
Connect = Callable[[Callable[..., Any], str], Any]


def pytest_configure(config: pytest.Config) -> None:
    """The SDKs call their own classes deprecated while they are imported, in any test that first needs a class."""
    for said, module in (("GetQueryParameters is", "kiota_abstractions"), ("This class is", "msgraph(_beta)?")):
        config.addinivalue_line("filterwarnings", rf"ignore:{said} deprecated:DeprecationWarning:{module}\.")


class StaticCredential:
    """A credential as azure-identity has them, with a token that never changes; the emulator takes any."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """The same token, whatever is asked."""
        from azure.core.credentials import AccessToken  # anything else is silently left out of the request

        return AccessToken("test-token", expires_on=4102444800)


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What an emulator says of itself that serves http and https, with the default fixture, in a process of its own."""
    folder = tmp_path_factory.mktemp("authority")
    command = [
        sys.executable,
        "-m",
        "bookings_emulator",
        "serve",
        "--port",
        "0",
        "--https",
        "0",
        "--ca-folder",
        str(folder),
    ]
    command += ["--fixture", "default", "--seed", "1", "--log-format", "none"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _ready(process)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def origin(ready: dict[str, Any]) -> str:
    """Its address over http."""
    return f"http://127.0.0.1:{ready['port']}"


def trusting() -> dict[str, str]:
    """The environment without bundles of certificates that would go before the one a recipe names."""
    return {name: value for name, value in os.environ.items() if name not in BUNDLES}


@pytest.fixture(scope="session")
def packages() -> Path:
    """The npm packages; skips where they are not those of package.json, unless they have just been set up."""
    wanted = json.loads((NODE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    strange = [f"{name} {version}" for name, version in wanted.items() if _installed(name) != version]
    if strange and "CLIENTS_ARE_SET_UP" not in os.environ:
        pytest.skip(f"{PACKAGES} lacks {', '.join(strange)}; make test-node installs what package.json names")
    return PACKAGES


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """The archive of our npm package that npm would publish, also unpacked among the packages of these tests."""
    folder = tmp_path_factory.mktemp("packed")
    command = [shutil.which("npm") or "npm", "pack", "--json", "--pack-destination", str(folder)]
    subprocess.run(command, cwd=ROOT / "clients" / "javascript", check=True, capture_output=True)
    (archive,) = folder.glob("*.tgz")
    place = packages / OURS
    shutil.rmtree(place, ignore_errors=True)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    shutil.move(folder / "package", place)
    return archive


def _installed(name: str) -> str | None:
    """The version of an npm package, None where it is not installed."""
    file = PACKAGES / name / "package.json"
    return str(json.loads(file.read_text(encoding="utf-8")).get("version")) if file.is_file() else None


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs coroutines to their end, all of a test in one loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def connect(origin: str, run: Run) -> Iterator[Connect]:
    """Makes a GraphServiceClient that speaks to the emulator: `connect(GraphServiceClient, "v1.0")`."""
    made: list[Any] = []

    def make(client_class: Callable[..., Any], version: str) -> Any:
        client = client_class(StaticCredential(), ["https://graph.microsoft.com/.default"])
        client.request_adapter.base_url = f"{origin}/{version}"
        made.append(client)
        return client

    yield make
    for client in made:
        run(_close(client.request_adapter._http_client))


@pytest.fixture(scope="session")
def credential(ready: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of the persona `application`, in one file."""
    file = tmp_path_factory.mktemp("certificate") / "application.pem"
    with urlopen(f"{ready['control']}/personas/application/certificate.pem", timeout=10) as answer:
        file.write_bytes(answer.read())
    return file


@pytest.fixture
def run_recipe(origin: str, ready: dict[str, Any], credential: Path) -> RunRecipe:
    """Runs the code below a heading of docs/clients.md against the emulator and gives what it prints."""

    def run(heading: str, *command: str) -> str:
        section = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1]
        (code, *_) = re.findall(rf"```{_FENCES.get(command[0], 'python')}\n(.*?)```", section, re.DOTALL)
        secure = ready["authority"].rpartition("/")[0].removeprefix("https://")
        for written, here in (
            ("http://localhost:8365", origin),
            ("localhost:8366", secure),
            ("bookings-emulator-ca.pem", ready["ca"]),
            ("application.pem", str(credential)),
        ):
            code = code.replace(written, here)
        program = shutil.which(command[0])
        if program is None:
            pytest.skip(f"{command[0]} is not installed")
        done = subprocess.run(
            [program, *command[1:]],
            input=code,
            cwd=NODE,  # where the npm packages are
            env={**trusting(), "PYTHONUTF8": "1", "NODE_EXTRA_CA_CERTS": ready["ca"]},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


async def _close(http: Any) -> None:
    """Close the connections of a client; the transport that the SDK puts around httpx's own does not pass this on."""
    for transport in (http._transport, *http._mounts.values()):
        if transport is not None:
            await transport.transport.aclose()
    await http.aclose()


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The line for programs; it comes once the emulator listens."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready "):
            return dict(json.loads(line.removeprefix("ready ")))
    pytest.fail("the emulator did not start: " + "".join(said))
