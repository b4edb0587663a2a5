"""Fixtures for every test: a PostgreSQL that creates databases, a RabbitMQ that can be killed."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared import observability
from shared.http import limits
from shared.rebuilds import replay
from tests.broker import Broker
from tests.world import postgres

observability.configure(level="WARNING", form="text")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of a test's time is waiting for a database or another process."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_on_its_way() -> Iterator[None]:
    """Feeds that tests make up are delivered by nobody: a rebuild need not wait for their events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "SETTLED_AFTER_SECONDS", 0.0)
        yield


@pytest.fixture(scope="session")
async def make_database() -> AsyncIterator[Callable[[str], Any]]:
    """Makes an empty database and answers its URL."""
    with tempfile.TemporaryDirectory(prefix="zeven-tests-") as folder:
        await asyncio.to_thread(
            Path(folder).chmod, 0o711
        )  # started by root, the server runs as somebody else who must get through
        async with postgres(Path(folder) / "data") as make:
            yield make


@pytest.fixture(scope="module")
def any_number_of_requests() -> Iterator[None]:
    """Requests without a token cost nothing: all tests ask from one address, which uses up its budget on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ANONYMOUS", limits.OPERATING)
        yield


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A RabbitMQ of the tests' own; a test that kills it must start it again."""
    own = Broker()
    try:
        own.start()
        yield own
    finally:
        own.remove()


@pytest.fixture(scope="session")
def broker_url(request: pytest.FixtureRequest) -> str:
    """Where a RabbitMQ for tests is: the one that ZEVEN_TEST_BUS_URL names, else the tests' own."""
    given = os.environ.get("ZEVEN_TEST_BUS_URL")
    return given or request.getfixturevalue("broker").url
