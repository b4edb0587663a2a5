"""A whole file, sorted and mapped before anything of it is sent: its rows may be in any order."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cli.history.builder import HistoryBuilder, SnapshotBuilder
from cli.history.errors import HistoryUnreadable
from cli.history.incidents import History, Skip
from cli.history.mapping import Mapping
from cli.history.reading import Row, read_rows
from cli.history.survey import Survey
from cli.history.times import time_reader

# The database is a temporary file without a name that ends with the connection; SQLite sorts on disk. Memory is bounded by
# its cache, whatever the number of rows; on disk a row takes what its mapped cells take, twice while sorting.
_TABLES = """
PRAGMA temp_store = FILE;
PRAGMA cache_size = -16384;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE row ({cells}, line INTEGER, key TEXT, at REAL, fault TEXT);
CREATE TABLE history (key TEXT, rows INTEGER, steps INTEGER, body BLOB, line INTEGER, why TEXT);
BEGIN;
"""
_STORE = "INSERT INTO row VALUES ({}?, ?, ?, ?)"
_INCIDENTS = "CREATE TABLE incident AS SELECT key, min(line) AS first, count(*) AS rows FROM row GROUP BY key"
_ROWS_OF_INCIDENTS = "SELECT count(*), coalesce(sum(rows = 1), 0) FROM incident"
_DIRECTION = """
SELECT coalesce(sum(at > before), 0), coalesce(sum(at < before), 0)
FROM (SELECT at, lag(at) OVER (PARTITION BY key ORDER BY line) AS before FROM row)
"""
_SORTED = """
SELECT line, key, fault, {cells} FROM row JOIN incident USING (key) ORDER BY incident.first, row.at, row.line * {direction}
"""
ENOUGH = 10
"""Older rows after newer ones, and none the other way round, that make a file newest first; fewer may be exceptions."""

MOSTLY = 0.95
LARGEST_INCIDENT = 15 * 1024 * 1024
"""Bytes; the platform takes 16 MiB in one request."""


class MappedFile:
    """Every incident of the rows, as `History` or `Skip`, in the order in which the rows first name them; closed, it is gone.

    An incident's rows may be anywhere. They are sorted by `changed_at`; rows of one time stay as they are in the file, or
    in reverse where the file is newest first throughout. A row whose key is missing or incomplete counts to the incident
    of the row before it, which is skipped: it may lack a step. Rows without a key at the beginning are a skip without one.
    Raises what the iterator of rows raises.
    """

    def __init__(self, rows: Iterable[Row], mapping: Mapping) -> None:
        self.rows = 0
        self.incidents = 0
        self._single = 0
        self._mapping = mapping
        self._read_time = time_reader(mapping.formats, mapping.zone)
        self._survey = Survey(mapping)
        self._cells = ", ".join(f"cell{place}" for place in range(len(mapping.columns)))
        self._database = sqlite3.connect("", isolation_level=None)
        try:
            with _room():
                self._database.executescript(_TABLES.format(cells=self._cells))
                self._database.executemany(_STORE.format("?, " * len(mapping.columns)), self._stored(rows))
                self._database.execute(_INCIDENTS)
                self.incidents, self._single = self._database.execute(_ROWS_OF_INCIDENTS).fetchone()
                found = (_columns(one) for one in self._mapped())
                self._database.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)", found)
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary file."""
        self._database.close()

    def __iter__(self) -> Iterator[History | Skip]:
        for key, rows, steps, body, line, why in self._database.execute("SELECT * FROM history ORDER BY rowid"):
            yield History(key, rows, steps, body) if why is None else Skip(key, rows, line, why)

    @property
    def unmapped(self) -> list[tuple[str, str, int]]:
        """Column, value and number of rows of every value that the mapping lacks, the most frequent first."""
        return [(column, value, rows) for (column, value), rows in self._survey.unmapped.most_common()]

    @property
    def warnings(self) -> list[str]:
        """Why the file may be of another kind than the mapping says."""
        if self._mapping.moments:
            several = self.incidents - self._single
            if several <= (1 - MOSTLY) * self.incidents:
                return []
            return [
                (
                    f"{several:,} of {self.incidents:,} incidents have several rows, of which only the latest counts, because "
                    "the mapping has [moments]. If each row is a change, map the file as a log: without [moments]."
                )
            ]
        if not self.incidents or self._single < MOSTLY * self.incidents:
            return []
        columns = ", ".join(self._survey.columns_with_times)
        return [
            (
                f"This looks like a snapshot and not like a log: {self._single:,} of {self.incidents:,} incidents have one row"
                f"{f', and there are times in {columns}' if columns else ''}. Name the columns of moments (recovered, closed) in "
                "[moments] of the mapping; without it an incident has only the state and the time of its last change."
            )
        ]

    def _stored(self, rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
        columns, before = self._mapping.columns, ""
        for row in rows:
            self.rows += 1
            self._survey.add(row)
            key, fault = _key(row, self._mapping), row.fault
            if key is None:
                key, fault = before, fault or f"no {self._mapping.key}"
            before = key
            yield *[row.cells.get(column) for column in columns], row.line, key, self._time(row), fault

    def _time(self, row: Row) -> float | None:
        """The row's place among those of its incident; None when it has no time, for which the incident is skipped."""
        text = row.cells.get(self._mapping.changed_at, "").strip() if self._mapping.changed_at else ""
        if text in self._mapping.missing:
            return None
        try:
            return self._read_time(text).timestamp()
        except ValueError:
            return None

    def _sorted(self) -> Iterator[tuple[str, Row]]:
        later, earlier = self._database.execute(_DIRECTION).fetchone()
        direction = -1 if earlier >= ENOUGH and not later else 1
        columns, query = self._mapping.columns, _SORTED.format(cells=self._cells, direction=direction)
        for line, key, fault, *cells in self._database.execute(query):
            yield key, Row(line, dict(zip(columns, cells, strict=True)), fault)

    def _mapped(self) -> Iterator[History | Skip]:
        build = SnapshotBuilder if self._mapping.moments else HistoryBuilder
        current: HistoryBuilder | None = None
        of: str | None = None
        for key, row in self._sorted():
            if current is None or key != of:
                if current is not None:
                    yield _finished(current)
                current, of = build(self._mapping, self._read_time, key or None), key
            current.add(row)
        if current is not None:
            yield _finished(current)


def map_file(path: Path | str, mapping: Mapping) -> MappedFile:
    """The incidents of a file; raises `HistoryUnreadable` as `read_rows` does."""
    return MappedFile(
        read_rows(path, required=mapping.columns, delimiter=mapping.delimiter, encoding=mapping.encoding), mapping
    )


def read_histories(path: Path | str, mapping: Mapping) -> Iterator[History | Skip]:
    """The incidents of a file, one at a time; raises `HistoryUnreadable` before the first one."""
    with map_file(path, mapping) as found:
        yield from found


def _key(row: Row, mapping: Mapping) -> str | None:
    key = row.cells.get(mapping.key, "").strip()
    cut_at_key = row.fault is not None and next(reversed(row.cells)) == mapping.key
    return None if cut_at_key or key in mapping.missing else key


def _finished(builder: HistoryBuilder) -> History | Skip:
    if builder.refusal is not None:
        line, why = builder.refusal
        return Skip(builder.key, builder.rows, line, why)
    document = builder.document
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > LARGEST_INCIDENT:
        return Skip(builder.key, builder.rows, builder.line, "the incident has more than 15 MiB of text")
    return History(document["key"], builder.rows, len(document["steps"]), body)


def _columns(one: History | Skip) -> tuple[Any, ...]:
    if isinstance(one, Skip):
        return one.key, one.rows, 0, None, one.line, one.why
    return one.key, one.rows, one.steps, one.body, None, None


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as fault:
        why = f"no room on disk for sorting the rows ({fault}); SQLITE_TMPDIR names a folder that has more"
        raise HistoryUnreadable("temporary files", None, why) from None
