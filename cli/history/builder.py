"""Builds the neutral form of one incident while its rows are read."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cli.history.errors import RowRefused
from cli.history.mapping import LEVELS, Mapping
from cli.history.reading import Row

LONGEST_TEXT = 200
"""Names, numbers and categories have fewer characters, so a longer value is in the wrong column."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class HistoryBuilder:
    """Takes the rows of one incident; then `document` is complete, or `refusal` is its (line, reason).

    The incident starts in `registered` with the first row's values; that row's state, and every later row, is a step
    at the row's own time or the latest time before it. A missing value clears nothing, and a row that changes
    nothing gives no step.
    """

    def __init__(self, mapping: Mapping, read_time: Callable[[str], datetime], key: str | None) -> None:
        self.mapping = mapping
        self.key = key
        self.rows = 0
        self.refusal: tuple[int, str] | None = None
        self.document: dict[str, Any] = {}
        self._read_time = read_time
        self._latest: datetime
        self._state = "registered"
        self._cells: dict[str, str] = {}
        self._linked: set[tuple[str, str]] = set()

    def refuse(self, line: int, why: str) -> None:
        """Do not send the incident; the first reason is reported."""
        if self.refusal is None:
            self.refusal = (line, why)

    def add(self, row: Row) -> None:
        """Add the next row; after a refusal rows are only counted."""
        self.rows += 1
        if row.fault is not None:
            self.refuse(row.line, row.fault)
        if self.refusal is not None:
            return
        try:
            if self.document:
                self._step(row)
            else:
                self._start(row)
        except RowRefused as refusal:
            self.refuse(row.line, str(refusal))

    def _start(self, row: Row) -> None:
        self._latest = self._time(row, self.mapping.registered_at)
        known = self._changes(row)
        self.document = {
            "key": self._text(self.mapping.key, self.key or ""),
            "registered_at": _iso(self._latest),
            "values": {field: known.get(field) for field in self.mapping.values},
            "links": self._new_links(row),
            "steps": [],
        }
        self._add_step(row, {})

    def _step(self, row: Row) -> None:
        change: dict[str, Any] = {}
        if values := self._changes(row):
            change["set"] = values
        if links := self._new_links(row):
            change["links"] = links
        self._add_step(row, change)

    def _add_step(self, row: Row, change: dict[str, Any]) -> None:
        self._latest = max(self._latest, self._time(row, self.mapping.changed_at))
        state = self._new_state(row)
        if state is not None:
            name, _, reason = state.partition(":")
            change = {"state": name} | ({"reason": reason} if reason else {}) | change
        if change:
            self.document["steps"].append({"at": _iso(self._latest)} | change)

    def _time(self, row: Row, column: str) -> datetime:
        text = row.cells[column].strip()
        if text in self.mapping.missing:
            raise RowRefused(f"no {column}")
        try:
            return self._read_time(text)
        except (ValueError, OverflowError):
            raise RowRefused(f"{column} {text!r} is not a time of the form {self.mapping.time_format}") from None

    def _new_state(self, row: Row) -> str | None:
        column = self.mapping.state
        if not self._differs(row, column):
            return None
        text = self._cells[column]
        if text not in self.mapping.states:
            raise RowRefused(f"{column} {text!r} is not in the mapping")
        state = self.mapping.states[text]
        if state is None or state == self._state:
            return None
        self._state = state
        return state

    def _changes(self, row: Row) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for field, columns in self.mapping.values.items():
            if not [column for column in columns if self._differs(row, column)]:
                continue
            texts = [self._translated(field, column) for column in columns if column in self._cells]
            changed[field] = texts if field == "classification" else texts[0]
        return changed

    def _differs(self, row: Row, column: str) -> bool:
        """Whether the cell has another value than the last one of its column; if so, remember it."""
        text = row.cells[column]
        if self._cells.get(column) == text:
            return False
        text = text.strip()
        if text in self.mapping.missing or self._cells.get(column) == text:
            return False
        self._cells[column] = text
        return True

    def _translated(self, field: str, column: str) -> str:
        text = self._text(column, self._cells[column])
        table = self.mapping.tables.get(field)
        if table is not None:
            if text not in table:
                raise RowRefused(f"{column} {text!r} is not in the mapping")
            text = table[text]
        if field in ("impact", "urgency") and text not in LEVELS:
            raise RowRefused(f"{column} {text!r} is not one of {', '.join(LEVELS)}")
        return text

    def _new_links(self, row: Row) -> list[dict[str, str]]:
        links = []
        for kind, column in self.mapping.links.items():
            if self._differs(row, column):
                link = (kind, self._text(column, self._cells[column]))
                if link not in self._linked:
                    self._linked.add(link)
                    links.append({"kind": kind, "key": link[1]})
        return links

    def _text(self, column: str, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise RowRefused(f"{column} is longer than {LONGEST_TEXT} characters")
        if CONTROL.search(text):
            raise RowRefused(f"{column} contains a control character")
        return text


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
