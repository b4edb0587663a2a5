"""The figures of a period, counted by the database from one row per incident."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, extract, func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.models import IncidentRow
from services.service_level.repository.selection import Selection
from shared.access import Caller

PRIORITIES = ("P1", "P2", "P3", "P4")
#: a report never holds the database longer
LONGEST = text("SET LOCAL statement_timeout = '20s'")
_INCIDENT = IncidentRow.__table__.c
_ENDS = {
    "time_to_respond": _INCIDENT.responded_at,
    "time_to_restore": _INCIDENT.restored_at,
    "time_to_close": _INCIDENT.closed_at,
}
_MONTHLY = {"registered": _INCIDENT.registered_at, "recovered": _INCIDENT.restored_at, "closed": _INCIDENT.closed_at}


async def performance(session: AsyncSession, selection: Selection, caller: Caller | None) -> dict[str, Any]:
    """Counts, durations in seconds (halves rounded up), months without gaps, and steps between states."""
    wanted = selection.condition(caller)
    # One snapshot for all figures, in a transaction, so that the time limit holds.
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    await session.execute(LONGEST)
    row = (await session.execute(select(*_figures()).where(wanted))).mappings().one()
    return {
        "incidents": row["incidents"],
        "by_priority": {priority: row[priority] for priority in PRIORITIES},
        **{name: {part: row[f"{name}_{part}"] for part in _PARTS} for name in _ENDS},
        **{name: row[name] for name in ("reopened_incidents", "reopens", "handovers", "incidents_paused_for_user")},
        "monthly": await _monthly(session, wanted),
        "state_changes": await _state_changes(session, wanted),
    }


_PARTS = ("count", "sum_seconds", "mean_seconds", "median_seconds", "p90_seconds")


def _figures() -> Iterable[ColumnElement[Any]]:
    yield func.count().label("incidents")
    for priority in PRIORITIES:
        yield func.count().filter(_INCIDENT.priority == priority).label(priority)
    for name, end in _ENDS.items():
        seconds = extract("epoch", end - _INCIDENT.registered_at)
        figures = {
            "count": func.count(end),
            "sum_seconds": func.coalesce(_rounded(func.sum(seconds)), 0),
            "mean_seconds": _rounded(func.avg(seconds)),
            "median_seconds": _rounded(func.percentile_cont(0.5).within_group(seconds)),
            "p90_seconds": _rounded(func.percentile_cont(0.9).within_group(seconds)),
        }
        for part in _PARTS:
            yield figures[part].label(f"{name}_{part}")
    yield func.count().filter(_INCIDENT.reopens > 0).label("reopened_incidents")
    yield func.coalesce(func.sum(_INCIDENT.reopens), 0).label("reopens")
    yield func.coalesce(func.sum(_INCIDENT.handovers), 0).label("handovers")
    yield func.count().filter(_INCIDENT.paused_for_user).label("incidents_paused_for_user")


def _rounded(seconds: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whole seconds, halves upwards: as a decimal number, because floating point rounds halves to even."""
    return func.round(cast(seconds, Numeric))


async def _monthly(session: AsyncSession, wanted: ColumnElement[bool]) -> dict[str, dict[str, int]]:
    """Each month (UTC) from the first to the last in which something was registered, last recovered or last closed."""
    counts = []
    for name, instant in _MONTHLY.items():
        month = func.to_char(func.timezone("UTC", instant), "YYYY-MM").label("month")
        counts.append(
            select(literal(name).label("name"), month, func.count().label("number"))
            .where(wanted, instant.is_not(None))
            .group_by(month)
        )
    rows = (await session.execute(union_all(*counts))).all()
    found: dict[tuple[str, str], int] = {(row.month, row.name): row.number for row in rows}
    table: dict[str, dict[str, int]] = {}
    backlog = 0
    for each in _months(sorted({seen for seen, _ in found})):
        told = {name: found.get((each, name), 0) for name in _MONTHLY}
        backlog += told["registered"] - told["closed"]
        table[each] = told | {"backlog_end": backlog}
    return table


def _months(seen: list[str]) -> Iterable[str]:
    if not seen:
        return
    year, month = map(int, seen[0].split("-"))
    while (name := f"{year:04}-{month:02}") <= seen[-1]:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - months of a year


async def _state_changes(session: AsyncSession, wanted: ColumnElement[bool]) -> dict[str, int]:
    change = func.unnest(_INCIDENT.changes).label("change")
    steps = select(change).where(wanted).subquery()
    query = select(steps.c.change, func.count().label("number")).group_by(steps.c.change)
    return {row.change: row.number for row in sorted((await session.execute(query)).all(), key=lambda row: row.change)}
