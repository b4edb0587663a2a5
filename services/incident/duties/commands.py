"""The duties of people in incident, as a table."""

from uuid import UUID

from services.incident.duties.queries import assigned, called, colleagues, teammates
from services.incident.incidents.commands import correct_incident, reassign
from services.incident.incidents.queries import INCIDENTS
from services.incident.models import Incident, KnownPerson
from shared.records import check_references
from shared.records.duties import Duty
from shared.unit_of_work import Work


async def check_person(work: Work, person_id: UUID) -> None:
    """Refuse somebody who is not an active person known here."""
    await check_references(work, {"to": person_id}, {"to": KnownPerson})


async def _give_assignment(work: Work, incident: Incident, _: UUID, to: UUID) -> None:
    await reassign(work, incident, to)


async def _give_call(work: Work, incident: Incident, _: UUID, to: UUID) -> None:
    await correct_incident(work, incident.id, incident.version, {"caller_id": to})


DUTIES = (
    Duty("assignee", "Incidents that the person recovers.", INCIDENTS, assigned, teammates, _give_assignment),
    Duty("caller", "Incidents that the person called about, and confirms.", INCIDENTS, called, colleagues, _give_call),
)
