"""How often a password may be tried: counted before any work is done."""

import asyncio

import httpx2
import pytest
from limits import RateLimitItemPerMinute

from services.governance.commands import attempts, hashing
from services.governance.errors import TooManyAttempts
from shared.errors import Unavailable
from tests.governance.conftest import PASSWORD, ask, person, sign_in
from tests.world import World


def at(platform: World, address: str) -> httpx2.AsyncClient:
    """Somebody at another address."""
    transport = httpx2.ASGITransport(app=platform.host.front, client=(address, 1))
    return httpx2.AsyncClient(transport=transport, base_url="http://zeven.example")


async def test_after_ten_guesses_a_name_waits_without_any_hashing(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    robin, other = await person(zeven), await person(zeven)
    guess = {"grant_type": "password", "username": robin["username"], "password": "a guess of mine"}
    answers = await asyncio.gather(*(ask(zeven, **guess) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {400}
    done: list[str] = []
    monkeypatch.setattr(hashing, "_verify", lambda *_: done.append("work"))
    for username in (robin["username"], robin["username"].upper()):
        refused = await ask(zeven, grant_type="password", username=username, password=PASSWORD)
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:zeven:problem:too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert not done
    monkeypatch.undo()
    await sign_in(zeven, other["username"], PASSWORD)


async def test_who_signs_in_well_is_not_limited(zeven: World) -> None:
    robin = await person(zeven)
    for _ in range(12):
        await sign_in(zeven, robin["username"], PASSWORD)


async def test_an_address_that_guesses_many_names_waits(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert RateLimitItemPerMinute(60) == attempts.PER_ADDRESS
    monkeypatch.setattr(attempts, "PER_ADDRESS", RateLimitItemPerMinute(3))
    sprayer = at(zeven, "192.0.2.7")
    form = {"grant_type": "password", "password": "a guess of mine"}
    statuses = [
        (await sprayer.post("/governance/v1/token", data={**form, "username": f"name-{n}"})).status_code
        for n in range(4)
    ]
    assert statuses == [400, 400, 400, 429]
    robin = await person(zeven)
    own = {**form, "username": robin["username"], "password": PASSWORD}
    assert (await at(zeven, "192.0.2.8").post("/governance/v1/token", data=own)).status_code == 200


async def test_success_does_not_give_an_address_new_guesses() -> None:
    counted = attempts.Attempts()
    for n in range(60):
        await counted.count(f"name-{n}", "192.0.2.9")
        await counted.succeeded(f"name-{n}")
    with pytest.raises(TooManyAttempts):
        await counted.count("another", "192.0.2.9")


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

    monkeypatch.setattr(hashing.asyncio, "to_thread", in_thread)
    asked = [asyncio.create_task(hashing.matches("x", None)) for _ in range(hashing.LONGEST_LINE + 1)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(task.exception()) for task in done] == [Unavailable]
    assert answers.count(False) == hashing.LONGEST_LINE
    assert most == hashing.AT_ONCE
