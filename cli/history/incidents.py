"""Incidents in the neutral form, those that cannot be sent, and the batches in which they are sent."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

LARGEST_BATCH = 4 * 1024 * 1024
"""Bytes of incidents in one request; the platform accepts four times as much."""


@dataclass(frozen=True)
class History:
    """One incident that can be sent: the number of `rows` it was read from, of its `steps`, and its `body` as JSON in UTF-8."""

    key: str
    rows: int
    steps: int
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The incident in the neutral form."""
        document: dict[str, Any] = json.loads(self.body)
        return document


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
