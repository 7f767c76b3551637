"""Plays a scenario against a server, step by step, and holds what comes against what is expected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

import orjson

from emulator.scenario.fill import Missing, fill, point, sent, variables_in
from emulator.scenario.match import ABSENT, Misfit, match
from emulator.scenario.model import Scenario, Step
from emulator.scenario.server import Lost, NoControl, Server

if TYPE_CHECKING:
    import httpx

Result = Literal["passed", "failed", "skipped"]
_Came = tuple["Exchange", "httpx.Response | None", str]  # the answer, or why none came
REASON = "x-emulator-reason"
_SAFE = "/%()'@=$!,:+;?&*~"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call of a step and what came of it; `status` is None where no whole answer came. Tokens are not shown."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""


@dataclass(slots=True)
class Played:
    """What became of a step: its result, why it was skipped or failed, the differences, the exchange, the seconds."""

    step: Step
    result: Result
    why: str = ""
    misfits: list[Misfit] = field(default_factory=list)
    exchange: Exchange | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Performance:
    """A scenario played: what became of each step. It passed only if every step did."""

    scenario: Scenario
    steps: list[Played]
    seconds: float = 0.0
    note: str = ""

    @property
    def result(self) -> Result:
        """Failed where a step failed, else skipped where one was skipped (or there is none), else passed."""
        results = {each.result for each in self.steps}
        if "failed" in results:
            return "failed"
        return "passed" if results == {"passed"} else "skipped"


async def play(scenario: Scenario, server: Server, *, stops: bool = True) -> Performance:
    """Play every step in order; what stands behind a failed step, or behind a skipped one it needs, is skipped.

    Unless it `stops`, it goes on after a failed step, with what could be captured all the same.
    """
    started = perf_counter()
    player = _Player(scenario, server, stops)
    steps = [each async for each in player.steps()]
    return Performance(scenario, steps, perf_counter() - started)


class _Player:
    """One scenario on its way: its variables, and the deliveries that no step has looked at yet."""

    def __init__(self, scenario: Scenario, server: Server, stops: bool) -> None:
        self._scenario = scenario
        self._stops = stops
        self._server = server
        provided = {"origin": server.origin, "tenant": server.tenant, "receiver": server.receiver}
        self._variables: dict[str, Any] = {**provided, **server.values}
        for name, value in scenario.values.items():
            self._variables.setdefault(name, fill(value, self._variables))
        self._known_deliveries: set[str] = set()
        self._lacking: set[str] = set()

    async def steps(self) -> AsyncIterator[Played]:
        stopped = ""
        for step in self._scenario.steps:
            if stopped:
                yield Played(step, "skipped", stopped)
                continue
            for _ in range(step.repeat):
                played = await self._play(step)
                if played.result != "passed":
                    break
            yield played
            if played.result == "failed" and self._stops:
                stopped = f"step {step.number} failed"

    async def _play(self, step: Step) -> Played:
        started = perf_counter()
        lacking = self._lacking & _used(step)
        if lacking:
            self._lacking |= step.captures.keys()
            return Played(step, "skipped", f"needs {{{min(lacking)}}}, which a skipped step would have captured")
        try:
            before = await self._look(step)
            played = await self._carry_out(step)
            if played.result == "passed":
                played = await self._judge_traces(step, before, played)
        except NoControl as error:
            self._lacking |= step.captures.keys()
            played = Played(step, "skipped", str(error))
        played.seconds = perf_counter() - started
        return played

    async def _carry_out(self, step: Step) -> Played:
        if step.kind == "settle":
            return self._judge(step, *await self._steer("POST", "/deliveries/settle", None))
        if step.kind == "advance":
            target = str(fill(step.target, self._variables))
            word = "by" if target.startswith("P") else "to"
            return self._judge(step, *await self._steer("POST", "/clock/advance", orjson.dumps({word: target})))
        content, headers = self._content(step)
        path = quote(str(fill(step.target, self._variables)), safe=_SAFE)
        if step.kind == "control":
            return self._judge(step, *await self._steer(step.method, path, content))
        headers = self._authorization(step) | headers | fill(step.headers, self._variables)
        shown = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        exchange = Exchange(step.method, f"{self._server.origin}{path}", shown, (content or b"").decode())
        try:
            answer = await self._server.call(step.method, path, headers, content)
        except Lost as lost:
            return self._judge(step, exchange, None, str(lost))
        return self._judge(step, _answered(exchange, answer), answer)

    async def _steer(self, method: str, path: str, content: bytes | None) -> _Came:
        exchange = Exchange(method, f"{self._server.control}{path}", {}, (content or b"").decode())
        try:
            answer = await self._server.steer(method, path, content)
        except Lost as lost:
            return exchange, None, str(lost)
        return _answered(exchange, answer), answer, ""

    def _authorization(self, step: Step) -> dict[str, str]:
        if step.caller == "" or any(name.lower() == "authorization" for name in step.headers):
            return {}
        persona = None if step.caller is None else str(fill(step.caller, self._variables))
        return {"Authorization": f"Bearer {self._server.token(persona)}"}

    def _content(self, step: Step) -> tuple[bytes | None, dict[str, str]]:
        """The bytes of a body and the header that says what they are."""
        filled = fill(step.sends, self._variables)
        if "body" in filled:
            return orjson.dumps(sent(filled["body"]), default=str), {"Content-Type": "application/json"}
        if "form" in filled:
            return urlencode(filled["form"]).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        return (filled["text"].encode(), {}) if "text" in filled else (None, {})

    def _judge(self, step: Step, exchange: Exchange, answer: httpx.Response | None, lost: str = "") -> Played:
        """Hold an answer against what is expected of it, and capture from it."""
        expect = fill(step.expect, self._variables)
        if answer is None:
            if expect.get("lost"):
                return Played(step, "passed", exchange=exchange)
            return Played(step, "failed", f"no whole answer came: {lost}", exchange=exchange)
        if expect.get("lost"):
            return Played(step, "failed", "expected that no whole answer comes; one came", exchange=exchange)
        misfits = _misfits(expect, answer, is_call=step.kind == "request")
        if REASON not in answer.headers and "reason" in expect and self._server.control is None and not misfits:
            raise NoControl("the reason behind an answer is told by the emulator only")
        if "reason" in expect:
            came = answer.headers.get(REASON, ABSENT)
            if came is ABSENT or expect["reason"].lower() not in came.lower():
                misfits.append(Misfit(f"reason ({REASON})", f"<has {expect['reason']}>", came))
        missing = self._capture(step, answer)
        if misfits or missing:
            return Played(step, "failed", "" if misfits else missing, misfits, exchange)
        return Played(step, "passed", exchange=exchange)

    def _capture(self, step: Step, answer: httpx.Response) -> str:
        """Take what a step captures; says what is not there, empty where everything is."""
        why = ""
        for name, place in step.captures.items():
            try:
                self._variables[name] = _captured(place, answer)
                self._lacking.discard(name)
            except Missing as missing:
                why = why or f"{{{name}}} cannot be captured from {place or 'the body'}: {missing}"
        return why

    async def _look(self, step: Step) -> dict[str, int]:
        """How much had happened before a step, as far as it expects something to happen."""
        before = {}
        if "events" in step.expect:
            before["events"] = (await self._server.look("/journal?limit=0"))["last"]
        if "messages" in step.expect:
            before["messages"] = _total(await self._server.look("/outbox?status=sent"))
        return before

    async def _judge_traces(self, step: Step, before: dict[str, int], played: Played) -> Played:
        """What a step left behind: events in the journal, messages in the outbox, deliveries."""
        expect = fill(step.expect, self._variables)
        misfits = []
        if "events" in expect:
            entries = (await self._server.look(f"/journal?brief=true&since={before['events']}"))["value"]
            misfits += match(expect["events"], [name for each in entries for name in each["events"]], "events")
        if "messages" in expect:
            messages = _newest(await self._server.look("/outbox?status=sent"), before["messages"])
            misfits += match(expect["messages"], messages, "messages")
        if "deliveries" in expect:
            misfits += match(expect["deliveries"], await self._new_deliveries(), "deliveries")
        return Played(step, "failed", "", misfits, played.exchange) if misfits else played

    async def _new_deliveries(self) -> list[Any]:
        await self._server.steer("POST", "/deliveries/settle")
        found = (await self._server.look("/deliveries"))["value"]
        new = [each for each in found if each["id"] not in self._known_deliveries]
        self._known_deliveries |= {each["id"] for each in new}
        return new


def _used(step: Step) -> set[str]:
    return set(variables_in([step.target, step.caller, step.headers, step.sends, step.expect]))


def _total(page: dict[str, Any]) -> int:
    return int(page.get("dropped", 0)) + len(page["value"])


def _newest(page: dict[str, Any], before: int) -> list[Any]:
    """What came after the first `before` of all."""
    count = _total(page) - before
    return list(page["value"][-count:]) if count else []


def _misfits(expect: dict[str, Any], answer: httpx.Response, *, is_call: bool) -> list[Misfit]:
    found = []
    if "status" in expect and answer.status_code != expect["status"]:
        found.append(Misfit("status", expect["status"], answer.status_code))
    elif "status" not in expect and not is_call and not answer.is_success:
        found.append(Misfit("status", "2xx", answer.status_code))
    for name, value in expect.get("headers", {}).items():
        found += match(value, answer.headers.get(name, ABSENT), f"header {name}")
    if expect.keys() & {"body", "exact", "at"}:
        body = _body(answer)
        if "body" in expect:
            found += match(expect["body"], body, "body")
        if "exact" in expect:
            found += match(expect["exact"], body, "body", is_exact=True)
        for pointer, value in expect.get("at", {}).items():
            found += match(value, _at(body, pointer), f"body at {pointer}")
    return found


def _body(answer: httpx.Response) -> Any:
    """The JSON of an answer, or its text where it is none; ABSENT where it is empty."""
    if not answer.content:
        return ABSENT
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return answer.text


def _at(body: Any, pointer: str) -> Any:
    try:
        return point(body, pointer)
    except Missing:
        return ABSENT


def _captured(place: str, answer: httpx.Response) -> Any:
    """What a capture leads to. Raises Missing."""
    if not place.startswith("header "):
        return point(_body(answer), place)
    name = place.partition(" ")[2]
    if name not in answer.headers:
        raise Missing(f"the answer has no header {name}")
    return answer.headers[name]


def _answered(exchange: Exchange, answer: httpx.Response) -> Exchange:
    return Exchange(
        exchange.method,
        exchange.url,
        exchange.headers,
        exchange.body,
        answer.status_code,
        dict(answer.headers),
        answer.text,
    )
