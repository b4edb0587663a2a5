"""Queries about clocks and their observations: one statement per step for a whole batch of incidents."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, case, literal_column, select, text

from services.service_level.access import READ_CLOCKS
from services.service_level.agreements.rules import Terms
from services.service_level.calendars.queries import frozen_holidays
from services.service_level.calendars.rules import FrozenHolidays, calendar_of
from services.service_level.clocks.rules.incidents import IncidentObservation
from services.service_level.clocks.rules.measurement import KINDS, PERCENTS, Target, measure, reached_at
from services.service_level.clocks.rules.projection import Announced, Before, Clock, Projection
from services.service_level.models import CLOCK, INCIDENT, OBSERVATION, KnownParty, OfferedService, StoredClock
from shared import database
from shared.contracts.service_level import ClockEvent
from shared.inserts import insert_many
from shared.records import Noun
from shared.unit_of_work import Work

#: changes of agreements (and a rebuild's end) take this lock exclusively, updates of clocks share it
AGREEMENTS = 0x5A67_7201
#: larger batches take the exclusive lock instead of one per incident, since the server's lock table is limited
LOCKED_SINGLY = 500

# in the order of their ids, so that two replicas with overlapping batches cannot deadlock
_LOCK = text("""
SELECT pg_advisory_xact_lock_shared(:agreements)
UNION ALL SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0))
FROM (SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id) AS ordered
""")
_LOCK_ALL = text("SELECT pg_advisory_xact_lock(:agreements)")
_OBSERVED, _CLOCK = ([field.name for field in fields(kind)] for kind in (IncidentObservation, Clock))
_HISTORIES = text(f"SELECT {', '.join(_OBSERVED)} FROM observation WHERE incident_id = ANY(:ids)")  # noqa: S608
_CLOCKS = text(f"SELECT {', '.join(_CLOCK)} FROM clock WHERE record_id = ANY(:ids)")  # noqa: S608
# events whose data were erased by a rule of retention count, and say nothing
_ANNOUNCED = text("""
SELECT about, subject, count(*) AS events, max(sequence) AS sequence, max(time) AS at,
  coalesce(jsonb_agg(data ORDER BY sequence) FILTER (WHERE data <> '{}'), '[]') AS published
FROM event WHERE about = ANY(:ids) GROUP BY about, subject
""")
_TERMS = """
SELECT agreement.id AS agreement_id, agreement.number, agreement.name, party_id, service_id, rank, valid_until,
  version.number AS version, in_force_from, calendar, holidays_digest, targets, pause_reasons
