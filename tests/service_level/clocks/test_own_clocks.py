"""Caller, party and team of an incident see its clocks, and nobody else without a right."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from shared.contracts.defaults import CLIENT_ID
from tests.service_level.publishing import Incident, deliver, signed_in
from tests.world import World, token, world

URL = "/service-level/v1/clocks"
USER, COLLEAGUE, TEAM = uuid4(), uuid4(), uuid4()
OF_THE_PARTY = ("client", "desk of the client")


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        yield zeven


def incident(**facts: Any) -> Incident:
    return Incident("INC-000001", clock.now(), priority="P2", party_id=str(CLIENT_ID), **facts)


def people(zeven: World) -> dict[str, httpx2.AsyncClient]:
    return {
        "user": zeven.as_(token(str(USER), "user", party=str(CLIENT_ID))),
        "colleague": zeven.as_(token(str(COLLEAGUE), "user", party=str(CLIENT_ID))),
        "client": zeven.as_(token(str(uuid4()), "client", party=str(CLIENT_ID))),
        "other client": zeven.as_(token(str(uuid4()), "client", party=str(uuid4()))),
        "desk of the client": zeven.as_(
            token("desk", "x", roles=[{"role": "professional", "scope": f"party:{CLIENT_ID}"}])
        ),
        "supplier": zeven.as_(token(str(uuid4()), "supplier", teams=[str(TEAM)])),
        "other supplier": zeven.as_(token(str(uuid4()), "supplier", teams=[str(uuid4())])),
    }


async def seeing(zeven: World, record: UUID) -> set[str]:
    """Who sees the clocks of a record, in the list and one by one."""
    (one, other) = (await signed_in(zeven).get(f"{URL}?record_id={record}")).json()["items"]
    seen = set()
    for name, somebody in people(zeven).items():
        listed = {each["id"] for each in (await somebody.get(f"{URL}?limit=200")).json()["items"]}
        answers = {(await somebody.get(f"{URL}/{each['id']}")).status_code for each in (one, other)}
        if {one["id"], other["id"]} <= listed and answers == {200}:
            seen.add(name)
        else:
            assert (listed & {one["id"], other["id"]}, answers) == (set(), {404}), name
    return seen


async def test_a_user_sees_until_when_the_own_incident_is_answered_and_restored(zeven: World) -> None:
    called, registered = incident(caller_id=str(USER)), incident(caller_id=None, registered_by=str(USER))
    await deliver(zeven, [called.event(), registered.event()])
    for one in (called, registered):
        assert await seeing(zeven, one.id) == {"user", *OF_THE_PARTY}
    found = (await people(zeven)["user"].get(f"{URL}?record_id={called.id}&target=restore")).json()["items"]
    assert found[0]["due_at"] is not None


async def test_a_supplier_sees_what_its_team_was_asked_to_recover(zeven: World) -> None:
    assigned = incident(team=str(TEAM))
    await deliver(zeven, [assigned.event()])
    assert await seeing(zeven, assigned.id) == {"supplier", *OF_THE_PARTY}


async def test_whoever_is_the_caller_no_more_sees_the_clocks_no_more(zeven: World) -> None:
    one = incident(caller_id=str(USER), registered_by="desk")
    first, second = one.event(), one.event(caller_id=str(COLLEAGUE))
    await deliver(zeven, [second])
    await deliver(zeven, [first])
    assert await seeing(zeven, one.id) == {"colleague", *OF_THE_PARTY}


async def test_a_party_that_it_belongs_to_no_more_sees_it_no_more(zeven: World) -> None:
    one = incident(caller_id=str(USER))
    await deliver(zeven, [one.event(), one.event(caller_id=None, party_id=None)])
    assert await seeing(zeven, one.id) == set()


async def test_somebody_without_a_part_in_it_is_not_let_in(zeven: World) -> None:
    assert (await zeven.as_(token(str(uuid4()), "gardener")).get(URL)).status_code == 403
