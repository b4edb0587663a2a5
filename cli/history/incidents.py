"""Rows become neutral incidents: what was known at registration, then one step for every row that changes something."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.history.mapping import Mapping
from cli.history.reading import Row, read_rows
from cli.history.telling import Telling

LARGEST_BATCH = 4 * 1024 * 1024
"""Bytes of incidents in one request; a server takes four times as much."""


@dataclass(frozen=True)
class History:
    """One incident ready to be sent: `document` in the neutral form, and the number of `rows` it was read from."""

    key: str
    rows: int
    document: dict[str, Any]

    @cached_property
    def body(self) -> bytes:
        """The document as it travels: JSON in UTF-8."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Skip:
    """Rows that are not sent: `key` (None where the file does not tell it), the `line` that is to blame, and `why`."""

    key: str | None
    rows: int
    line: int
    why: str


@dataclass(frozen=True)
class Batch:
    """What one request takes. `rows` counts sent and skipped ones, so that the batches add up to the file."""

    histories: list[History] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(told.rows for told in self.histories) + sum(skip.rows for skip in self.skips)

    def body(self, source: str) -> bytes:
        """The body of the request, in JSON."""
        return b'{"source":%s,"incidents":[%s]}' % (
            json.dumps(source).encode(),
            b",".join(told.body for told in self.histories),
        )


def read_histories(path: Path | str, mapping: Mapping) -> Iterator[History | Skip]:
    """The incidents of a file, one at a time; raises `HistoryUnreadable` as `read_rows` does.

    An incident that was being read when the file broke off is not yielded: half a history is never sent.
    """
    return histories(read_rows(path, required=mapping.columns, delimiter=mapping.delimiter), mapping)


def count_rows(path: Path | str, mapping: Mapping) -> int:
    """The number of data rows; raises `HistoryUnreadable` for a damaged file, before anything of it has been sent."""
    return sum(1 for _ in read_rows(path, required=mapping.columns, delimiter=mapping.delimiter))


def histories(rows: Iterable[Row], mapping: Mapping) -> Iterator[History | Skip]:
    """One `History` or `Skip` per incident, in file order, holding a single incident in memory.

    A row whose key is missing or cut off counts to the incident before it, which is skipped: it may have lost a step.
    A key that comes back after other incidents' rows is skipped: what was told first has already been handed on.
    """
    known = mapping.instants()
    met: set[str] = set()
    current: Telling | None = None
    for row in rows:
        key = _key(row, mapping)
        if current is None or (key is not None and key != current.key):
            if current is not None:
                yield _told(current)
            current = Telling(mapping, known, key)
            if key is not None:
                if key in met:
                    current.refuse(row.line, "its rows are not together: other incidents' rows lie between them")
                met.add(key)
        if key is None:
            current.refuse(row.line, row.fault or f"no {mapping.key}")
        current.take(row)
    if current is not None:
        yield _told(current)


def batches(told: Iterable[History | Skip], size: int, largest: int = LARGEST_BATCH) -> Iterator[Batch]:
    """Batches of at most `size` incidents and `largest` bytes; nothing is left out.

    Skips lie beside the incidents they were found among. An incident that is larger by itself travels alone.
    """
    batch, weight = Batch(), 0
    for one in told:
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


def _told(telling: Telling) -> History | Skip:
    if telling.refusal is not None:
        line, why = telling.refusal
        return Skip(telling.key, telling.rows, line, why)
    return History(telling.document["key"], telling.rows, telling.document)
