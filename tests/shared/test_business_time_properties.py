"""Business time agrees with itself and with an oracle that walks through the minutes, also where clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.business_time import Calendar, add, add_days, elapsed

ZONES = [
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
]
# Moments at which the clocks of one of those zones change, or a zone leaves a date out.
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 10, 3, 15, tzinfo=UTC),
    datetime(2026, 2, 15, 2, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2018, 2, 18, 2, tzinfo=UTC),
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 3, 8, 5, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def blocks(draw: st.DrawFn) -> list[tuple[str, str]]:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return [(written(a * 15), written(b * 15)) for a, b in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = {day: draw(blocks()) for day in DAYS}
    if not any(hours.values()):
        hours["wednesday"] = [("00:00", "24:00")]
    holidays = [(change.date() + timedelta(days=draw(st.integers(-3, 3)))).isoformat() for change in CHANGES[:3]]
    return Calendar(draw(st.sampled_from(ZONES)), hours, holidays, ["12-25"])


moments = st.builds(
    lambda change, offset: change + timedelta(seconds=offset),
    st.sampled_from(CHANGES),
    st.integers(-3 * 86_400, 3 * 86_400),
)
amounts = st.integers(1, 40 * 3_600)
long_amounts = st.integers(1, 3 * 365 * 3_600)


def pauses_around(start: datetime) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
    pause = st.tuples(st.integers(-86_400, 4 * 86_400), st.integers(0, 86_400)).map(
        lambda pair: (start + timedelta(seconds=pair[0]), start + timedelta(seconds=pair[0] + pair[1]))
    )
    return st.lists(pause, max_size=4)


def instant(zone: ZoneInfo, day: date, second: int) -> datetime:
    """A wall-clock time by rule 4: a skipped one moves forward by the gap, of a repeated one the first counts."""
    wall = datetime.combine(day, time()) + timedelta(seconds=second)
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def is_open(calendar: Calendar, minute: datetime) -> bool:
    zone = ZoneInfo(calendar.zone)
    day = minute.astimezone(zone).date()
    if any(first <= day <= last for first, last in calendar.holidays) or (day.month, day.day) == (12, 25):
        return False
    blocks = calendar.hours[day.weekday()]
    return any(instant(zone, day, opens) <= minute < instant(zone, day, closes) for opens, closes in blocks)


@settings(deadline=None, max_examples=150)
@given(calendars(), moments, st.integers(0, 36 * 60))
@example(Calendar("Africa/Casablanca", {"sunday": [("00:00", "02:15")]}), datetime(2026, 2, 15, 2, tzinfo=UTC), 1)
@example(Calendar("America/Havana", {"sunday": [("00:30", "00:45")]}), datetime(2026, 11, 1, 4, tzinfo=UTC), 180)
@example(Calendar("Asia/Beirut", {"saturday": [("22:00", "24:00")]}), datetime(2026, 10, 24, 18, tzinfo=UTC), 480)
def test_elapsed_agrees_with_walking_through_the_minutes(calendar: Calendar, moment: datetime, minutes: int) -> None:
    start = moment.replace(second=0)
    walked = sum(is_open(calendar, start + timedelta(minutes=n)) for n in range(minutes))
    assert elapsed(calendar, start, start + timedelta(minutes=minutes)) == walked * 60


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(ZONES), moments, st.integers(0, 100 * 3_600))
def test_a_calendar_open_at_all_hours_counts_every_second(zone: str, moment: datetime, seconds: int) -> None:
    end = moment + timedelta(seconds=seconds)
    assert elapsed(Calendar.always(zone), moment, end) == seconds
    assert add(Calendar.always(zone), moment, seconds) == end
    assert add(Calendar.always(zone), end, -seconds) == moment


@settings(deadline=None)
@given(calendars(), moments, st.data())
def test_what_is_added_has_elapsed(calendar: Calendar, start: datetime, data: st.DataObject) -> None:
    seconds = data.draw(long_amounts)
    pauses = data.draw(pauses_around(start))
    due = add(calendar, start, seconds, pauses)
    assert elapsed(calendar, start, due, pauses) == seconds
    # Due is the earliest such moment: a second before it, the amount is not yet used up.
    assert elapsed(calendar, start, due - timedelta(seconds=1), pauses) == seconds - 1


@settings(deadline=None)
@given(calendars(), moments, st.data())
def test_what_is_subtracted_has_elapsed(calendar: Calendar, start: datetime, data: st.DataObject) -> None:
    seconds = data.draw(long_amounts)
    pauses = data.draw(pauses_around(start))
    before = add(calendar, start, -seconds, pauses)
    assert elapsed(calendar, before, start, pauses) == seconds
    assert elapsed(calendar, before + timedelta(seconds=1), start, pauses) == seconds - 1


@settings(deadline=None)
@given(calendars(), moments, amounts)
def test_going_back_is_the_inverse_of_going_forward(calendar: Calendar, start: datetime, seconds: int) -> None:
    due = add(calendar, start, seconds)
    assert add(calendar, due, -seconds) == max(add(calendar, start, 1) - timedelta(seconds=1), start)


@settings(deadline=None)
@given(calendars(), moments, amounts, amounts)
def test_adding_twice_is_adding_the_sum(calendar: Calendar, start: datetime, one: int, other: int) -> None:
    assert add(calendar, add(calendar, start, one), other) == add(calendar, start, one + other)


@settings(deadline=None)
@given(calendars(), moments, moments, moments)
def test_elapsed_adds_up_over_any_moment_in_between(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert elapsed(calendar, a, b) + elapsed(calendar, b, c) == elapsed(calendar, a, c)


@settings(deadline=None)
@given(calendars(), moments, st.integers(0, 86_400), st.integers(0, 40 * 3_600), st.integers(0, 3_600))
def test_a_later_start_or_a_larger_amount_is_never_due_earlier(
    calendar: Calendar, start: datetime, later: int, seconds: int, more: int
) -> None:
    due = add(calendar, start, seconds)
    assert add(calendar, start, seconds + more) >= due
    assert add(calendar, start + timedelta(seconds=later), seconds) >= due


@settings(deadline=None)
@given(calendars(), moments, st.integers(1, 400))
def test_days_forward_and_back_return_to_the_same_local_date(calendar: Calendar, start: datetime, days: int) -> None:
    # The closing of day zero lies on a working day whatever the start was; one second earlier stays inside the date.
    origin = add_days(calendar, start, 0, end_of_day=True) - timedelta(seconds=1)
    there = add_days(calendar, origin, days, end_of_day=True) - timedelta(seconds=1)
    back = add_days(calendar, there, -days, end_of_day=True) - timedelta(seconds=1)
    assert back == origin
