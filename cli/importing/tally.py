"""The counts of an import, and whether they add up."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cli.history import Batch

_VALUE = re.compile(r"(?<= )(?:'[^']*'|\"[^\"]*\")")


@dataclass(frozen=True)
class Skipped:
    """An incident that was not imported: its `key` (None when the file does not have it), and `why`."""

    key: str | None
    why: str


@dataclass
class Tally:
    """Counts of rows and incidents; `rows` is the number of rows in the file, counted before anything was sent.

    `extended` counts those of the imported incidents that the platform had before, with fewer steps. `unmapped` has
    column, value and rows of each value that the mapping lacks; `warnings` say why the mapping may be of another kind.
    What was skipped, and the steps outside today's lifecycle, are counted by kind: files may have very many of them.
    """

    source: str
    rows: int
    rows_imported: int = 0
    rows_skipped: int = 0
    incidents: int = 0
    imported: int = 0
    unchanged: int = 0
    extended: int = 0
    skipped: int = 0
    steps: int = 0
    outside: int = 0
    unmapped: list[tuple[str, str, int]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _reasons: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, Skipped] = field(default_factory=dict)
    _transitions: Counter[str] = field(default_factory=Counter)
    _firsts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, batch: Batch, answers: list[dict[str, Any]], refused: dict[str, str]) -> None:
        """Count a batch: its own skips, the platform's `answers`, and the keys that it `refused`."""
        for skip in batch.skips:
            self._skip(Skipped(skip.key, f"line {skip.line}: {skip.why}"), skip.rows)
        why = refused | {one["key"]: one["reason"] for answer in answers for one in answer["skipped"]}
        for history in batch.histories:
            if history.key in why:
                self._skip(Skipped(history.key, why[history.key]), history.rows)
            else:
                self.rows_imported += history.rows
        self.incidents += len(batch.histories) + len(batch.skips)
        for answer in answers:
            self.imported += answer["imported"]
            self.unchanged += answer["unchanged"]
            self.extended += answer.get("extended", 0)  # the platform before this version did not extend any
            self.steps += answer["steps"]
            for step in answer["outside_lifecycle"]:
                self.outside += 1
                self._transitions[_transition(step)] += 1
                self._firsts.setdefault(_transition(step), step)

    @property
    def row_balance(self) -> int:
        """Rows of the file that were neither imported nor skipped for a reason; 0 when the counts add up."""
        return self.rows - self.rows_imported - self.rows_skipped

    @property
    def incident_balance(self) -> int:
        """Incidents of the file that were neither imported, unchanged nor skipped; 0 when the counts add up."""
        return self.incidents - self.imported - self.unchanged - self.skipped

    def reasons(self) -> list[tuple[str, int, Skipped]]:
        """The reasons for skips, most frequent first, with count and example; reasons that differ in line or value are one."""
        return [(kind, count, self._examples[kind]) for kind, count in self._reasons.most_common()]

    def transitions(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Steps outside today's lifecycle: `from → to`, most frequent first, with count and the first of them."""
        return [(kind, count, self._firsts[kind]) for kind, count in self._transitions.most_common()]

    def _skip(self, one: Skipped, rows: int) -> None:
        self.skipped += 1
        self.rows_skipped += rows
        self._reasons[_kind(one.why)] += 1
        self._examples.setdefault(_kind(one.why), one)


def _kind(why: str) -> str:
    return _VALUE.sub("…", why.partition(": ")[2] if why.startswith("line ") else why)


def _transition(step: dict[str, Any]) -> str:
    return f"{step['from_state']} → {step['to_state']}"
