"""An independent answer to every figure of an incident history: plain reading, plain counting, none of Zeven's code.

The history is a CSV in the layout of the public incident log: one row is a record after one update, "?" is
missing, times are `d/m/yyyy hh:mm` in UTC, the rows of one incident lie together, those of one minute in the order in which
they happened.

Rules that the layout leaves open:
* Means and percentiles are exact fractions until the end and then rounded to whole seconds, halves upwards.
* Percentiles interpolate between the two nearest values, as `percentile_cont` does.
* An incident whose clock still runs or is paused at the end of the file has no verdict: `restore_clock` judges only
  those that end recovered or closed.
"""

import csv
import gzip
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from math import floor
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays

STATES = {
    "New": "registered",
    "Active": "in_recovery",
    "Awaiting User Info": "pending:user",
    "Awaiting Evidence": "pending:user",
    "Awaiting Vendor": "pending:supplier",
    "Awaiting Problem": "pending:problem",
    "Resolved": "recovered",
    "Closed": "closed",
}
PRIORITIES = {
    "P1": ("11",),
    "P2": ("12", "21"),
    "P3": ("22", "13", "31"),
    "P4": ("23", "32", "33"),
}
"""By the first digits of impact and urgency."""

TARGET_SECONDS = {"P1": 4 * 3600, "P2": 8 * 3600, "P3": 24 * 3600, "P4": 48 * 3600}
STANDSTILL = ("pending:user", "recovered", "closed")
OFFICE_ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE_OPENS, OFFICE_CLOSES = time(8), time(18)


@dataclass
class ResponseModel:
    """One incident as its rows tell it; `entries` are the states it entered, the first one at registration."""

    entries: list[tuple[datetime, str]]
    teams: list[str] = field(default_factory=list)
    impact: str = "?"
    urgency: str = "?"

    @property
    def registered_at(self) -> datetime:
        return self.entries[0][0]

    @property
    def priority(self) -> str:
        return next(name for name, levels in PRIORITIES.items() if self.impact[0] + self.urgency[0] in levels)

    def changes(self) -> list[tuple[str, str]]:
        return [(before, after) for (_, before), (_, after) in pairwise(self.entries)]

    def last_entry(self, state: str) -> datetime | None:
        return max((at for at, entered in self.entries if entered == state), default=None)

    def running(self) -> list[tuple[datetime, datetime]]:
        """The spans in which the restore clock runs; only for an incident that ends at a standstill."""
        return [(a, b) for (a, state), (b, _) in pairwise(self.entries) if state not in STANDSTILL]


