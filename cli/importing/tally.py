"""The counts of an import, and whether they add up."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cli.history import Batch

_VALUE = re.compile(r"(?<= )(?:'[^']*'|\"[^\"]*\")")


@dataclass(frozen=True)
class Skipped:
    """An incident that was not imported: its `key` (None when the file does not have it), its `rows`, and `why`."""

    key: str | None
    rows: int
    why: str


@dataclass
class Tally:
    """Counts of rows and incidents; `rows` is the number of rows in the file, counted before anything was sent."""

    source: str
    rows: int
    rows_imported: int = 0
    incidents: int = 0
    imported: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    steps: int = 0
    outside: list[dict[str, Any]] = field(default_factory=list)

    def add(self, batch: Batch, answers: list[dict[str, Any]], refused: dict[str, str]) -> None:
        """Count a batch: its own skips, the platform's `answers`, and the keys that it `refused`."""
        for skip in batch.skips:
            self.skipped.append(Skipped(skip.key, skip.rows, f"line {skip.line}: {skip.why}"))
        why = refused | {one["key"]: one["reason"] for answer in answers for one in answer["skipped"]}
        for history in batch.histories:
            if history.key in why:
                self.skipped.append(Skipped(history.key, history.rows, why[history.key]))
            else:
                self.rows_imported += history.rows
        self.incidents += len(batch.histories) + len(batch.skips)
        for answer in answers:
            self.imported += answer["imported"]
            self.unchanged += answer["unchanged"]
            self.steps += answer["steps"]
            self.outside += answer["outside_lifecycle"]

    @property
    def rows_skipped(self) -> int:
        return sum(one.rows for one in self.skipped)

    @property
    def row_balance(self) -> int:
        """Rows of the file that were neither imported nor skipped for a reason; 0 when the counts add up."""
        return self.rows - self.rows_imported - self.rows_skipped

    @property
    def incident_balance(self) -> int:
        """Incidents of the file that were neither imported, unchanged nor skipped; 0 when the counts add up."""
        return self.incidents - self.imported - self.unchanged - len(self.skipped)

    def reasons(self) -> list[tuple[str, int, Skipped]]:
        """The reasons for skips, most frequent first, with count and example; reasons that differ in line or value are one."""
        kinds = Counter(_kind(one.why) for one in self.skipped)
        first = {_kind(one.why): one for one in reversed(self.skipped)}
        return [(kind, count, first[kind]) for kind, count in kinds.most_common()]

    def transitions(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Steps outside today's lifecycle: `from → to`, most frequent first, with count and the first of them."""
        kinds = Counter(_transition(step) for step in self.outside)
        first = {_transition(step): step for step in reversed(self.outside)}
        return [(kind, count, first[kind]) for kind, count in kinds.most_common()]


def _kind(why: str) -> str:
    return _VALUE.sub("…", why.partition(": ")[2] if why.startswith("line ") else why)


def _transition(step: dict[str, Any]) -> str:
    return f"{step['from_state']} → {step['to_state']}"
