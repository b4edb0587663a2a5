"""Figures as they are measured, printed at once and written as docs/benchmarks.md."""

import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.bench.load import Result

MARKERS = ("<!-- figures -->", "<!-- /figures -->")


def held(result: Result, rate: float) -> bool:
    """Whether a rate was held: all answered, and the last quarter as quick as the second."""
    quarter = len(result.latencies) // 4
    if result.refused or not quarter or result.rate < rate * 0.97:
        return False
    second, last = sorted(result.latencies[quarter : 2 * quarter]), sorted(result.latencies[-quarter:])
    return last[quarter // 2] <= max(second[quarter // 2] * 1.5, 0.05)


@dataclass
class Figures:
    """Everything that one run measured."""

    machine: str
    day: date
    tables: dict[str, list[str]] = field(default_factory=dict)

    def ratio(self, name: str, size: int, clients: int, below: Result, above: Result, cpu_ms: float) -> None:
        """One kind of request against the floor."""
        self._add(
            "The incident service alone (RabbitMQ there, other services stopped)",
            "| request | incidents | clients | floor/s | Zeven/s | ratio | p50 ms | p99 ms | CPU ms |",
            f"| {name} | {size:,} | {clients} | {below.rate:.0f} | {above.rate:.0f} | {above.rate / below.rate:.2f} "
            f"| {above.percentile(0.5):.1f} | {above.percentile(0.99):.1f} | {cpu_ms:.2f} |",
        )

    def rate(self, name: str, rate: float, result: Result, waiting: int, *, held: bool, cores: float) -> None:
        """One offered rate of calls."""
        self._add(
            "The whole platform: calls offered at a fixed rate, every effect done",
            "| platform | offered/s | answered/s | p50 ms | p99 ms | clocks waiting at the end | cores used | held |",
            f"| {name} | {rate:.0f} | {result.rate:.0f} | {result.percentile(0.5):.1f} | {result.percentile(0.99):.1f} "
            f"| {waiting} | {cores:.2f} | {'yes' if held else 'no'} |",
        )

    def effects(self, name: str, delays: list[float]) -> None:
        """How long after the answer the clocks were stored."""
        ordered = sorted(delays)
        p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 for share in (0.5, 0.99))
        self._add(
            "From the answer to the stored clock",
            "| load | p50 ms | p99 ms | calls |",
            f"| {name} | {p50:.0f} | {p99:.0f} | {len(ordered)} |",
        )

    def imported(self, name: str, rows: int, seconds: float, cpu_us: float) -> None:
        """One import, every effect included."""
        self._add(
            "Import of a generated history, every effect included",
            "| platform | rows | seconds | rows/s | CPU µs a row |",
            f"| {name} | {rows:,} | {seconds:.1f} | {rows / seconds:.0f} | {cpu_us:.0f} |",
        )

    def memory(self, name: str, megabytes: float) -> None:
        """Resident memory of the process, without PostgreSQL."""
        self._add("Memory of the process, without PostgreSQL", "| when | MB |", f"| {name} | {megabytes:.0f} |")

    def _add(self, title: str, head: str, line: str) -> None:
        if title not in self.tables:
            self.tables[title] = [head, "|" + "---|" * (head.count("|") - 1)]
            sys.stdout.write(f"\n{title}\n{head}\n")
        self.tables[title].append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def write(self, path: Path) -> None:
        """Put the figures between the markers of the document."""
        parts = [f"Measured on {self.day} on {self.machine}."]
        parts += [f"### {title}\n\n" + "\n".join(lines) for title, lines in self.tables.items()]
        before, after = path.read_text("utf-8").split(MARKERS[0])[0], path.read_text("utf-8").split(MARKERS[1])[1]
        path.write_text(before + MARKERS[0] + "\n" + "\n\n".join(parts) + "\n" + MARKERS[1] + after, "utf-8")
