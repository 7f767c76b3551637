"""`make test-lowest`: what is installed is the lowest that pyproject.toml allows, or the tests would prove nothing.

A package that needs a newer version of another one raises it without a word.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import Specifier

ROOT = Path(__file__).resolve().parents[1]
_GROUPS = ("test",)


def main() -> int:
    """Print each package that is newer than its bound; 1 if there is one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = (each for name in _GROUPS for each in project["dependency-groups"][name])
    raised = [*find_raised([*project["project"]["dependencies"], *groups])]
    print("\n".join(raised), file=sys.stderr, end="\n" if raised else "")
    return 1 if raised else 0


def find_raised(requirements: Iterable[str]) -> Iterator[str]:
    """A sentence for each requirement whose installed version is not its lower bound, or that has none."""
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        bounds = [each.version for each in requirement.specifier if each.operator == ">="]
        installed = version(requirement.name)
        # a bound of 1.2 is met by 1.2.0 and by the first of its fixes that can be had; one of 1.2.3 by itself
        if not any(Specifier(f"=={each}.*").contains(installed, prereleases=True) for each in bounds):
            yield f"{requirement} is tested with {installed}: another package needs that, or the bound is no release"


if __name__ == "__main__":
    sys.exit(main())
