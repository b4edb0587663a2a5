"""How often a password may be tried: each failure makes the next try wait where it failed, and nobody can lock out others."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from limits import RateLimitItemPerSecond

from services.governance.manifest import SERVICE
from services.governance.passwords import commands as hashing
from services.governance.sign_in_limits import commands as sign_in_limits
from services.governance.sign_in_limits.commands import SignInLimits, TooManyAttempts, network_of
from shared import clock, delays
from shared.delays import Delays
from shared.errors import Unavailable
from shared.http import budgets, limits
from tests.governance.conftest import PASSWORD, ask, person, sign_in
from tests.world import World, world

HOME, ELSEWHERE = "192.0.2.10", "198.51.100.7"


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    yield
    clock.shift(timedelta())


def later(seconds: float) -> None:
    clock.shift(clock.shifted() + timedelta(seconds=seconds))


def at(platform: World, address: str) -> httpx2.AsyncClient:
    """Somebody at another address."""
    transport = httpx2.ASGITransport(app=platform.host.front, client=(address, 1))
    return httpx2.AsyncClient(transport=transport, base_url="http://zeven.example")


def fail(limits: SignInLimits, name: str, address: str) -> int:
    """The seconds that a failing try has to wait first; it waits them."""
    try:
        limits.begin(name, address)
    except TooManyAttempts as refused:
        wait = int(refused.headers["Retry-After"])
        later(wait)
        limits.begin(name, address)
        return wait
    return 0


async def test_after_five_guesses_a_name_waits_at_that_address_without_any_hashing(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    robin, other = await person(zeven), await person(zeven)
    guess = {"grant_type": "password", "username": robin["username"], "password": "a guess of mine"}
    answers = await asyncio.gather(*(ask(zeven, **guess) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [400] * 5 + [429] * 3
    done: list[str] = []
    monkeypatch.setattr(hashing, "_verify", lambda *_: done.append("work"))
    clock.shift(timedelta(seconds=-5))  # the failures happened just now
    for username in (robin["username"], robin["username"].upper()):
        refused = await ask(zeven, grant_type="password", username=username, password=PASSWORD)
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:zeven:problem:too-many-requests")
        assert int(refused.headers["retry-after"]) >= 1
    assert not done
    monkeypatch.undo()
    await sign_in(zeven, other["username"], PASSWORD)


async def test_who_guesses_elsewhere_does_not_lock_out_the_owner(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    robin = await person(zeven)
    monkeypatch.setattr(hashing, "_verify", lambda _, given: given == PASSWORD)
    own = {"grant_type": "password", "username": robin["username"], "password": PASSWORD}
    guesser = at(zeven, ELSEWHERE)
    statuses = [
        (await guesser.post("/governance/v1/token", data={**own, "password": "a guess of mine"})).status_code
        for _ in range(7)
    ]
    assert statuses[:5] == [400] * 5
    assert statuses[-1] == 429
    assert (await at(zeven, HOME).post("/governance/v1/token", data=own)).status_code == 200


async def test_who_signs_in_well_is_not_limited(zeven: World) -> None:
    robin = await person(zeven)
    for _ in range(7):
        await sign_in(zeven, robin["username"], PASSWORD)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    limits = SignInLimits()
    waits = [fail(limits, "robin", HOME) for _ in range(25)]
    assert waits[:5] == [0] * 5
    assert waits[5:13] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert all(300 < wait <= 900 for wait in waits[15:])
    later(3 * 3600)
    assert fail(limits, "robin", HOME) == 0


def test_success_ends_the_wait_of_that_name_and_gives_the_address_no_new_guesses() -> None:
    limits = SignInLimits()
    for _ in range(5):
        fail(limits, "robin", HOME)
    later(1)
    limits.begin("robin", HOME)
    limits.succeeded("robin", HOME)
    assert fail(limits, "robin", HOME) == 0
    sprayer = SignInLimits()
    for number in range(60):
        sprayer.begin("own", ELSEWHERE)
        sprayer.succeeded("own", ELSEWHERE)
        sprayer.begin(f"name-{number}", ELSEWHERE)
    with pytest.raises(TooManyAttempts):
        sprayer.begin("another", ELSEWHERE)
    sprayer.begin("another", HOME)


def test_guesses_from_everywhere_slow_down_but_never_where_the_owner_has_signed_in() -> None:
    limits = SignInLimits()
    limits.begin("robin", HOME)
    limits.succeeded("robin", HOME)
    refused = 0
    for number in range(500):
        try:
            limits.begin("robin", f"10.0.{number // 250}.{number % 250}")
        except TooManyAttempts:
            refused += 1
    assert refused >= 440
    for _ in range(5):
        limits.begin("robin", HOME)
    limits.begin("somebody else", "10.0.0.1")
    later(60)
    limits.begin("robin", "203.0.113.5")


def test_a_household_counts_as_one_address_of_ipv6() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.10") == network_of(HOME) == HOME
    assert network_of("unknown") == "unknown"


def test_memory_is_bounded_whatever_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_limits, "MOST_KNOWN", 100)
    monkeypatch.setattr(delays, "MOST_STORED", 100)
    limits = SignInLimits()
    for number in range(1000):
        limits.begin(f"name-{number}", f"10.1.{number // 250}.{number % 250}")
        limits.succeeded(f"name-{number}", f"10.1.{number // 250}.{number % 250}")
        limits.begin(uuid4().hex, f"10.2.{number // 250}.{number % 250}")
    failures = [each._failures for each in (limits._at_address, limits._names, limits._addresses)]
    assert all(len(each) <= 100 for each in (*failures, limits._known))


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_longest() -> None:
    delays = Delays(free=1, longest=60, forgotten_every=60)
    for _ in range(20):
        delays.add("robin")
    later(-3600)
    assert delays.wait("robin") <= 60


async def test_behind_a_trusted_proxy_each_client_guesses_for_itself(
    make_database: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_verify", lambda *_: False)
    monkeypatch.setattr(budgets, "_OPEN", RateLimitItemPerSecond(1000))
    for proxies, refused in (("127.0.0.1", False), ("", True)):
        async with world((SERVICE,), make_database, trusted_proxies=proxies) as platform:
            anybody = platform.as_()
            answers = await asyncio.gather(
                *(
                    anybody.post(
                        "/governance/v1/token",
                        data={"grant_type": "password", "username": f"name-{number}", "password": "a guess of mine"},
                        headers={"X-Forwarded-For": f"1.2.3.4, 192.0.2.{number}"},
                    )
                    for number in range(75)
                )
            )
            assert any(answer.status_code == 429 for answer in answers) == refused


async def test_a_form_of_anybody_is_small(zeven: World) -> None:
    refused = await ask(zeven, grant_type="password", username="x" * limits.LARGEST_OPEN_BODY, password="y")
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:zeven:problem:too-large")


async def test_at_most_two_passwords_are_hashed_at_once_and_the_line_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, running, most = asyncio.Event(), 0, 0

    async def in_thread(*_: object) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return False

    monkeypatch.setattr(hashing, "_in_background", in_thread)
    asked = [asyncio.create_task(hashing.matches("x", None)) for _ in range(hashing.LONGEST_LINE + 1)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(task.exception()) for task in done] == [Unavailable]
    assert answers.count(False) == hashing.LONGEST_LINE
    assert most == hashing.AT_ONCE
