"""The figures of a period, counted by the database from one row per incident."""

from collections.abc import Iterable, Mapping
from operator import ge, lt
from typing import Any

from sqlalchemy import ColumnElement, Numeric, and_, cast, extract, func, literal, select, text, union_all

from services.service_level.access import READ_PERFORMANCE
from services.service_level.models import INCIDENT
from shared.access.policies import rows
from shared.texts import stored_forms
from shared.unit_of_work import Work

PRIORITIES = ("P1", "P2", "P3", "P4")
#: the longest time that a report may take in the database
LONGEST = text("SET LOCAL statement_timeout = '20s'")
_ENDS = {
    "time_to_respond": INCIDENT.c.responded_at,
    "time_to_restore": INCIDENT.c.restored_at,
    "time_to_close": INCIDENT.c.closed_at,
}
_MONTHLY = {"registered": INCIDENT.c.registered_at, "recovered": INCIDENT.c.restored_at, "closed": INCIDENT.c.closed_at}


def selected(work: Work, selection: Mapping[str, Any]) -> tuple[ColumnElement[bool], Mapping[str, object]]:
    """The condition of a selection within what the caller may see, and the values of its parameters."""
    reach = READ_PERFORMANCE.reach(work.caller)
    wanted = [rows(READ_PERFORMANCE, INCIDENT, reach.shape)]
    for name, value in selection.items():
        if value is not None and name in ("from_", "to"):
            bound = ge if name == "from_" else lt
            wanted.append(bound(INCIDENT.c.registered_at, value))
        elif isinstance(value, str):
            wanted.append(INCIDENT.c[name].in_(stored_forms(value)))
        elif value is not None:
            wanted.append(INCIDENT.c[name] == value)
    return and_(*wanted), reach.values


async def performance(work: Work, selection: Mapping[str, Any]) -> dict[str, Any]:
    """Counts, durations in seconds (halves rounded up), months without gaps, and steps between states."""
    wanted, values = selected(work, selection)
    # One snapshot for all figures; the time limit needs a transaction.
    await work.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    await work.session.execute(LONGEST)
    figures = _figures()
    query = select(*(figure for group in figures.values() for figure in group.values())).where(wanted)
    found = iter((await work.session.execute(query, values)).one())
    groups = {group: {name: next(found) for name in named} for group, named in figures.items()}
    return {
        **groups.pop(""),
        **groups,
        "monthly": await _monthly(work, wanted, values),
        "state_changes": await _state_changes(work, wanted, values),
    }


def _figures() -> dict[str, dict[str, ColumnElement[Any]]]:
    """The expressions of the figures, by group and name; the figures of the unnamed group are at the top level."""
    figures: dict[str, dict[str, ColumnElement[Any]]] = {
        "": {
            "incidents": func.count(),
            "reopened_incidents": func.count().filter(INCIDENT.c.reopens > 0),
            "reopens": func.coalesce(func.sum(INCIDENT.c.reopens), 0),
            "handovers": func.coalesce(func.sum(INCIDENT.c.handovers), 0),
            "incidents_paused_for_user": func.count().filter(INCIDENT.c.paused_for_user),
        },
        "by_priority": {name: func.count().filter(INCIDENT.c.priority == name) for name in PRIORITIES},
    }
    for name, end in _ENDS.items():
        seconds = extract("epoch", end - INCIDENT.c.registered_at)
        figures[name] = {
            "count": func.count(end),
            "sum_seconds": func.coalesce(_rounded(func.sum(seconds)), 0),
            "mean_seconds": _rounded(func.avg(seconds)),
            "median_seconds": _rounded(func.percentile_cont(0.5).within_group(seconds)),
            "p90_seconds": _rounded(func.percentile_cont(0.9).within_group(seconds)),
        }
    return figures


def _rounded(seconds: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whole seconds, halves upwards: as a decimal number, because floating point rounds halves to even."""
    return func.round(cast(seconds, Numeric))


async def _monthly(work: Work, wanted: ColumnElement[bool], values: Mapping[str, object]) -> dict[str, dict[str, int]]:
    """Each month (UTC) from the first to the last in which something was registered, last recovered or last closed."""
    counts = []
    for name, instant in _MONTHLY.items():
        of = func.to_char(func.timezone("UTC", instant), "YYYY-MM").label("month")
        counted = select(literal(name).label("name"), of, func.count().label("number"))
        counts.append(counted.where(wanted, instant.is_not(None)).group_by(of))
    found = {(row.month, row.name): row.number for row in await work.session.execute(union_all(*counts), values)}
    table: dict[str, dict[str, int]] = {}
    backlog = 0
    seen = sorted({month for month, _ in found})
    for month in months(seen[0], seen[-1]) if seen else ():
        numbers = {name: found.get((month, name), 0) for name in _MONTHLY}
        backlog += numbers["registered"] - numbers["closed"]
        table[month] = numbers | {"backlog_end": backlog}
    return table


def months(first: str, last: str) -> Iterable[str]:
    """The months from one to another, such as 2026-03."""
    year, month = map(int, first.split("-"))
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - months of a year


async def _state_changes(work: Work, wanted: ColumnElement[bool], values: Mapping[str, object]) -> dict[str, int]:
    change = func.unnest(INCIDENT.c.changes).label("change")
    steps = select(change).where(wanted).subquery()
    query = select(steps.c.change, func.count()).group_by(steps.c.change)
    return dict(sorted((change, number) for change, number in await work.session.execute(query, values)))
