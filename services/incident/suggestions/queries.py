"""Queries about suggestions."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, true

from services.incident.models import Suggestion, SuggestionSet
from shared.unit_of_work import Work


async def suggestions(work: Work, incident_id: UUID, *, internal: bool) -> Sequence[Suggestion]:
    """What knowledge suggested, known errors first, then by rank; with `internal` ones too, else public ones only."""
    query = select(Suggestion).where(Suggestion.incident_id == incident_id, true() if internal else Suggestion.public)
    query = query.order_by(Suggestion.ki_type != "known_error", Suggestion.rank.desc()).limit(100)
    return (await work.session.scalars(query)).all()


async def suggestions_of(work: Work, incident_ids: Iterable[UUID]) -> Sequence[Suggestion]:
    """The stored suggestions for these incidents."""
    query = select(Suggestion).where(Suggestion.incident_id.in_(list(incident_ids)))
    return (await work.session.scalars(query)).all()


async def suggestion(work: Work, incident_id: UUID, identity: UUID) -> Suggestion | None:
    """One suggestion of an incident, locked."""
    query = select(Suggestion).where(Suggestion.id == identity, Suggestion.incident_id == incident_id)
    return (await work.session.execute(query.with_for_update())).scalar_one_or_none()


async def stored_sets(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these answers of knowledge are stored already."""
    return set((await work.session.scalars(select(SuggestionSet.id).where(SuggestionSet.id.in_(list(ids))))).all())
