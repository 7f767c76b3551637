"""Whether a tag can be released: it is the version, the address is filled in, CHANGELOG has its section, printed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(tag: str) -> None:
    found = re.search(
        r'__version__ = "([^"]+)"',
        (ROOT / "emulator" / "bookings_emulator" / "__init__.py").read_text(encoding="utf-8"),
    )
    version = found[1] if found else "nothing"
    if tag != f"v{version}":
        sys.exit(f"the tag is {tag}, the version of the package {version}; expected v{version}")
    if "/OWNER/" in (ROOT / "pyproject.toml").read_text(encoding="utf-8"):
        sys.exit("pyproject.toml: [project.urls] names OWNER; put in the address of the repository")
    print(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version))


def notes(changes: str, version: str) -> str:
    """The section of a version."""
    section = re.search(
        rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changes, re.DOTALL | re.MULTILINE
    )
    if section is None:
        sys.exit(f"CHANGELOG.md has no section '## {version} - YYYY-MM-DD'")
    return section[1].strip()


if __name__ == "__main__":
    main(sys.argv[1])
