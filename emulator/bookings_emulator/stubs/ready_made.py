"""The operations of the rest of Graph that are answered without a stub: `ready_made.toml`, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from bookings_emulator.contract.tables import read_table
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.problem import Problem
from bookings_emulator.stubs.stub import Stub, segments_of


class ReadyMade(NamedTuple):
    """One operation: the requests it is for, and the permissions of which one lets each kind of caller in."""

    stub: Stub
    permissions: dict[str, tuple[str, ...]]
    source: str

    @property
    def name(self) -> str:
        """Its name in the journal and for faults."""
        return self.stub.name


@cache
def load_ready_made() -> tuple[ReadyMade, ...]:
    """All of them, in the order of the file."""
    rows = read_table(Path(__file__).with_suffix(".toml"))["operation"]
    return tuple(_read_row(row) for row in rows)


def _read_row(row: dict[str, str]) -> ReadyMade:
    method, _, path = row["request"].partition(" ")
    stub = Stub(row["name"], method, segments_of(path), {}, None, 200, {}, None)
    return ReadyMade(stub, {kind: tuple(row[kind]) for kind in ("delegated", "application")}, row["source"])


def check_ready_made(operation: ReadyMade, caller: Caller) -> None:
    """Whether a caller may call it: who says what it is, is held to it, as at Bookings. Raises Problem."""
    if caller.kind == "undeclared":
        return
    accepted = operation.permissions[caller.kind]
    if not accepted:
        raise Problem("me.application", f"'{caller.name}' is an application, and /me is only for signed-in people")
    check_any(accepted, caller, operation.stub.request)


def check_any(accepted: tuple[str, ...] | frozenset[str], caller: Caller, request: str) -> None:
    """Whether a caller that tells its permissions has one of these. Raises Problem."""
    if accepted and caller.permissions is not None and caller.permissions.isdisjoint(accepted):
        has = ", ".join(sorted(caller.permissions)) or "none"
        least = ", ".join(accepted)
        reason = f"{request} needs one of {least}; '{caller.name}' has {has}"
        raise Problem("authz.requestdenied", reason)
