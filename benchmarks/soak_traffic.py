"""The traffic of the soak: what its workers ask for, and the model beside them that knows what must come of it."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

DENTAL = "ContosoDental@contoso.onmicrosoft.com"
HOME = f"/v1.0/solutions/bookingBusinesses/{DENTAL}"
SERVICE = "20000000-0000-4000-8000-000000000001"
STAFF = "10000000-0000-4000-8000-000000000001"
KEPT = 20  # live appointments of one worker
ADMINISTRATOR = {"Authorization": "Bearer administrator"}
_WEBHOOK = f"/apim/microsoftbookings/soak/BookingsService/api/V1/bookingBusinesses/{DENTAL}/webhook"


@dataclass
class Told:
    """What went wrong, in sentences, and how many calls there were of what."""

    calls: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def miss(self, what: str) -> None:
        """Note a difference between the emulator and the model."""
        self.problems.append(what)


class Model:
    """What one tenant must hold and have told: notes by appointment, notifications by change and appointment."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.expected: Counter[tuple[str, str, str]] = Counter()

    def create(self, id_: str, notes: str) -> None:
        """An appointment was answered 201; the connector tells of it twice, as the service was seen to."""
        self.notes[id_] = notes
        self.expected["Created", id_, notes] += 1
        self.expected["Updated", id_, notes] += 1

    def update(self, id_: str, notes: str) -> None:
        """A change was answered 204."""
        self.notes[id_] = notes
        self.expected["Updated", id_, notes] += 1

    def delete(self, id_: str) -> None:
        """A deletion was answered 204."""
        self.expected["Deleted", id_, self.notes.pop(id_)] += 1


class Worker:
    """One client that keeps a number of appointments, and knows what each must be."""

    def __init__(self, number: int, http: httpx.AsyncClient, root: str, model: Model, told: Told) -> None:
        self._number, self._http, self._root, self._model, self._told = number, http, root, model, told
        self._random = Random(number)
        self._count = itertools.count()
        self._live: list[tuple[str, str]] = []  # appointment and customer

    def mark(self) -> str:
        """A text that nobody else sends."""
        return f"w{self._number}-{next(self._count)}"

    async def call(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> httpx.Response:
        """One call with everything in it distinct; another status than the one expected is a difference."""
        headers = {**ADMINISTRATOR, "client-request-id": self.mark(), "User-Agent": f"soak/{self.mark()}"}
        answer = await self._http.request(method, f"{self._root}{path}", json=body, headers=headers)
        self._told.calls[path.split("/")[1] or "/"] += 1
        if status is not None and answer.status_code != status:
            self._told.miss(f"{method} {path}: {answer.status_code} instead of {status}: {answer.text[:200]}")
        return answer

    async def create(self) -> None:
        """Book, and let the oldest go where there are too many."""
        notes, day = self.mark(), self._random.randrange(1, 29)
        answer = await self.call("POST", f"{HOME}/appointments", booking(notes, day), status=201)
        if answer.status_code == 201:
            made = answer.json()
            self._model.create(made["id"], notes)
            self._live.append((made["id"], made["customers"][0]["customerId"]))
        while len(self._live) > KEPT:
            await self.delete(*self._live.pop(0))

    async def delete(self, appointment: str, customer: str) -> None:
        """Delete an appointment and the customer it made."""
        answer = await self.call("DELETE", f"{HOME}/appointments/{appointment}", status=204)
        if answer.status_code == 204:
            self._model.delete(appointment)
        await self.call("DELETE", f"{HOME}/customers/{customer}", status=204)

    async def update(self) -> None:
        """Change an appointment."""
        if self._live:
            id_, _ = self._random.choice(self._live)
            notes = self.mark()
            answer = await self.call("PATCH", f"{HOME}/appointments/{id_}", {"serviceNotes": notes}, status=204)
            if answer.status_code == 204:
                self._model.update(id_, notes)

    async def read(self) -> None:
        """Read an appointment: it is as it was last written."""
        if self._live:
            id_, _ = self._random.choice(self._live)
            found = await self.call("GET", f"{HOME}/appointments/{id_}", status=200)
            if found.status_code == 200 and found.json()["serviceNotes"] != self._model.notes[id_]:
                self._told.miss(f"lost update: {id_} is {found.json()['serviceNotes']}")

    async def query(self) -> None:
        """Lists by other options each time."""
        top = self._random.randrange(1, 9)
        await self.call("GET", f"{HOME}/appointments?$top={top}&$filter=serviceNotes ne '{self.mark()}'", status=200)
        await self.call("GET", f"{HOME}/services?$select=displayName&$orderby=displayName", status=200)
        view = f"start=2031-01-{top:02}T00:00:00Z&end=2031-02-{top:02}T00:00:00Z"
        await self.call("GET", f"{HOME}/calendarView?{view}", status=200)

    async def batch(self) -> None:
        """Several reads in one call."""
        parts = [
            {"id": f"{each}", "method": "GET", "url": f"/solutions/bookingBusinesses/{DENTAL}?x={self.mark()}"}
            for each in range(3)
        ]
        await self.call("POST", "/v1.0/$batch", {"requests": parts}, status=200)

    async def steer(self) -> None:
        """The control plane: journal, outbox, notes, tokens, snapshots."""
        for path in (f"/journal?text={self.mark()}&limit=5", "/outbox?status=waiting", "/journal/notes", "/quirks"):
            await self.call("GET", f"/_emulator{path}", status=200)
        name = self.mark()
        await self.call("POST", "/_emulator/snapshots", {"name": name}, status=201)
        await self.call("DELETE", f"/_emulator/snapshots/{name}", status=204)
        await self.call("POST", "/_emulator/tokens", {"persona": "viewer", "wrong": "expired"}, status=201)

    async def sign_in(self) -> None:
        """The identity platform: a token, a code that nobody redeems, a device that nobody answers."""
        form = {
            "grant_type": "client_credentials",
            "client_id": "70000000-0000-4000-8000-000000000001",
            "client_secret": "application-secret",
            "scope": "https://graph.microsoft.com/.default",
        }
        base = f"{self._root.partition('/tenants/')[0]}/common/oauth2/v2.0"
        token = await self._http.post(f"{base}/token", data=form)
        self._told.calls["identity"] += 2
        if token.status_code != 200:
            self._told.miss(f"no token: {token.status_code} {token.text[:200]}")
        await self._http.post(f"{base}/devicecode", data={"client_id": form["client_id"], "scope": "openid"})

    async def visit(self) -> None:
        """A tenant that is made, used and dropped."""
        name = self.mark()
        made = await self.call("POST", "/_emulator/tenants", {"name": name, "fixture": "default"}, status=201)
        if made.status_code == 201:
            url = made.json()["graph"]["v1.0"]
            answer = await self._http.get(f"{url}/solutions/bookingBusinesses", headers=ADMINISTRATOR)
            if answer.status_code != 200:
                self._told.miss(f"tenant {name}: {answer.status_code}")
            await self.call("DELETE", f"/_emulator/tenants/{name}", status=204)

    async def suffer(self) -> None:
        """A fault that meets one call and is gone; the call may break."""
        made = await self.call("POST", "/_emulator/tenants", {"fixture": "default"}, status=201)
        root, name = made.json()["control"].removesuffix("/_emulator"), made.json()["name"]
        presets = ("throttled", "unavailable", "answer-lost", "answer-cut", "malformed")
        await self._http.post(f"{root}/_emulator/faults/presets/{self._random.choice(presets)}", json={})
        for _ in range(3):
            try:
                await self._http.get(f"{root}{HOME}", headers=ADMINISTRATOR)
            except httpx.HTTPError:
                self._told.calls["broken by a fault"] += 1
        await self.call("DELETE", f"/_emulator/tenants/{name}", status=204)

    async def run(self, is_over: Callable[[], bool], pause: float) -> None:
        """Do one after the other until it is over, with a pause in between."""
        deeds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.create, 6), (self.update, 6), (self.read, 6), (self.query, 2), (self.batch, 1), (self.steer, 1),
            (self.sign_in, 1), (self.visit, 1), (self.suffer, 1),
        ]  # fmt: skip
        works, weights = [deed for deed, _ in deeds], [weight for _, weight in deeds]
        while not is_over():
            await self._random.choices(works, weights)[0]()
            await asyncio.sleep(pause)


