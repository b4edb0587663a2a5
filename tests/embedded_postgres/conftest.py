"""A data folder for one test."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from embedded_postgres.folders import Layout
from embedded_postgres.processes import clear


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    """An empty folder that the server's account can enter, unlike pytest's own; no server outlives it."""
    place = _made()
    yield place
    await clear(Layout.of(place).cluster, Layout.of(place).label)
    shutil.rmtree(place)


def _made() -> Path:
    place = Path(tempfile.mkdtemp(prefix="zeven-"))
    place.chmod(0o711)
    return place
