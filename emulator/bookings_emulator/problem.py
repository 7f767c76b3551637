"""A refusal: the one exception that contract, domain and planes share, and the hint that many refusals end with."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_WORD = 100  # characters; comparing costs the square of what a client sent


class Problem(Exception):
    """Refuse a call with a row of `contract/problems.toml`.

    `code` is the id of that row (`odata.segment`); `reason` is one plain sentence for the developer, shown in
    `x-emulator-reason` and nowhere in the body; `facts` fill the placeholders of the row's message.
    """

    def __init__(self, code: str, reason: str, **facts: object) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.facts = facts


def did_you_mean(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The end of a refusal that names the nearest known word; empty where nothing is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    import difflib  # wanted by refusals only

    near = difflib.get_close_matches(word, list(known), 1, likeness)
    return f"; did you mean '{near[0]}'?" if near else ""
