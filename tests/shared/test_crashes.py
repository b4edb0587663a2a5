"""A process that dies between any two steps of delivery: everything answered has exactly one effect afterwards."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.shared.offices import Office
from tests.shared.post_office.__main__ import CRASHES

NUMBERS = itertools.count(1)
BUSES = ["memory", pytest.param("rabbit", marks=pytest.mark.connected)]


@pytest.fixture(scope="module", params=BUSES)
async def office(request: pytest.FixtureRequest, make_database: Callable[[str], Any]) -> Office:
    """An office on databases that outlive its process."""
    urls = {name: await make_database(f"{name}_crashes_{next(NUMBERS)}") for name in ("counter", "rounds")}
    bus = "memory:"
    if request.param == "rabbit":
        bus = f"{request.getfixturevalue('broker_url')}?namespace=crashes-{uuid4().hex[:8]}"
    return Office(Path("unused"), urls=urls, bus=bus)


@pytest.mark.parametrize("crash", CRASHES)
async def test_a_crash_between_two_steps_loses_and_doubles_nothing(office: Office, crash: str) -> None:
    with office.running(crash):
        await asyncio.wait_for(office.load(lambda: office.dead), 60)
        assert office.killed_itself
    await office.settled_at_home()
