"""Taking a payment with Stripe: a customer and a payment intent for everybody who booked, at the service's price."""

from __future__ import annotations

from typing import Any

import httpx
from notification import customers, key


def price_of(graph: httpx.Client, mailbox: str, service: str) -> tuple[int, str]:
    """The price of a service in the smallest unit, and its currency: the notification tells neither, Graph does."""
    home = f"/solutions/bookingBusinesses/{mailbox}"
    found = graph.get(f"{home}/services/{service}").raise_for_status().json()
    currency = graph.get(home).raise_for_status().json()["defaultCurrencyIso"]
    return round(found["defaultPrice"] * 100), currency.lower()


def flow(notification: dict[str, Any], stripe: httpx.Client, price: tuple[int, str]) -> None:
    """One run of the flow. A notification may come twice, so each payment has a key that makes the second one void."""
    amount, currency = price
    for each in customers(notification):
        person = stripe.post("/v1/customers", data={"name": each.name, "email": each.email}).raise_for_status().json()
        intent = {
            "amount": str(amount),
            "currency": currency,
            "customer": person["id"],
            "receipt_email": each.email,
            "description": notification["ServiceName"],
            "metadata[appointment]": key(notification),
        }
        once = {"Idempotency-Key": f"{key(notification)}/{each.email}"}
        stripe.post("/v1/payment_intents", data=intent, headers=once).raise_for_status()
