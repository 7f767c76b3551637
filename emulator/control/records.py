"""What would have been sent: the outbox."""

from __future__ import annotations

from typing import Any

from emulator.control import shown
from emulator.control.route import Desk, Table

table = Table("records")


@table.get(
    "/outbox",
    {
        "kind": "confirmation, change, cancellation or reminder",
        "to": "an address or a number",
        "appointment": "an id",
        "status": "sent or waiting",
    },
)
def outbox(desk: Desk) -> Any:
    """The messages that Bookings would have sent, and the reminders that wait for their time."""
    desk.tenant.outbox.settle(desk.tenant.clock.now())
    return shown.outbox(desk.tenant, desk.query)
