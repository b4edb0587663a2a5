"""Queries about suggestions."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true

from services.incident.models import KnownItem, Suggestion, SuggestionSet
from shared.unit_of_work import Work


async def suggestions(work: Work, incident_id: UUID, *, internal: bool) -> Sequence[Suggestion]:
    """What knowledge suggested, known errors first, then by rank; with `internal` ones too, else public ones only.

    An item that was retired since is no longer suggested; one that was used is shown as what helped.
    """
    offered = or_(Suggestion.used_at.is_not(None), ~_retired())
    query = select(Suggestion).where(Suggestion.incident_id == incident_id, true() if internal else Suggestion.public)
    query = query.where(offered)
    query = query.order_by(Suggestion.ki_type != "known_error", Suggestion.rank.desc()).limit(100)
    return (await work.session.scalars(query)).all()


async def suggestions_of(work: Work, incident_ids: Iterable[UUID]) -> Sequence[Suggestion]:
    """The stored suggestions for these incidents."""
    query = select(Suggestion).where(Suggestion.incident_id.in_(list(incident_ids)))
    return (await work.session.scalars(query)).all()


async def is_retired(work: Work, ki_id: UUID) -> bool:
    """Whether a knowledge item is known to be retired."""
    return bool(
        await work.session.scalar(select(KnownItem.id).where(KnownItem.id == ki_id, KnownItem.active.is_(False)))
    )


def _retired() -> ColumnElement[bool]:
    return exists().where(KnownItem.id == Suggestion.ki_id, KnownItem.active.is_(False))


async def suggestion(work: Work, incident_id: UUID, identity: UUID) -> Suggestion | None:
    """One suggestion of an incident, locked."""
    query = select(Suggestion).where(Suggestion.id == identity, Suggestion.incident_id == incident_id)
    return (await work.session.execute(query.with_for_update())).scalar_one_or_none()


async def stored_sets(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these answers of knowledge are stored already."""
    return set((await work.session.scalars(select(SuggestionSet.id).where(SuggestionSet.id.in_(list(ids))))).all())
