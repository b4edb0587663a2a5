"""The post office at work, and a clock that every test leaves as it found it."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.world import World, world


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    yield
    clock.shift(timedelta())


@pytest.fixture(scope="module")
async def office(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER, ROUNDS), make_database) as zeven:
        yield zeven
