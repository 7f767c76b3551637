"""What client tests need: the emulator behind a socket, a credential, a loop. Without the SDKs nothing is collected."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HAS_SDK = find_spec("msgraph") is not None
READY = {
    "test_msgraph_sdk.py": HAS_SDK,
    "test_msgraph_beta_sdk.py": HAS_SDK and find_spec("msgraph_beta") is not None,
    "test_quick_starts.py": HAS_SDK,
    "test_connector_sdks.py": HAS_SDK and any(ROOT.glob(".venv-connectors-*/.ready")),
    "test_node_clients.py": HAS_SDK and (HERE / "node" / "node_modules" / "@microsoft").is_dir(),
}
collect_ignore = [name for name, is_ready in READY.items() if not is_ready]

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
def origin() -> Iterator[str]:
    """The address of an emulator with the default fixture, in a process of its own."""
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--fixture", "default", "--seed", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            process.terminate()


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


@pytest.fixture
def run_recipe(origin: str) -> RunRecipe:
    """Runs the code below a heading of docs/clients.md against the emulator and gives what it prints."""

    def run(heading: str, *command: str) -> str:
        section = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1]
        code = section.split("```")[1].partition("\n")[2].replace("http://localhost:8365", origin)
        program = shutil.which(command[0])
        if program is None:
            pytest.skip(f"{command[0]} is not installed")
        done = subprocess.run(
            [program, *command[1:]],
            input=code,
            cwd=HERE / "node",  # where the npm packages are
            env={**os.environ, "PYTHONUTF8": "1"},
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


def _port(process: subprocess.Popen[str]) -> int:
    """The port of the start lines; they come once the emulator listens."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"Graph v1\.0\s+http://[^/]+:(\d+)/", line):
            return int(found[1])
    pytest.fail("the emulator did not start: " + "".join(said))
