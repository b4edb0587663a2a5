"""Whole stories in one process."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.__main__ import SERVICES
from tests.life.story import tell
from tests.world import World, world

PASSWORD = "a password of these tests"


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """All services, with governance as the issuer."""
    data: Path = tmp_path_factory.mktemp("data")
    async with world(SERVICES, make_database, own_issuer=False, data=data, admin_password=PASSWORD) as platform:
        yield platform


async def test_a_call_lives_its_whole_life(zeven: World) -> None:
    form = {"grant_type": "password", "username": "admin", "password": PASSWORD}
    async with zeven.as_() as nobody:
        answer = await nobody.post("/governance/v1/token", data=form)
    assert answer.status_code == httpx2.codes.OK, answer.text
    async with zeven.as_(answer.json()["access_token"]) as admin:
        assert (await tell(admin))["state"] == "closed"
