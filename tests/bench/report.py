"""Figures: printed at once, compared when two checkouts were measured, written to docs/benchmarks.md."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Literal

MARKERS = ("<!-- figures -->", "<!-- /figures -->")
BEFORE, AFTER = "before", "after"
#: a figure that got worse by more than this share is named
TOLERATED = 0.1
#: a caller may move another's p95 by this factor at most
NEIGHBOURLY = 2.0
NEIGHBOURS = "One caller beside another: the other's p95 with it, as a multiple of the p95 without"

TIMES = "times"

Better = Literal["more", "less", "neither"]


@dataclass(frozen=True)
class Measure:
    """What a figure means: its place in the tables, and in which direction it is better."""

    table: str
    row: str
    column: str
    better: Better

    @property
    def name(self) -> str:
        """The measure in one line."""
        return f"{self.table.partition(':')[0]}: {self.row}, {self.column}"


@dataclass(frozen=True)
class Change:
    """How a figure changed from one checkout to the other: the ratio after/before of each round."""

    measure: Measure
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The ratio in the middle of the rounds."""
        return median(self.ratios)

    @property
    def worse_by(self) -> float:
        """The share by which it got worse; negative when it got better."""
        if self.measure.better == "neither":
            return 0.0
        return 1 - self.ratio if self.measure.better == "more" else self.ratio - 1


@dataclass
class Figures:
    """Everything that one run measured, by measure and side, one value for each round."""

    machine: str
    day: date
    values: dict[Measure, dict[str, list[float]]] = field(default_factory=dict)
    #: rows of rates that no checkout sustained: their waiting times only tell how long the run took
    beyond: set[str] = field(default_factory=set)

    def add(self, table: str, row: str, side: str, **columns: tuple[float, Better]) -> None:
        """Add the values of one row, by column: the value and in which direction it is better."""
        shown = []
        for column, (value, better) in columns.items():
            measure = Measure(table, row, column.replace("_per_s", "/s").replace("_", " "), better)
            self.values.setdefault(measure, {}).setdefault(side, []).append(value)
            shown.append(f"{measure.column} {number(value)}")
        sys.stdout.write(f"{table.partition(':')[0]} | {side} | {row} | {', '.join(shown)}\n")
        sys.stdout.flush()

    def changes(self) -> Iterator[Change]:
        """Every figure that both checkouts have, unless it was 0 before."""
        for measure, sides in self.values.items():
            pairs = list(zip(sides.get(BEFORE, ()), sides.get(AFTER, ()), strict=False))
            ratios = tuple(after / before for before, after in pairs if before)
            if ratios:
                yield Change(measure, ratios)

    def worse(self) -> list[Change]:
        """What got worse by more than a tenth, the worst first; without the waiting times of a rate that no checkout sustained."""
        found = [change for change in self.changes() if change.worse_by > TOLERATED and not self._only_queued(change)]
        return sorted(found, key=lambda change: -change.worse_by)

    def _only_queued(self, change: Change) -> bool:
        return change.measure.row in self.beyond and change.measure.column.endswith(" ms")

    def unneighbourly(self) -> list[str]:
        """Who moved another caller's p95 by more than twice, in the checkout under test."""
        return [
            f"{measure.row}: {number(median(values))} times"
            for measure, sides in self.values.items()
            for side, values in sides.items()
            if measure.table == NEIGHBOURS
            and measure.column == TIMES
            and side != BEFORE
            and median(values) > NEIGHBOURLY
        ]

    def summary(self) -> list[str]:
        """The lines that say what needs attention."""
        lines: list[str] = []
        if any(True for _ in self.changes()):
            worse = [f"* {_in_words(change)}" for change in self.worse()]
            lines += (
                ["Worse by more than a tenth:", "", *worse, ""]
                if worse
                else ["Nothing is worse by more than a tenth.", ""]
            )
        if any(measure.table == NEIGHBOURS for measure in self.values):
            found = [f"* {one}" for one in self.unneighbourly()]
            lines += (
                ["Moves another caller's p95 by more than twice:", "", *found]
                if found
                else ["No caller moves another's p95 by more than twice."]
            )
        return lines

    def tables(self) -> Iterator[str]:
        """The tables, in the order in which they were measured."""
        for table in dict.fromkeys(measure.table for measure in self.values):
            mine = {(each.row, each.column): each for each in self.values if each.table == table}
            columns = list(dict.fromkeys(column for _, column in mine))
            lines = [f"| | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 1)]
            for row in dict.fromkeys(row for row, _ in mine):
                cells = [self._cell(mine[row, column]) if (row, column) in mine else "" for column in columns]
                lines.append(f"| {row} | {' | '.join(cells)} |")
            yield f"### {table}\n\n" + "\n".join(lines)

    def _cell(self, measure: Measure) -> str:
        sides = {side: median(values) for side, values in self.values[measure].items()}
        if BEFORE not in sides:
            return " / ".join(number(value) for value in sides.values())
        before, after = number(sides[BEFORE]), number(sides[AFTER]) if AFTER in sides else "–"
        change = next((each for each in self.changes() if each.measure == measure), None)
        return f"{before} → {after}" + (f" ({change.ratio:.2f})" if change else "")

    def write(self, path: Path) -> None:
        """Put the figures between the markers of the document, or into a document of their own where there is none."""
        parts = [f"Measured on {self.day} on {self.machine}."]
        if any(True for _ in self.changes()):
            parts.append("Each cell is before → after (after/before); the ratio is the median of the rounds.")
        parts += ["\n".join(self.summary()).strip(), *self.tables()]
        text = path.read_text("utf-8") if path.exists() else "".join(f"{marker}\n" for marker in MARKERS)
        before, after = text.split(MARKERS[0])[0], text.split(MARKERS[1])[1]
        inside = "\n\n".join(part for part in parts if part)
        path.write_text(f"{before}{MARKERS[0]}\n{inside}\n{MARKERS[1]}{after}", "utf-8")


def number(value: float) -> str:
    """Three digits that count, and no more."""
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _in_words(change: Change) -> str:
    rounds = f", rounds from {min(change.ratios):.2f} to {max(change.ratios):.2f}" if len(change.ratios) > 1 else ""
    return f"{change.measure.name}: {change.ratio:.2f} times what it was{rounds}"
