"""`make test-connected` finds a RabbitMQ, or installs Debian's, or says what is missing."""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "deploy" / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """deploy/bootstrap.py on a machine without RabbitMQ, whose apt-get notes what it is asked for."""
    spec = importlib.util.spec_from_file_location("bootstrap", BOOTSTRAP)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.DEBIAN = str(tmp_path / "none")
    module.POLICY = tmp_path / "policy-rc.d"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ZEVEN_TEST_BUS_URL", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    apt(tmp_path, 'test -x "${0%/*}/policy-rc.d" && echo "$@" >>"${0%/*}/asked"')
    return module


def apt(folder: Path, does: str) -> None:
    (folder / "apt-get").write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    (folder / "apt-get").chmod(0o755)


def test_root_installs_it_without_starting_its_service(bootstrap: Any, tmp_path: Path) -> None:
    bootstrap.broker_for_tests([])
    assert (tmp_path / "asked").read_text("utf-8").splitlines() == [
        "-qq update",
        "-qq install --yes --no-install-recommends rabbitmq-server",
    ]
    assert not bootstrap.POLICY.exists()


def test_a_policy_that_was_there_stays(bootstrap: Any) -> None:
    bootstrap.POLICY.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    bootstrap.POLICY.chmod(0o755)
    bootstrap.broker_for_tests([])
    assert bootstrap.POLICY.exists()


def test_what_apt_says_is_told(bootstrap: Any, tmp_path: Path) -> None:
    apt(tmp_path, "echo the mirror is away >&2; exit 100")
    with pytest.raises(bootstrap.CannotContinue, match="the mirror is away"):
        bootstrap.broker_for_tests([])
    assert not bootstrap.POLICY.exists()


def test_anybody_else_is_told_what_to_do(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.CannotContinue, match=r"ZEVEN_TEST_BUS_URL.*apt-get install rabbitmq-server"):
        bootstrap.broker_for_tests([])


@pytest.mark.parametrize("there", ["url", "program"])
def test_nothing_is_installed_where_a_broker_is(
    bootstrap: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: str
) -> None:
    if there == "url":
        monkeypatch.setenv("ZEVEN_TEST_BUS_URL", "amqp://guest:guest@127.0.0.1/")
    else:
        shutil.copy(tmp_path / "apt-get", tmp_path / "rabbitmq-server")
    bootstrap.broker_for_tests([])
    assert not (tmp_path / "asked").exists()
