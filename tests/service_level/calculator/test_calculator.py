"""Calculations on a sent calendar are right, for everybody who is signed in, bounded, and refused with a useful pointer."""

import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from services.service_level.calculator import api
from services.service_level.calendars import rules as calendars
from services.service_level.manifest import SERVICE
from shared.business_time import calendars as business_time_calendars
from shared.business_time.openings import Openings
from shared.http import limits
from tests.world import World, token, world

ADDRESS = "/service-level/v1/calendars/compute"
SPLIT = {
    "zone": "Europe/Amsterdam",
    "hours": {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in ("monday", "tuesday", "wednesday")},
    "holidays": ["2026-04-27"],
    "yearly_holidays": ["12-25"],
}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        yield zeven


@pytest.fixture
def anyone(zeven: World) -> httpx2.AsyncClient:
    return zeven.as_(token("robin", "user"))


def body_of(operation: str = "add", calendar: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    amount = {"add": {"seconds": 3600}, "add_days": {"days": 1}, "elapsed": {"end": "2026-11-24T09:00:00Z"}}
    body = {"calendar": calendar or SPLIT, "operation": operation, "start": "2026-11-23T09:00:00Z"}
    return body | amount[operation] | fields


@pytest.mark.parametrize(
    ("body", "result"),
    [
        # Monday 10:00 in Amsterdam: two hours until the break, an hour of it paused
        (
            body_of(seconds=14400, pauses=[["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"]]),
            "2026-11-23T15:00:00Z",
        ),
        (body_of(seconds=7 * 3600), "2026-11-23T17:00:00Z"),
        (body_of(seconds=7 * 3600 + 1), "2026-11-24T07:00:01Z"),
        (body_of(seconds=-7201), "2026-11-18T16:59:59Z"),
        (body_of(seconds=3600, pauses=[["2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"]]), "2026-11-23T10:00:00Z"),
        (body_of("add_days", days=2), "2026-11-25T09:00:00Z"),
        (body_of("add_days", days=3, end_of_day=True), "2026-11-30T17:00:00Z"),
        (body_of("elapsed"), 9 * 3600),
        (body_of("elapsed", end="2026-11-23T08:00:00Z"), 0),
        (body_of("elapsed", pauses=[["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"]] * 2), 8 * 3600),
        # a range of holidays, and a country's own: King's Day 2027 is a Tuesday
        (
            body_of("elapsed", SPLIT | {"holidays": [{"from": "2026-11-23", "to": "2026-11-23"}]}),
            2 * 3600,
        ),
        (body_of("elapsed", SPLIT | {"country": "NL"}, start="2027-04-27T00:00:00Z", end="2027-04-28T00:00:00Z"), 0),
        (body_of(start="2026-11-23T10:00:00+01:00"), "2026-11-23T10:00:00Z"),
    ],
)
async def test_the_sum_is_right(anyone: httpx2.AsyncClient, body: dict[str, Any], result: str | int) -> None:
    answer = await anyone.post(ADDRESS, json=body)
    assert (answer.status_code, answer.json()) == (200, {"result": result})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (body_of(calendar=SPLIT | {"hours": {}}), "/calendar/hours"),
        (body_of(calendar=SPLIT | {"zone": "Europe/Nowhere"}), "/calendar/zone"),
        (body_of(calendar=SPLIT | {"hours": {"monday": [["18:00", "08:00"]]}}), "/calendar/hours"),
        (body_of(calendar=SPLIT | {"hours": {"someday": [["08:00", "18:00"]]}}), "/calendar/hours"),
        (body_of(calendar=SPLIT | {"holidays": ["2026-02-30"]}), "/calendar/holidays"),
        (body_of(calendar=SPLIT | {"yearly_holidays": ["13-01"]}), "/calendar/yearly_holidays"),
        (body_of(calendar=SPLIT | {"country": "XX"}), "/calendar/country"),
        (body_of(calendar=SPLIT | {"country": "NL", "subdivision": "QQ"}), "/calendar/subdivision"),
        (body_of(calendar=SPLIT | {"closed": True}), "/calendar/closed"),
        (body_of(seconds=101 * 366 * 86400), "/seconds"),
        (body_of("add_days", days=40_000), "/days"),
        (body_of("elapsed", end="2226-11-23T09:00:00Z"), "/end"),
        (body_of(start="0050-01-01T00:00:00Z"), "/start"),
        (body_of(start="2026-11-23T09:00:00"), "/start"),
        (body_of(start=1795424400), "/start"),
        (body_of(seconds="3600"), "/seconds"),
        (body_of(seconds=True), "/seconds"),
        (body_of(pauses=[["2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z"]]), "/pauses/0"),
        (body_of() | {"operation": "subtract"}, "/operation"),
    ],
)
async def test_a_refusal_points_at_what_is_wrong(
    anyone: httpx2.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await anyone.post(ADDRESS, json=body)
    assert answer.status_code == 422, answer.text
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text


async def test_who_has_no_token_computes_nothing(zeven: World) -> None:
    assert (await zeven.as_().post(ADDRESS, json=body_of())).status_code == 401
    assert (await zeven.as_(token("robin", roles=[])).post(ADDRESS, json=body_of())).status_code == 200


async def test_a_calendar_that_is_sent_along_is_not_remembered(anyone: httpx2.AsyncClient) -> None:
    caches = calendars._compiled, business_time_calendars._openings
    before = [cache.cache_info().currsize for cache in caches]
    for minute in range(10, 20):
        calendar = SPLIT | {"hours": {"monday": [["08:00", f"12:{minute}"]]}}
        assert (await anyone.post(ADDRESS, json=body_of(calendar=calendar))).status_code == 200
    assert [cache.cache_info().currsize for cache in caches] == before


@pytest.mark.parametrize(
    "fields",
    [
        {"pauses": [["2026-11-23T09:30:00Z", "9800-01-01T00:00:00Z"]]},
        {"seconds": -3600, "pauses": [["0120-01-01T00:00:00Z", "2026-11-23T08:30:00Z"]]},
    ],
    ids=["into the far future", "from the far past"],
)
async def test_a_pause_of_thousands_of_years_is_refused_and_not_walked_through(
    anyone: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any]
) -> None:
    pages: list[int] = []
    compute = Openings._computed
    monkeypatch.setattr(Openings, "_computed", lambda self, number: pages.append(number) or compute(self, number))
    answer = await anyone.post(ADDRESS, json=body_of(**fields))
    assert answer.status_code == 422
    assert len(pages) < 5


async def test_a_calculation_keeps_out_of_the_event_loop_and_is_charged_to_the_caller(zeven: World) -> None:
    threads: list[str] = []
    control = zeven.host.front.control
    with pytest.MonkeyPatch.context() as patched:
        elapsed = api.elapsed

        def observed(*given: Any) -> int:
            threads.append(threading.current_thread().name)
            until = time.perf_counter() + 0.2
            while time.perf_counter() < until:
                pass
            return elapsed(*given)

        patched.setattr(api, "elapsed", observed)
        busy = zeven.as_(token("busy", roles=[]))
        assert (await busy.post(ADDRESS, json=body_of("elapsed"))).status_code == 200
    assert threads[0].startswith("heavy")
    level, _ = control.limiter.without_role.budgets._levels["busy"]
    assert limits.WITHOUT_ROLE.burst - level > 0.2


async def test_a_calendar_that_never_opens_is_refused(anyone: httpx2.AsyncClient) -> None:
    closed = SPLIT | {"holidays": [{"from": "2000-01-01", "to": "2199-01-01"}]}
    answer = await anyone.post(ADDRESS, json=body_of(calendar=closed))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/calendar/holidays"
