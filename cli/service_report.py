"""The service report: how fast the platform's incidents were answered, restored and closed, month by month."""

from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from cli.client import Client
from cli.durations import format_duration
from cli.terminal import heading, table

PRIORITIES = ("P1", "P2", "P3", "P4")
HOUR = 3600
TARGETS = {"P1": 4 * HOUR, "P2": 8 * HOUR, "P3": 24 * HOUR, "P4": 48 * HOUR}
PAUSES = ["user"]
WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
DAYS = (*WORKING_DAYS, "saturday", "sunday")
WAITING_STATES = ("registered", "classified", "assigned", "in_recovery", "pending")
SPANS = {
    "registered to first response": "time_to_respond",
    "registered to recovered": "time_to_restore",
    "registered to closed": "time_to_close",
}
COUNTS = {
    "reopened": "reopened_incidents",
    "handed over to another team": "handovers",
    "waited for the user": "incidents_paused_for_user",
}
MOVEMENTS = ("registered", "recovered", "closed")
Figures = dict[str, Any]


def report(client: Client, loops: int = 10) -> list[RenderableType]:
    """The tables to print; raises `Refused` when the platform has no service_level or incident."""
    performance: Figures = client.get("/service-level/v1/performance")
    opened = open_loops(client, loops)
    return [
        heading(f"Service report: {performance['incidents']:,} incidents"),
        _spans(performance),
        heading("Restored in time"),
        _met(client, performance),
        heading("Month by month (UTC), without months in which nothing happened"),
        _months(performance["monthly"]),
        heading("Also"),
        _also(performance),
        heading("The slowest open loops"),
        _loops(opened) if opened else "No user waits for a recovery.",
    ]


def open_loops(client: Client, most: int) -> list[dict[str, Any]]:
    """The incidents whose user has waited longest for a recovery, oldest first."""
    found = [
        incident
        for state in WAITING_STATES
        for incident in client.get("/incident/v1/incidents", state=state, sort="created_at", limit=most)["items"]
    ]
    return sorted(found, key=lambda incident: (datetime.fromisoformat(incident["created_at"]), incident["number"]))[
        :most
    ]


def calendars(performance: Figures) -> dict[str, dict[str, Any]]:
    """The two calendars by which targets are measured: every hour, and Dutch office hours."""
    import holidays  # slow to load, and no other command needs it

    years = {int(month[:4]) for month in performance["monthly"]}
    free = sorted(day.isoformat() for day in holidays.country_holidays("NL", years=years)) if years else []
    return {
        "day and night": {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}},
        "office hours": {
            "zone": "Europe/Amsterdam",
            "hours": {day: [["08:00", "18:00"]] for day in WORKING_DAYS},
            "holidays": free,
        },
    }


def _spans(performance: Figures) -> Table:
    spans = table("", "#incidents", "#median", "#mean", "#9 of 10 within")
    for name, key in SPANS.items():
        one = performance[key]
        times = (format_duration(one[f"{kind}_seconds"]) for kind in ("median", "mean", "p90"))
        spans.add_row(name, f"{one['count']:,}", *times)
    return spans


def _met(client: Client, performance: Figures) -> Table:
    met = table("calendar", *(f"#{name} ({format_duration(TARGETS[name])})" for name in PRIORITIES), "#all")
    for name, calendar in calendars(performance).items():
        simulation = {"calendar": calendar, "targets_seconds": TARGETS, "pause_reasons": PAUSES}
        answer: Figures = client.post("/service-level/v1/simulations", simulation)
        counts = performance["by_priority"]
        cells = [_share(answer["met_by_priority"].get(one, 0), counts.get(one, 0)) for one in PRIORITIES]
        met.add_row(name, *cells, _share(answer["met"], sum(counts.get(one, 0) for one in PRIORITIES)))
    return met


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _months(monthly: dict[str, dict[str, int]]) -> Table:
    months = table("month", "#registered", "#recovered", "#closed", "#open at its end")
    for month in sorted(monthly):
        one = monthly[month]
        if any(one[key] for key in MOVEMENTS):
            months.add_row(month, *(f"{one[key]:,}" for key in (*MOVEMENTS, "backlog_end")))
    return months


def _also(performance: Figures) -> Table:
    also = table("", "#times")
    for name, key in COUNTS.items():
        also.add_row(name, f"{performance[key]:,}")
    return also


def _loops(incidents: list[dict[str, Any]]) -> Table:
    loops = table("incident", "priority", "state", "registered", "#open for", "title")
    now = datetime.now(UTC)
    for one in incidents:
        created = datetime.fromisoformat(one["created_at"])
        state = f"{one['state']}: {one['pending_reason']}" if one["pending_reason"] else one["state"]
        loops.add_row(
            one["number"],
            one["priority"] or "–",
            state,
            created.strftime("%Y-%m-%d %H:%M"),
            format_duration(max(0.0, (now - created).total_seconds())),
            one["title"],
        )
    return loops
