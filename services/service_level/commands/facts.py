"""Notes what was heard of incidents and folds it again: figures and clocks follow from the facts, whatever their order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.service_level.domain.agreements import Agreement, Choice, choose
from services.service_level.domain.clocks import KINDS, Clock, State, Target, clock_of
from services.service_level.domain.incidents import Figures, Noted, figures_of, history_of
from services.service_level.domain.levels import BREACH, REBUILD_RESTS, Marks, marks_of, still_given
from services.service_level.repository import agreements as agreed
from services.service_level.repository import facts as kept
from shared import clock as wall
from shared.contracts import Envelope, Origin
from shared.contracts.service_level import ClockBreachWithdrawn, ClockRetargeted, ClocksStarted, StartedClock
from shared.unit_of_work import Work

REFOLDED_AT_ONCE = 100


@dataclass(slots=True)
class Speaker:
    """A clock, or the clocks of one incident together, as the subject of events."""

    id: UUID
    version: int
    correlation_id: UUID
    updated_at: datetime


async def note(work: Work, facts: Sequence[Noted], causes: Mapping[UUID, Envelope]) -> None:
    """Keep these facts and fold their incidents again; `causes` names the event behind each incident's newest fact."""
    async with work:
        await kept.lock(work.session, {fact.incident_id for fact in facts})
        known = await kept.facts_of(work.session, {fact.incident_id for fact in facts})
        fresh = _fresh(facts, known)
        if work.replaying:
            await kept.note_rebuilding(work.session, wall.now() + REBUILD_RESTS)
        if not fresh:
            return
        touched: dict[UUID, list[Noted]] = {fact.incident_id: known.get(fact.incident_id, []) for fact in fresh}
        for fact in fresh:
            touched[fact.incident_id].append(fact)
        await _fold(work, touched, fresh, causes)


async def refold(work: Work) -> int:
    """Fold the incidents again whose agreement may have changed; answers how many there were."""
    async with work:
        ids = await kept.stale(work.session, REFOLDED_AT_ONCE)
        if ids:
            await kept.lock(work.session, ids)
            await _fold(work, await kept.facts_of(work.session, ids), (), {})
        return len(ids)


async def forget(work: Work) -> None:
    """Drop what was derived from events; calendars, services and agreements stay."""
    async with work:
        await kept.forget(work.session)
        await kept.note_rebuilding(work.session, wall.now() + REBUILD_RESTS)


def _fresh(facts: Iterable[Noted], known: Mapping[UUID, Iterable[Noted]]) -> list[Noted]:
    seen = {(fact.subject, fact.sequence) for told in known.values() for fact in told}
    fresh = {(fact.subject, fact.sequence): fact for fact in facts}
    return [fact for place, fact in fresh.items() if place not in seen]


async def _fold(
    work: Work, told: Mapping[UUID, list[Noted]], fresh: Collection[Noted], causes: Mapping[UUID, Envelope]
) -> None:
    figures = {incident: found for incident, facts in told.items() if (found := figures_of(facts))}
    parties = {one.party_id for one in figures.values()}
    services = {one.service_id for one in figures.values()}
    agreements = await agreed.in_reach(work.session, parties, services)
    before = dict(await kept.clocks_of(work.session, list(figures)))
    known = set(before)
    rows = [
        _warned(work, row, found, before.pop(row["id"], None), causes.get(incident))
        for incident, found in figures.items()
        for row in _clocks(incident, found, told[incident], agreements)
    ]
    await _tell_started(work, [row for row in rows if row["id"] not in known], figures, causes)
    for gone in before.values():
        if gone.level == BREACH:
            _withdraw(work, gone._asdict(), figures[gone.incident_id], _speaker(gone), causes.get(gone.incident_id))
    await work.flush()  # what clocks have said by now counts in their versions
    await kept.write(
        work.session,
        facts=fresh,
        incidents=[{"id": incident, **found._asdict(), "stale": False} for incident, found in figures.items()],
        clocks=rows,
        gone=list(before),
    )


def _clocks(
    incident: UUID, found: Figures, told: Sequence[Noted], agreements: Sequence[Agreement]
) -> Iterable[dict[str, Any]]:
    party, service = (str(each) if each else None for each in (found.party_id, found.service_id))
    choice = choose(agreements, party, service, found.registered_at)
    if choice is None or found.priority is None:
        return
    history, latest = history_of(told), max(fact.at for fact in told)
    for kind in KINDS:
        target = choice.version.target(kind, found.priority)
        if target is not None:
            clock = clock_of(target, choice.version.calendar, history)
            yield {**_row(incident, found, choice, target, clock), "version": len(told), "updated_at": latest}