def expected(path: Path | str) -> dict[str, Any]:
    """All figures of the history in `path` (plain, .gz or .xz), in the layout of the real sample's `expected.json`."""
    rows = list(rows_of(Path(path)))
    incidents = list(incidents_of(rows))
    changes = [change for one in incidents for change in one.changes()]
    reopens = [
        sum(
            before in ("recovered", "closed") and after not in ("recovered", "closed")
            for before, after in one.changes()
        )
        for one in incidents
    ]
    return {
        "incidents": len(incidents),
        "events": len(rows),
        "by_priority": {p: sum(one.priority == p for one in incidents) for p in TARGET_SECONDS},
        "time_to_respond": durations([(one.entries[1][0] if len(one.entries) > 1 else None, one) for one in incidents]),
        "time_to_restore": durations([(one.last_entry("recovered"), one) for one in incidents]),
        "time_to_close": durations([(one.last_entry("closed"), one) for one in incidents]),
        "reopened_incidents": sum(count > 0 for count in reopens),
        "reopens": sum(reopens),
        "handovers": sum(a != b for one in incidents for a, b in pairwise(one.teams)),
        "incidents_paused_for_user": sum(any(s == "pending:user" for _, s in one.entries) for one in incidents),
        "restore_clock": {
            "24x7": restore_clock(incidents, round_the_clock),
            "office": restore_clock(incidents, office_hours),
        },
        "monthly": monthly(incidents),
        "state_changes": dict(sorted(Counter(f"{before} -> {after}" for before, after in changes).items())),
    }


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def incidents_of(rows: list[dict[str, str]]) -> Iterator[ResponseModel]:
    for _, together in groupby(rows, key=lambda row: row["number"]):
        in_order = sorted(together, key=lambda row: instant(row["sys_updated_at"]))
        registered_at = instant(in_order[0]["opened_at"])
        one = ResponseModel([(registered_at, "registered")])
        for row in in_order:
            at = max(registered_at, instant(row["sys_updated_at"]))
            state = one.entries[-1][1] if row["incident_state"] == "-100" else STATES[row["incident_state"]]
            if state != one.entries[-1][1]:
                one.entries.append((at, state))
            if row["assignment_group"] != "?":
                one.teams.append(row["assignment_group"])
            one.impact = row["impact"] if row["impact"] != "?" else one.impact
            one.urgency = row["urgency"] if row["urgency"] != "?" else one.urgency
        yield one


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def durations(ends: list[tuple[datetime | None, ResponseModel]]) -> dict[str, int | None]:
    seconds = sorted(int((end - one.registered_at).total_seconds()) for end, one in ends if end is not None)
    if not seconds:
        return {"count": 0, "sum_seconds": 0, "mean_seconds": None, "median_seconds": None, "p90_seconds": None}
    return {
        "count": len(seconds),
        "sum_seconds": sum(seconds),
        "mean_seconds": half_up(Fraction(sum(seconds), len(seconds))),
        "median_seconds": half_up(percentile(seconds, Fraction(1, 2))),
        "p90_seconds": half_up(percentile(seconds, Fraction(9, 10))),
    }


def percentile(ordered: list[int], share: Fraction) -> Fraction:
    position = share * (len(ordered) - 1)
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def restore_clock(incidents: list[ResponseModel], seconds_between: Any) -> dict[str, Any]:
    met: Counter[str] = Counter()
    total = 0
    for one in incidents:
        if one.entries[-1][1] not in ("recovered", "closed"):
            continue
        elapsed = sum(seconds_between(start, end) for start, end in one.running())
        total += elapsed
        met[one.priority] += elapsed <= TARGET_SECONDS[one.priority]
    return {
        "elapsed_seconds_sum": total,
        "met": sum(met.values()),
        "met_by_priority": {priority: met[priority] for priority in TARGET_SECONDS},
    }


def round_the_clock(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())


def office_hours(start: datetime, end: datetime) -> int:
    """Seconds of Monday to Friday, 08:00 to 18:00 in Amsterdam, less the Dutch public holidays: day by day."""
    seconds = 0.0
    day, last = start.astimezone(OFFICE_ZONE).date(), end.astimezone(OFFICE_ZONE).date()
    while day <= last:
        if day.weekday() < 5 and day not in public_holidays(day.year):
            opens = datetime.combine(day, OFFICE_OPENS, OFFICE_ZONE).astimezone(UTC)
            closes = datetime.combine(day, OFFICE_CLOSES, OFFICE_ZONE).astimezone(UTC)
            seconds += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
        day += timedelta(days=1)
    return int(seconds)


@cache
def public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))


def monthly(incidents: list[ResponseModel]) -> dict[str, dict[str, int]]:
    """Every month from the first to the last in which something was registered, last recovered or last closed."""
    columns = {
        "registered": [one.registered_at for one in incidents],
        "recovered": [at for one in incidents if (at := one.last_entry("recovered"))],
        "closed": [at for one in incidents if (at := one.last_entry("closed"))],
    }
    counts = {name: Counter(f"{at:%Y-%m}" for at in moments) for name, moments in columns.items()}
    seen = sorted(set().union(*counts.values()))
    table: dict[str, dict[str, int]] = {}
    backlog = 0
    for month in months(seen[0], seen[-1]) if seen else ():
        backlog += counts["registered"][month] - counts["closed"][month]
        table[month] = {name: counts[name][month] for name in columns} | {"backlog_end": backlog}
    return table


def months(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:])
    while (text := f"{year:04}-{month:02}") <= last:
        yield text
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
