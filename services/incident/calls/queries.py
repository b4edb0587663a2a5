"""Queries about calls."""

from uuid import UUID

from sqlalchemy import select

from services.incident import access
from services.incident.models import CALL_NUMBER, INCIDENT_NUMBER, Call, KnownParty, KnownPerson, KnownService
from shared.errors import invalid
from shared.records import Noun
from shared.unit_of_work import Work

_CALL = Call.__table__
CALLS = Noun(
    Call,
    "call",
    access.READ_CALL,
    source=select(_CALL, _CALL.c.call_type.label("type")),
    names={"service_id": KnownService, "party_id": KnownParty, "caller_id": KnownPerson},
)
_BASICS = """
SELECT nextval('call_number'), nextval('incident_number'), (SELECT active FROM known_service WHERE id = $1)
"""


async def numbers_and_service(work: Work, service_id: UUID, *, named: bool) -> tuple[str, str]:
    """The next numbers of a call and of an incident; checks the service in the same round trip, as `check_service` does."""
    call, incident, active = (await work.execute_sql(_BASICS, service_id))[0]
    _check_offered(active, named=named)
    return CALL_NUMBER.of(call), INCIDENT_NUMBER.of(incident)


async def check_service(work: Work, service_id: UUID, *, named: bool) -> None:
    """Refuse a service that is not known here or is retired; General support only when it is known to be retired."""
    service = await work.session.get(KnownService, service_id)
    _check_offered(service.active if service else None, named=named)


def _check_offered(active: bool | None, *, named: bool) -> None:
    if (active is None and named) or active is False:
        raise invalid("/service_id", "no such service is offered; use one of GET /service-level/v1/services")
