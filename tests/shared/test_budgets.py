"""Nobody can use up the capacity of others: requests and processing time are limited per caller, else per address."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from limits import RateLimitItemPerHour

from shared import security_log
from shared.http import budgets, limits
from shared.http.budgets import Budgets, Limiter, Places, Tier
from shared.http.control import AdmissionControl
from shared.http.limits import Allowance
from tests.shared.asgi import Answer, ask, nothing, whole
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.test_requests import PARCELS
from tests.world import World, token, world

JSON = (b"content-type", b"application/json")
ADMIN, ROBIN, LOU = token(), token("robin", roles=[]), token("lou", roles=[])
STRANGER, OTHER = ("203.0.113.5", 1), ("203.0.113.6", 1)


@pytest.fixture
async def zeven(make_database: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A platform on which nothing has been used yet; a refusal comes at once."""
    monkeypatch.setattr(limits, "REFUSED_AFTER", 0.0)
    async with world((COUNTER,), make_database) as zeven:
        yield zeven


def control(zeven: World) -> AdmissionControl:
    return zeven.host.front.control


def refused(answer: Answer) -> bool:
    """Whether it is a refusal for too many requests, which must say when to come again."""
    if answer.status != 429:
        return False
    assert answer.json()["type"] == "urn:zeven:problem:too-many-requests"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return True


FLOODS: dict[str, dict[str, Any]] = {
    "no token": {"method": "GET", "path": PARCELS},
    "a broken token": {"method": "GET", "path": PARCELS, "bearer": "e30.e30.e30"},
    "a body": {"method": "POST", "path": PARCELS, "body": nothing, "headers": [JSON]},
    "no such page": {"method": "GET", "path": "/counter/v1/nowhere"},
    "no such service": {"method": "GET", "path": "/nowhere"},
    "a document": {"method": "GET", "path": "/counter/openapi.json"},
    "the page": {"method": "GET", "path": "/"},
}


async def flood(zeven: World, flood: dict[str, Any], **more: Any) -> Answer:
    """One request of a flood."""
    given = {**flood, **more}
    if "body" in given:
        given["body"] = given["body"]()
    return await ask(zeven, given.pop("method"), given.pop("path"), given.pop("bearer", None), **given)


@pytest.mark.parametrize("kind", FLOODS.values(), ids=FLOODS.keys())
async def test_an_address_without_a_token_uses_up_its_own_time_only(zeven: World, kind: dict[str, Any]) -> None:
    control(zeven).limiter.anonymous = Tier(Allowance(16, 64, share=0.0001, burst=0.001))
    answers = [await flood(zeven, kind, client=STRANGER) for _ in range(200)]
    assert refused(answers[-1])
    assert not refused(answers[0])
    assert not refused(await flood(zeven, kind, client=OTHER)), "another address"
    signed_in = await ask(zeven, "GET", PARCELS, ADMIN, client=STRANGER)
    assert signed_in.status == 200, "somebody with a token at the same address"


async def test_who_holds_no_role_uses_up_own_time_only(zeven: World) -> None:
    control(zeven).limiter.without_role = Tier(Allowance(4, 16, share=0.0001, burst=0.001))
    answers = [await ask(zeven, "GET", PARCELS, ROBIN) for _ in range(100)]
    assert (answers[0].status, refused(answers[-1])) == (403, True)
    assert not refused(await ask(zeven, "GET", PARCELS, LOU))
    assert (await ask(zeven, "GET", PARCELS, ADMIN)).status == 200
    assert (await ask(zeven, "GET", "/livez")).status == 200


