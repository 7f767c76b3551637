"""What a step leaves behind at an emulator: events in its journal, messages in its outbox, deliveries."""

from __future__ import annotations

from typing import Any

from bookings_emulator.scenario.match import Mismatch, match
from bookings_emulator.scenario.server import ScenarioServer

TRACES = ("events", "messages", "deliveries")


class Traces:
    """Looks at the traces of one run; a delivery is shown to one step only."""

    def __init__(self, server: ScenarioServer) -> None:
        self._server = server
        self._known: set[str] = set()

    async def before(self, expect: dict[str, Any]) -> dict[str, int]:
        """How much had happened before a step, as far as it expects something to happen. Raises NoControl and Lost."""
        before = {}
        if "events" in expect:
            before["events"] = (await self._server.look("/journal?limit=0"))["last"]
        if "messages" in expect:
            before["messages"] = _total(await self._server.look("/outbox?status=sent"))
        return before

    async def misfits(self, expect: dict[str, Any], before: dict[str, int]) -> list[Mismatch]:
        """Where what happened since differs from what is expected. Raises NoControl and Lost."""
        found = []
        if "events" in expect:
            entries = (await self._server.look(f"/journal?brief=true&since={before['events']}"))["value"]
            found += match(expect["events"], [name for each in entries for name in each["events"]], "events")
        if "messages" in expect:
            messages = _newest(await self._server.look("/outbox?status=sent"), before["messages"])
            found += match(expect["messages"], messages, "messages")
        if "deliveries" in expect:
            found += match(expect["deliveries"], await self._new_deliveries(), "deliveries")
        return found

    async def _new_deliveries(self) -> list[Any]:
        await self._server.steer("POST", "/deliveries/settle")
        found = (await self._server.look("/deliveries"))["value"]
        new = [each for each in found if each["id"] not in self._known]
        self._known |= {each["id"] for each in new}
        return new


def _total(page: dict[str, Any]) -> int:
    return int(page.get("dropped", 0)) + len(page["value"])


def _newest(page: dict[str, Any], before: int) -> list[Any]:
    """What came after the first `before` of all."""
    count = _total(page) - before
    return list(page["value"][-count:]) if count else []
