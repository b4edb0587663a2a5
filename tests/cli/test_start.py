"""`zeven` itself: its help, and passing commands on to the platform."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.__main__ import app


def test_help_names_every_command() -> None:
    output = CliRunner().invoke(app, ["--help"]).stdout
    for command in ("run", "import", "status", "dead-letters", "events", "rebuild", "token", "demo", "demo-data"):
        assert f" {command} " in output


def test_run_becomes_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: became.append(arguments))
    CliRunner().invoke(app, ["run"])
    CliRunner().invoke(app, ["run", "migrate"])
    assert became == [[sys.executable, "-m", "services"], [sys.executable, "-m", "services", "migrate"]]


def test_the_command_line_loads_nothing_of_the_services() -> None:
    script = "import sys, cli.__main__; print([name for name in sys.modules if name.split('.')[0] in ('services', 'shared')])"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_a_mistyped_command_is_bad_usage() -> None:
    assert CliRunner().invoke(app, ["improt"]).exit_code == 2
