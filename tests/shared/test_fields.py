"""Field types are strict: an instant is a date and time, never a number."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.fields import Day, Instant

ADAPTER: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00Z", "2026-11-23t10:00:00+01:00", "2026-11-23 09:00Z"])
def test_an_instant_is_the_same_however_it_is_written(text: str) -> None:
    assert ADAPTER.validate_python(text) == datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [0, 0.5, "0", "0.5", "1795424400", "-1", "2026-11-23", "2026-11-23T09:00:00", "", None]
)
def test_a_number_a_day_or_a_time_of_no_zone_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(value)


OUTSIDE = [
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "1970-01-01T00:00:00+00:01",
    "2201-01-01T00:00:00Z",
]


@pytest.mark.parametrize("text", OUTSIDE)
def test_an_instant_beyond_1970_to_2200_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="within the years 1970 to 2200"):
        ADAPTER.validate_python(text)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "2200-12-31T23:59:59.999Z", "2201-01-01T00:30:00+01:00"])
def test_an_instant_within_1970_to_2200_is_taken(text: str) -> None:
    assert ADAPTER.validate_python(text).utcoffset() == timedelta()


def test_a_day_beyond_1970_to_2200_is_refused() -> None:
    days: TypeAdapter[str] = TypeAdapter(Day)
    for text in ("1969-12-31", "2201-01-01", "0001-01-01", "9999-12-31"):
        with pytest.raises(ValidationError, match="within the years 1970 to 2200"):
            days.validate_python(text)
    for text in ("1970-01-01", "2200-12-31", "2026-02-30"):  # whether a day exists is for the calendar to say
        assert days.validate_python(text) == text
