"""Subscriptions of the connector, and the deliveries of their notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import orjson

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, Query, RouteTable, check_number, closed
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.control.waiting import wait_for
from bookings_emulator.events.callbacks import target_of
from bookings_emulator.events.delivery import STATUSES, Delivery
from bookings_emulator.events.subscriptions import Subscription
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals

table = RouteTable("deliveries")
PATIENCE = 30.0  # seconds that settle waits unless told
_FILTERS: Query = {
    "subscription": "the id of a webhook",
    "business": "the address of a mailbox",
    "event": Parameter("Created, Updated or Deleted", load_connector().changes),
    "appointment": "the id of an appointment in Graph",
    "status": Parameter("waiting, delivered, failed, withheld or discarded", STATUSES),
    "exchange": Parameter("number of the exchange that caused it", kind="integer"),
    "fault": "id of a fault that hit it",
}


@table.get("/subscriptions", {"business": "the address of a mailbox"})
def list_subscriptions(desk: Desk) -> answers.Listed[answers.Subscription]:
    """The webhooks of the connector and the targets of their notifications; a null `target` means nothing is sent."""
    wanted = desk.query.get("business", "").lower()
    found = (each for each in desk.tenant.subscriptions if wanted in ("", each.business.lower()))
    return {"value": [_subscription(each, desk.tenant) for each in found]}


@table.get("/deliveries", _FILTERS)
async def list_deliveries(desk: Desk) -> answers.DeliveryPage:
    """The notifications of the connector, oldest first, with every attempt to deliver them.

    `discarded` counts those that there was no room for, `dropped` those that are settled and no longer remembered.
    """
    wanted = dict(desk.query)
    cause = check_number("exchange", wanted.pop("exchange", None))
    caused = [each for each in desk.tenant.deliveries.all() if cause in (None, each.exchange)]
    shown = await collect_in_turns(map(show_delivery, caused))
    found = [each for each in shown if all(_matches(each, *criterion) for criterion in wanted.items())]
    deliveries = desk.tenant.deliveries
    return {"value": found, "discarded": deliveries.discarded, "dropped": deliveries.dropped}


@table.post("/deliveries/{id}/redeliver", status=202)
def redeliver(desk: Desk) -> answers.Delivery:
    """Send a notification again, after those that wait for the same subscription; returns the new delivery."""
    tenant = desk.tenant
    for each in tenant.deliveries.all():
        if str(each.number) == desk.path["id"]:
            return show_delivery(tenant.deliveries.send(each.notification, tenant.clock.now(), repeats=each.number))
    raise ControlRefusal(f"there is no delivery '{desk.path['id']}'; GET /_emulator/deliveries lists them", 404)


@table.post("/deliveries/settle", closed({"timeout": {"type": "number", "minimum": 0, "maximum": 600}}))
async def settle(desk: Desk) -> answers.Settled:
    """Wait until all current deliveries are settled (no longer waiting), for at most `timeout` seconds (default: 30).

    While the clock is frozen, retries run immediately instead of waiting for it to be advanced. Returns `settled`, and
    how many are still `waiting`. If the time runs out or the emulator stops, `settled` is false and `message` says why.
    """
    patience = desk.body.get("timeout", PATIENCE)
    future = asyncio.wrap_future(desk.tenant.deliveries.settled())
    verdict = await wait_for(future, desk.tenants, patience)
    waiting = desk.tenant.deliveries.waiting
    if verdict == "done":
        return {"settled": True, "waiting": waiting}
    what = "1 delivery was" if waiting == 1 else f"{waiting} deliveries were"
    when = f"after {patience:g} seconds" if verdict == "late" else "when the emulator ended"
    return {"settled": False, "waiting": waiting, "message": f"{what} not settled {when}"}


def _subscription(each: Subscription, tenant: Tenant) -> answers.Subscription:
    return {
        "id": each.id,
        "business": each.business,
        "changes": cast("list[literals.Change]", list(each.changes)),
        "url": each.url,
        "target": target_of(each.url, tenant.callback_settings),
        "owner": each.owner,
        "created": format_instant(each.created),
        "form": "2022" if each.is_older else "2023",
    }


def show_delivery(each: Delivery) -> answers.Delivery:
    """A delivery as JSON, with its attempts and the notification."""
    subscription = each.notification.subscription
    return {
        "id": str(each.number),
        "subscription": subscription.id,
        "business": subscription.business,
        "event": cast("literals.Change", each.notification.change),
        "appointment": each.notification.appointment,
        "callback": subscription.url,
        "target": each.url,
        "at": format_instant(each.at),
        "status": cast("literals.DeliveryStatus", each.status),
        "reason": each.reason,
        "due": format_instant(each.due) if each.due else None,
        "repeats": str(each.repeats) if each.repeats else None,
        "exchange": each.exchange,
        "faults": list(each.faults),
        "attempts": [
            {
                "at": format_instant(attempt.at),
                "status": attempt.status,
                "error": attempt.error,
                "duration": round(attempt.duration, 3),
            }
            for attempt in each.attempts
        ],
        "quirks": [
            {"quirk": touch.quirk, "member": touch.member, "does": touch.does} for touch in each.notification.touches
        ],
        "body": orjson.loads(each.notification.body),
    }


def _matches(delivery: Mapping[str, Any], name: str, value: str) -> bool:
    if name == "fault":
        return value in delivery["faults"]
    found = str(delivery[name])
    return found == value if name == "appointment" else found.lower() == value.lower()
