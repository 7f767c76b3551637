"""Writing to Dynamics 365: who is known is a contact that is kept up to date, who is new becomes a lead as well."""

from __future__ import annotations

from typing import Any

import httpx
from notification import customers, staff


def flow(notification: dict[str, Any], dynamics: httpx.Client) -> None:
    """One run of the flow: every customer is looked for by e-mail before anything is written."""
    served_by = ", ".join(each.name for each in staff(notification))
    for each in customers(notification):
        first, _, last = each.name.partition(" ")
        contact = {"firstname": first, "lastname": last, "emailaddress1": each.email, "telephone1": each.phone}
        query = {"$filter": f"emailaddress1 eq '{each.email.replace(chr(39), chr(39) * 2)}'", "$select": "contactid"}
        found = dynamics.get("/api/data/v9.2/contacts", params=query).raise_for_status().json()["value"]
        if found:
            dynamics.patch(f"/api/data/v9.2/contacts({found[0]['contactid']})", json=contact).raise_for_status()
            continue
        dynamics.post("/api/data/v9.2/contacts", json=contact).raise_for_status()
        lead = {
            "subject": f"{notification['ServiceName']} with {served_by}",
            "firstname": first,
            "lastname": last,
            "emailaddress1": each.email,
            "description": each.notes,
        }
        dynamics.post("/api/data/v9.2/leads", json=lead).raise_for_status()
