"""Queries about incidents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, true

from services.incident import access
from services.incident.models import (
    ChangeRequest,
    Incident,
    KnownItem,
    KnownParty,
    KnownPerson,
    KnownService,
    KnownTeam,
)
from shared.records import Noun
from shared.records.links import Link
from shared.unit_of_work import Work

INCIDENTS = Noun(
    Incident,
    "incident",
    access.READ,
    names={
        "service_id": KnownService,
        "party_id": KnownParty,
        "caller_id": KnownPerson,
        "assignee_id": KnownPerson,
        "team_id": KnownTeam,
        "confidential_team_id": KnownTeam,
        "ki_ids": KnownItem,
    },
)
_LINK = Link.__table__.c
#: the states of a request or a change that nobody carries out
_GIVEN_UP = ("rejected", "cancelled", "forwarded_to_service_level")


async def undisputed(work: Work, before: datetime, limit: int) -> Sequence[Incident]:
    """Incidents recovered before that time and not disputed; imported ones have no `recovery` and are left out."""
    query = select(Incident).where(
        Incident.state == "recovered",
        Incident.recovery.is_not(None),
        Incident.recovered_at <= before,
        Incident.disputed_at.is_(None),
    )
    query = query.order_by(Incident.recovered_at).limit(limit).with_for_update(skip_locked=True)
    return (await work.session.scalars(query)).all()


async def wait_is_over(work: Work, now: datetime, limit: int) -> Sequence[Incident]:
    """Incidents whose waiting time is over."""
    query = select(Incident).where(Incident.state == "pending", Incident.pending_until <= now)
    query = query.order_by(Incident.pending_until).limit(limit).with_for_update(skip_locked=True)
    return (await work.session.scalars(query)).all()


async def is_member(work: Work, person_id: UUID, team_id: UUID | None) -> bool:
    """Whether a person is a member of that active team; of any active one, when none is named."""
    member = KnownTeam.member_ids.contains([str(person_id)])
    query = select(KnownTeam.id).where(member, KnownTeam.active, KnownTeam.id == team_id if team_id else true())
    return (await work.session.execute(query.limit(1))).first() is not None


async def retired_of(work: Work, incident: Incident) -> tuple[bool, bool]:
    """Whether the assignee and the team of an incident are retired; what is not known here is not."""
    person = select(KnownPerson.id).where(KnownPerson.id == incident.assignee_id, KnownPerson.active.is_(False))
    team = select(KnownTeam.id).where(KnownTeam.id == incident.team_id, KnownTeam.active.is_(False))
    found = (await work.session.execute(select(person.exists(), team.exists()))).one()
    return found[0], found[1]


async def change_is_linked(work: Work, incident_id: UUID) -> bool:
    """Whether change covers an incident: a request or a change that it did not refuse, or a request not answered yet.

    A link that somebody typed does not count.
    """
    requested = select(func.count()).where(ChangeRequest.incident_id == incident_id).scalar_subquery()
    of_change = (_LINK.record_id == incident_id, _LINK.target_id.is_not(None))
    answered = select(func.count()).where(*of_change, _LINK.kind == "rfc").scalar_subquery()
    alive = select(_LINK.id).where(*of_change, _LINK.target_state.not_in(_GIVEN_UP)).exists()
    return bool((await work.session.execute(select(or_(alive, requested > answered)))).scalar_one())
