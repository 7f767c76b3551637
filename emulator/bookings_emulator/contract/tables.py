"""What files of the contract were read to, tables and values, kept beside the byte code as that of a module is."""

from __future__ import annotations

import contextlib
import marshal
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any


def read_table(path: Path) -> dict[str, Any]:
    """The table of a TOML file that comes with the package. Raises ValueError for what is no TOML."""
    kept, stamps = _kept_file(path, f"{path.name}.{{}}.table"), _stamp([path])
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        before, table = marshal.loads(kept.read_bytes())
        if before == stamps:
            return dict(table)
    import tomllib  # takes two milliseconds, and is seldom needed again

    table = tomllib.loads(path.read_text(encoding="utf-8"))
    _keep(kept, stamps, table)
    return table


def read_built(name: str, sources: Sequence[Path], build: Callable[[], Any]) -> Any:
    """What is built of the first of some files by the code in the others; built anew when one of them has changed."""
    kept, stamps = _kept_file(sources[0], f"{name}.{{}}.pickle"), _stamp(sources)
    with contextlib.suppress(Exception):  # whatever is wrong with what was kept, it can be built again
        before, pickled = marshal.loads(kept.read_bytes())
        if before == stamps:
            return pickle.loads(pickled)
    built = build()
    _keep(kept, stamps, pickle.dumps(built))
    return built


def _kept_file(path: Path, name: str) -> Path:
    """Where the byte code of a file would be, by a name with a place for the version of Python."""
    return path.parent / "__pycache__" / name.format(sys.implementation.cache_tag)


def _stamp(sources: Iterable[Path]) -> list[list[int]]:
    """What differs when one of the files has changed."""
    return [[found.st_mtime_ns, found.st_size] for found in map(Path.stat, sources)]


def _keep(kept: Path, stamps: list[list[int]], value: Any) -> None:
    """Write it whole or not at all; where it cannot be written it is made again the next time."""
    if sys.dont_write_bytecode:
        return
    passing = kept.with_name(f"{kept.name}.{os.getpid()}")
    with contextlib.suppress(OSError, ValueError):
        kept.parent.mkdir(exist_ok=True)
        passing.write_bytes(marshal.dumps((stamps, value)))
        passing.replace(kept)
