"""What a scenario file says, read and checked: values for the player, free of files and of HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Kind = Literal["request", "control", "advance", "settle"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `target` is the path of a call, or what the clock moves by or to.

    `caller` is the persona whose plain name is the bearer token, empty for no token, None for one that may do all.
    `sends` holds at most one of body (JSON), text and form. `captures` are JSON pointers, or `header NAME`, by name.
    """

    number: int
    kind: Kind
    title: str
    method: str = "POST"
    target: str = ""
    caller: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sends: dict[str, Any] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)
    repeat: int = 1
    expect: dict[str, Any] = field(default_factory=dict)


class Scenario(NamedTuple):
    """A scenario. `name` is that of its file, `data` the whole file as JSON, `given` its part of that name.

    `problems` are ids of refusals (problems.toml) that it shows, `values` constants that steps use as `{name}`,
    `callers` words for `as` that are no personas of its given: whoever plays it has a token for each.
    """

    name: str
    title: str
    shows: str
    source: str
    problems: tuple[str, ...]
    values: dict[str, Any]
    given: dict[str, Any]
    steps: tuple[Step, ...]
    data: dict[str, Any]
    callers: tuple[str, ...] = ()
