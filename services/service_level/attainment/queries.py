"""Clocks counted by verdict, in groups; a record without a clock for a target counts as not measured."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    select,
    true,
    values,
)
from sqlalchemy import column as named

from services.service_level.clocks.queries import VERDICT
from services.service_level.models import CLOCK, INCIDENT, KnownParty, OfferedService
from services.service_level.performance.queries import LONGEST, months, selected
from shared.business_time import time_zone
from shared.records import table_of
from shared.unit_of_work import Work

_STARTS = bindparam("starts", type_=ARRAY(DateTime(timezone=True)))
#: what a record is grouped by; the month is that of its registration, as a place in `_STARTS`
_DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "month": func.width_bucket(INCIDENT.c.registered_at, _STARTS),
    "service": cast(INCIDENT.c.service_id, String),
    "priority": INCIDENT.c.priority,
    "client": cast(INCIDENT.c.party_id, String),
    "team": INCIDENT.c.team,
}
_ENDED_UNMEASURED = INCIDENT.c.state.in_(("cancelled", "rerouted"))
_RESULT = case(
    (CLOCK.c.id.is_not(None), VERDICT),
    (_ENDED_UNMEASURED, "cancelled"),
    else_="not_measured",
)
RESULTS = ("met", "breached", "running", "not_measured", "cancelled")
_NAMED = {"service": OfferedService, "client": KnownParty}


async def attainment(
    work: Work,
    selection: Mapping[str, Any],
    *,
    group_by: Sequence[str],
    targets: Sequence[str],
    zone: str,
    now: datetime,
) -> list[dict[str, Any]]:
    """The counts of each group and target, in the order of `group_by`, groups without a value last; each with its records."""
    wanted, bound = selected(work, selection)
    await work.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    await work.session.execute(LONGEST)
    names, starts = await _months(work, wanted, bound, zone) if "month" in group_by else ([], [])
    dimensions = [_DIMENSIONS[name].label(name) for name in group_by]
    kind = values(named("target", String), name="kind").data([(name,) for name in targets])
    measured = (
        select(kind.c.target, *dimensions, _RESULT.label("result"))
        .select_from(INCIDENT)
        .join(kind, true())
        .outerjoin(CLOCK, and_(CLOCK.c.record_id == INCIDENT.c.id, CLOCK.c.target == kind.c.target))
        .where(wanted)
        .subquery()
        .c
    )
    groups = [measured[name] for name in group_by]
    counts = [func.count().filter(measured.result == name).label(name) for name in RESULTS]
    query = (
        select(measured.target, *groups, func.count().label("records"), *counts)
        .group_by(measured.target, *groups)
        .order_by(*(group.nulls_last() for group in groups), measured.target)
    )
    rows = (await work.session.execute(query, {**bound, "now": now, "starts": starts})).mappings()
    return [_item(dict(row), group_by, names) for row in rows]


async def names_of(work: Work, items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of the services and clients that the groups have, by id."""
    found: dict[str, str] = {}
    groups = [item["group"] for item in items]
    for dimension, model in _NAMED.items():
        ids = {group[dimension] for group in groups if group.get(dimension)}
        table = table_of(model).c
        query = select(cast(table.id, String).label("id"), table.name).where(
            table.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
        )
        if ids:
            found |= {row.id: row.name for row in await work.session.execute(query, {"ids": list(ids)})}
    return found


async def _months(
    work: Work, wanted: ColumnElement[bool], bound: Mapping[str, object], zone: str
) -> tuple[list[str], list[datetime]]:
    """The months from the first registration to the last, and when each begins in the zone."""
    ends = select(func.min(INCIDENT.c.registered_at), func.max(INCIDENT.c.registered_at)).where(wanted)
    first, last = (await work.session.execute(ends, bound)).one()
    if first is None:
        return [], []
    place = time_zone(zone)
    names = list(months(*(f"{each.astimezone(place):%Y-%m}" for each in (first, last))))
    begins = (datetime.fromisoformat(f"{name}-01").replace(tzinfo=place) for name in names)
    return names, [each.astimezone(UTC) for each in begins]


def _item(row: Mapping[str, Any], group_by: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    group = {name: row[name] for name in group_by}
    if "month" in group:
        group["month"] = names[row["month"] - 1]
    met, breached = row["met"], row["breached"]
    # cut, not rounded: 100 means that none was late
    percent = met * 10_000 // (met + breached) / 100 if met + breached else None
    counts = {name: row[name] for name in ("target", "records", *RESULTS)}
    return {**counts, "group": group, "attained_percent": percent}
