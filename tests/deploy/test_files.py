"""The files of deploy/ agree with each other and with the list of services."""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.__main__ import SERVICES
from shared.bus import MIGRATOR
from shared.http.platform import _counted
from shared.runtime import Service
from shared.settings import read

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
DEFINITIONS: dict[str, Any] = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text("utf-8"))
IMAGE = (DEPLOY / "Dockerfile").read_text("utf-8")
GATEWAY = (DEPLOY / "gateway" / "haproxy.cfg").read_text("utf-8")
#: what does its work and ends
ONCE = ("migrate", "restore")
NAMES = {service.name for service in SERVICES}
PATHS = {service.prefix.lstrip("/") for service in SERVICES}


def ours(container: dict[str, Any]) -> bool:
    """Whether it runs the image of this checkout."""
    return "ZEVEN_IMAGE" in container["image"]


def env(*arguments: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, DEPLOY / "bootstrap.py", "env", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def values(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_env_holds_every_secret_that_compose_asks_for(tmp_path: Path) -> None:
    assert env(file := tmp_path / ".env").returncode == 0
    assert set(values(file)) == set(re.findall(r"\$\{(\w+):\?", COMPOSE)) - {"ZEVEN_IMAGE"}
    assert {f"ZEVEN_DATABASE_PASSWORD_{name.upper()}" for name in NAMES} < set(values(file))
    assert {f"ZEVEN_BUS_PASSWORD_{name.upper()}" for name in (*NAMES, MIGRATOR)} < set(values(file))


def test_env_is_random_long_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    env(first)
    env(second)
    assert not set(values(first).values()) & set(values(second).values())
    for value in values(first).values():
        assert re.fullmatch(r"[\w-]{20,}", value), "it stands in URLs and JSON as it is"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_env_never_writes_over_what_is_there(tmp_path: Path) -> None:
    (file := tmp_path / ".env").write_text("ZEVEN_SECRET=mine\n", "utf-8")
    refused = env(file)
    assert refused.returncode == 1
    assert "is not changed" in refused.stderr
    assert file.read_text("utf-8") == "ZEVEN_SECRET=mine\n"


def test_every_secret_is_asked_for_with_the_command_that_makes_it() -> None:
    asked = dict(re.findall(r"\$\{(\w+):\?([^}]*)\}", COMPOSE))
    assert asked.pop("ZEVEN_IMAGE") == "run `make image` first"
    assert set(asked.values()) == {"run `make env` first"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_service_has_its_container_and_database(name: str) -> None:
    assert f"command: [python, -m, services.{name}]" in COMPOSE
    assert f"ZEVEN_DATABASE_PASSWORD: ${{ZEVEN_DATABASE_PASSWORD_{name.upper()}:?" in COMPOSE
    (databases,) = re.findall(r"for service in (.*); do", (DEPLOY / "postgres" / "10-databases.sh").read_text("utf-8"))
    assert name in databases.split()


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_service_has_its_user_of_the_broker_with_no_more_rights_than_it_needs(name: str) -> None:
    (user,) = [user for user in DEFINITIONS["users"] if user["name"] == name]
    assert (user["password"], user["tags"]) == (f"@ZEVEN_BUS_PASSWORD_{name.upper()}@", [])
    (rights,) = [rights for rights in DEFINITIONS["permissions"] if rights["user"] == name]
    assert {kind: rights[kind] for kind in ("configure", "write", "read")} == {
        "configure": "^$",
        "write": rf"^zeven\.events\.{name}$",
        "read": rf"^zeven\.{name}$",
    }


def test_nobody_else_has_a_user_of_the_broker_but_the_migrator() -> None:
    for kind, key in (("users", "name"), ("permissions", "user")):
        assert sorted(each[key] for each in DEFINITIONS[kind]) == sorted((*NAMES, MIGRATOR))


def test_every_container_knows_the_password_of_its_own_user_of_the_broker_alone() -> None:
    for name, container in CONTAINERS.items():
        passwords = {
            variable: value
            for variable, value in container.get("environment", {}).items()
            if variable.startswith("ZEVEN_BUS_PASSWORD")
        }
        known = {re.sub(r"\$\{(\w+):.*", r"\1", value) for value in passwords.values()}
        if name == "rabbitmq":
            assert known == {f"ZEVEN_BUS_PASSWORD_{each.upper()}" for each in (*NAMES, MIGRATOR)}
        elif name == "migrate":
            assert passwords == {"ZEVEN_BUS_PASSWORD_MIGRATOR": "${ZEVEN_BUS_PASSWORD_MIGRATOR:?run `make env` first}"}
        elif ours(container):
            assert (set(passwords), known) == (
                {"ZEVEN_BUS_PASSWORD"},
                {f"ZEVEN_BUS_PASSWORD_{name.upper().replace('-', '_')}"},
            )
        else:
            assert not known


def started(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The broker's start script in a folder of its own, with stand-ins for what only its image has."""
    for program, does in (("chown", ":"), ("docker-entrypoint.sh", 'echo "$@"')):
        (folder / program).write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        (folder / program).chmod(0o755)
    (folder / "run").mkdir(exist_ok=True)
    script = (DEPLOY / "rabbitmq" / "start.sh").read_text("utf-8")
    script = script.replace("/etc/zeven", str(DEPLOY / "rabbitmq")).replace("/run/zeven", str(folder / "run"))
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = ["sh", "-c", script, "start.sh", "rabbitmq-server"]
    return subprocess.run(command, env=path | environment, capture_output=True, text=True, check=False)


def test_the_broker_starts_with_the_passwords_of_its_environment(tmp_path: Path) -> None:
    passwords = {name: f"of-{name}_" for name in (*NAMES, MIGRATOR)}
    environment = {f"ZEVEN_BUS_PASSWORD_{name.upper()}": password for name, password in passwords.items()}
    done = started(tmp_path, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "rabbitmq-server\n", "")
    written = tmp_path / "run" / "definitions.json"
    assert {user["name"]: user["password"] for user in json.loads(written.read_text("utf-8"))["users"]} == passwords
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    lacking = started(tmp_path, **{**environment, "ZEVEN_BUS_PASSWORD_CHANGE": ""})
    assert (lacking.returncode, lacking.stderr) == (1, "ZEVEN_BUS_PASSWORD_CHANGE is not set: run `make env` first\n")
    odd = started(tmp_path, **{**environment, "ZEVEN_BUS_PASSWORD_CHANGE": 'a"|b'})
    assert (odd.returncode, "letters, digits, - and _ only" in odd.stderr) == (1, True)


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_every_container_comes_back_says_how_it_is_and_keeps_within_limits(name: str) -> None:
    container = CONTAINERS[name]
    assert container["restart"] == ("no" if name in ONCE else "unless-stopped")
    limits = container["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"[1-9]\d*[MG]", limits["memory"])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert {"max-size", "max-file"} <= set(container["logging"]["options"]), "logs do not fill the disk"
    if name in ONCE:
        assert container["healthcheck"] == {"disable": True}
    elif ours(container):
        assert container["healthcheck"]["test"] == [
            "CMD",
            *json.loads(*re.findall(r"^HEALTHCHECK .*CMD (.*)", IMAGE, re.MULTILINE)),
        ]
        assert re.search(r"^HEALTHCHECK .*CMD .*healthcheck\.py", IMAGE, re.MULTILINE)
    else:
        assert container["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_what_needs_no_rights_has_none(name: str) -> None:
    container = CONTAINERS[name]
    if name in ("backup", "restore"):  # they read and write files of others, and have no network
        assert container["network_mode"] == "none"
        assert (container["cap_drop"], container["read_only"]) == (["ALL"], True)
        return
    if name in ("postgres", "rabbitmq"):  # their images begin as root, own their volume, and step down by themselves
        assert container["networks"] == ["inside"]
        assert "ports" not in container
        return
    assert container["cap_drop"] == ["ALL"]
    assert container["read_only"] is True
    if ours(container):
        assert re.findall(r"^USER (.*)", IMAGE, re.MULTILINE)[-1] == "10001:10001"
    elif name not in ("prometheus", "grafana"):  # their images bring a user of their own
        assert container["user"] == "10001:10001"


def test_base_images_are_pinned_by_version() -> None:
    images = {container["image"] for container in CONTAINERS.values() if not ours(container)}
    images |= set(re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE))
    assert all(re.search(r":v?\d+\.\d+(\.\d+)?(-|$)", image) for image in images), images


def test_the_brokers_mark_of_memory_is_absolute_and_below_what_its_container_may_have() -> None:
    conf = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text("utf-8")
    (mark,) = re.findall(r"^vm_memory_high_watermark\.absolute = (\d+)MB$", conf, re.MULTILINE)
    assert CONTAINERS["rabbitmq"]["deploy"]["resources"]["limits"]["memory"] == "1G"
    assert int(mark) <= 700
    assert "watermark.relative" not in conf


def test_backups_are_not_committed() -> None:
    ignored = ("backups/zeven-20260101T000000Z/base.tar.gz", "zeven.env", "zeven.sql", ".env")
    done = subprocess.run(["git", "check-ignore", *ignored], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == list(ignored)


def test_the_image_has_the_command_line_and_knows_the_gateway() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, function = project["scripts"]["zeven"].split(":")
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    (script,) = re.findall(r"RUN printf '(.*?)' >/venv/bin/zeven", image)
    assert script.split("\\n")[-3:] == [f"from {module} import {function}", f"{function}()", ""]
    assert "ZEVEN_URL: http://gateway:8080" in COMPOSE


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 dead letter"), (2, "2 dead letters"), (12345, "12,345 dead letters")]
)
def test_the_page_of_the_host_counts_as_people_do(number: int, said: str) -> None:
    assert _counted(number, "dead letter") == said


#: settings that the image or the composition decides: nothing is stored in a container, each listens where the gateway finds it,
#: and each gets only its own passwords, from variables with its name
DECIDED = {"data", "host", "port", "commit", "database_password", "bus_password", "migration_database_password"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_setting_can_be_set_in_env(service: Service) -> None:
    container = CONTAINERS[service.prefix.lstrip("/")]["environment"] | CONTAINERS["migrate"]["environment"]
    for name in service.settings.model_fields.keys() - DECIDED:
        variable = f"ZEVEN_{name.upper()}"
        assert variable in container, variable
        assert re.match(rf"\$\{{{variable}:[-?]", container[variable] or f"${{{variable}:-"), variable


def test_what_compose_sets_is_taken_as_it_is_when_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        for variable, value in CONTAINERS[name.replace("_", "-")]["environment"].items():
            if variable.startswith("ZEVEN_") and value and ":?" not in value:
                monkeypatch.setenv(
                    variable, re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value.replace("${ZEVEN_PORT:-8080}", "8080"))
                )
        monkeypatch.setenv("ZEVEN_DATABASE_PASSWORD", "of its own")
        (service,) = (each for each in SERVICES if each.name == name)
        mine = read([service.settings])
        assert mine.url_of(name) == f"postgresql+asyncpg://{name}:of%20its%20own@postgres:5432/{name}"
        assert mine.service_url("service_level") == "http://service-level:8000/service-level"
        assert (mine.metrics_token, mine.security_log, mine.issuer) == (None, None, None)
