"""What came of scenarios, told to people, as JSON and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import orjson

from bookings_emulator.masking import mask_headers, mask_query, mask_text, mask_value
from bookings_emulator.scenario.match import ABSENT, Mismatch
from bookings_emulator.scenario.play import REASON, Performance, Played, PlayedExchange, Result

_MARKS: dict[Result, str] = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}
_LONG = 600  # of a value
_LONG_BODY = 4000
_SHOWN = ("content-type", "location", "retry-after", "www-authenticate", "request-id")


def tell(performances: Sequence[Performance]) -> str:
    """The report for people: a line for each step, and of a failed one everything that is needed to understand it."""
    return "\n".join([*(line for each in performances for line in _told(each)), "", summary(performances)])


def summary(performances: Sequence[Performance]) -> str:
    """One line of counts."""
    count = Counter(each.result for each in performances)
    steps = Counter(step.result for each in performances for step in each.steps)
    of_steps = ", ".join(f"{steps[each]} {each}" for each in _MARKS if steps[each])
    parts = ", ".join(f"{count[each]} {each}" for each in _MARKS if count[each])
    noun = "scenario" if len(performances) == 1 else "scenarios"
    return f"{len(performances)} {noun}: {parts or 'none'} (steps: {of_steps or 'none'})"


def as_json(performances: Sequence[Performance]) -> bytes:
    """The report as JSON: scenarios with their steps, differences and exchanges."""
    value = {"summary": summary(performances), "value": [show(each) for each in performances]}
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)


def as_junit(performances: Sequence[Performance]) -> bytes:
    """The report as JUnit XML: a test suite for each scenario, a test case for each step."""
    root = ElementTree.Element("testsuites", name="bookings-emulator")
    for performance in performances:
        count = Counter(each.result for each in performance.steps)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=performance.scenario.name,
            tests=str(len(performance.steps)),
            failures=str(count["failed"]),
            errors="0",
            skipped=str(count["skipped"]),
            time=f"{performance.seconds:.3f}",
        )
        for played in performance.steps:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=f"scenarios.{performance.scenario.name}",
                name=f"{played.step.number} {played.step.title}",
                time=f"{played.seconds:.3f}",
            )
            if played.result == "failed":
                text = _plain("\n".join(_why(played)))
                ElementTree.SubElement(case, "failure", message=_plain(_first(played))).text = text
            elif played.result == "skipped":
                ElementTree.SubElement(case, "skipped", message=_plain(played.why))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _told(performance: Performance) -> Iterable[str]:
    scenario = performance.scenario
    yield f"{performance.result.upper():8}{scenario.name}: {scenario.title}"
    if performance.note:
        yield f"        {performance.note}"
    for played in performance.steps:
        times = f" ({played.step.repeat} times)" if played.step.repeat > 1 else ""
        why = f"  ({played.why})" if played.result == "skipped" else ""
        yield f"  {_MARKS[played.result]}  {played.step.number} {played.step.title}{times}{why}"
        if played.result == "failed":
            yield from (f"        {line}" for line in _why(played))


def _why(played: Played) -> list[str]:
    """Why a step failed: each difference, then the exchange."""
    lines = [played.why] if played.why else []
    for each in played.misfits:
        lines += [f"{each.where}", f"  expected  {_value(each.expected)}", f"  got       {_value(each.came)}"]
    return lines + (_exchange(_masked(played.exchange)) if played.exchange else [])


def _first(played: Played) -> str:
    if played.why or not played.misfits:
        return played.why
    first = played.misfits[0]
    return f"{first.where}: expected {_value(first.expected)}; got {_value(first.came)}"


def _value(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = orjson.dumps(mask_value(value), default=_odd).decode()
    return text if len(text) <= _LONG else f"{text[:_LONG]} … ({len(text)} characters)"


def _odd(value: Any) -> str:
    return "nothing" if value is ABSENT else str(value)


def _masked(exchange: PlayedExchange) -> PlayedExchange:
    """An exchange without its secrets: what a persona signs in with, and the tokens it gets."""
    is_form = "form-urlencoded" in exchange.headers.get("Content-Type", "")
    return replace(
        exchange,
        url=mask_text(exchange.url),
        headers=mask_headers(exchange.headers),
        body=mask_query(exchange.body) if is_form else mask_text(exchange.body),
        answer_headers=mask_headers(exchange.answer_headers),
        answer=mask_text(exchange.answer),
    )


def _exchange(exchange: PlayedExchange) -> list[str]:
    lines = [f"> {exchange.method} {exchange.url}"]
    lines += [f"> {name}: {value}" for name, value in exchange.headers.items()]
    lines += _body(">", exchange.body)
    if exchange.status is None:
        return lines
    lines.append(f"< {exchange.status}")
    for name, value in exchange.answer_headers.items():
        if name.lower() in _SHOWN or name.lower().startswith("x-emulator"):
            lines.append(f"< {name}: {value}")
    return lines + _body("<", exchange.answer)


def _body(mark: str, text: str) -> list[str]:
    shown = text if len(text) <= _LONG_BODY else f"{text[:_LONG_BODY]} … ({len(text)} characters)"
    return [f"{mark} {line}" for line in shown.splitlines()]


def show(performance: Performance) -> dict[str, Any]:
    """What became of a scenario and of each of its steps, as JSON; secrets are masked."""
    scenario = performance.scenario
    return {
        "name": scenario.name,
        "title": scenario.title,
        "shows": scenario.shows,
        "source": scenario.source,
        "result": performance.result,
        "seconds": round(performance.seconds, 6),
        **({"note": performance.note} if performance.note else {}),
        "steps": [_json_step(each) for each in performance.steps],
    }


def _json_step(played: Played) -> dict[str, Any]:
    step: dict[str, Any] = {
        "number": played.step.number,
        "title": played.step.title,
        "result": played.result,
        "seconds": round(played.seconds, 6),
    }
    if played.why:
        step["why"] = played.why
    if played.misfits:
        step["misfits"] = [_json_misfit(each) for each in played.misfits]
    if played.exchange and played.result == "failed":
        sent = _masked(played.exchange)
        step["request"] = {"method": sent.method, "url": sent.url, "headers": sent.headers, "body": sent.body}
        step["response"] = {"status": sent.status, "headers": sent.answer_headers, "body": sent.answer}
        step["reason"] = sent.answer_headers.get(REASON)
    return step


def _json_misfit(each: Mismatch) -> dict[str, Any]:
    """A difference; `came` is missing where nothing came."""
    shown = {"where": each.where, "expected": _shown(each.expected), "came": each.came}
    return {name: mask_value(value) for name, value in shown.items() if value is not ABSENT}


def _shown(value: Any) -> Any:
    return "<absent>" if value is ABSENT else value


def _plain(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(each for each in text if each in "\t\n" or each >= " ")
