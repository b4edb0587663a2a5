"""Builds the neutral form of one incident while its rows are read."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cli.history.errors import RowRefused
from cli.history.mapping import VALUES, Mapping
from cli.history.reading import Row
from cli.history.times import FURTHEST

LONGEST_TEXT = 200
"""Names, numbers and categories have fewer characters, so a longer value is in the wrong column."""

LONGEST_DESCRIPTION = 20_000
FREE_TEXTS = ("title", "description")
MOST_STEPS = 5000
"""The platform takes no more of one incident."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e]")
"""Control characters, ends of lines, and characters that reverse the order of what is shown."""

CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but the tab and the line feed."""


class HistoryBuilder:
    """Takes the rows of one incident of a log; then `document` is complete, or `refusal` is its (line, reason).

    The incident starts in `registered` with the first row's values; that row's state, and every later row, is a step
    at the row's own time or the latest time before it. A missing value clears nothing, and a row that changes
    nothing gives no step.
    """

    def __init__(self, mapping: Mapping, read_time: Callable[[str], datetime], key: str | None) -> None:
        self.mapping = mapping
        self.key = key
        self.rows = 0
        self.line = 0
        self.refusal: tuple[int, str] | None = None
        self.document: dict[str, Any] = {}
        self._read_time = read_time
        self._registered_at: datetime
        self._latest: datetime
        self._state = "registered"
        self._before: dict[str, str] = {}
        self._different: set[str] = set()
        self._cells: dict[tuple[str, str], str] = {}
        self._linked: set[tuple[str, str]] = set()

    def refuse(self, line: int, why: str) -> None:
        """Do not send the incident; the first reason is reported."""
        if self.refusal is None:
            self.refusal = (line, why)

    def add(self, row: Row) -> None:
        """Add the next row; after a refusal rows are only counted."""
        self.rows += 1
        self.line = row.line
        if row.fault is not None:
            self.refuse(row.line, row.fault)
        if self.refusal is not None:
            return
        # most rows differ from the one before in a few columns
        before, self._before = self._before, row.cells
        self._different = {column for column, text in row.cells.items() if before.get(column) != text}
        try:
            if self.document:
                self._continue(row)
            else:
                self._start(row)
        except RowRefused as refusal:
            self.refuse(row.line, str(refusal))

    def _start(self, row: Row) -> None:
        self._latest = self._registered_at = self._time(row, self.mapping.registered_at)
        known = self._changes(row)
        self.document = {
            "key": self._name(self.mapping.key, self.key or ""),
            "registered_at": _iso(self._latest),
            "values": {field: known.get(field) for field in self.mapping.values},
            "links": self._new_links(row),
            "steps": [],
        }
        self._add_steps(row, {})

    def _continue(self, row: Row) -> None:
        change: dict[str, Any] = {}
        if values := self._changes(row):
            change["set"] = values
        if links := self._new_links(row):
            change["links"] = links
        self._add_steps(row, change)

    def _add_steps(self, row: Row, change: dict[str, Any]) -> None:
        at = self._time(row, self.mapping.changed_at or self.mapping.registered_at)
        self._add_step(at, self._new_state(row), change)

    def _add_step(self, at: datetime, state: str | None, change: dict[str, Any]) -> None:
        self._latest = max(self._latest, at)
        if state is not None and state != self._state:
            self._state = state
            name, _, reason = state.partition(":")
            change = {"state": name} | ({"reason": reason} if reason else {}) | change
        if not change:
            return
        if self._latest - self._registered_at > FURTHEST:
            raise RowRefused("a step is more than 100 years after the registration")
        if len(self.document["steps"]) == MOST_STEPS:
            raise RowRefused(f"the incident has more than {MOST_STEPS:,} steps")
        self.document["steps"].append({"at": _iso(self._latest)} | change)

    def _time(self, row: Row, column: str) -> datetime:
        at = self._time_if_any(row, column)
        if at is None:
            raise RowRefused(f"no {column}")
        return at

    def _time_if_any(self, row: Row, column: str) -> datetime | None:
        text = row.cells[column].strip()
        if text in self.mapping.missing:
            return None
        try:
            return self._read_time(text)
        except ValueError as wrong:
            raise RowRefused(f"{column} {text!r} is not a time {wrong}") from None

    def _new_state(self, row: Row) -> str | None:
        """The state of the row; None when it is missing, the same as before, or mapped to no state."""
        column = self.mapping.state
        if column is None or not self._differs(row, "state", column):
            return None
        text = self._cells["state", column]
        if text not in self.mapping.states:
            raise RowRefused(f"{column} {text!r} is not in the mapping")
        return self.mapping.states[text]

    def _changes(self, row: Row) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for field, columns in self.mapping.values.items():
            if self._different.isdisjoint(columns):
                continue
            if not [column for column in columns if self._differs(row, field, column)]:
                continue
            texts = [self._translated(field, column) for column in columns if (field, column) in self._cells]
            if field in FREE_TEXTS and not _is_visible(texts[0]):
                continue
            changed[field] = texts if field == "classification" else texts[0]
        return changed

    def _differs(self, row: Row, use: str, column: str) -> bool:
        """Whether the cell has another value than the last one for this use of its column; if so, remember it."""
        if column not in self._different:
            return False
        text, place = row.cells[column].strip(), (use, column)
        if text in self.mapping.missing or self._cells.get(place) == text:
            return False
        self._cells[place] = text
        return True

    def _translated(self, field: str, column: str) -> str:
        text = self._cells[field, column]
        if field == "title":
            return _shortened(" ".join(CONTROL.sub(" ", text).split()), LONGEST_TEXT)
        if field == "description":
            return _shortened(CONTROL_IN_TEXT.sub(" ", text.replace("\r\n", "\n")), LONGEST_DESCRIPTION)
        text = self._name(column, text)
        table = self.mapping.tables.get(field)
        if table is not None:
            if text not in table:
                raise RowRefused(f"{column} {text!r} is not in the mapping")
            text = table[text]
        if field in VALUES and text not in VALUES[field]:
            raise RowRefused(f"{column} {text!r} is not one of {', '.join(VALUES[field])}")
        return text

    def _new_links(self, row: Row) -> list[dict[str, str]]:
        links = []
        for kind, column in self.mapping.links.items():
            if self._differs(row, f"link {kind}", column):
                link = (kind, self._name(column, self._cells[f"link {kind}", column]))
                if link not in self._linked:
                    self._linked.add(link)
                    links.append({"kind": kind, "key": link[1]})
        return links

    def _name(self, column: str, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise RowRefused(f"{column} is longer than {LONGEST_TEXT} characters")
        if CONTROL.search(text):
            raise RowRefused(f"{column} contains a control character")
        if not _is_visible(text):
            raise RowRefused(f"{column} has no visible character")
        return text


class SnapshotBuilder(HistoryBuilder):
    """Takes the row of one incident of a file that has a column for each moment; of several rows the latest counts.

    Every moment is a step. The state, where the mapping has one, is that of now: it adds a step at the time of the last
    change when it is not the state of the last moment. An incident has one end: a state that is another end than the last
    moment (cancelled instead of closed) replaces it.
    """

    ENDS = ("closed", "rerouted", "cancelled")

    def _continue(self, row: Row) -> None:
        if not self._different:
            return
        if self.mapping.changed_at is None:
            raise RowRefused("another row of this incident differs; [columns] changed_at says which one is later")
        self._state, self._cells, self._linked, self._different = "registered", {}, set(), set(row.cells)
        self._start(row)

    def _add_steps(self, row: Row, change: dict[str, Any]) -> None:
        times = [(self._time_if_any(row, column), state) for state, column in self.mapping.moments.items()]
        moments = sorted(((at, state) for at, state in times if at is not None), key=lambda moment: moment[0])
        for at, moment in moments:
            self._add_step(at, moment, change)
        state = self._new_state(row)
        if state is None or state == self._state:
            return
        changed_at = self._time_if_any(row, self.mapping.changed_at) if self.mapping.changed_at else None
        if changed_at is None and not moments:
            columns = [*self.mapping.moments.values(), *filter(None, [self.mapping.changed_at])]
            raise RowRefused(f"nothing says since when the state is {state}: no {', no '.join(columns)}")
        if state in self.ENDS and self._state in self.ENDS:
            self.document["steps"].pop()
            changed_at = None
        self._add_step(changed_at or self._latest, state, change)


def _is_visible(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