def booking(notes: str, day: int) -> dict[str, Any]:
    """An appointment of somebody nobody knows."""
    return {
        "serviceId": SERVICE,
        "staffMemberIds": [STAFF],
        "startDateTime": {"dateTime": f"2031-01-{day:02}T10:00:00", "timeZone": "UTC"},
        "endDateTime": {"dateTime": f"2031-01-{day:02}T10:30:00", "timeZone": "UTC"},
        "serviceNotes": notes,
        "customers": [
            {
                "@odata.type": "#microsoft.graph.bookingCustomerInformation",
                "name": f"Guest {notes}",
                "emailAddress": f"{notes}@example.com",
            }
        ],
    }


async def subscribe(http: httpx.AsyncClient, root: str, change: str, url: str) -> None:
    """Have every change of a kind told to a receiver."""
    webhook = {"notification_url": url, "resource": "Appointments", "change_type": [change]}
    answer = await http.post(f"{root}{_WEBHOOK}/Appointment{change}", json={"webhook": webhook}, headers=ADMINISTRATOR)
    answer.raise_for_status()


async def compare_records(http: httpx.AsyncClient, root: str, model: Model, told: Told) -> None:
    """Hold all appointments that the model knows against those there are; a list does not tell every member."""
    listed = await http.get(f"{root}{HOME}/appointments", headers=ADMINISTRATOR)
    ids = {each["id"] for each in listed.json()["value"]}
    for id_, notes in model.notes.items():
        found = await http.get(f"{root}{HOME}/appointments/{id_}", headers=ADMINISTRATOR)
        came = found.json().get("serviceNotes")
        if came != notes or id_ not in ids:
            told.miss(f"lost: {id_} must say {notes}, and says {came}; {'' if id_ in ids else 'not '}in the list")