async def test_one_client_calls_an_open_address_only_so_often(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (budgets._OPEN.amount, budgets._OPEN.get_expiry()) == (limits.OPEN_PER_SECOND, 1)
    monkeypatch.setattr(budgets, "_OPEN", RateLimitItemPerHour(3))
    answers = [await ask(zeven, "GET", "/counter/livez", client=STRANGER) for _ in range(4)]
    assert [refused(answer) for answer in answers] == [False] * 3 + [True]
    assert not refused(await ask(zeven, "GET", "/counter/livez", client=OTHER)), "another client"
    assert not refused(await ask(zeven, "GET", "/counter/readyz", client=STRANGER)), "another address of ours"


async def test_those_who_wait_in_line_do_not_outlive_the_budget(zeven: World) -> None:
    control(zeven).limiter.without_role = Tier(Allowance(1, 50, share=0.0001, burst=0.0001))
    answers = await asyncio.gather(*(ask(zeven, "GET", PARCELS, ROBIN) for _ in range(20)))
    assert [answer.status for answer in answers] == [403] + [429] * 19


async def test_a_refusal_for_want_of_budget_reads_no_body(zeven: World) -> None:
    tier = control(zeven).limiter.anonymous
    tier.budgets.spend("203.0.113.5", 100)
    answer = await ask(zeven, "POST", PARCELS, None, nothing(), headers=[JSON], client=STRANGER)
    assert refused(answer)


async def test_asking_again_at_once_is_no_use(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REFUSED_AFTER", 0.2)
    limiter = control(zeven).limiter
    limiter.refusals = Places(2, 0)
    limiter.anonymous.budgets.spend("203.0.113.5", 100)
    begun = time.monotonic()
    answers = await asyncio.gather(*(ask(zeven, "GET", PARCELS, client=STRANGER) for _ in range(3)))
    assert all(map(refused, answers))
    assert time.monotonic() - begun > 0.1
    begun = time.monotonic()
    held = [asyncio.create_task(ask(zeven, "GET", PARCELS, client=STRANGER)) for _ in range(2)]
    await asyncio.sleep(0)
    assert refused(await ask(zeven, "GET", PARCELS, client=STRANGER)), "one too many to be held back"
    assert not any(task.done() for task in held)
    await asyncio.gather(*held)


async def test_a_budget_comes_back() -> None:
    now = 0.0
    budgets = Budgets(share=0.1, burst=2.0, now=lambda: now)
    assert budgets.wait("ada") == 0
    budgets.spend("ada", 1.5)
    assert budgets.wait("ada") == 0
    budgets.spend("ada", 1.0)
    assert budgets.wait("ada") == pytest.approx(5)
    now = 5.1
    assert budgets.wait("ada") == 0
    now = 1000.0
    budgets.spend("ada", 1.9)
    assert budgets.wait("ada") == 0, "it is full after a rest, and never more than full"
    budgets.spend("ada", 500)
    assert budgets.wait("ada") == pytest.approx(60), "nobody waits longer than a minute"


def test_what_is_remembered_of_budgets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MOST_KEYS", 100)
    kept = Budgets(share=0.1, burst=1.0)
    for number in range(1000):
        kept.spend(str(number), 0.5)
    kept.spend("999", 2)
    assert len(kept._levels) <= 100
    assert kept.wait("999") > 0


async def test_places_are_taken_in_order_and_given_back() -> None:
    places, order = Places(1, 2), []

    async def one(name: str) -> bool:
        if not await places.enter("ada"):
            return False
        order.append(name)
        await asyncio.sleep(0.01)
        places.leave("ada")
        return True

    assert await asyncio.gather(one("a"), one("b"), one("c"), one("d")) == [True, True, True, False]
    assert order == ["a", "b", "c"]
    assert not places._lines, "nothing is remembered of those who are gone"


async def test_who_is_gone_holds_no_place() -> None:
    places = Places(1, 5)
    assert await places.enter("ada")
    waiting = [asyncio.create_task(places.enter("ada")) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    places.leave("ada")
    waiting[1].cancel()  # just as it was given the place
    await asyncio.sleep(0)
    assert await waiting[2]
    places.leave("ada")
    assert not places._lines


async def test_too_many_requests_at_once_are_refused_and_those_that_run_are_answered(zeven: World) -> None:
    limiter = control(zeven).limiter
    limiter.operating = Tier(Allowance(2, 3))
    answers = await asyncio.gather(*(ask(zeven, "GET", PARCELS, ADMIN) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 3
    assert all(refused(answer) for answer in answers if answer.status == 429)


@pytest.mark.parametrize(
    ("bearer", "tier"),
    [
        (None, "anonymous"),
        ("none", "anonymous"),
        (ROBIN, "without_role"),
        (token("kim", "user"), "with_role"),
        (token("kim", "user", party=None, kind="person"), "with_role"),
        (token("importer", "feed_reader", kind="service_account"), "operating"),
        (token("importer", roles=[], kind="service_account"), "without_role"),
        (ADMIN, "operating"),
    ],
)
async def test_everybody_is_counted_by_what_they_are(zeven: World, bearer: str | None, tier: str) -> None:
    scope: dict[str, Any] = {"client": STRANGER}
    found, key = await control(zeven).identify(scope, f"Bearer {bearer}".encode() if bearer else b"")
    assert found is getattr(control(zeven).limiter, tier)
    assert (key == STRANGER[0]) == (tier == "anonymous")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is written into the security log."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(security_log, "record", lambda act, **details: found.append({"act": act, **details}))
    return found


async def test_refusals_leave_lines_without_flooding_the_log(zeven: World, lines: list[dict[str, Any]]) -> None:
    for _ in range(30):
        await ask(zeven, "GET", PARCELS, ROBIN, client=STRANGER)
    await ask(zeven, "GET", PARCELS, "none", client=OTHER)
    await ask(zeven, "GET", PARCELS, client=OTHER)
    await ask(zeven, "POST", PARCELS, ADMIN, whole(b" " * 2_000_000), headers=[JSON], client=OTHER)
    assert [each["act"] for each in lines] == ["not_allowed"] * limits.LOGGED_PER_MINUTE + [
        "token_refused",
        "limit_exceeded",
    ]
    assert (
        lines[0] | {"actor": "robin", "address": STRANGER[0], "path": PARCELS, "reason": lines[0]["reason"], "times": 1}
        == lines[0]
    )
    assert lines[-1]["actor"] == "admin"


def test_the_next_line_says_how_many_were_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter, now = Limiter(), 0.0
    monkeypatch.setattr(budgets.time, "monotonic", lambda: now)
    assert [limiter.lines_to_write("x") for _ in range(25)] == [1] * 10 + [0] * 15
    now = 61.0
    assert [limiter.lines_to_write("x") for _ in range(2)] == [16, 1]
