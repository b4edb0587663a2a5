"""Which records of a service may be deleted when they are old, and what is deleted with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table

from shared.access.confidential import OPENED
from shared.records.columns import table_of
from shared.records.links import Link
from shared.records.notes import Note
from shared.records.timeline import ForeignEvent
from shared.records.watchers import Watcher

Condition = Callable[[Any], ColumnElement[bool]]
#: what any record may have: the tables, and their column with the id of the record
OF_ANY_RECORD: tuple[tuple[Table, str], ...] = (
    (table_of(Note), "record_id"),
    (table_of(Link), "record_id"),
    (table_of(Watcher), "record_id"),
    (table_of(ForeignEvent), "about"),
    (OPENED, "record_id"),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A record that another one came from: deleted after it, when it is `free`; `column` of the other one has its id."""

    table: Table
    column: str
    free: Condition


@dataclass(frozen=True, slots=True)
class Retained:
    """A kind of record that may be deleted: those that are `final`, counted from the time in the column `since`.

    `parts` are the tables whose rows belong to one record, by their column with its id; they are deleted first, in this order.
    `left` is a table that goes on holding some columns of records which have a value in the first of them.
    """

    kind: str
    meaning: str
    table: Table
    final: Condition
    parts: tuple[tuple[Table, str], ...] = ()
    owner: Owner | None = None
    left: Table | None = None
    since: str = "updated_at"
