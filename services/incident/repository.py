"""Every query of incident; what a caller may see is decided here, in the query."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, false, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert

from services.incident.errors import CallUnknown, IncidentUnknown
from services.incident.models import (
    COPIES,
    Call,
    ChangeRequest,
    Incident,
    IncidentLink,
    KnownPerson,
    KnownService,
    KnownTeam,
    Suggestion,
    SuggestionSet,
    WorkLogEntry,
)
from shared.contracts.roles import SUPPLIERS
from shared.errors import invalid
from shared.paging import Paging, Slice, Sorting, page
from shared.security import Caller
from shared.unit_of_work import Work

CALL, INCIDENT = Call.__table__, Incident.__table__
CALL_ORDER = Sorting({"created_at": CALL.c.created_at, "number": CALL.c.number}, "-created_at", CALL.c.id)
INCIDENT_ORDER = Sorting(
    {"created_at": INCIDENT.c.created_at, "updated_at": INCIDENT.c.updated_at, "number": INCIDENT.c.number},
    "-created_at",
    INCIDENT.c.id,
)
_BASICS = """
SELECT nextval('call_number'), nextval('incident_number'), (SELECT active FROM known_service WHERE id = $1)
"""
_CALL_NUMBER = text("SELECT nextval('call_number')")
_INCIDENT_NUMBERS = text("SELECT nextval('incident_number') FROM generate_series(1, :many)")


def visible(columns: Any, caller: Caller | None) -> ColumnElement[bool]:
    """Who sees what: the service itself and the provider everything, a client its party's, a user own records.

    A supplier sees what is assigned to its teams; anybody else nothing.
    """
    if caller is None or caller.works_for_provider:
        return true()
    mine = [columns.registered_by == caller.id]
    if caller.person:
        mine.append(columns.caller_id == caller.person)
    if "client" in caller.roles and caller.party:
        mine.append(columns.party_id == caller.party)
    if not caller.roles.isdisjoint(SUPPLIERS) and "team_id" in columns:
        mine.append(columns.team_id.in_(caller.teams) if caller.teams else false())
    return or_(*mine)


async def basics_of_call(work: Work, service_id: UUID, *, named: bool) -> tuple[str, str]:
    """The next numbers of a call and of an incident; refuses a service as `service_for_call` does, in the same look."""
    call, incident, active = (await work.fetch(_BASICS, service_id))[0]
    _refuse_service(active, named=named)
    return f"CALL-{call:06d}", f"INC-{incident:06d}"


async def call_number(work: Work) -> str:
    """The next number of a call."""
    return f"CALL-{(await work.session.execute(_CALL_NUMBER)).scalar_one():06d}"


async def incident_numbers(work: Work, many: int) -> list[str]:
    """The next numbers of that many incidents."""
    return [f"INC-{number:06d}" for number in (await work.session.execute(_INCIDENT_NUMBERS, {"many": many})).scalars()]


async def call(work: Work, identity: UUID, *, lock: bool = False) -> Call:
    """A call that the caller may see; `CallUnknown` otherwise."""
    query = select(Call).where(Call.id == identity, visible(CALL.c, work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise CallUnknown
    return found


async def incident(work: Work, identity: UUID, *, lock: bool = False) -> Incident:
    """An incident that the caller may see, locked for a change when asked; `IncidentUnknown` otherwise."""
    query = select(Incident).where(Incident.id == identity, visible(INCIDENT.c, work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise IncidentUnknown
    return found


async def incident_row(work: Work, identity: UUID) -> Any:
    """An incident to be shown, as a plain row; `IncidentUnknown` when the caller may not see it."""
    row = (
        await work.session.execute(select(INCIDENT).where(INCIDENT.c.id == identity, visible(INCIDENT.c, work.caller)))
    ).first()
    if row is None:
        raise IncidentUnknown
    return row


async def incident_of_call(work: Work, call_id: UUID) -> Incident | None:
    """The incident that answers a call."""
    return (await work.session.execute(select(Incident).where(Incident.call_id == call_id))).scalar_one_or_none()


async def calls(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the calls that the caller may see."""
    return await page(work.session, _filtered(CALL, work.caller, filters), paging, CALL_ORDER, sort=sort)


