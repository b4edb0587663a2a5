"""What a caller may see, as a condition in the query: never after it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from shared.contracts.roles import SUPPLIERS
from shared.security import Caller


def visible(columns: Any, caller: Caller | None) -> ColumnElement[bool]:
    """Who sees what: the service itself and the provider everything, a client its party's, a user own records.

    A supplier sees what is assigned to its teams; anybody else nothing.
    """
    if caller is None or caller.works_for_provider:
        return true()
    mine = [columns.registered_by == caller.id]
    if caller.person:
        mine.append(columns.caller_id == caller.person)
    if "client" in caller.roles and caller.party:
        mine.append(columns.party_id == caller.party)
    if not caller.roles.isdisjoint(SUPPLIERS) and "team_id" in columns:
        mine.append(columns.team_id.in_(caller.teams) if caller.teams else false())
    return or_(*mine)


def filtered(table: Any, caller: Caller | None, filters: dict[str, Any]) -> Select[Any]:
    query = select(table).where(visible(table.c, caller))
    for name, value in filters.items():
        if value is None:
            continue
        if name == "opened_from":
            query = query.where(table.c.created_at >= value)
        elif name == "opened_until":
            query = query.where(table.c.created_at < value)
        else:
            query = query.where(table.c[name] == value)
    return query
