"""Copies of other services' records: the latest version wins in any order of arrival; a rebuild gives the same rows."""

from typing import Any
from uuid import uuid4

from shared.contracts import Envelope
from shared.contracts.governance import PartyChanged, PartyRegistered, PersonChanged, PersonRegistered
from shared.contracts.knowledge import KiRetired
from shared.contracts.service_level import ServiceChanged, ServiceRegistered
from tests.incident.conftest import ITEM_ID, PERSON_ID, deliver, envelope
from tests.incident.desk import CALL, register
from tests.world import World


async def usable(zeven: World, **field: Any) -> bool:
    answer = await zeven.admin.post("/incident/v1/calls", json={**CALL, **field})
    assert answer.status_code in (201, 422), answer.text
    return answer.status_code == 201


def service(identity: Any, sequence: int, *, active: bool, kind: Any = ServiceChanged) -> Envelope:
    return envelope("service_level", identity, kind(number="SVC-9", name="Print", active=active), sequence=sequence)


async def test_the_latest_version_counts_whatever_came_last(zeven: World) -> None:
    one = uuid4()
    await deliver(zeven, service(one, 3, active=False))
    await deliver(zeven, service(one, 1, active=True, kind=ServiceRegistered))
    await deliver(zeven, service(one, 2, active=True))
    assert not await usable(zeven, service_id=str(one))
    await deliver(zeven, service(one, 4, active=True))
    assert await usable(zeven, service_id=str(one))


async def test_of_several_versions_in_one_batch_the_latest_counts(zeven: World) -> None:
    one, other = uuid4(), uuid4()
    await deliver(
        zeven,
        service(one, 2, active=False),
        service(other, 1, active=True, kind=ServiceRegistered),
        service(one, 1, active=True, kind=ServiceRegistered),
    )
    assert not await usable(zeven, service_id=str(one))
    assert await usable(zeven, service_id=str(other))


async def test_somebody_who_left_cannot_be_named(zeven: World) -> None:
    person = uuid4()
    known = {"number": "PER-7", "name": "Sam Hill", "party_id": uuid4()}
    await deliver(zeven, envelope("governance", person, PersonRegistered(**known, active=True)))
    assert await usable(zeven, caller_id=str(person))
    await deliver(zeven, envelope("governance", person, PersonChanged(**known, active=False), sequence=2))
    assert not await usable(zeven, caller_id=str(person))


async def test_a_party_that_left_cannot_be_named(zeven: World) -> None:
    party, known = uuid4(), {"number": "PTY-7", "name": "Elm Works", "kind": "client"}
    await deliver(zeven, envelope("governance", party, PartyRegistered(**known, active=True)))
    assert await usable(zeven, party_id=str(party))
    await deliver(zeven, envelope("governance", party, PartyChanged(**known, active=False), sequence=2))
    assert not await usable(zeven, party_id=str(party))


async def test_nobody_of_a_party_that_left_can_be_named(zeven: World) -> None:
    party, person = uuid4(), uuid4()
    known = {"number": "PTY-8", "name": "Ash Works", "kind": "client"}
    somebody = PersonRegistered(number="PER-8", name="Sam Hill", party_id=party, active=True)
    await deliver(zeven, envelope("governance", person, somebody))
    assert await usable(zeven, caller_id=str(person)), "the party may not have arrived yet"
    await deliver(zeven, envelope("governance", party, PartyRegistered(**known, active=True)))
    assert await usable(zeven, caller_id=str(person))
    await deliver(zeven, envelope("governance", party, PartyChanged(**known, active=False), sequence=2))
    assert not await usable(zeven, caller_id=str(person))
    await deliver(zeven, envelope("governance", party, PartyChanged(**known, active=True), sequence=3))
    assert await usable(zeven, caller_id=str(person))


async def test_a_retired_item_cannot_be_named(zeven: World) -> None:
    incident = await register(zeven.admin)
    fact = KiRetired(number="KI-1", ki_type="configuration_item", title="Print server", current_version=None)
    await deliver(zeven, envelope("knowledge", ITEM_ID, fact, sequence=9))
    answer = await zeven.admin.patch(
        f"/incident/v1/incidents/{incident['id']}", json={"ki_ids": [str(ITEM_ID)]}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/ki_ids/0")


async def published(zeven: World) -> list[dict[str, Any]]:
    """What incident has published, its rebuilds apart."""
    items = (await zeven.admin.get("/incident/v1/events?limit=1000")).json()["items"]
    return [each for each in items if not each["type"].startswith("rebuild.")]


async def test_rebuilding_drops_the_copies_and_builds_them_again(zeven: World) -> None:
    before = await published(zeven)
    await zeven.rebuild("incident")
    assert not await usable(zeven, caller_id=str(PERSON_ID))
    fact = PersonRegistered(number="PER-1", name="Robin Vale", party_id=uuid4(), active=True)
    feed = [envelope("governance", PERSON_ID, fact)]
    for _ in range(2):
        rebuilt = await zeven.rebuild("incident", feed)
        assert sum(each["handled"] for each in rebuilt["feeds"]) == 1
    await zeven.quiet()
    assert await published(zeven) == before
    assert await usable(zeven, caller_id=str(PERSON_ID))
