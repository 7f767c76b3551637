"""TOML files of the contract as tables; what one was parsed to is kept beside the byte code, as that of a module is."""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from pathlib import Path
from typing import Any


def read_table(path: Path) -> dict[str, Any]:
    """The table of a file that comes with the package. Raises ValueError for what is no TOML."""
    found = path.stat()
    stamp = [found.st_mtime_ns, found.st_size]
    kept = path.parent / "__pycache__" / f"{path.name}.{sys.implementation.cache_tag}.table"
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        before, table = marshal.loads(kept.read_bytes())
        if before == stamp:
            return dict(table)
    import tomllib  # takes two milliseconds, and is seldom needed again

    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if not sys.dont_write_bytecode:
        _keep(kept, stamp, table)
    return table


def _keep(kept: Path, stamp: list[int], table: dict[str, Any]) -> None:
    """Write it whole or not at all; where it cannot be written it is parsed again the next time."""
    passing = kept.with_name(f"{kept.name}.{os.getpid()}")
    with contextlib.suppress(OSError, ValueError):
        kept.parent.mkdir(exist_ok=True)
        passing.write_bytes(marshal.dumps((stamp, table)))
        passing.replace(kept)
