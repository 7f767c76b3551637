"""Plays a scenario against a server, step by step, and holds what comes against what is expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

import orjson

from bookings_emulator.scenario.fill import Missing, fill, point, sent, variables_in
from bookings_emulator.scenario.match import ABSENT, Mismatch, match
from bookings_emulator.scenario.model import Scenario, Step
from bookings_emulator.scenario.server import Lost, NoControl, ScenarioServer
from bookings_emulator.scenario.traces import TRACES, Traces

if TYPE_CHECKING:
    import httpx

Result = Literal["passed", "failed", "skipped"]
_Came = tuple["PlayedExchange", "httpx.Response | None", str]  # the answer, or why none came
REASON = "x-emulator-reason"
# parts of a given that no other server can be asked for
_MADE_BY_CONTROL = ("faults", "limits", "quirks", "subscriptions", "auth")
_SAFE = "/%()'@=$!,:+;?&*~"


@dataclass(frozen=True, slots=True)
class PlayedExchange:
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
    misfits: list[Mismatch] = field(default_factory=list)
    exchange: PlayedExchange | None = None
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


async def play(
    scenario: Scenario, server: ScenarioServer, *, stops: bool = True, on_step: Callable[[], object] = lambda: None
) -> Performance:
    """Play every step in order. What stands behind a failed step is skipped.

    Unless it `stops`, it goes on after a failed step, with what could be captured all the same.

    Where the server has no control plane, nothing is played whose situation only that plane can make: all of a scenario
    that is given faults and the like, and what stands behind a move of the clock. What it alone can show of a step
    (events, messages, deliveries, reasons) leaves that step played, judged as far as can be seen, and skipped.
    `on_step` hears of each step that is over.
    """
    started = perf_counter()
    player = _Player(scenario, server, stops)
    steps = []
    for step in scenario.steps:
        steps.append(await player.play(step))
        on_step()
    return Performance(scenario, steps, perf_counter() - started)


class _Player:
    """One scenario on its way: its variables, and why nothing more can be played, where that is so."""

    def __init__(self, scenario: Scenario, server: ScenarioServer, stops: bool) -> None:
        self._stops = stops
        self._server = server
        self._traces = Traces(server)
        provided = {"origin": server.origin, "tenant": server.tenant, "receiver": server.receiver}
        self._variables: dict[str, Any] = {**provided, **server.values}
        for name, value in scenario.values.items():
            self._variables.setdefault(name, fill(value, self._variables))
        self._lacking: set[str] = set()
        made = [each for each in _MADE_BY_CONTROL if each in scenario.given]
        self._stopped = ""
        if made and server.control is None:
            self._stopped = f"{' and '.join(made)} needs a control plane, and this server has none"

    async def play(self, step: Step) -> Played:
        """Take a step, as often as it is repeated."""
        if self._stopped:
            return Played(step, "skipped", self._stopped)
        lacking = self._lacking & _used(step)
        if lacking:
            self._lacking |= step.captures.keys()
            return Played(step, "skipped", f"needs {{{min(lacking)}}}, which a skipped step would have captured")
        started = perf_counter()
        for _ in range(step.repeat):
            played = await self._take(step)
            if played.result == "failed" and self._stops:
                self._stopped = f"step {step.number} failed"
            if played.result != "passed":
                break
        played.seconds = perf_counter() - started
        return played

    async def _take(self, step: Step) -> Played:
        try:
            unseen = [each for each in TRACES if each in step.expect] if self._server.control is None else []
            before = {} if unseen else await self._traces.before(step.expect)
            played = await self._carry_out(step)
            if played.result == "passed" and not unseen:
                misfits = await self._traces.misfits(fill(step.expect, self._variables), before)
                return Played(step, "failed", "", misfits, played.exchange) if misfits else played
        except NoControl as error:
            self._lacking |= step.captures.keys()
            if step.kind == "advance" or (step.kind == "control" and step.method != "GET"):
                self._stopped = f"step {step.number} was skipped, and this one depends on it"
            return Played(step, "skipped", str(error))
        if played.result == "passed":
            return Played(step, "skipped", f"its {' and '.join(unseen)} cannot be checked without a control plane")
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
        if not path.startswith("/"):
            return Played(step, "failed", f"expected a path that starts with /; {step.target} is '{path}' here")
        if step.kind == "control":
            return self._judge(step, *await self._steer(step.method, path, content))
        headers = self._authorization(step) | headers | fill(step.headers, self._variables)
        shown = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        exchange = PlayedExchange(step.method, f"{self._server.origin}{path}", shown, (content or b"").decode())
        try:
            answer = await self._server.call(step.method, path, headers, content)
        except Lost as lost:
            return self._judge(step, exchange, None, str(lost))
        return self._judge(step, _answered(exchange, answer), answer)

    async def _steer(self, method: str, path: str, content: bytes | None) -> _Came:
        exchange = PlayedExchange(method, f"{self._server.control}{path}", {}, (content or b"").decode())
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

    def _judge(self, step: Step, exchange: PlayedExchange, answer: httpx.Response | None, lost: str = "") -> Played:
        """Hold an answer against what is expected of it, and capture from it."""
        expect = fill(step.expect, self._variables)
        if answer is None:
            is_wanted = "lost" in expect
            why = "" if is_wanted else f"got no complete response: {lost}"
            return Played(step, "passed" if is_wanted else "failed", why, exchange=exchange)
        if expect.get("lost"):
            return Played(step, "failed", "expected no complete response; got one", exchange=exchange)
        misfits = _misfits(expect, answer, is_call=step.kind == "request")
        came = answer.headers.get(REASON, ABSENT)
        is_untold = came is ABSENT and self._server.control is None
        if "reason" in expect and not is_untold and (came is ABSENT or expect["reason"].lower() not in came.lower()):
            misfits.append(Mismatch(f"reason ({REASON})", f"<has {expect['reason']}>", came))
        missing = self._capture(step, answer)
        if misfits or missing:
            return Played(step, "failed", "" if misfits else missing, misfits, exchange)
        if "reason" in expect and is_untold:
            return Played(
                step, "skipped", "its reason cannot be checked: only the emulator sends one", exchange=exchange
            )
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


def _used(step: Step) -> set[str]:
    return set(variables_in([step.target, step.caller, step.headers, step.sends, step.expect]))


def _misfits(expect: dict[str, Any], answer: httpx.Response, *, is_call: bool) -> list[Mismatch]:
    found = []
    if "status" in expect and answer.status_code != expect["status"]:
        found.append(Mismatch("status", expect["status"], answer.status_code))
    elif "status" not in expect and not is_call and not answer.is_success:
        found.append(Mismatch("status", "2xx", answer.status_code))
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
        raise Missing(f"the response has no header {name}")
    return answer.headers[name]


def _answered(exchange: PlayedExchange, answer: httpx.Response) -> PlayedExchange:
    return PlayedExchange(
        exchange.method,
        exchange.url,
        exchange.headers,
        exchange.body,
        answer.status_code,
        dict(answer.headers),
        answer.text,
    )
