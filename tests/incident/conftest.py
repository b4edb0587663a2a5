"""A platform with only incident, and the copies that other services would have sent it."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from services.incident.manifest import SERVICE
from shared import clock
from shared.contracts import Actor, Envelope
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from shared.contracts.envelope import Event
from shared.contracts.governance import PartyRegistered, PersonRegistered, TeamRegistered
from shared.contracts.knowledge import KiChanged
from shared.contracts.service_level import ServiceRegistered
from tests.world import World, world

PERSON_ID, TEAM_ID, ITEM_ID, SUPPLIER_TEAM_ID, BAKERY_ID = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()


def envelope(source: str, subject: UUID, fact: Event, *, sequence: int = 1, **more: Any) -> Envelope:
    """An event as another service would publish it."""
    attributes = {"id": uuid7(), "correlationid": subject, "time": clock.now(), **more}
    return Envelope(
        type=fact.type,
        source=source,
        subject=subject,
        sequence=sequence,
        actor=Actor(type="system", id=source),
        data=fact.model_dump(mode="json"),
        **attributes,
    )


async def deliver(zeven: World, *attributes: Envelope) -> None:
    """Deliver these events in this order, and wait until they are handled."""
    await zeven.running("incident").inbox.deliver(attributes)
    await zeven.quiet()


@pytest.fixture(autouse=True)
def clock_as_it_was() -> Iterator[None]:
    """Whoever moves the clock moves it for one test."""
    before = clock.shifted()
    yield
    clock.shift(before)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Incident at work."""
    async with world((SERVICE,), make_database) as platform:
        await platform.running("incident").inbox.deliver(
            [
                envelope(
                    "service_level",
                    GENERAL_SUPPORT_ID,
                    ServiceRegistered(number="SVC-1", name="General support", active=True),
                ),
                *(
                    envelope(
                        "governance",
                        party,
                        PartyRegistered(number=f"PTY-{place}", name=name, kind="client", active=True),
                    )
                    for place, (party, name) in enumerate([(CLIENT_ID, "Willow Foods"), (BAKERY_ID, "Oak Bakery")])
                ),
                envelope(
                    "governance",
                    PERSON_ID,
                    PersonRegistered(number="PER-1", name="Robin Vale", party_id=CLIENT_ID, active=True),
                ),
                envelope(
                    "governance",
                    TEAM_ID,
                    TeamRegistered(
                        number="TEA-1",
                        name="Desk",
                        kind="service_team",
                        domain="technical",
                        party_id=CLIENT_ID,
                        member_ids=[PERSON_ID],
                        active=True,
                    ),
                ),
            ]
        )
        await deliver(
            platform,
            envelope(
                "governance",
                SUPPLIER_TEAM_ID,
                TeamRegistered(
                    number="TEA-2",
                    name="Cable works",
                    kind="supplier_team",
                    domain="technical",
                    party_id=uuid4(),
                    member_ids=[],
                    active=True,
                ),
            ),
            envelope(
                "knowledge",
                ITEM_ID,
                KiChanged(number="KI-1", ki_type="configuration_item", title="Print server", current_version=1),
            ),
        )
        yield platform
