"""A running governance: with the tests' tokens, and as its own issuer."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.governance.manifest import SERVICE
from shared.contracts.defaults import CLIENT_ID
from tests.world import ADMIN_PASSWORD, World, world

PASSWORD = "seven quiet rivers"


@pytest.fixture(scope="module", autouse=True)
def any_number_of_sign_ins(any_number_of_requests: None) -> None:
    """All tests sign in from one address."""


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Governance with tokens of the tests' issuer."""
    async with world((SERVICE,), make_database) as platform:
        yield platform


@pytest.fixture(scope="module")
async def issuing(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Governance that issues the tokens it accepts; its `admin` has signed in."""
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        platform.admin = platform.as_((await sign_in(platform))["access_token"])
        yield platform


async def ask(platform: World, **form: str) -> httpx2.Response:
    """What the token endpoint answers."""
    return await platform.as_().post("/governance/v1/token", data=form)


async def sign_in(platform: World, username: str = "admin", password: str = ADMIN_PASSWORD) -> dict[str, Any]:
    """The tokens of somebody who may sign in."""
    answer = await ask(platform, grant_type="password", username=username, password=password)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made(platform: World, noun: str, **body: Any) -> dict[str, Any]:
    """A new record."""
    answer = await platform.admin.post(f"/governance/v1/{noun}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def person(platform: World, *, password: str | None = PASSWORD, **fields: Any) -> dict[str, Any]:
    """A new person of the client, who may sign in unless there is no password."""
    username = f"robin-{uuid4().hex[:8]}"
    new = await made(
        platform, "people", **{"name": "Robin Vale", "party_id": str(CLIENT_ID), "username": username, **fields}
    )
    if password is not None:
        url = f"/governance/v1/people/{new['id']}/password"
        answer = await platform.admin.put(url, json={"new_password": password})
        assert answer.status_code == 204, answer.text
    return new


async def give(platform: World, person_id: str, role: str, scope: str | None = None) -> dict[str, Any]:
    """A role for a person."""
    return await made(platform, "role-assignments", person_id=person_id, role=role, scope=scope)


async def move(platform: World, noun: str, record: dict[str, Any], trigger: str) -> httpx2.Response:
    """What a move of the record as it is now is answered with."""
    url = f"/governance/v1/{noun}/{record['id']}"
    seen = (await platform.admin.get(url)).headers["etag"]
    return await platform.admin.post(f"{url}/moves", json={"trigger": trigger}, headers={"If-Match": seen})


async def events_of(platform: World, subject: str) -> list[dict[str, Any]]:
    """The events of a record, once they are in the feed."""
    await platform.quiet()
    answer = await platform.admin.get("/governance/v1/events", params={"subject": subject})
    return answer.json()["items"]
