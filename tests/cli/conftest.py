"""A fake platform, and an environment in which nothing else is set."""

import os
from pathlib import Path

import pytest

from cli import credentials
from tests.cli.pretended import PASSWORD, URL, Pretended


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, in which no variable of Zeven is set; nothing outside it is found."""
    for name in [name for name in os.environ if name.startswith("ZEVEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(credentials, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(credentials, "SYSTEM_FOLDER", tmp_path / "system")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def platform(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Pretended:
    """A platform whose password and address the environment holds."""
    monkeypatch.setenv("ZEVEN_URL", URL)
    monkeypatch.setenv("ZEVEN_PASSWORD", PASSWORD)
    monkeypatch.setenv("COLUMNS", "200")
    return Pretended()
