"""Histories of invented records in the week of Monday 23 November 2026, one line each."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.service_level.clocks.rules.measurement import PERCENTS, Measurement, Observation, Target, reached_at
from shared.business_time import Calendar

HOUR = 3_600
WORKWEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = Calendar("Europe/Amsterdam", {day: [["08:00", "18:00"]] for day in WORKWEEK})
RESPONSE = Target("response", 2 * HOUR)
RESTORE = Target("restore", 4 * HOUR)


def at(text: str) -> datetime:
    """A local time in the week of Monday 23 November 2026."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


def observed(*moves: tuple[str, str] | tuple[str, str, str], by_person: bool = True) -> list[Observation]:
    """States in their order, the first of them the registration."""
    return [
        Observation(number, at(move[0]), move[1], move[2] if len(move) == 3 else None, by_person)
        for number, move in enumerate(moves, 1)
    ]


def answer(text: str, sequence: int = 1) -> Observation:
    return Observation(sequence, at(text))


def levels(clock: Measurement, target: Target = RESTORE, calendar: Calendar | None = OFFICE) -> list[datetime | None]:
    """When 50, 75, 90 and 100 percent were or will be reached."""
    return [reached_at(clock, target, calendar, percent) for percent in PERCENTS]
