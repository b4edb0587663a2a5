"""Whole scenarios in one process, with the bus in it and on RabbitMQ; `tests/compose` runs them on the containers."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.__main__ import SERVICES
from tests.life.desk import json_of
from tests.life.story import run_story
from tests.world import ADMIN_PASSWORD, World, world


@pytest.fixture(scope="module", params=["memory", pytest.param("rabbit", marks=pytest.mark.connected)])
async def zeven(request: pytest.FixtureRequest, make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """All services, with governance as the issuer."""
    with pytest.MonkeyPatch.context() as environment:
        url = request.getfixturevalue("broker_url") if request.param == "rabbit" else "memory:"
        environment.setenv("ZEVEN_TEST_BUS_URL", url)
        async with world(SERVICES, make_database, own_issuer=False) as platform:
            yield platform


async def test_a_call_lives_its_whole_life(zeven: World) -> None:
    form = {"grant_type": "password", "username": "admin", "password": ADMIN_PASSWORD}
    async with zeven.as_() as nobody:
        signed_in = json_of(await nobody.post("/governance/v1/token", data=form))
    async with zeven.as_(signed_in["access_token"]) as admin:
        assert (await run_story(admin))["state"] == "closed"
