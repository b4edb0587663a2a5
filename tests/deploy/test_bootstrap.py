"""When something is missing, `make run` says what, and which package provides it; nobody sees a traceback."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).resolve().parent.parent.parent / "deploy" / "bootstrap.py"
#: what it reads before it installs anything
READ = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "pyproject.toml")
OLDER = """
import runpy, sys
sys.version_info, sys.argv = (3, 9, 2), [{file!r}, "run"]
runpy.run_path({file!r}, run_name="__main__")
"""


@pytest.fixture
def bootstrap(tmp_path: Path) -> Path:
    """The script in a clone of which nothing is installed."""
    (tmp_path / "deploy").mkdir()
    for name in READ:
        (tmp_path / name).touch()
    return Path(shutil.copy(BOOTSTRAP, tmp_path / "deploy"))


def ended(*command: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Python with these arguments and nothing else around it."""
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["ensurepip", "venv"])
@pytest.mark.parametrize("command", ["run", "test-deps"])
def test_a_python_that_cannot_make_environments_is_told_the_debian_package(
    bootstrap: Path, tmp_path: Path, command: str, missing: str
) -> None:
    (without := tmp_path / "without").mkdir()
    (without / f"{missing}.py").write_text("raise ImportError\n", "utf-8")  # as Debian leaves it out
    done = ended(bootstrap, command, PYTHONPATH=str(without))
    assert done.returncode == 1
    package = f"python3.{sys.version_info.minor}-venv"
    assert done.stderr == f"zeven: {sys.executable} cannot make environments. Install it: apt install {package}\n"
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_is_too_old_says_so_and_what_is_needed(bootstrap: Path, tmp_path: Path) -> None:
    done = ended("-c", OLDER.format(file=str(bootstrap)), PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"zeven: Python 3.11 or newer is needed and {sys.executable} is 3.9.2. ")
    assert done.stderr.rstrip().endswith("apt install python3.11 python3.11-venv")
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_is_too_old_leaves_the_work_to_the_newest_one_there_is(bootstrap: Path, tmp_path: Path) -> None:
    for minor in (11, 12):
        (newer := tmp_path / f"python3.{minor}").write_text(f'#!/bin/sh\necho "{minor} $*"\n', "utf-8")
        newer.chmod(0o755)
    done = ended("-c", OLDER.format(file=str(bootstrap)), PATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"12 {bootstrap} run\n", "")


def test_a_python_that_is_too_old_can_read_the_script() -> None:
    ast.parse(BOOTSTRAP.read_text("utf-8"), feature_version=(3, 8))


def test_a_command_that_there_is_not_is_answered_with_those_there_are(bootstrap: Path) -> None:
    done = ended(bootstrap, "rnu")
    assert done.returncode == 2
    assert all(f"  {command} " in done.stdout for command in ("run", "test-deps", "env"))
