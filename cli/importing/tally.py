"""What an import has done so far, and whether it adds up."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cli.history import Batch

_VALUE = re.compile(r"(?<= )(?:'[^']*'|\"[^\"]*\")")


@dataclass(frozen=True)
class Skipped:
    """An incident that Zeven does not hold: its `key` (None where the file does not tell it), its `rows`, and `why`."""

    key: str | None
    rows: int
    why: str


@dataclass
class Tally:
    """Counts of rows and incidents; `rows` is what the file was found to hold before anything was sent."""

    source: str
    rows: int
    rows_held: int = 0
    incidents: int = 0
    imported: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    steps: int = 0
    outside: list[dict[str, Any]] = field(default_factory=list)

    def add(self, batch: Batch, answers: list[dict[str, Any]], refused: dict[str, str]) -> None:
        """Count a batch: what the file's own incidents gave, the server's `answers`, and the keys that it `refused`."""
        for skip in batch.skips:
            self.skipped.append(Skipped(skip.key, skip.rows, f"line {skip.line}: {skip.why}"))
        why = refused | {one["key"]: one["reason"] for answer in answers for one in answer["skipped"]}
        for history in batch.histories:
            if history.key in why:
                self.skipped.append(Skipped(history.key, history.rows, why[history.key]))
            else:
                self.rows_held += history.rows
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
        """Rows of the file that neither Zeven holds nor a reason explains; 0 when all went well."""
        return self.rows - self.rows_held - self.rows_skipped

    @property
    def incident_balance(self) -> int:
        """Incidents of the file that were neither imported, unchanged nor skipped; 0 when all went well."""
        return self.incidents - self.imported - self.unchanged - len(self.skipped)

    def reasons(self) -> list[tuple[str, int, Skipped]]:
        """Why incidents were skipped, most frequent first, with how many and an example; lines and values apart."""
        kinds = Counter(_kind(one.why) for one in self.skipped)
        first = {_kind(one.why): one for one in reversed(self.skipped)}
        return [(kind, count, first[kind]) for kind, count in kinds.most_common()]

    def transitions(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Steps outside today's lifecycle: `from → to`, most frequent first, with how many and the first of them."""
        kinds = Counter(_transition(step) for step in self.outside)
        first = {_transition(step): step for step in reversed(self.outside)}
        return [(kind, count, first[kind]) for kind, count in kinds.most_common()]


def _kind(why: str) -> str:
    return _VALUE.sub("…", why.partition(": ")[2] if why.startswith("line ") else why)


def _transition(step: dict[str, Any]) -> str:
    return f"{step['from_state']} → {step['to_state']}"
