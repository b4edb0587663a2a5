"""Queries about imported history."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text

from services.incident.models import Incident, RetiredHistory
from shared.events import EVENT
from shared.texts import nfc, stored_forms
from shared.unit_of_work import Work

_INCIDENT = Incident.__table__.c


async def imported_digests(work: Work, source: str, keys: Sequence[str]) -> dict[str, str]:
    """Key and digest of the histories that were imported from a source; its name and keys may be stored in an earlier form."""
    stored = [form for key in keys for form in stored_forms(key)]
    query = select(_INCIDENT.source_key, _INCIDENT.source_digest).where(
        _is_of(source), _INCIDENT.source_key.in_(stored)
    )
    return {nfc(row.source_key): row.source_digest for row in (await work.session.execute(query)).all()}


async def retired_digests(work: Work, source: str, keys: Sequence[str]) -> dict[str, str]:
    """The same of histories whose incidents were deleted here by a rule of retention."""
    stored = [form for key in keys for form in stored_forms(key)]
    query = select(RetiredHistory).where(
        RetiredHistory.source.in_(stored_forms(source)), RetiredHistory.source_key.in_(stored)
    )
    return {nfc(row.source_key): row.source_digest for row in (await work.session.scalars(query)).all()}


async def imported_incidents(work: Work, source: str, keys: Sequence[str]) -> dict[str, Incident]:
    """The incidents of these keys that were imported from a source, locked."""
    stored = [form for key in keys for form in stored_forms(key)]
    query = select(Incident).where(_is_of(source), _INCIDENT.source_key.in_(stored))
    found = (await work.session.scalars(query.order_by(Incident.id).with_for_update())).all()
    return {nfc(str(incident.source_key)): incident for incident in found}


async def changed_here(work: Work, incident_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these incidents that were changed here after they were imported."""
    query = select(EVENT.c.subject).where(EVENT.c.subject.in_(incident_ids), ~EVENT.c.historical).distinct()
    return set((await work.session.scalars(query)).all())


async def imported(work: Work, source: str) -> int:
    """How many incidents were imported from a source."""
    query = select(func.count()).where(_is_of(source))
    return int((await work.session.execute(query)).scalar_one())


async def lock_source(work: Work, source: str) -> None:
    """Let one import of a source run at a time; the others wait."""
    lock = text("SELECT pg_advisory_xact_lock(hashtext('import'), hashtext(:source))")
    await work.session.execute(lock, {"source": source})


def _is_of(source: str) -> ColumnElement[bool]:
    return _INCIDENT.source.in_(stored_forms(source))