FROM agreement JOIN agreement_version AS version ON version.agreement_id = agreement.id WHERE
"""
_TERMS_FOR = text(
    f"{_TERMS} (party_id IS NULL OR party_id = ANY(:parties)) AND (service_id IS NULL OR service_id = ANY(:services))"
)
_TERMS_OF = text(f"{_TERMS} agreement.id = :agreement AND version.number = :version")
_DUE = text("""
SELECT DISTINCT id FROM (
  (SELECT record_id AS id FROM clock WHERE next_at <= :now ORDER BY next_at LIMIT :limit)
  UNION ALL (SELECT id FROM incident WHERE stale LIMIT :limit)
) AS due LIMIT :limit
""")


def _upsert(table: Table) -> str:
    changed = ", ".join(
        f'"{column.name}" = excluded."{column.name}"' for column in table.columns if column.name != "id"
    )
    return f"{insert_many(table, f':{table.name}')} ON CONFLICT (id) DO UPDATE SET {changed}"


_STORE = text(f"""
WITH new AS ({insert_many(OBSERVATION, ":observation")} ON CONFLICT DO NOTHING),
incidents AS ({_upsert(INCIDENT)}),
ended AS (DELETE FROM clock WHERE record_id = ANY(:incidents) AND id <> ALL(:clocks)),
clocks AS ({_upsert(CLOCK)})
SELECT 1
""")  # noqa: S608 - names come from the models


async def lock_all(work: Work) -> None:
    """Block updates of clocks until the commit, so that each update sees a whole change of agreements or none of it."""
    await work.session.execute(_LOCK_ALL, {"agreements": AGREEMENTS})


async def lock(work: Work, incidents: Collection[UUID]) -> None:
    """Lock these incidents until the commit, and block changes of agreements meanwhile."""
    if len(incidents) > LOCKED_SINGLY:
        await lock_all(work)
        return
    await work.session.execute(_LOCK, {"ids": list(incidents), "agreements": AGREEMENTS})


async def histories_of(work: Work, incidents: Collection[UUID]) -> dict[UUID, list[IncidentObservation]]:
    """The observations of each of these incidents; none for an unknown one."""
    found: dict[UUID, list[IncidentObservation]] = defaultdict(list)
    for row in await work.session.execute(_HISTORIES, {"ids": list(incidents)}):
        observation = IncidentObservation(**dict(zip(_OBSERVED, row, strict=True)))
        found[observation.incident_id].append(observation)
    return found


async def agreements_for(work: Work, histories: Iterable[Iterable[IncidentObservation]]) -> list[Terms]:
    """The terms of every agreement that may apply to these incidents."""
    observed = [each for history in histories for each in history]
    parties = {each.party_id for each in observed if each.party_id}
    services = {each.service_id for each in observed if each.service_id}
    bound = {"parties": list(parties), "services": list(services)}
    rows = (await work.session.execute(_TERMS_FOR, bound)).all()
    frozen = await frozen_holidays(work, (row.holidays_digest for row in rows))
    return [_terms(row, frozen.get(row.holidays_digest)) for row in rows]


async def before(work: Work, incidents: Iterable[UUID]) -> dict[UUID, Before]:
    """The stored clocks of these incidents, and the announcements about them."""
    found = {incident: Before({}, {}) for incident in incidents}
    ids = {"ids": list(found)}
    for row in await work.session.execute(_CLOCKS, ids):
        clock = Clock(**dict(zip(_CLOCK, row, strict=True)))
        found[clock.record_id].clocks[clock.id] = clock
    for row in await work.session.execute(_ANNOUNCED, ids):
        announced, last = found[row.about].announced, None
        for data in row.published:
            if "clocks" not in data:
                last = ClockEvent(**data)
            for one in data.get("clocks", ()):  # an event about the clock itself overrides it
                started = ClockEvent(record=data["record"], priority=data["priority"], **one)
                announced.setdefault(UUID(one["clock_id"]), Announced(last=started))
        announced[row.subject] = Announced(row.events, row.sequence, row.at, last)
    return found


async def store(work: Work, observations: Sequence[IncidentObservation], projections: Sequence[Projection]) -> None:
    """Store new observations and their results; delete clocks that are no longer agreed."""
    incidents = [each.incident for each in projections if each.incident]
    clocks = [clock for each in projections for clock in each.clocks]
    bound = {
        "observation": database.encode(observations),
        "incident": database.encode(incidents),
        "clock": database.encode(clocks),
        "incidents": [incident.id for incident in incidents],
        "clocks": [clock.id for clock in clocks],
    }
    await work.session.execute(_STORE, bound)


async def due(work: Work, now: datetime, limit: int) -> list[UUID]:
    """Incidents with a clock that has reached its next level, or whose agreement may have changed."""
    return list((await work.session.scalars(_DUE, {"now": now, "limit": limit})).all())


_NOW = bindparam("now", type_=CLOCK.c.late_at.type)
#: a clock breaches by itself, without any event: its verdict depends on the moment, never on when a job ran
VERDICT = case((and_(CLOCK.c.state == "running", CLOCK.c.late_at <= _NOW), "breached"), else_=CLOCK.c.verdict)
_RECORD = "json_build_object('service', 'incident', 'type', 'incident', 'id', record_id, 'number', record_number)"
CLOCKS = Noun(  # type: ignore[type-var]  # its columns are those of the projected type
    StoredClock,
    "clock",
    READ_CLOCKS,
    source=select(
        *(column for column in CLOCK.c if column.name != "verdict"),
        VERDICT.label("verdict"),
        case((VERDICT == "breached", CLOCK.c.limit_at)).label("breached_at"),
        literal_column(_RECORD).label("record"),
    ),
    names={"service_id": OfferedService, "party_id": KnownParty},
)


async def explanation(work: Work, clock: Any, now: datetime) -> dict[str, Any]:
    """A clock at `now` with its reasons: intervals, thresholds, agreement, calendar."""
    histories = await histories_of(work, [clock.record_id])
    version = {"agreement": clock.agreement_id, "version": clock.agreement_version}
    row = (await work.session.execute(_TERMS_OF, version)).one()
    frozen = await frozen_holidays(work, [row.holidays_digest])
    terms = _terms(row, frozen.get(row.holidays_digest))
    target = terms.targets[clock.target, clock.priority]
    measured = measure(target, terms.calendar, histories[clock.record_id], now)
    return {
        **{column.name: getattr(clock, column.name) for column in CLOCK.c},
        "record": {"service": "incident", "type": "incident", "id": clock.record_id, "number": clock.record_number},
        **asdict(measured),
        "thresholds": [
            {
                "percent": percent,
                "at": reached_at(measured, target, terms.calendar, percent),
                "reached": target.part(percent) <= measured.elapsed_seconds,
            }
            for percent in PERCENTS
        ],
        "names": None,
        "agreement": {"id": row.agreement_id, "number": row.number, "name": row.name, "version": row.version},
        "calendar": row.calendar,
        "pause_reasons": row.pause_reasons,
    }


def _terms(row: Any, frozen: FrozenHolidays | None) -> Terms:
    reasons = frozenset(row.pause_reasons)
    targets = {
        (kind, priority): Target(kind, seconds, pause_reasons=reasons)
        for priority, amounts in row.targets.items()
        for kind in KINDS
        if (seconds := amounts.get(f"{kind}_seconds")) is not None
    }
    return Terms(
        agreement_id=row.agreement_id,
        version=row.version,
        in_force_from=row.in_force_from,
        in_force_until=row.valid_until,
        party_id=row.party_id,
        service_id=row.service_id,
        rank=row.rank,
        calendar=calendar_of(row.calendar, frozen),
        targets=targets,
    )
