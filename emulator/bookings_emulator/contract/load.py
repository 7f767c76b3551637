"""The contract: what its files say, as values, kept beside the byte code once it was built."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bookings_emulator.contract.tables import read_built

if TYPE_CHECKING:
    from bookings_emulator.contract.model import Contract, ProblemRow

OVERLAYS = {"v1.0": ("graph.toml",), "beta": ("graph.toml", "graph.beta.toml")}
# the modules that make a contract of its files: when one of them changes, it is built anew
_MAKERS = ("build.py", "model.py", "operations.py", "property_lines.py")


@cache
def load(version: str) -> Contract:
    """The contract of `v1.0` or `beta`, with its overlays laid on. Raises ContractError."""
    names = OVERLAYS[version]

    def build() -> Contract:
        from bookings_emulator.contract.build import build_version

        return build_version(names)

    folder = Path(__file__).parent
    contract: Contract = read_built(f"contract.{version}", [folder / each for each in (*names, *_MAKERS)], build)
    return contract


@cache
def load_problems() -> dict[str, ProblemRow]:
    """All rows of `problems.toml`, and of `problems.faults.toml` those that only a fault raises, by id."""
    from bookings_emulator.contract.build import build_all_problems

    return build_all_problems()
