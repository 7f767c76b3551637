"""Builds the wheel, installs it into an empty environment and serves from it outside the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = "Scripts" if os.name == "nt" else "bin"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        python = install(wheel, Path(folder) / "venv")
        check(python.parent / "bookings-emulator", Path(folder))
    print(f"{wheel.name} serves outside the repository")


def build(folder: Path) -> Path:
    """The wheel of this checkout."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT], check=True, stdout=subprocess.DEVNULL
    )
    (wheel,) = folder.glob("graph_bookings_emulator-*.whl")
    return wheel


def install(wheel: Path, target: Path) -> Path:
    """An environment that holds the wheel and what it depends on; its Python."""
    venv.create(target, with_pip=True)
    python = target / BIN / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    return python


def check(command: Path, folder: Path) -> None:
    """Serve with every shipped fixture and ask for what only package data can answer."""
    fixtures = subprocess.run([command, "fixtures"], check=True, capture_output=True, text=True, cwd=folder).stdout
    names = [line.split()[0] for line in fixtures.splitlines()]
    assert {"default", "empty"} <= set(names), fixtures
    arguments = [each for name in names for each in ("--fixture", name)]
    process = subprocess.Popen(
        [command, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True, cwd=folder
    )
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        origin = lines[1].split()[-1].removesuffix("/v1.0")
        businesses = json.loads(get(f"{origin}/v1.0/solutions/bookingBusinesses"))["value"]
        assert businesses
        assert b"bookingBusiness" in get(f"{origin}/v1.0/$metadata")
        assert b"openapi" in get(f"{origin}/_emulator/openapi/beta.json")
    finally:
        process.terminate()
        process.wait(10)


def get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer x"})
    with urllib.request.urlopen(request, timeout=10) as response:
        content: bytes = response.read()
        return content


if __name__ == "__main__":
    main()
