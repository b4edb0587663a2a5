"""A platform with only change, and the copies that its requests refer to."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from services.change.manifest import SERVICE
from shared import clock
from tests.change.neighbours import BUYER, CLIENT, LEDGER, PRINTER, STRANGERS, WEBSHOP, known, party, person
from tests.world import World, world


@pytest.fixture
def clock_as_it_was() -> Iterator[None]:
    """Whoever moves the clock moves it for one test."""
    before = clock.shifted()
    yield
    clock.shift(before)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Change at work; it knows a client party, its buyer, two services and a knowledge item."""
    async with world((SERVICE,), make_database) as zeven:
        received = [
            party(CLIENT),
            party(STRANGERS),
            person(BUYER, CLIENT),
            known("service", WEBSHOP),
            known("service", LEDGER),
        ]
        await zeven.running("change").inbox.deliver([*received, known("ki", PRINTER)])
        await zeven.quiet()
        yield zeven
