"""Shows the last log lines of killed processes when a test fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for logs; they are shown when a test of the module fails."""
    folder, failed_before = tmp_path_factory.mktemp("logs"), request.session.testsfailed
    yield folder
    if request.session.testsfailed > failed_before:
        terminal = request.config.pluginmanager.getplugin("terminalreporter")
        for log in sorted(folder.glob("*.log")):
            terminal.section(log.name)
            terminal.write_line(log.read_text(errors="replace")[-4000:])
