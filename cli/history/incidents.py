"""Rows become neutral incidents: the values at registration, then one step for every row that changes something."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.history.builder import HistoryBuilder
from cli.history.mapping import Mapping
from cli.history.reading import Row, read_rows

LARGEST_BATCH = 4 * 1024 * 1024
"""Bytes of incidents in one request; the platform accepts four times as much."""


@dataclass(frozen=True)
class History:
    """One incident that can be sent: its `document` in the neutral form, and the number of `rows` it was read from."""

    key: str
    rows: int
    document: dict[str, Any]

    @cached_property
    def body(self) -> bytes:
        """The document as JSON in UTF-8."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Skip:
    """Rows that are not sent: `key` (None when the file does not have it), the `line` of the fault, and `why`."""

    key: str | None
    rows: int
    line: int
    why: str


@dataclass(frozen=True)
class Batch:
    """The incidents of one request. `rows` counts sent and skipped rows, so that the batches add up to the file."""

    histories: list[History] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(history.rows for history in self.histories) + sum(skip.rows for skip in self.skips)

    def body(self, source: str) -> bytes:
        """The body of the request, in JSON."""
        return b'{"source":%s,"incidents":[%s]}' % (
            json.dumps(source).encode(),
            b",".join(history.body for history in self.histories),
        )


def read_histories(path: Path | str, mapping: Mapping) -> Iterator[History | Skip]:
    """The incidents of a file, one at a time; raises `HistoryUnreadable` as `read_rows` does.

    When the file cannot be read to its end, the incident at that place is not yielded: half a history is never sent.
    """
    return histories(read_rows(path, required=mapping.columns, delimiter=mapping.delimiter), mapping)


def count_rows(path: Path | str, mapping: Mapping) -> int:
    """The number of data rows; raises `HistoryUnreadable` for a damaged file, so that nothing of it is sent."""
    return sum(1 for _ in read_rows(path, required=mapping.columns, delimiter=mapping.delimiter))


def histories(rows: Iterable[Row], mapping: Mapping) -> Iterator[History | Skip]:
    """One `History` or `Skip` per incident, in file order, holding a single incident in memory.

    A row whose key is missing or incomplete counts to the incident before it, which is skipped: it may lack a step.
    Rows whose key has appeared before, with other incidents between, are skipped: that incident is already yielded.
    """
    read_time = mapping.time_reader()
    seen: set[str] = set()
    current: HistoryBuilder | None = None
    for row in rows:
        key = _key(row, mapping)
        if current is None or (key is not None and key != current.key):
            if current is not None:
                yield _finished(current)
            current = HistoryBuilder(mapping, read_time, key)
            if key is not None:
                if key in seen:
                    current.refuse(row.line, "its rows are not together: rows of other incidents are between them")
                seen.add(key)
        if key is None:
            current.refuse(row.line, row.fault or f"no {mapping.key}")
        current.add(row)
    if current is not None:
        yield _finished(current)


def batches(found: Iterable[History | Skip], size: int, largest: int = LARGEST_BATCH) -> Iterator[Batch]:
    """Batches of at most `size` incidents and `largest` bytes; nothing is left out.

    Skips are in the batch of the incidents around them. An incident larger than `largest` has a batch of its own.
    """
    batch, weight = Batch(), 0
    for one in found:
        if isinstance(one, Skip):
            batch.skips.append(one)
            continue
        if batch.histories and (len(batch.histories) == size or weight + len(one.body) > largest):
            yield batch
            batch, weight = Batch(), 0
        batch.histories.append(one)
        weight += len(one.body)
    if batch.histories or batch.skips:
        yield batch


def _key(row: Row, mapping: Mapping) -> str | None:
    key = row.cells.get(mapping.key, "").strip()
    cut_at_key = row.fault is not None and next(reversed(row.cells)) == mapping.key
    return None if cut_at_key or key in mapping.missing else key


def _finished(builder: HistoryBuilder) -> History | Skip:
    if builder.refusal is not None:
        line, why = builder.refusal
        return Skip(builder.key, builder.rows, line, why)
    return History(builder.document["key"], builder.rows, builder.document)
