"""What a caller may see, as a condition in the query: never after it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, bindparam, or_, select, true

from shared.access import Caller
from shared.contracts.roles import SUPPLIERS


def reach(caller: Caller | None) -> dict[str, str | UUID | list[UUID]] | None:
    """By which columns a caller's records are known, and their values; `None`: the service itself and the provider see all.

    A client sees its party's, as does whoever holds a role for that party; a user own records; a supplier what is
    assigned to its teams; anybody else nothing.
    """
    if caller is None or caller.works_for_provider:
        return None
    mine: dict[str, str | UUID | list[UUID]] = {"registered_by": caller.id}
    if caller.person:
        mine["caller_id"] = caller.person
    if caller.parties:
        mine["party_id"] = sorted(caller.parties)
    if not caller.roles.isdisjoint(SUPPLIERS):
        mine["team_id"] = list(caller.teams)
    return mine


def within(columns: Any, names: Iterable[str] | None) -> ColumnElement[bool]:
    """That a record is known by one of these columns; the values come later, as `own_values` names them."""
    if names is None:
        return true()
    return or_(*(_own(columns[name]) for name in sorted(names) if name in columns))


def _own(column: ColumnElement[Any]) -> ColumnElement[bool]:
    if column.key in ("team_id", "party_id"):
        return column == any_(bindparam(f"own_{column.key}", type_=ARRAY(Uuid)))
    return column == bindparam(f"own_{column.key}", type_=column.type)


def own_values(mine: Mapping[str, object] | None) -> dict[str, object]:
    """The values of the condition that `within` makes."""
    return {f"own_{name}": value for name, value in (mine or {}).items()}


def selected(table: Any, names: Iterable[str] | None, filters: Iterable[str]) -> Select[Any]:
    """The rows within reach that pass the filters; the values of both come later."""
    query = select(table).where(within(table.c, names))
    for name in sorted(filters):
        if name == "opened_from":
            query = query.where(table.c.created_at >= bindparam(name, type_=table.c.created_at.type))
        elif name == "opened_until":
            query = query.where(table.c.created_at < bindparam(name, type_=table.c.created_at.type))
        else:
            query = query.where(table.c[name] == bindparam(name, type_=table.c[name].type))
    return query
