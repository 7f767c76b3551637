"""The notes of the journal as the failure of a test: what its client did that works here and may not work there."""

from __future__ import annotations

from collections.abc import Sequence

from bookings_emulator.client.client import Client
from bookings_emulator.client.control_http import ControlError


def told_notes(client: Client, kinds: Sequence[str]) -> str:
    """The notes of some kinds (`error`: of all), a line each; empty where there are none or the tenant is gone."""
    try:
        found = [each for each in client.journal.notes() if "error" in kinds or each["kind"] in kinds]
    except ControlError:  # the test has dropped its tenant
        return ""
    lines = [f"  number {each['number']}, {each['kind']}: {each['text']}" for each in found]
    return "\n".join(["journal notes that bookings_notes treats as errors:", *lines]) if lines else ""