def _row(incident: UUID, found: Figures, choice: Choice, target: Target, clock: Clock) -> dict[str, Any]:
    marks = marks_of(clock)
    return {
        "id": uuid5(incident, clock.kind),
        "correlation_id": found.correlation_id,
        "created_at": clock.started_at,
        "incident_id": incident,
        "target": clock.kind,
        "priority": found.priority,
        "target_seconds": target.seconds,
        "agreement_id": choice.agreement.id,
        "agreement_version": choice.version.number,
        "state": clock.state,
        "verdict": clock.verdict,
        "elapsed_seconds": clock.elapsed,
        "measured_at": clock.intervals[-1].end if clock.intervals else clock.ended_at or clock.started_at,
        "started_at": clock.started_at,
        "ended_at": clock.ended_at,
        "due_at": clock.due,
        "limit_at": clock.breached_at or clock.due,
        **marks._asdict(),
        "level": 0,
        "warned_at": None,
        "next_at": None,
    }


def _warned(
    work: Work, row: dict[str, Any], found: Figures, before: Any | None, cause: Envelope | None
) -> dict[str, Any]:
    """The row with the warnings that still hold and the next one; a breach that no longer holds is withdrawn."""
    marks, now = Marks(row["at_50"], row["at_75"], row["at_90"], row["late_at"]), wall.now()
    # A wall clock that was set back takes no warning back: what was reached once stays reached.
    until = max(now, before.warned_at) if before and before.warned_at else now
    if work.replaying:
        row["level"] = marks.passed(until)
    elif before:
        row["level"] = still_given(before.level, marks, until)
    if before:
        speaker = _speaker(before)
        if cause is None and _agreed(row) != _agreed(before._asdict()):
            _retarget(work, row, found, speaker)
        if before.level == BREACH and row["level"] < BREACH:
            _withdraw(work, row, found, speaker, cause)
        row["warned_at"] = before.warned_at
    if not found.historical and row["state"] != State.CANCELLED:
        row["next_at"] = marks.next_at(row["level"])
    return row


async def _tell_started(
    work: Work, new: Iterable[Mapping[str, Any]], figures: Mapping[UUID, Figures], causes: Mapping[UUID, Envelope]
) -> None:
    """Say which clocks were attached and when they are due: one event for an incident, and each clock once in its life.

    What was told stands in the event log; that a clock went and came back, or was folded again, is no second start.
    """
    attached: dict[UUID, list[Mapping[str, Any]]] = {}
    for row in new:
        if not (work.replaying or figures[row["incident_id"]].historical):
            attached.setdefault(row["incident_id"], []).append(row)
    if not attached:
        return
    subjects = {incident: uuid5(incident, "clocks") for incident in attached}
    told = await kept.started(work.session, list(subjects.values()))
    for incident, rows in attached.items():
        sequence, before = told.get(incident, (0, set()))
        if first := [row for row in rows if row["id"] not in before]:
            found, cause = figures[incident], causes.get(incident)
            at = cause.time if cause else wall.now()
            speaker = Speaker(subjects[incident], sequence, found.correlation_id, at)
            work.emit(speaker, _started(found, first), about=incident, at=at, value_stream="maintenance", cause=cause)


def _started(found: Figures, rows: Sequence[Mapping[str, Any]]) -> ClocksStarted:
    clocks = [
        StartedClock(clock_id=row["id"], **{name: row[name] for name in StartedClock.model_fields if name in row})
        for row in rows
    ]
    record = Origin(service="incident", type="incident", id=rows[0]["incident_id"], number=found.number)
    return ClocksStarted(record=record, priority=rows[0]["priority"], clocks=clocks)


def _speaker(before: Any) -> Speaker:
    return Speaker(before.id, before.version, before.correlation_id, before.updated_at)


def _agreed(row: Mapping[str, Any]) -> tuple[UUID, int]:
    return row["agreement_id"], row["agreement_version"]


def _retarget(work: Work, row: Mapping[str, Any], found: Figures, speaker: Speaker) -> None:
    """Say that a clock goes by another agreement although nothing happened to its record: nothing else would tell it."""
    agreement, version = _agreed(row)
    event = ClockRetargeted(**_facts(row, found), agreement_id=agreement, agreement_version=version)
    work.emit(speaker, event, about=row["incident_id"], value_stream="maintenance", historical=found.historical)


def _facts(row: Mapping[str, Any], found: Figures) -> dict[str, Any]:
    record = Origin(service="incident", type="incident", id=row["incident_id"], number=found.number)
    return {"record": record, **{name: row[name] for name in ("target", "target_seconds", "priority")}}


def _withdraw(work: Work, row: Mapping[str, Any], found: Figures, speaker: Speaker, cause: Envelope | None) -> None:
    event = ClockBreachWithdrawn(**_facts(row, found))
    if not found.historical:
        work.emit(speaker, event, about=row["incident_id"], value_stream="maintenance", cause=cause)
