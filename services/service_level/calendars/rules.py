"""The form of a calendar, with a country's public holidays, and its compiled calendar."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

import holidays
import msgspec

from shared.business_time import Calendar, CalendarInvalid
from shared.errors import Invalid, invalid

#: holidays of a country are known for these years: imported history may be old, due moments are never far ahead
FIRST_YEAR, LAST_YEAR = 1970, 2099
ISO_CODE = 2  # letters of an ISO 3166-1 alpha-2 code

#: the parts of a form
PARTS = ("zone", "hours", "holidays", "yearly_holidays", "open_days", "country", "subdivision")


@dataclass(frozen=True, slots=True)
class FrozenHolidays:
    """The public holidays that a version of an agreement was made with; equal ones have the same `digest`."""

    digest: str
    days: tuple[date, ...] = field(compare=False)

    @classmethod
    def of(cls, days: Iterable[date]) -> "FrozenHolidays":
        """These days, in order."""
        known = tuple(sorted(days))
        return cls(sha256("\n".join(day.isoformat() for day in known).encode()).hexdigest(), known)


def calendar_of(form: Mapping[str, Any], frozen: FrozenHolidays | None = None, *, remembered: bool = True) -> Calendar:
    """The calendar of `form`: `zone`, `hours`, `holidays`, `yearly_holidays`, `open_days`, `country`, `subdivision`.

    The public holidays of its country are the `frozen` ones, or without them those that are known now. Equal forms give the same
    object, with the openings computed so far; a calendar for a single calculation is not `remembered`. Raises `CalendarInvalid`,
    whose message begins with the name of the wrong part.
    """
    if not remembered:
        return _calendar(form, frozen, remembered=False)
    return _compiled(msgspec.json.encode(form, order="deterministic"), frozen)


def check(form: Mapping[str, Any], *, at: str = "/calendar") -> None:
    """Refuse a form that is not a valid calendar, pointing at the wrong part."""
    try:
        calendar_of(form, remembered=False)
    except CalendarInvalid as error:
        raise refused(error, at=at) from None


def refused(error: CalendarInvalid, *, at: str = "/calendar") -> Invalid:
    """The refusal of a calendar, pointing at the wrong part."""
    part, _, sentence = str(error).partition(": ")
    known = part in PARTS
    return invalid(f"{at}/{part}" if known else at, sentence if known else str(error))


@lru_cache(maxsize=256)
def _compiled(form: bytes, frozen: FrozenHolidays | None) -> Calendar:
    return _calendar(msgspec.json.decode(form), frozen, remembered=True)


def _calendar(form: Mapping[str, Any], frozen: FrozenHolidays | None, *, remembered: bool) -> Calendar:
    own, opened = list(form.get("holidays") or ()), list(form.get("open_days") or ())
    if both := {day for day in own if isinstance(day, str)}.intersection(day for day in opened if isinstance(day, str)):
        raise CalendarInvalid(f"open_days: {min(both)} is in holidays too; leave it out of one of them")
    public = frozen.days if frozen else public_holidays(form.get("country"), form.get("subdivision"))
    yearly = form.get("yearly_holidays") or ()
    return Calendar(form["zone"], form["hours"], [*own, *public], yearly, opened, remembered=remembered)


@lru_cache(maxsize=256)
def public_holidays(country: str | None, subdivision: str | None = None) -> tuple[date, ...]:
    """The public holidays of an ISO 3166 country, or of one of its subdivisions; none without a country.

    Raises `CalendarInvalid` for a country or subdivision whose holidays are not known.
    """
    if country is None:
        if subdivision is not None:
            raise CalendarInvalid("subdivision: give the country that it belongs to")
        return ()
    if len(country) != ISO_CODE or not country.isupper():
        raise CalendarInvalid(f"country: the holidays of {country!r} are not known; use an ISO code such as 'NL'")
    with warnings.catch_warnings():
        # The library warns about years that it does not know; the others are enough.
        warnings.simplefilter("ignore")
        # Only this country is loaded: listing the known ones would load all of them.
        try:
            days = holidays.country_holidays(
                country, subdiv=subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1), categories=("public",)
            )
        except NotImplementedError as error:
            part = "country" if subdivision is None or "subdivision" not in str(error).lower() else "subdivision"
            raise CalendarInvalid(f"{part}: {error}") from None
    return tuple(sorted(days))
