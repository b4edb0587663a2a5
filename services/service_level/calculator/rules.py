"""Calculates on a calendar that is sent along; a refusal points at the field that is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from services.service_level.calendars.rules import calendar_of, refused
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

Form = Mapping[str, Any]


def end_of_seconds(form: Form, start: datetime, seconds: int, pauses: Sequence[Pause]) -> datetime:
    """The instant at which so much open time has passed."""
    with _pointing(pauses, amount="/seconds"):
        return add(calendar_of(form), start, seconds, pauses)


def end_of_days(form: Form, start: datetime, days: int, pauses: Sequence[Pause], *, end_of_day: bool) -> datetime:
    """The instant so many working days later."""
    with _pointing(pauses, amount="/days"):
        return add_days(calendar_of(form), start, days, end_of_day, pauses)


def seconds_between(form: Form, start: datetime, end: datetime, pauses: Sequence[Pause]) -> int:
    """The open seconds between two instants."""
    with _pointing(pauses, amount="/end"):
        return elapsed(calendar_of(form), start, end, pauses)


@contextmanager
def _pointing(pauses: Sequence[Pause], *, amount: str) -> Iterator[None]:
    problems = [
        FieldProblem(pointer=f"/pauses/{place}", detail="the pause ends before it begins")
        for place, (begins, ends) in enumerate(pauses)
        if ends < begins
    ]
    if problems:
        raise Invalid("A pause ends before it begins.", errors=problems)
    try:
        yield
    except CalendarInvalid as error:
        raise refused(error) from None
    except CalendarNeverOpens as error:
        raise invalid("/calendar/holidays", str(error)) from None
    except AmountOutOfBounds as error:
        raise invalid("/start" if str(error).startswith("the instant") else amount, str(error)) from None
