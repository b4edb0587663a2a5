"""Governance at work: with the tests' tokens, and as the issuer of its own."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from services.governance.manifest import SERVICE
from tests.world import ADMIN_PASSWORD, World, world


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Governance with tokens of the tests' issuer."""
    async with world((SERVICE,), make_database) as platform:
        yield platform


@pytest.fixture(scope="module")
async def issuing(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Governance that issues the tokens it accepts."""
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        yield platform


async def ask(platform: World, **form: str) -> httpx2.Response:
    """What the token endpoint answers."""
    return await platform.as_().post("/governance/v1/token", data=form)


async def sign_in(platform: World, username: str = "admin", password: str = ADMIN_PASSWORD) -> dict[str, Any]:
    """The tokens of somebody who may sign in."""
    answer = await ask(platform, grant_type="password", username=username, password=password)
    assert answer.status_code == 200, answer.text
    return answer.json()
