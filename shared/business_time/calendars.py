"""When a service desk is open: zone, weekly blocks and holidays, validated once and immutable from then on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.business_time.hours import (
    WEEKDAYS,
    Block,
    HolidayInput,
    MonthDay,
    read_holidays,
    read_hours,
    read_yearly_holidays,
)
from shared.business_time.limits import CalendarInvalid
from shared.business_time.openings import Openings

# Names in a tz database that are not places: the host's own setting, and copies that count leap seconds.
_NO_PLACES = ("localtime", "posixrules", "Factory", "posix/", "right/")


@dataclass(frozen=True, slots=True, init=False)
class Calendar:
    """Opening hours in one time zone; equal calendars are equal, hash alike and share what was computed for them.

    `hours` holds seven tuples of blocks (Monday first) in seconds of the local day, `holidays` and `open_days` first and last days,
    `yearly_holidays` first and last month-days; the constructor takes the written form that the API uses.
    """

    zone: str
    hours: tuple[tuple[Block, ...], ...]
    holidays: tuple[tuple[date, date], ...]
    yearly_holidays: tuple[tuple[MonthDay, MonthDay], ...]
    open_days: tuple[tuple[date, date], ...]
    openings: Openings = field(compare=False, repr=False)

    def __init__(
        self,
        zone: str,
        hours: Mapping[str, Sequence[Sequence[str]]],
        holidays: Iterable[HolidayInput] = (),
        yearly_holidays: Iterable[HolidayInput] = (),
        open_days: Iterable[HolidayInput] = (),
        *,
        remembered: bool = True,
    ) -> None:
        """Read `{"monday": [["08:00", "12:00"], ["13:00", "24:00"]], …}`, dates or ranges, month-days or ranges.

        With `remembered`, equal calendars share what is computed for them.

        Blocks may touch but not overlap; a day that is not named is closed; 24:00 is the end of the day. A range is
        `{"from": …, "to": …}` or a pair, both ends included. On `open_days` the hours of the weekday apply although they are
        holidays. Raises `CalendarInvalid` for an unknown zone, unclear or
        overlapping blocks, hours that never open, and days that do not exist.
        """
        zone_info = time_zone(zone)
        week, days, yearly = read_hours(hours), read_holidays(holidays), read_yearly_holidays(yearly_holidays)
        opened = read_holidays(open_days, "open_days")
        object.__setattr__(self, "zone", zone)
        object.__setattr__(self, "hours", week)
        object.__setattr__(self, "holidays", days)
        object.__setattr__(self, "yearly_holidays", yearly)
        object.__setattr__(self, "open_days", opened)
        compiled = _openings if remembered else Openings
        object.__setattr__(self, "openings", compiled(zone_info, week, days, yearly, opened))

    @classmethod
    def always(cls, zone: str = "UTC") -> "Calendar":
        """Open 24 hours on all seven days; the zone says where a working day begins and ends."""
        return cls(zone, {day: [("00:00", "24:00")] for day in WEEKDAYS})


def time_zone(zone: str) -> ZoneInfo:
    """The zone of that name in the IANA database; `CalendarInvalid` when there is none."""
    if isinstance(zone, str) and not zone.startswith(_NO_PLACES):
        try:
            return ZoneInfo(zone)
        # What an unknown key raises depends on its shape: a folder, a path upwards, a name too long for a file.
        except (LookupError, ValueError, OSError):
            pass
    raise CalendarInvalid(f"zone: {zone!r} is not a time zone of the IANA database, such as 'Europe/Amsterdam'")


# Calendars are often rebuilt from storage; equal ones share what was computed before.
_openings = lru_cache(maxsize=64)(Openings)
