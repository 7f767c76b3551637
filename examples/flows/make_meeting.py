"""Making a Zoom meeting: one meeting an appointment, hosted by the first of the staff, with the others beside."""

from __future__ import annotations

from typing import Any

import httpx
from notification import customers, minutes, staff, start


def flow(notification: dict[str, Any], zoom: httpx.Client) -> None:
    """One run of the flow: the meeting of an appointment, to which all its customers are registered."""
    host, *others = staff(notification)
    meeting = {
        "topic": notification["ServiceName"],
        "type": 2,  # scheduled
        "start_time": f"{start(notification):%Y-%m-%dT%H:%M:%SZ}",
        "duration": minutes(notification),
        "settings": {"alternative_hosts": ";".join(each.email for each in others), "approval_type": 0},
    }
    made = zoom.post(f"/v2/users/{host.email}/meetings", json=meeting).raise_for_status().json()
    for each in customers(notification):
        first, _, last = each.name.partition(" ")
        registrant = {"email": each.email, "first_name": first, "last_name": last}
        zoom.post(f"/v2/meetings/{made['id']}/registrants", json=registrant).raise_for_status()
