"""An assignee must be in the team of the incident, or in any team when it has none."""

from uuid import uuid4

from shared.contracts.defaults import CLIENT_ID
from shared.contracts.governance import PersonRegistered
from tests.incident.conftest import PERSON_ID, SUPPLIER_TEAM_ID, TEAM_ID, deliver, envelope
from tests.incident.desk import fire, moved, register
from tests.world import World


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
