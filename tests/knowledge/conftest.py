"""A platform with only knowledge, and the copies of people that governance would have sent it."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from uuid_utils.compat import uuid7

from services.knowledge.manifest import SERVICE
from shared import clock
from shared.contracts import Actor, Envelope
from shared.contracts.defaults import CLIENT_ID, PROVIDER_ID
from shared.contracts.envelope import Event
from shared.contracts.governance import PersonRegistered
from tests.world import World, token, world

AUTHOR_ID, REVIEWER_ID = uuid4(), uuid4()
ITEMS = "/knowledge/v1/items"
ERROR = {
    "ki_type": "known_error",
    "title": "Printers are silent",
    "symptom": "Jobs stay in the queue.",
    "workaround": "Restart the spooler.",
}


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


def person(number: int, identity: UUID, *, active: bool = True, sequence: int = 1) -> Envelope:
    """An event of governance about a person."""
    fact = PersonRegistered(number=f"PER-{number}", name=f"Person {number}", party_id=PROVIDER_ID, active=active)
    return envelope("governance", identity, fact, sequence=sequence)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Knowledge at work."""
    async with world((SERVICE,), make_database) as platform:
        await platform.running("knowledge").inbox.deliver([person(1, AUTHOR_ID), person(2, REVIEWER_ID)])
        await platform.quiet()
        yield platform


@pytest.fixture
def author(zeven: World) -> httpx2.AsyncClient:
    """A professional who writes."""
    return zeven.as_(token(str(AUTHOR_ID), "professional", party=str(PROVIDER_ID)))


@pytest.fixture
def reviewer(zeven: World) -> httpx2.AsyncClient:
    """Another professional, who reviews."""
    return zeven.as_(token(str(REVIEWER_ID), "professional", party=str(PROVIDER_ID)))


@pytest.fixture
def client(zeven: World) -> httpx2.AsyncClient:
    """Somebody of a client."""
    return zeven.as_(token(str(uuid4()), "client", "user", party=str(CLIENT_ID)))


def seen(item: dict[str, Any]) -> dict[str, str]:
    """The header that names the version of the item that was seen."""
    return {"If-Match": f'"{item["version"]}"'}


async def move(who: httpx2.AsyncClient, item: dict[str, Any], trigger: str, **more: Any) -> dict[str, Any]:
    """The item after a move that must succeed."""
    answer = await who.post(f"{ITEMS}/{item['id']}/moves", json={"trigger": trigger, **more}, headers=seen(item))
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


async def drafted(who: httpx2.AsyncClient, **content: Any) -> dict[str, Any]:
    """A new item in draft."""
    answer = await who.post(ITEMS, json={**ERROR, "owner_id": str(AUTHOR_ID), **content})
    assert answer.status_code == 201, answer.text
    item: dict[str, Any] = answer.json()
    return item


async def published(zeven: World, **content: Any) -> dict[str, Any]:
    """A new item that is current; an administrator may approve what an administrator wrote."""
    item = await drafted(zeven.admin, **content)
    return await move(zeven.admin, await move(zeven.admin, item, "submit"), "approve")


async def edited(who: httpx2.AsyncClient, item: dict[str, Any], **content: Any) -> dict[str, Any]:
    """The item with other content in its draft."""
    answer = await who.patch(f"{ITEMS}/{item['id']}", json=content, headers=seen(item))
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed
