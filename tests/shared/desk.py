"""Calendars of an invented service desk in Amsterdam, and local times there."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.business_time import Calendar

HOUR = 3_600
WORKWEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
AMSTERDAM = "Europe/Amsterdam"
BLOCKS = [["08:00", "12:00"], ["13:00", "18:00"]]


def workdays(*blocks: list[str]) -> dict[str, list[list[str]]]:
    return {day: list(blocks) for day in WORKWEEK}


DESK = Calendar(AMSTERDAM, workdays(*BLOCKS), ["2026-04-27"], ["12-25"])
OFFICE = Calendar(AMSTERDAM, workdays(["08:00", "18:00"]))
ROUND_THE_CLOCK = Calendar.always(AMSTERDAM)


def at(text: str, zone: str = AMSTERDAM, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
