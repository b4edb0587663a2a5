"""Queries of what belongs to an incident: work log, links, requests for a change, suggestions."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from services.incident.models import ChangeRequest, IncidentLink, Suggestion, SuggestionSet, WorkLogEntry
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

ENTRY, LINK = WorkLogEntry.__table__, IncidentLink.__table__
ENTRY_ORDER = Sorting({"created_at": ENTRY.c.created_at}, "created_at", ENTRY.c.id)
LINK_ORDER = Sorting({"created_at": LINK.c.created_at}, "created_at", LINK.c.id)
#: the states of a request or a change that nobody carries out
GIVEN_UP = ("rejected", "cancelled", "forwarded_to_service_level")


async def work_log(work: Work, incident_id: UUID, paging: Paging) -> Slice:
    """A page of the entries that the caller may see: all of them for the provider, public and own ones for others."""
    query = select(ENTRY).where(ENTRY.c.incident_id == incident_id)
    if work.caller and not work.caller.works_for_provider:
        query = query.where(or_(ENTRY.c.public, ENTRY.c.author_id == work.caller.id))
    return await page(work.session, query, paging, ENTRY_ORDER)


async def links(work: Work, incident_id: UUID, paging: Paging) -> Slice:
    """A page of everything an incident is linked to."""
    return await page(work.session, select(LINK).where(LINK.c.incident_id == incident_id), paging, LINK_ORDER)


async def links_of(work: Work, incident_ids: Sequence[UUID], kind: str) -> Sequence[IncidentLink]:
    """The links of one kind that these incidents have, locked."""
    if not incident_ids:
        return []
    query = select(IncidentLink).where(IncidentLink.incident_id.in_(incident_ids), IncidentLink.kind == kind)
    return (await work.session.scalars(query.order_by(IncidentLink.id).with_for_update())).all()


async def link_exists(work: Work, incident_id: UUID, kind: str, reference: str) -> bool:
    """Whether an incident has this link."""
    query = select(IncidentLink.id).where(
        IncidentLink.incident_id == incident_id, IncidentLink.kind == kind, IncidentLink.reference == reference
    )
    return (await work.session.execute(query)).first() is not None


async def change_is_linked(work: Work, incident_id: UUID) -> bool:
    """Whether change covers an incident: by a request or a change that it did not refuse, or by a request it has yet to answer.

    A reference that somebody typed does not count.
    """
    asked = select(func.count()).where(ChangeRequest.incident_id == incident_id).scalar_subquery()
    of_change = (LINK.c.incident_id == incident_id, LINK.c.target_id.is_not(None))
    answered = select(func.count()).where(*of_change, LINK.c.kind == "rfc").scalar_subquery()
    alive = select(LINK.c.id).where(*of_change, LINK.c.target_state.not_in(GIVEN_UP)).exists()
    return bool((await work.session.execute(select(or_(alive, asked > answered)))).scalar_one())


async def suggestions(work: Work, incident_id: UUID) -> Sequence[Suggestion]:
    """What knowledge suggested, best first, known errors before all else."""
    query = select(Suggestion).where(Suggestion.incident_id == incident_id)
    return (
        await work.session.scalars(
            query.order_by(Suggestion.ki_type != "known_error", Suggestion.rank.desc()).limit(100)
        )
    ).all()


async def suggestions_of(work: Work, ids: Iterable[UUID]) -> Sequence[Suggestion]:
    """What was suggested for these incidents before."""
    return (await work.session.scalars(select(Suggestion).where(Suggestion.incident_id.in_(list(ids))))).all()


async def suggestion(work: Work, incident_id: UUID, identity: UUID) -> Suggestion | None:
    """One suggestion of an incident, locked."""
    query = select(Suggestion).where(Suggestion.id == identity, Suggestion.incident_id == incident_id)
    return (await work.session.execute(query.with_for_update())).scalar_one_or_none()


async def sets_before(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these answers of knowledge are stored already."""
    return set((await work.session.scalars(select(SuggestionSet.id).where(SuggestionSet.id.in_(list(ids))))).all())
