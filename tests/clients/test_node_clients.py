"""The JavaScript clients: node's own test runner does the work, each of its files is one test here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).parent / "node"

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("packages")]


@pytest.mark.parametrize("file", sorted(NODE.glob("*.test.mjs")), ids=lambda file: file.name.partition(".")[0])
def test_the_node_tests_of_a_client_pass(origin: str, ready: dict[str, Any], credential: Path, file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", file.name],
        cwd=NODE,
        env={
            **os.environ,
            "EMULATOR_ORIGIN": origin,
            "EMULATOR_AUTHORITY": ready["authority"],
            "EMULATOR_CERTIFICATE": str(credential),
            "NODE_EXTRA_CA_CERTS": ready["ca"],
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("fetch", "FourthCoffee"),
        ("microsoft-graph-client", "404 ErrorItemNotFound -"),
        ("azure-identity-js", "Contoso Dental"),
        ("MSAL Node", "Contoso Dental"),
    ],
)
def test_the_javascript_recipes_run(run_recipe: Callable[..., str], heading: str, said: str) -> None:
    assert said in run_recipe(heading, "node", "--input-type=module", "-")
