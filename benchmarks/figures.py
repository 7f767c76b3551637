"""Figures and how they are shown: texts of both sides, their ratio, the aim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

Aim = tuple[str, float]
_MEGABYTE = 1024 * 1024
_LEFT = (0, 4, 6)  # columns of the table that begin at the left


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what is shown of each side; `ratio` is the median, lowest and highest of the pairs."""

    name: str
    ours: str
    theirs: str = ""
    ratio: tuple[float, float, float] | None = None
    aim: Aim | None = None

    @property
    def verdict(self) -> str:
        """`met` or `missed`, where there is an aim."""
        if self.aim is None or self.ratio is None:
            return ""
        sign, bound = self.aim
        return "met" if (self.ratio[0] >= bound if sign == ">=" else self.ratio[0] <= bound) else "missed"


def pairs(
    name: str,
    pairs: Sequence[tuple[float, float]],
    show: Callable[[float], str],
    *,
    aim: Aim | None = None,
) -> Figure:
    """A figure of many pairs: the median of each side, and the ratio pair by pair."""
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    ours, theirs = (median(each) for each in zip(*pairs, strict=True))
    return Figure(name, show(ours), show(theirs), (median(ratios), ratios[0], ratios[-1]), aim)


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def latency(milliseconds: float) -> str:
    return f"{milliseconds:.2f} ms"


def megabytes(size: float) -> str:
    return f"{size / _MEGABYTE:.1f} MB"


def per_second(rate: float) -> str:
    return f"{rate:,.0f}/s"


def table(figures: list[Figure]) -> str:
    rows = [("", "emulator", "bare", "ratio", "", "aim", "")]
    for each in figures:
        ratio, spread = ("", "")
        if each.ratio is not None:
            ratio, spread = f"{each.ratio[0]:.2f}", f"[{each.ratio[1]:.2f} .. {each.ratio[2]:.2f}]"
        aim = f"{each.aim[0]} {each.aim[1]:.2f}" if each.aim else ""
        rows.append((each.name, each.ours, each.theirs, ratio, spread, aim, each.verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.ljust(width) if index in _LEFT else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
