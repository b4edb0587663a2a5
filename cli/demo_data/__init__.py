"""An invented organisation's incident history in the layout of the public log: the same seed, the same bytes."""

import csv
import gzip
import io
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from cli.demo_data.hospital import CALLERS
from cli.demo_data.organisation import HOURLY, ZONE, Topic, calls_on
from cli.demo_data.story import IncidentHistory
from cli.demo_data.texts import REPORTS

COLUMNS = (
    *("number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla"),
    *("caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at"),
    *("contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority"),
    *("assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id", "rfc"),
    *("vendor", "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at"),
)
#: what the hospital's own export has beside them
TEXT_COLUMNS = ("title", "description", "service", "contact")
START = date(2026, 4, 1)
DAYS = 122
"""Four months of calls."""


def generate(seed: int = 7, incidents: int = 1000, start: date = START, days: int = DAYS) -> Iterator[dict[str, str]]:
    """The rows by column, those of the texts included, incident after incident in order of registration, times in UTC.

    The history ends after `days`: what is not closed by then stays open. More incidents lie in the same days.
    """
    rng = Random(seed)  # noqa: S311 - an invented history has to be repeatable, not unpredictable
    first = datetime(start.year, start.month, start.day, tzinfo=UTC)
    until = first + timedelta(days=days) - timedelta(minutes=1)
    busy = list(accumulate(_calls_in(first + timedelta(hours=hour)) for hour in range(days * 24)))
    for index in range(incidents):
        place = (index + rng.random()) / incidents * busy[-1]
        hour = min(bisect_right(busy, place), len(busy) - 1)
        before = busy[hour - 1] if hour else 0.0
        minute = min(int((place - before) / (busy[hour] - before) * 60), 59)
        opened_at = first + timedelta(hours=hour, minutes=minute)
        history = IncidentHistory(rng, f"INC{index + 1:07}", opened_at, until)
        texts = _texts(seed, index, history.topic)
        yield from (row | texts for row in history.write())


def _texts(seed: int, index: int, topic: Topic) -> dict[str, str]:
    """Title, description, service and caller of an incident; drawn apart, so that its course is the same without them."""
    rng = Random(f"{seed} {index}")  # noqa: S311
    report = rng.choice(REPORTS[topic.subcategory])
    contact = rng.choice(CALLERS).name
    return {"title": report.title, "description": report.description, "service": topic.service, "contact": contact}


def write(
    path: Path | str,
    seed: int = 7,
    incidents: int = 1000,
    start: date = START,
    days: int = DAYS,
    *,
    columns: tuple[str, ...] = COLUMNS,
) -> int:
    """Write the history to `path`, compressed when it ends in .gz; returns the number of rows."""
    path = Path(path)
    rows = 0
    with path.open("wb") as file:
        # no name and no time in the gzip header, so that the same history gives the same file
        binary = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if path.suffix == ".gz" else file
        with io.TextIOWrapper(binary, encoding="utf-8", newline="") as text:
            table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
            table.writeheader()
            for row in generate(seed, incidents, start, days):
                table.writerow(row)
                rows += 1
    return rows


def _calls_in(hour: datetime) -> float:
    local = hour.astimezone(ZONE)
    return HOURLY[local.hour] * calls_on(local.date())
