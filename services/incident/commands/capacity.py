"""In which capacity somebody deals with an incident: for the provider, for a supplier who was asked, or as a client."""

from services.incident.models import Incident
from shared.contracts.roles import PROVIDER_ROLES, SUPPLIERS
from shared.unit_of_work import Work


def roles_for(work: Work, incident: Incident) -> frozenset[str] | None:
    """The roles in which the caller may move an incident; `None` stands for every role.

    A supplier's role holds only for what one of its teams was asked to recover, a role for one party for its incidents.
    """
    caller = work.caller
    if caller is None or caller.administers:
        return None
    roles = caller.roles_for(incident.party_id)
    return roles if incident.team_id in caller.teams else roles - set(SUPPLIERS)


def for_provider(work: Work, incident: Incident) -> bool:
    """Whether the caller works for the provider, everywhere or for the incident's party."""
    caller = work.caller
    if caller is None or caller.works_for_provider:
        return True
    return not caller.roles_for(incident.party_id).isdisjoint(PROVIDER_ROLES)


def for_client(work: Work, incident: Incident) -> bool:
    """Whether the caller speaks for the client's side.

    Staff of the provider never does, not even about a call of its own: there it holds the role in which it acts.
    """
    return not for_provider(work, incident) and not for_supplier(work, incident)


def for_supplier(work: Work, incident: Incident) -> bool:
    """Whether the caller speaks for a supplier who was asked to recover the incident."""
    caller = work.caller
    if caller is None or for_provider(work, incident):
        return False
    return not caller.roles.isdisjoint(SUPPLIERS) and incident.team_id in caller.teams
