"""Turns errors of the arithmetic into problems that point at the wrong field."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.service_level.calendars.rules import refused
from shared.business_time import AmountOutOfBounds, CalendarInvalid, CalendarNeverOpens, Pause
from shared.errors import FieldProblem, Invalid, invalid


@contextmanager
def pointing(pauses: Sequence[Pause], *, amount: str) -> Iterator[None]:
    """Refuse pauses that end before they begin, and turn errors of the block into refusals; `amount` names the field."""
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
