"""What was found: statements that hold are counted and printed, what could not be tried is printed with its reason."""

from __future__ import annotations


class Skipped(Exception):
    """Something cannot be tried here; the text says why."""


class Report:
    """Counts. A statement that does not hold is an AssertionError."""

    def __init__(self) -> None:
        self.passed = 0
        self.skipped = 0

    def check(self, what: str, is_so: bool = True, came: object = "") -> None:
        assert is_so, f"{what}: {came}"
        self.passed += 1
        self.say(what)

    def skip(self, what: str, reason: object) -> None:
        self.skipped += 1
        self.say(f"{what}: skipped: {reason}")

    def say(self, text: str) -> None:
        print(f"container-test  {text}", flush=True)

    def close(self) -> None:
        self.say(f"{self.passed} passed, {self.skipped} skipped")
