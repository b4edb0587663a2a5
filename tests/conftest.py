"""What every test may ask for: a PostgreSQL that makes databases."""

import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from shared import observability
from tests.world import postgres

observability.configure(level="WARNING", form="text")


@pytest.fixture(scope="session")
async def make_database() -> AsyncIterator[Callable[[str], Any]]:
    """Makes an empty database and answers its URL."""
    with tempfile.TemporaryDirectory(prefix="zeven-tests-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        async with postgres(Path(folder) / "data") as make:
            yield make