async def incidents(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the incidents that the caller may see; `opened_from` and `opened_until` bound the registration."""
    return await page(work.session, _filtered(INCIDENT, work.caller, filters), paging, INCIDENT_ORDER, sort=sort)


def _filtered(table: Any, caller: Caller | None, filters: dict[str, Any]) -> Select[Any]:
    query = select(table).where(visible(table.c, caller))
    for name, value in filters.items():
        if value is None:
            continue
        if name == "opened_from":
            query = query.where(table.c.created_at >= value)
        elif name == "opened_until":
            query = query.where(table.c.created_at < value)
        else:
            query = query.where(table.c[name] == value)
    return query


async def service_for_call(work: Work, identity: UUID, *, named: bool) -> None:
    """Refuse a service that is unknown, or offered no more; one nobody `named` only when it is known to be gone."""
    active = (
        await work.session.execute(select(KnownService.active).where(KnownService.id == identity))
    ).scalar_one_or_none()
    _refuse_service(active, named=named)


def _refuse_service(active: bool | None, *, named: bool) -> None:
    if (active is None and named) or active is False:
        raise invalid("/service_id", "no such service is offered; name one of GET /service-level/v1/services")


async def person(work: Work, identity: UUID, pointer: str) -> KnownPerson:
    """An active person of governance; a refusal that points at the field otherwise."""
    found = await work.session.get(KnownPerson, identity)
    if found is None or not found.active:
        raise invalid(pointer, "no such person is active")
    return found


async def team(work: Work, identity: UUID, pointer: str) -> None:
    """Refuse a team that is unknown or gone."""
    found = await work.session.get(KnownTeam, identity)
    if found is None or not found.active:
        raise invalid(pointer, "no such team is active")


async def work_log(work: Work, incident_id: UUID) -> Sequence[WorkLogEntry]:
    """The entries that the caller may see, oldest first."""
    query = select(WorkLogEntry).where(WorkLogEntry.incident_id == incident_id)
    if work.caller and not work.caller.works_for_provider:
        query = query.where(WorkLogEntry.public)
    return (await work.session.scalars(query.order_by(WorkLogEntry.created_at, WorkLogEntry.id).limit(500))).all()


async def links(work: Work, incident_id: UUID) -> Sequence[IncidentLink]:
    """Everything an incident is linked to."""
    query = (
        select(IncidentLink)
        .where(IncidentLink.incident_id == incident_id)
        .order_by(IncidentLink.created_at, IncidentLink.id)
    )
    return (await work.session.scalars(query.limit(500))).all()


async def link_of_target(work: Work, incident_id: UUID, target_id: UUID) -> IncidentLink | None:
    """The link from an incident to a record of another process, locked."""
    query = select(IncidentLink).where(IncidentLink.incident_id == incident_id, IncidentLink.target_id == target_id)
    return (await work.session.execute(query.with_for_update())).scalar_one_or_none()


async def link_exists(work: Work, incident_id: UUID, kind: str, reference: str) -> bool:
    """Whether an incident has this link."""
    query = select(IncidentLink.id).where(
        IncidentLink.incident_id == incident_id, IncidentLink.kind == kind, IncidentLink.reference == reference
    )
    return (await work.session.execute(query)).first() is not None


async def change_is_linked(work: Work, incident_id: UUID) -> bool:
    """Whether change is, or was asked to be, concerned with an incident."""
    asked = select(ChangeRequest.id).where(ChangeRequest.incident_id == incident_id)
    linked = select(IncidentLink.id).where(
        IncidentLink.incident_id == incident_id, IncidentLink.kind.in_(("rfc", "change"))
    )
    return (await work.session.execute(asked.union_all(linked).limit(1))).first() is not None


async def suggestions(work: Work, incident_id: UUID) -> Sequence[Suggestion]:
    """What knowledge suggested, best first, known errors before all else."""
    query = select(Suggestion).where(Suggestion.incident_id == incident_id)
    return (
        await work.session.scalars(
            query.order_by(Suggestion.ki_type != "known_error", Suggestion.rank.desc()).limit(100)
        )
    ).all()


async def suggestion(work: Work, incident_id: UUID, identity: UUID) -> Suggestion | None:
    """One suggestion of an incident, locked."""
    query = select(Suggestion).where(Suggestion.id == identity, Suggestion.incident_id == incident_id)
    return (await work.session.execute(query.with_for_update())).scalar_one_or_none()


async def known_incidents(work: Work, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Id, correlation and known suggestions' items of those incidents that are here."""
    query = select(INCIDENT.c.id, INCIDENT.c.correlation_id).where(INCIDENT.c.id.in_(list(ids)))
    return {row.id: row for row in (await work.session.execute(query)).all()}


async def suggested_before(work: Work, ids: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """The pairs of incident and knowledge item that are stored already."""
    query = select(Suggestion.incident_id, Suggestion.ki_id).where(Suggestion.incident_id.in_(list(ids)))
    return {(row.incident_id, row.ki_id) for row in (await work.session.execute(query)).all()}


async def sets_before(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these answers of knowledge are stored already."""
    return set((await work.session.scalars(select(SuggestionSet.id).where(SuggestionSet.id.in_(list(ids))))).all())


async def undisputed(work: Work, before: datetime, limit: int) -> Sequence[Incident]:
    """Incidents recovered before that instant which nobody disputed; history is left as it was."""
    query = select(Incident).where(
        Incident.state == "recovered", Incident.source.is_(None), Incident.recovered_at <= before
    )
    return (
        await work.session.scalars(query.order_by(Incident.recovered_at).limit(limit).with_for_update(skip_locked=True))
    ).all()


async def waited_enough(work: Work, now: datetime, limit: int) -> Sequence[Incident]:
    """Incidents whose waiting was bounded, and the bound has passed."""
    query = select(Incident).where(
        Incident.state == "pending", Incident.pending_until <= now, Incident.source.is_(None)
    )
    return (
        await work.session.scalars(
            query.order_by(Incident.pending_until).limit(limit).with_for_update(skip_locked=True)
        )
    ).all()


async def imported_digests(work: Work, source: str, keys: Sequence[str]) -> dict[str, str]:
    """What was imported of a source: key and digest of the history."""
    query = select(INCIDENT.c.source_key, INCIDENT.c.source_digest).where(
        INCIDENT.c.source == source, INCIDENT.c.source_key.in_(keys)
    )
    return {row.source_key: row.source_digest for row in (await work.session.execute(query)).all()}


async def lock_source(work: Work, source: str) -> None:
    """Let one import of a source run at a time; the others wait."""
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('import'), hashtext(:source))"), {"source": source}
    )


async def keep_copies(work: Work, model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Bring copies up to date; of several versions the latest counts, whatever came last."""
    latest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in latest or row["sequence"] > latest[row["id"]]["sequence"]:
            latest[row["id"]] = row
    new = insert(model).values(sorted(latest.values(), key=lambda row: row["id"]))
    changed = {name: new.excluded[name] for name in next(iter(latest.values())) if name != "id"}
    await work.session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed, where=model.sequence < new.excluded.sequence)
    )


async def forget_copies(work: Work) -> None:
    """Drop the copies of what others own."""
    for model in COPIES:
        await work.session.execute(delete(model))
