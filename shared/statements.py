"""Frequent queries: compiled once, then sent as SQL and values; the database returns their rows as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, ScalarSelect, Select, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as AsyncpgDialect  # noqa: N812

_DIALECT = AsyncpgDialect()  # type: ignore[no-untyped-call]
_UTC = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


class Statement:
    """A query in the form that the driver needs: building and compiling it costs more than running it.

    Each `bindparam` that was given a name is a value to send with every call; literals in the query stay as they are.
    """

    __slots__ = ("_constants", "_names", "sql")

    def __init__(self, query: Select[Any]) -> None:
        compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())
        self._constants = {name: bound.value for name, bound in compiled.binds.items() if bound.unique}

    def values(self, given: Mapping[str, object]) -> list[object]:
        """The values in the order of the SQL; `KeyError` when a named one is not given."""
        return [self._constants[name] if name in self._constants else given[name] for name in self._names]


def as_json(query: Select[Any], *beside: str, fields: Sequence[str] | None = None) -> Select[Any]:
    """The rows of `query`: the columns `fields` (all, when absent) of each as one JSON text, and the columns `beside` it."""
    read = query.subquery("read")
    columns = [read.c[name] for name in fields] if fields is not None else list(read.columns)
    item = select(*map(_formatted, columns)).correlate(read).subquery("item")
    text_of_item = select(cast(func.row_to_json(text("item")), Text)).select_from(item)
    return select(text_of_item.scalar_subquery(), *(read.c[name] for name in beside)).select_from(read)


def json_object(query: Select[Any]) -> ScalarSelect[Any]:
    """The single row of `query` as an object within the JSON of another row, null when there is none."""
    item = query.with_only_columns(*map(_formatted, query.selected_columns)).subquery("item")
    return select(func.row_to_json(text("item"))).select_from(item).scalar_subquery()


def _formatted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return _instant(column).label(column.key) if isinstance(column.type, DateTime) else column


def _instant(column: ColumnElement[datetime]) -> ColumnElement[str]:
    # as everywhere in the API: in UTC, and no fraction where there is none
    return func.replace(func.to_char(func.timezone("UTC", column), _UTC), ".000000Z", "Z")
