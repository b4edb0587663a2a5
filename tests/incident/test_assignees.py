"""An assignee must be in the team of the incident, or in any team when it has none."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared import clock
from shared.contracts import Envelope
from shared.contracts.defaults import CLIENT_ID
from shared.contracts.governance import PersonChanged, PersonRegistered, TeamChanged
from tests.incident.conftest import PERSON_ID, SUPPLIER_TEAM_ID, TEAM_ID, deliver, envelope
from tests.incident.desk import fire, moved, read, register
from tests.world import World, token


async def test_a_client_s_user_recovers_nothing(zeven: World) -> None:
    user = uuid4()
    fact = PersonRegistered(number="PER-9", name="Kim Moss", party_id=CLIENT_ID, active=True)
    await deliver(zeven, envelope("governance", user, fact))
    refused = await fire(zeven.admin, await register(zeven.admin), "take", assignee_id=str(user))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"] == [{"pointer": "/assignee_id", "detail": "the person is no member of any team"}]


async def test_without_a_team_whoever_works_in_one_may_take_it(zeven: World) -> None:
    taken = await moved(zeven.admin, await register(zeven.admin), "take", assignee_id=str(PERSON_ID))
    assert taken["assignee_id"] == str(PERSON_ID)


async def test_the_team_that_was_asked_before_counts(zeven: World) -> None:
    assigned = await moved(
        zeven.admin, await register(zeven.admin), "classify", "assign", team_id=str(SUPPLIER_TEAM_ID)
    )
    refused = await fire(zeven.admin, assigned, "take", assignee_id=str(PERSON_ID))
    assert refused.json()["errors"] == [{"pointer": "/assignee_id", "detail": "the person is no member of the team"}]
    again = await moved(zeven.admin, assigned, "assign", team_id=str(TEAM_ID))
    assert (await moved(zeven.admin, again, "take", assignee_id=str(PERSON_ID)))["assignee_id"] == str(PERSON_ID)


def team(identity: UUID, *members: UUID, active: bool, sequence: int) -> Envelope:
    fact = TeamChanged(
        number="TEA-7",
        name="Night desk",
        kind="service_team",
        domain="technical",
        party_id=CLIENT_ID,
        member_ids=list(members),
        active=active,
    )
    return envelope("governance", identity, fact, sequence=sequence)


def person(identity: UUID, *, active: bool, sequence: int) -> Envelope:
    fact = PersonChanged(number="PER-8", name="Kim Moss", party_id=CLIENT_ID, active=active)
    return envelope("governance", identity, fact, sequence=sequence)


@pytest.mark.parametrize("gone", ["person", "team"])
@pytest.mark.parametrize("back", ["resume", "reopen", "until"])
async def test_nobody_who_was_retired_meanwhile_gets_the_work_back(zeven: World, gone: str, back: str) -> None:
    somebody, night = uuid4(), uuid4()
    await deliver(zeven, person(somebody, active=True, sequence=1), team(night, somebody, active=True, sequence=1))
    incident = await moved(
        zeven.admin,
        await register(zeven.admin),
        "classify",
        "assign",
        team_id=str(night),
        assignee_id=str(somebody),
    )
    incident = await moved(zeven.admin, incident, "take", assignee_id=str(somebody))
    if back == "reopen":
        incident = await moved(zeven.admin, incident, "recover", "confirm")
    else:
        until = {"until": (clock.now() + timedelta(hours=1)).isoformat()} if back == "until" else {}
        incident = await moved(zeven.admin, incident, "pause", **until)
    if gone == "person":
        await deliver(zeven, person(somebody, active=False, sequence=2))
    else:
        await deliver(zeven, team(night, somebody, active=False, sequence=2))
    if back == "until":
        zeven.advance(hours=2)
        await zeven.running("incident").run_job("resume_waiting")
        again = await read(zeven.as_(token()), incident["id"])
    else:
        again = await moved(zeven.admin, incident, back)
    assert again["state"] == "in_recovery"
    wanted = (None, str(night)) if gone == "person" else (str(somebody), None)
    assert (again["assignee_id"], again["team_id"]) == wanted


async def test_a_retired_team_is_given_no_more_work_and_holds_nobody_back(zeven: World) -> None:
    night = uuid4()
    await deliver(zeven, team(night, active=True, sequence=1))
    incident = await moved(zeven.admin, await register(zeven.admin), "classify", "assign", team_id=str(night))
    await deliver(zeven, team(night, active=False, sequence=2))
    refused = await fire(zeven.admin, incident, "assign", team_id=str(night))
    assert refused.json()["errors"][0]["pointer"] == "/team_id"
    taken = await moved(zeven.admin, incident, "take", assignee_id=str(PERSON_ID))
    assert (taken["assignee_id"], taken["team_id"]) == (str(PERSON_ID), None)
