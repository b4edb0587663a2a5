"""Calculates on a calendar that is sent along: nothing is read, nothing is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.service_level.domain.calendars import calendar_of
from services.service_level.errors import calendar_refused
from shared.business_time import (
    AmountOutOfBounds,
    CalendarInvalid,
    CalendarNeverOpens,
    Pause,
    add,
    add_days,
    elapsed,
)
from shared.errors import FieldProblem, Invalid, invalid


def end_of_seconds(form: Mapping[str, Any], start: datetime, seconds: int, pauses: Sequence[Pause]) -> datetime:
    """The instant at which so much open time has passed; 422 points at what is wrong."""
    with _Pointing(pauses, amount="/seconds"):
        return add(calendar_of(form), start, seconds, pauses)


def end_of_days(
    form: Mapping[str, Any], start: datetime, days: int, pauses: Sequence[Pause], *, end_of_day: bool
) -> datetime:
    """The instant so many working days later; 422 points at what is wrong."""
    with _Pointing(pauses, amount="/days"):
        return add_days(calendar_of(form), start, days, end_of_day, pauses)


def seconds_between(form: Mapping[str, Any], start: datetime, end: datetime, pauses: Sequence[Pause]) -> int:
    """The open seconds between two instants; 422 points at what is wrong."""
    with _Pointing(pauses, amount="/end"):
        return elapsed(calendar_of(form), start, end, pauses)


class _Pointing:
    """Turns what the arithmetic refuses into a problem that points at the field."""

    def __init__(self, pauses: Sequence[Pause], *, amount: str) -> None:
        problems = [
            FieldProblem(pointer=f"/pauses/{place}", detail="the pause ends before it begins")
            for place, (begins, ends) in enumerate(pauses)
            if ends < begins
        ]
        if problems:
            raise Invalid("A pause ends before it begins.", errors=problems)
        self.amount = amount

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CalendarInvalid):
            raise calendar_refused(str(error)) from None
        if isinstance(error, CalendarNeverOpens):
            raise invalid("/calendar/holidays", str(error)) from None
        if isinstance(error, AmountOutOfBounds):
            outside = str(error).startswith("the instant")
            raise invalid("/start" if outside else self.amount, str(error)) from None
