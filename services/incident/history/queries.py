"""Queries about imported history."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text

from services.incident.history.rules import ids_in
from services.incident.models import Incident, KnownParty, KnownPerson, KnownService, KnownTeam, RetiredHistory
from shared.events import EVENT
from shared.records import Copy, table_of
from shared.texts import nfc, stored_forms
from shared.unit_of_work import Work

_INCIDENT = Incident.__table__.c
#: the ids of records here that a history may name
REFERENCES: Mapping[str, type[Copy]] = {
    "service_id": KnownService,
    "party_id": KnownParty,
    "team_id": KnownTeam,
    "caller_id": KnownPerson,
}


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


async def unknown_references(work: Work, histories: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By key, why a history cannot be imported: it names a record that is not known here, active or retired."""
    known: set[UUID] = set()
    for name, copy in REFERENCES.items():
        if named := ids_in(histories, name):
            table = table_of(copy).c
            known |= set((await work.session.scalars(select(table.id).where(table.id.in_(named)))).all())
    found: dict[str, str] = {}
    for history in histories:
        for name in REFERENCES:
            if missing := sorted(ids_in([history], name) - known, key=str):
                found[history["key"]] = f"{name}: no record with the id {missing[0]} is known here"
    return found


async def parties_of(work: Work, people: Collection[UUID]) -> dict[UUID, UUID]:
    """The party of each of these people."""
    if not people:
        return {}
    query = select(KnownPerson.id, KnownPerson.party_id).where(KnownPerson.id.in_(people))
    return {row.id: row.party_id for row in await work.session.execute(query)}


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
