"""New rows as SQL: all rows of a table from one JSON array, and several tables in one statement."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Column, DefaultClause, Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.schema import ScalarElementColumnDefault


def insert_many(table: Table, place: str) -> str:
    """SQL that inserts every row of the JSON array bound at `place` (`$1` or `:rows`), in its order, in one statement.

    Columns that the database fills itself (identity, computed, `FetchedValue`) are left out; the bound array gives all others.
    """
    names = ", ".join(f'"{name}"' for name in given_columns(table))
    return (
        f'INSERT INTO "{table.name}" ({names}) '  # noqa: S608 - names come from the models
        f'SELECT {names} FROM jsonb_populate_recordset(NULL::"{table.name}", CAST({place} AS jsonb))'
    )


@cache
def given_columns(table: Table) -> tuple[str, ...]:
    """The columns of `table` that a writer gives."""
    given = (column for column in table.columns if isinstance(column.server_default, DefaultClause | None))
    return tuple(column.name for column in given)


def values_of(table: Table, rows: Iterable[DeclarativeBase | dict[str, Any]]) -> list[dict[str, Any]]:
    """The values of each row by column, for the JSON array; a `dict` is one already."""
    columns = _defaults(table)
    # an attribute that was never set takes much longer to read than a missing key of the dict
    return [
        row if isinstance(row, dict) else {name: row.__dict__.get(name, default) for name, default in columns}
        for row in rows
    ]


@cache
def insert_together(tables: tuple[Table, ...], last: str) -> str:
    """One statement that inserts into every table, each from its own array (`$1`, `$2`, …), and ends with the query `last`."""
    parts = [f'"new_{table.name}" AS ({insert_many(table, f"${place}")})' for place, table in enumerate(tables, 1)]
    return f"WITH {', '.join(parts)} {last}"


@cache
def _defaults(table: Table) -> tuple[tuple[str, Any], ...]:
    columns = (table.c[name] for name in given_columns(table))
    return tuple((each.name, _scalar_default(each)) for each in columns)


def _scalar_default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
