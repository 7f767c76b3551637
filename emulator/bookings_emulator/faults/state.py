"""The faults of one tenant: they meet exchanges, are counted, and can be saved, restored and put back to the start."""

from __future__ import annotations

import math
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bookings_emulator.contract.load import load_problems
from bookings_emulator.exchange import Effect, Exchange, Hit
from bookings_emulator.faults.shape import FaultError
from bookings_emulator.json_values import put_values
from bookings_emulator.problem import Problem

if TYPE_CHECKING:
    from bookings_emulator.faults.rule import Rule

RETRY_AFTER = 1  # seconds, where neither the fault nor a window says how many
_ENDINGS = frozenset({"problem", "status", "reset"})  # effects that take the place of a call
Key = tuple[str, str]
MOST_WINDOWS = 16_384  # of one fault: applications and mailboxes whose calls are counted
_FEW_WINDOWS = 1_024


@dataclass(slots=True, eq=False, repr=False)
class Fault:
    """A rule at work: how many exchanges it matched and for how many it fired.

    `windows` are the start of the window and the number of requests in it, `flying` the calls that are being answered.
    """

    rule: Rule
    random: Random
    matched: int = 0
    fired: int = 0
    windows: dict[Key, tuple[datetime, int]] = field(default_factory=dict)
    flying: Counter[Key] = field(default_factory=Counter)
    room: int = _FEW_WINDOWS

    @property
    def left(self) -> int | None:
        """How often it can fire yet; None for any number."""
        first = self.rule.schedule.first
        return None if first is None else first - self.fired

    def state(self, now: datetime) -> str:
        """`active`, `spent` (it fired as often as it may) or `over` (its time is up)."""
        return "spent" if self.left == 0 else "over" if self.is_over(now) else "active"

    def is_over(self, now: datetime) -> bool:
        """Whether its time is up."""
        until = self.rule.schedule.until
        return until is not None and now >= until

    def is_due(self, exchange: Exchange | None = None) -> bool:
        """Count an exchange (or a notification, None) that matches, and say whether the fault fires for it."""
        schedule = self.rule.schedule
        self.matched += 1
        if exchange is not None and schedule.limit is not None and not self._is_beyond(exchange):
            return False
        turn = self.matched - schedule.skip
        if turn <= 0 or turn % schedule.every:
            return False
        return schedule.probability is None or self.random.random() < schedule.probability

    def _is_beyond(self, exchange: Exchange) -> bool:
        limit = self.rule.schedule.limit
        key = limit.key(exchange) if limit else None
        if limit is None or key is None:
            return False
        if limit.window is None:
            return self.flying[key] >= limit.requests
        start, count = self.windows.get(key, (exchange.at, 0))
        if not timedelta() <= exchange.at - start < limit.window:
            start, count = exchange.at, 0
        if key not in self.windows:
            self._make_room(limit.window, exchange.at)
        self.windows[key] = start, count + 1
        return count >= limit.requests

    def _make_room(self, window: timedelta, now: datetime) -> None:
        """Forget windows that are over, once there are many, and the oldest where too many are not."""
        if len(self.windows) < self.room:
            return
        self.windows = {key: each for key, each in self.windows.items() if timedelta() <= now - each[0] < window}
        while len(self.windows) >= MOST_WINDOWS:
            del self.windows[next(iter(self.windows))]
        self.room = min(MOST_WINDOWS, max(_FEW_WINDOWS, 2 * len(self.windows)))

    def retry_after(self, exchange: Exchange) -> int:
        """Seconds after which the client may come again: as the rule says, else until the window ends."""
        if self.rule.effect.retry_after is not None:
            return self.rule.effect.retry_after
        limit = self.rule.schedule.limit
        key = limit.key(exchange) if limit else None
        if limit is None or limit.window is None or key not in self.windows:
            return RETRY_AFTER
        return max(1, math.ceil((self.windows[key][0] + limit.window - exchange.at).total_seconds()))

    def copy(self) -> Fault:
        """The same with counters of its own; nobody is flying there."""
        random = Random()
        random.setstate(self.random.getstate())
        return Fault(self.rule, random, self.matched, self.fired, dict(self.windows))


