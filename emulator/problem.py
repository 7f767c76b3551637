"""A refusal: the one exception that contract, domain and planes share; only a plane knows its outside."""

from __future__ import annotations


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
