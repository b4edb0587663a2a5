"""The composed platform, started once for all its tests; when one fails, the last log lines of the containers are shown."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from tests.compose.composed import Composed
from tests.life.desk import Desk


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "compose: needs Docker (`make test-compose`)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Building, starting and importing take longer than a test in one process may."""
    for item in items:
        if "compose" in item.path.parts:
            item.add_marker(pytest.mark.compose)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def composed(request: pytest.FixtureRequest) -> Iterator[Composed]:
    """Everything built from this checkout, started, and removed in the end."""
    platform = Composed()
    failed_before = request.session.testsfailed
    try:
        platform.build()
        platform.up()
        yield platform
    except BaseException:
        _show(request.config, platform)
        raise
    finally:
        if request.session.testsfailed > failed_before:
            _show(request.config, platform)
        platform.remove()


@pytest.fixture
async def admin(composed: Composed) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin."""
    async with await composed.signed_in() as client:
        yield client


@pytest.fixture
def desk(admin: httpx2.AsyncClient) -> Desk:
    """What admin does."""
    return Desk(admin)


def _show(config: pytest.Config, platform: Composed) -> None:
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    terminal.section("containers")
    terminal.write_line(platform.logs())
