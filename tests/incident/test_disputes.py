"""A user who writes that it still fails after the recovery is heard: nothing closes, the desk sees it, or it is reopened."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.incident.manifest import SERVICE
from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import PERSON_ID, TEAM_ID
from tests.incident.desk import events, fire, moved, read, register
from tests.incident.test_work_log import write
from tests.world import World, token, world


@pytest.fixture(scope="module")
async def reopening(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Incident at work, with the setting by which the user's word reopens."""
    async with world((SERVICE,), make_database, reopen_disputed=True) as platform:
        yield platform


def a_user(zeven: World, sub: str | None = None) -> httpx2.AsyncClient:
    return zeven.as_(token(sub or str(uuid4()), "user", party=str(CLIENT_ID)))


async def recovered(zeven: World, client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    return await moved(zeven.admin, await register(client, **more), "take", "recover")


async def disputed(zeven: World) -> set[str]:
    found = await zeven.as_(token()).get("/incident/v1/incidents?disputed=true&limit=200")
    return {each["id"] for each in found.json()["items"]}


async def test_it_still_fails_stops_the_waiting_term_and_shows_to_the_desk(zeven: World) -> None:
    user = a_user(zeven)
    incident = await recovered(zeven, user)
    await write(user, incident, "It still fails.")
    shown = await read(zeven.admin, incident["id"])
    assert (shown["state"], shown["version"]) == ("recovered", incident["version"] + 1)
    assert shown["disputed_at"] is not None
    assert incident["id"] in await disputed(zeven)
    (published,) = await events(zeven, incident["correlation_id"], "incident.disputed.v1")
    assert (published["data"]["state"], published["data"]["by_client"]) == ("recovered", True)
    zeven.advance(days=30)
    await zeven.running("incident").run_job("close_undisputed")
    admin = zeven.as_(token())
    assert (await read(admin, incident["id"]))["state"] == "recovered"
    reopened = await moved(admin, shown, "reopen")
    assert (reopened["state"], reopened["disputed_at"]) == ("in_recovery", None)
    assert incident["id"] not in await disputed(zeven)


async def test_the_desk_settles_it_by_closing_too(zeven: World) -> None:
    user = a_user(zeven)
    incident = await recovered(zeven, user)
    await write(user, incident, "Thank you, it works.")
    closed = await moved(zeven.admin, await read(zeven.admin, incident["id"]), "confirm")
    assert (closed["state"], closed["disputed_at"]) == ("closed", None)


async def test_said_twice_it_is_one_dispute(zeven: World) -> None:
    sub = str(uuid4())
    incident = await recovered(zeven, a_user(zeven, sub))
    await write(a_user(zeven, sub), incident, "It still fails.")
    first = await read(zeven.admin, incident["id"])
    zeven.advance(minutes=30)
    await write(a_user(zeven, sub), incident, "Hello?")
    assert await read(zeven.as_(token()), incident["id"]) == first
    assert len(await events(zeven, incident["correlation_id"], "incident.disputed.v1")) == 1


async def test_the_caller_is_heard_when_somebody_else_registered_the_call(zeven: World) -> None:
    incident = await recovered(zeven, zeven.admin, caller_id=str(PERSON_ID))
    await write(a_user(zeven, str(PERSON_ID)), incident, "It still fails.")
    assert (await read(zeven.admin, incident["id"]))["disputed_at"] is not None


async def test_what_other_people_write_disputes_nothing(zeven: World) -> None:
    incident = await recovered(zeven, a_user(zeven))
    colleague = zeven.as_(token(str(uuid4()), "client", party=str(CLIENT_ID)))
    await write(zeven.admin, incident, "We watch it for a day.", public=True)
    await write(zeven.admin, incident, "The spooler is old.")
    await write(colleague, incident, "Mine works.")
    assert (await read(zeven.admin, incident["id"]))["disputed_at"] is None
    agents = await recovered(zeven, zeven.as_(token("agent", "professional")))
    await write(zeven.as_(token("agent", "professional")), agents, "Called back, nobody there.", public=True)
    assert (await read(zeven.admin, agents["id"]))["disputed_at"] is None


async def test_what_is_not_recovered_yet_is_not_disputed(zeven: World) -> None:
    user = a_user(zeven)
    incident = await moved(zeven.admin, await register(user), "take")
    await write(user, incident, "It still fails.")
    assert (await read(zeven.admin, incident["id"]))["disputed_at"] is None


async def test_the_user_of_a_confidential_incident_is_heard_without_any_of_its_text(zeven: World) -> None:
    user = a_user(zeven)
    mine = zeven.as_(token(str(uuid4()), "professional", teams=[str(TEAM_ID)]))
    incident = await register(user, confidential_team_id=str(TEAM_ID))
    incident = await moved(mine, incident, "take", "recover")
    await write(user, incident, "The salaries are still there.")
    assert (await read(mine, incident["id"]))["disputed_at"] is not None
    assert incident["id"] not in await disputed(zeven)
    assert "salaries" not in str(await events(zeven, incident["correlation_id"]))


async def test_a_closed_incident_is_disputed_as_long_as_it_can_be_reopened(zeven: World) -> None:
    sub = str(uuid4())
    early, late = [await moved(zeven.admin, await recovered(zeven, a_user(zeven, sub)), "confirm") for _ in range(2)]
    zeven.advance(days=4)
    await write(a_user(zeven, sub), early, "It fails again.")
    zeven.advance(days=2)
    await write(a_user(zeven, sub), late, "It fails again.")
    admin = zeven.as_(token())
    shown = await read(admin, early["id"])
    assert (shown["state"], shown["disputed_at"] is not None) == ("closed", True)
    assert (await read(admin, late["id"]))["disputed_at"] is None
    assert (await fire(admin, late, "reopen", reason="It fails again.")).status_code == 409
    assert (await moved(admin, shown, "reopen"))["state"] == "in_recovery"


async def test_a_public_answer_settles_the_dispute_of_a_closed_incident(zeven: World) -> None:
    user = a_user(zeven)
    closed = await moved(zeven.admin, await recovered(zeven, user), "confirm")
    await write(user, closed, "Thanks.")
    await write(zeven.admin, closed, "Only thanks.")
    assert closed["id"] in await disputed(zeven)
    await write(zeven.admin, closed, "You are welcome.", public=True)
    shown = await read(zeven.admin, closed["id"])
    assert (shown["state"], shown["disputed_at"]) == ("closed", None)


async def test_by_setting_it_is_reopened_at_once(reopening: World) -> None:
    user = a_user(reopening)
    incident = await recovered(reopening, user)
    await write(user, incident, "It still fails.")
    reopened = await read(reopening.admin, incident["id"])
    assert (reopened["state"], reopened["disputed_at"], reopened["solution"]) == ("in_recovery", None, None)
    assert [each["text"] for each in (await read(user, incident["id"], "/work-log"))["items"]] == ["It still fails."]
    (published,) = await events(reopening, incident["correlation_id"], "incident.reopened.v1")
    assert (published["data"]["reason"], published["data"]["by_client"]) == ("It still fails.", True)
    closed = await moved(reopening.admin, reopened, "recover", "confirm")
    await write(user, closed, "And again.")
    assert (await read(reopening.admin, closed["id"]))["state"] == "in_recovery"
    call = (await reopening.admin.get(f"/incident/v1/calls/{closed['call_id']}")).json()
    assert call["state"] == "routed"