class Faults:
    """The faults of one tenant, in the order in which they were made.

    `now` reads its clock, `real_now` that of the machine; `personas` gives the names that a rule may name, `seed` is
    what chance starts from.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        seed: int,
        personas: Callable[[], Iterable[str]],
        real_now: Callable[[], datetime],
    ) -> None:
        self._now = now
        self.real_now = real_now
        self.seed = seed
        self._personas = personas
        self._faults: dict[str, Fault] = {}
        self._active: tuple[Fault, ...] = ()
        self._made = 0
        self.flying: dict[int, list[tuple[Fault, Key]]] = {}

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)

    def find(self, id_: str) -> Fault | None:
        """The fault of an id."""
        return self._faults.get(id_)

    def add(self, given: str | Mapping[str, Any]) -> list[Fault]:
        """Make the fault of a rule, or those of a preset (its name, or `{"preset": name, …}`); all or none.

        Raises FaultError for a rule that cannot be read or could never match.
        """
        from bookings_emulator.faults.parse import RuleContext, read_rule  # most tenants have no faults
        from bookings_emulator.faults.presets import expand

        made = self._made
        rules: dict[str, Rule] = {}
        for each in expand(given):
            taken = self._faults.keys() | rules.keys()
            id_ = each.get("id")
            while id_ is None or (id_ in taken and "id" not in each):
                made += 1
                id_ = f"f{made}"
            rule = read_rule(each, id_, RuleContext(self._now(), tuple(self._personas())))
            if id_ in taken:
                raise FaultError(f"id: the fault '{id_}' exists already; DELETE /_emulator/faults/{id_} drops it")
            rules[id_] = rule
        self._made = made
        faults = [Fault(each, Random(f"{self.seed}/{each.id}")) for each in rules.values()]
        self._faults |= {each.rule.id: each for each in faults}
        self._settle()
        return faults

    def drop(self, id_: str) -> bool:
        """Forget one; False where there is none of that id."""
        found = self._faults.pop(id_, None)
        self._settle()
        return found is not None

    def clear(self) -> None:
        """Forget all."""
        self._faults.clear()
        self._settle()

    def begin(self, given: Iterable[str | Mapping[str, Any]]) -> None:
        """Have none but these, as if nothing had happened yet. Raises FaultError."""
        self.clear()
        self._made = 0
        for each in given:
            self.add(each)

    def save(self) -> tuple[int, tuple[Fault, ...]]:
        """What `restore` needs."""
        return self._made, tuple(each.copy() for each in self._faults.values())

    def restore(self, saved: tuple[int, tuple[Fault, ...]]) -> None:
        """Stand as they stood when `save` was called; calls that are being answered are not counted as such."""
        self._made = saved[0]
        self._faults.clear()
        self._faults |= {each.rule.id: each.copy() for each in saved[1]}
        self.flying.clear()
        self._settle()

    def meet(self, exchange: Exchange) -> bool:
        """Let every fault that matches an exchange meet it; whether one of them takes the place of the call.

        Of several that would replace the answer the oldest does; for the others the exchange is only counted as
        matched. Delays add up. A preflight is the browser's and no call, so none is for it.
        """
        if not self._active or exchange.request.method == "OPTIONS":
            return False
        ends_call = has_kind = False
        for fault in self._active:
            rule = fault.rule
            if fault.is_over(exchange.at) or not rule.match.fits(exchange):
                continue
            if not fault.is_due(exchange):
                self._fly(fault, exchange)
                continue
            if has_kind and rule.effect.kind:
                continue
            has_kind = has_kind or rule.effect.kind is not None
            self._fire(fault, exchange)
            ends_call = ends_call or (rule.effect.kind in _ENDINGS and not rule.effect.is_kept)
        return ends_call

    def meet_delivery(
        self, operation: str, business: str, at: datetime, body: bytes, *, is_overtaking: bool = False
    ) -> Hit | None:
        """Let every fault that matches a notification meet it; the oldest that fires is what happens to it.

        One that overtakes another cannot be overtaken as well: with a fault for all of them, they come in pairs.
        """
        hit = None
        for fault in self._active:
            if fault.is_over(at) or not fault.rule.match.fits_delivery(operation, business) or not fault.is_due():
                continue
            effect = fault.rule.effect
            is_in_vain = bool(effect.replace) and put_values(body, effect.replace) is None
            if hit is not None or is_in_vain or (is_overtaking and effect.kind == "overtaken"):
                continue
            fault.fired += 1
            if fault.left == 0:
                self._settle()
            reason = f"the fault '{fault.rule.id}' did this: {fault.rule.title}"
            hit = Hit(fault.rule.id, fault.rule.effect, reason=reason)
        return hit

    def _fly(self, fault: Fault, exchange: Exchange) -> None:
        """Count a call that is let pass among those being answered, until `leave`."""
        limit = fault.rule.schedule.limit
        key = limit.key(exchange) if limit is not None and limit.window is None else None
        if key is not None:
            fault.flying[key] += 1
            self.flying.setdefault(id(exchange), []).append((fault, key))

    def _fire(self, fault: Fault, exchange: Exchange) -> None:
        effect = fault.rule.effect
        fault.fired += 1
        if fault.left == 0:
            self._settle()
        latency = fault.random.uniform(*effect.latency) if effect.latency[1] > effect.latency[0] else effect.latency[0]
        seconds = _pause(fault, exchange)
        retry_after = None if seconds is None else self._retry_after(effect, seconds)
        reason = f"the fault '{fault.rule.id}' did this: {fault.rule.title}"
        problem = _refusal(effect, exchange, reason, retry_after)
        exchange.hits.append(Hit(fault.rule.id, effect, latency, reason, problem, retry_after, seconds))

    def _retry_after(self, effect: Effect, seconds: int) -> str:
        """The value of Retry-After. A date counts from real time: clients compare it with a clock of their own."""
        if not effect.is_retry_date:
            return str(seconds)
        later = self.real_now() + timedelta(seconds=seconds + 1)  # whole seconds, and never less than promised
        return format_datetime(later.astimezone(UTC).replace(microsecond=0), usegmt=True)

    def withdraw(self, exchange: Exchange, hit: Hit) -> None:
        """Take back that a fault fired, where the answer had nothing that it could spoil."""
        exchange.hits.remove(hit)
        fault = self._faults.get(hit.fault)
        if fault is not None and fault.fired:
            fault.fired -= 1
            self._settle()

    def leave(self, exchange: Exchange) -> None:
        """An exchange has been answered to the end."""
        for fault, key in self.flying.pop(id(exchange), ()):
            fault.flying[key] -= 1

    def _settle(self) -> None:
        """Keep at hand those that can fire yet; with a call among those being answered they stay in view."""
        self._active = tuple(each for each in self._faults.values() if each.left != 0)


def _refusal(effect: Effect, exchange: Exchange, reason: str, retry_after: str | None) -> Problem | None:
    """What a fault refuses with, and the facts for its placeholders; None if it does something else."""
    if effect.problem is None:
        return None
    from bookings_emulator.faults.presets import samples

    facts = {**samples(), **_known(exchange), **effect.facts}
    return Problem(effect.problem, reason, **facts, **({"retry_after": retry_after} if retry_after else {}))


def _pause(fault: Fault, exchange: Exchange) -> int | None:
    """The seconds of Retry-After, where the fault gives some or its problem comes with that header."""
    effect = fault.rule.effect
    row = load_problems().get(effect.problem or "")
    is_usual = fault.rule.schedule.limit is not None or (row is not None and "Retry-After" in row.headers)
    if effect.retry_after is None and not is_usual:
        return None
    return fault.retry_after(exchange)


def _known(exchange: Exchange) -> dict[str, str]:
    """Facts that an exchange itself gives for the texts of refusals."""
    challenge = f'{{"access_token":{{"nbf":{{"essential":true, "value":"{int(exchange.at.timestamp())}"}}}}}}'
    facts = {"claims": b64encode(challenge.encode()).decode()}
    if exchange.business:
        mailbox = unquote(exchange.business)
        facts |= {"smtp": mailbox, "mailbox": mailbox}
    if exchange.keys:
        record = unquote(exchange.keys[-1])
        facts |= {"id": record, "webhook": record}
    if exchange.caller is not None and exchange.caller.client_id:
        facts["appid"] = exchange.caller.client_id
    return facts
