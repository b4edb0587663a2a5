"""Local days, and pages of them with running totals, so that a search is a bisection."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate


class Day:
    """The openings of one local day, in seconds since its first instant, and the open seconds before each."""

    __slots__ = ("before", "closes", "opens")

    def __init__(self, blocks: Sequence[tuple[int, int]]) -> None:
        self.opens = [opens for opens, _ in blocks]
        self.closes = [closes for _, closes in blocks]
        self.before = [0, *accumulate(closes - opens for opens, closes in blocks)]


class Page:
    """A run of local days: their first instants (one more than days) and the running totals of open seconds and working days."""

    __slots__ = ("before", "days", "starts", "working")

    def __init__(self, starts: Sequence[int], days: list[Day]) -> None:
        self.starts = array("q", starts)
        self.days = days
        self.before = array("q", [0, *accumulate(day.before[-1] for day in days)])
        self.working = array("q", [0, *accumulate(1 if day.opens else 0 for day in days)])


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order; spans that overlap or touch become one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart
