"""Local stand-ins of the three services: as much of each as its flow calls, so that nothing leaves this machine."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Services:
    """What the stand-ins were told: a list for each kind of record."""

    def __init__(self) -> None:
        self.customers: list[dict[str, Any]] = []  # Stripe
        self.payments: list[dict[str, Any]] = []
        self.meetings: list[dict[str, Any]] = []  # Zoom
        self.registrants: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []  # Dynamics 365
        self.leads: list[dict[str, Any]] = []
        self._by_key: dict[str, dict[str, Any]] = {}

    def app(self) -> Starlette:
        """The stand-ins as one application."""
        return Starlette(
            routes=[
                Route("/v1/customers", self._customer, methods=["POST"]),
                Route("/v1/payment_intents", self._payment, methods=["POST"]),
                Route("/v2/users/{user}/meetings", self._meeting, methods=["POST"]),
                Route("/v2/meetings/{meeting}/registrants", self._registrant, methods=["POST"]),
                Route("/api/data/v9.2/contacts", self._contacts, methods=["GET", "POST"]),
                Route("/api/data/v9.2/contacts({contact})", self._contact, methods=["PATCH"]),
                Route("/api/data/v9.2/leads", self._lead, methods=["POST"]),
            ]
        )

    async def _customer(self, request: Request) -> Response:
        made = {"id": f"cus_{len(self.customers) + 1}", "object": "customer", **await _form(request)}
        self.customers.append(made)
        return JSONResponse(made)

    async def _payment(self, request: Request) -> Response:
        """A payment intent; the same Idempotency-Key gives the same one again, as Stripe does."""
        key = request.headers.get("Idempotency-Key", "")
        if key not in self._by_key or not key:
            form = await _form(request)
            made = {"id": f"pi_{len(self.payments) + 1}", "object": "payment_intent", **form}
            self.payments.append(made)
            self._by_key[key] = made
        return JSONResponse(self._by_key[key])

    async def _meeting(self, request: Request) -> Response:
        number = 80_000_000_000 + len(self.meetings)
        host = request.path_params["user"]
        made = {
            "id": number,
            "host_email": host,
            "join_url": f"https://zoom.example/j/{number}",
            **await request.json(),
        }
        self.meetings.append(made)
        return JSONResponse(made, 201)

    async def _registrant(self, request: Request) -> Response:
        made = {"id": request.path_params["meeting"], **await request.json()}
        self.registrants.append(made)
        return JSONResponse(made, 201)

    async def _contacts(self, request: Request) -> Response:
        if request.method == "GET":
            wanted = re.fullmatch(r"emailaddress1 eq '(.*)'", request.query_params["$filter"])
            email = wanted[1].replace("''", "'") if wanted else None
            found = [each for each in self.contacts if each["emailaddress1"] == email]
            return JSONResponse({"value": [{"contactid": each["contactid"]} for each in found]})
        made = {"contactid": f"00000000-0000-4000-8000-{len(self.contacts) + 1:012}", **await request.json()}
        self.contacts.append(made)
        return Response(status_code=204, headers={"OData-EntityId": f"{request.url}({made['contactid']})"})

    async def _contact(self, request: Request) -> Response:
        found = next(each for each in self.contacts if each["contactid"] == request.path_params["contact"])
        found.update(await request.json())
        return Response(status_code=204)

    async def _lead(self, request: Request) -> Response:
        self.leads.append(await request.json())
        return Response(status_code=204)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))
