"""The types of the npm package, made by openapi-typescript from the OpenAPI document of the control plane."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bookings_emulator.control.openapi import control_openapi
from bookings_emulator.control.plane import ROUTES

ROOT = Path(__file__).parents[2]
FILE = ROOT / "clients" / "javascript" / "lib" / "control.d.ts"
_HEAD = """\
// Written by `make docs` with openapi-typescript, from the OpenAPI document of the control plane.
// document {digest}
"""


def control_document() -> str:
    """The document as JSON, without what differs from release to release."""
    document: dict[str, Any] = control_openapi("http://localhost:8365", ROUTES)
    document["info"]["version"] = "1"
    return json.dumps(document, sort_keys=True)


def head_of_types() -> str:
    """What the file of types begins with where it is made from the present document."""
    return _HEAD.format(digest=hashlib.sha256(control_document().encode()).hexdigest())


def write_types(packages: Path) -> str:
    """The file of types, by the generator among some npm packages. Raises CalledProcessError."""
    return head_of_types() + generate_types(control_document(), packages)


def generate_types(document: str, packages: Path) -> str:
    """What openapi-typescript makes of an OpenAPI document. Raises CalledProcessError with what it said."""
    node = shutil.which("node") or "node"
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "document.json"), Path(folder, "types.d.ts")
        given.write_text(document, encoding="utf-8")
        command = [node, str(packages / "openapi-typescript" / "bin" / "cli.js"), str(given), "-o", str(made)]
        subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
        return made.read_text(encoding="utf-8")
