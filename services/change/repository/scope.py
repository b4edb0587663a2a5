"""Which rows a caller may see, as a condition of the query."""

from typing import Any

from sqlalchemy import ColumnElement, false, or_, true

from shared.access import Caller
from shared.contracts.roles import CLIENT_ROLES


def visible(columns: Any, caller: Caller | None) -> ColumnElement[bool]:
    """The service itself and the provider see everything, a client its party's, a user what is his or her own.

    A request is seen by who called about the incident that asked for it, too. A supplier sees nothing: nothing is assigned
    to suppliers here.
    """
    if caller is None or caller.works_for_provider:
        return true()
    if caller.roles.isdisjoint(CLIENT_ROLES):
        return false()
    mine = [columns.registered_by == caller.id]
    if caller.person:
        mine.append(columns.requester_id == caller.person)
        mine += [columns.caller_id == caller.person] if hasattr(columns, "caller_id") else []
    if "client" in caller.roles and caller.party:
        mine.append(columns.party_id == caller.party)
    return or_(*mine)
