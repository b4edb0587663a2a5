"""A version of an agreement keeps its dates, whatever is known of a country's holidays later; single dates are excepted."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import holidays
import pytest

from services.service_level.calendars import queries, rules
from services.service_level.manifest import SERVICE
from tests.service_level.agreements.test_agreements import TARGETS, V1, agreed, offered
from tests.service_level.publishing import Incident, deliver, signed_in
from tests.world import World, as_owner, world

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE: dict[str, Any] = {
    "zone": "Europe/Amsterdam",
    "hours": {day: [["08:00", "18:00"]] for day in DAYS},
    "country": "NL",
}
#: an hour before closing on the day before Good Friday, with an hour more to go; Easter Monday is closed
THURSDAY = datetime(2027, 3, 25, 16, 0, tzinfo=UTC)
ON_GOOD_FRIDAY, AFTER_EASTER = "2027-03-26T08:00:00Z", "2027-03-30T07:00:00Z"
TWO_HOURS = {"P1": {"restore_seconds": 7200}}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        yield zeven


def forget() -> None:
    """As in a process that has just started."""
    rules.public_holidays.cache_clear()
    rules._compiled.cache_clear()
    queries._READ.clear()


@pytest.fixture
def next_year(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A function that replaces the library by one that knows no holiday but 25 March 2027."""

    def replace() -> None:
        monkeypatch.setattr(holidays, "country_holidays", lambda *_, **__: {date(2027, 3, 25): "New"})
        forget()

    yield replace
    monkeypatch.undo()
    forget()


async def due_at(zeven: World, service: Any) -> str:
    incident = Incident("INC-000009", THURSDAY, priority="P1", service_id=service)
    await deliver(zeven, [incident.event()])
    found = await signed_in(zeven).get(f"{V1}/clocks?record_id={incident.id}&target=restore")
    (clock,) = found.json()["items"]
    explained = (await signed_in(zeven).get(f"{V1}/clocks/{clock['id']}")).json()
    assert explained["due_at"] == clock["due_at"]
    return str(clock["due_at"])


async def closed_days(zeven: World, agreement: dict[str, Any], number: int = 1) -> list[str]:
    answer = await signed_in(zeven).get(f"{V1}/agreements/{agreement['id']}/versions/{number}/holidays")
    assert answer.status_code == 200, answer.text
    days: list[str] = answer.json()["items"]
    return days


async def test_a_version_keeps_its_dates_when_the_holidays_of_its_country_are_read_otherwise(
    zeven: World, next_year: Callable[[], None]
) -> None:
    service = await offered(zeven)
    made = await agreed(zeven, service_id=str(service), calendar=OFFICE, targets=TWO_HOURS)
    days = await closed_days(zeven, made)
    assert {"2027-03-26", "2027-03-29"} <= set(days)
    assert await due_at(zeven, service) == AFTER_EASTER
    next_year()
    assert await due_at(zeven, service) == AFTER_EASTER
    assert await closed_days(zeven, made) == days
    amended = await signed_in(zeven).post(
        f"{V1}/agreements/{made['id']}/versions",
        json={"calendar": OFFICE, "targets": TWO_HOURS},
        headers={"If-Match": f'"{made["version"]}"'},
    )
    assert amended.status_code == 201, amended.text
    assert await closed_days(zeven, made, 2) == ["2027-03-25"]
    assert await closed_days(zeven, made) == days


async def test_a_day_is_open_although_it_is_a_holiday_by_the_client_s_word(zeven: World) -> None:
    service = await offered(zeven)
    calendar = {**OFFICE, "open_days": ["2027-03-26"]}
    await agreed(zeven, service_id=str(service), calendar=calendar, targets=TWO_HOURS)
    assert await due_at(zeven, service) == ON_GOOD_FRIDAY


async def test_a_day_is_closed_although_it_is_no_holiday_by_the_client_s_word(zeven: World) -> None:
    service = await offered(zeven)
    calendar = {**OFFICE, "country": None, "holidays": [{"from": "2027-03-26", "to": "2027-03-29"}]}
    await agreed(zeven, service_id=str(service), calendar=calendar, targets=TWO_HOURS)
    assert await due_at(zeven, service) == AFTER_EASTER


async def test_open_days_win_over_ranges_and_yearly_holidays(zeven: World) -> None:
    service = await offered(zeven)
    calendar = {
        **OFFICE,
        "holidays": [{"from": "2027-03-26", "to": "2027-04-02"}],
        "yearly_holidays": ["03-26"],
        "open_days": [{"from": "2027-03-26", "to": "2027-03-27"}],
    }
    await agreed(zeven, service_id=str(service), calendar=calendar, targets=TWO_HOURS)
    assert await due_at(zeven, service) == ON_GOOD_FRIDAY


async def test_a_calendar_under_a_name_has_open_days_and_gives_them_to_its_copies(zeven: World) -> None:
    admin = signed_in(zeven)
    stored = (await admin.post(f"{V1}/calendars", json={"name": "Desk", **OFFICE})).json()
    assert stored["open_days"] == []
    address = f"{V1}/calendars/{stored['id']}"
    changed = await admin.patch(address, json={"open_days": ["2027-03-26"]}, headers={"If-Match": '"1"'})
    assert changed.json()["open_days"] == ["2027-03-26"] == (await admin.get(address)).json()["open_days"]
    service = await offered(zeven)
    made = await agreed(zeven, service_id=str(service), calendar=stored["id"], targets=TWO_HOURS)
    assert await due_at(zeven, service) == ON_GOOD_FRIDAY
    (version,) = (await admin.get(f"{V1}/agreements/{made['id']}/versions")).json()["items"]
    assert version["calendar"]["open_days"] == ["2027-03-26"]


@pytest.mark.parametrize("wrong", [["2027-02-30"], [{"from": "2027-03-02", "to": "2027-03-01"}], ["2027-03-26"]])
async def test_open_days_that_make_no_sense_are_refused_by_their_field(zeven: World, wrong: list[Any]) -> None:
    calendar = {**OFFICE, "holidays": ["2027-03-26"], "open_days": wrong}
    body = {"name": "Wrong", "calendar": calendar, "targets": TARGETS}
    refused = await signed_in(zeven).post(f"{V1}/agreements", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/calendar/open_days"


async def test_what_an_older_version_of_the_service_stored_is_read_and_gets_its_dates(
    zeven: World, next_year: Callable[[], None]
) -> None:
    admin, service = signed_in(zeven), await offered(zeven)
    stored = (await admin.post(f"{V1}/calendars", json={"name": "Old", **OFFICE})).json()
    made = await agreed(zeven, service_id=str(service), calendar=OFFICE, targets=TWO_HOURS)
    one = zeven.running("service_level")
    await as_owner(one, "UPDATE calendar SET open_days = NULL WHERE id = $1", stored["id"])
    await as_owner(
        one,
        "UPDATE agreement_version SET holidays_digest = NULL, calendar = calendar - 'open_days' WHERE agreement_id = $1",
        made["id"],
    )
    forget()
    assert (await admin.get(f"{V1}/calendars/{stored['id']}")).json()["open_days"] == []
    (version,) = (await admin.get(f"{V1}/agreements/{made['id']}/versions")).json()["items"]
    assert version["calendar"]["open_days"] == []
    assert await due_at(zeven, service) == AFTER_EASTER
    await one.run_job("freeze_calendars")
    next_year()
    assert await due_at(zeven, service) == AFTER_EASTER
