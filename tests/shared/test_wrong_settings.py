"""A wrong setting ends the start with one sentence that names the variable, and never with a traceback or a password."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from cli.credentials import address, identity
from cli.errors import Unable
from services.__main__ import SERVICES
from shared.bus import BusUnavailable
from shared.bus.rabbit import RabbitBus
from shared.reachable import OF_SERVICES, check_databases
from shared.settings import PER_SERVICE, Settings, WrongSetting, in_files, read, settings_of

PASSWORD = "geheim-wort"
DATABASE = f"postgresql+asyncpg://zeven:{PASSWORD}@127.0.0.1:1/zeven"
REACHED_LATER = {"ZEVEN_DATABASE_URL": DATABASE, "ZEVEN_MIGRATION_DATABASE_URL": DATABASE, "ZEVEN_BUS_URL": "amqp://h/"}
EVERY_KIND = [service.settings for service in SERVICES]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZEVEN_")]:
        monkeypatch.delenv(name)


URLS = {
    "ZEVEN_DATABASE_URL": ["nonsense", "mysql://h/db", "postgresql://h:99999/db", "postgresql://h", "postgresql:///db"],
    "ZEVEN_MIGRATION_DATABASE_URL": ["nonsense", "sqlite://h/db", "postgresql://u:p@h:port/db", "postgresql://[::1/db"],
    "ZEVEN_BUS_URL": ["nonsense", "http://h/", "amqp://h:0/", "amqp:///", "amqp://{servic}@h/", "memory"],
    **{
        f"ZEVEN_{name}": ["nonsense", "ftp://h", "http://", "http://h:65536", "http://h h/", "//h", "http://h\u200b/"]
        for name in ("PUBLIC_URL", "SERVICES_URL", "ISSUER", "JWKS_URL")
    },
}


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in URLS.items() for value in values])
def test_a_wrong_url_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(WrongSetting) as refused:
        read(EVERY_KIND)
    assert str(refused.value).count(variable) == 1
    assert "\n" not in str(refused.value)
    assert "looks like" in str(refused.value)


#: settings that take any text
CLAIMS = {"claim_username", "claim_name", "claim_email", "claim_groups"}
PLAIN = {"data", "host", "security_log", "commit", "audience", *CLAIMS, *PER_SERVICE}


@pytest.mark.parametrize("name", sorted(settings_of(EVERY_KIND).model_fields.keys() - PLAIN))
def test_garbage_in_any_variable_is_named_by_its_variable_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"ZEVEN_{name.upper()}", "no value")
    with pytest.raises(WrongSetting) as refused:
        read(EVERY_KIND)
    assert str(refused.value).startswith(f"Wrong environment variables: ZEVEN_{name.upper()}: ")
    assert "no value" not in str(refused.value)


def test_the_names_of_the_scheme_elsewhere_are_taken_too() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        mine = Settings(database_url=f"{scheme}://{{service}}:{{password}}@db/{{service}}")
        assert mine.database_url == "postgresql+asyncpg://{service}:{password}@db/{service}"
    socket = "postgresql+asyncpg:///zeven?host=/run/postgresql"
    assert Settings(database_url=socket).database_url == socket


STARTS: list[tuple[str, str, dict[str, str]]] = [
    ("services", "migrate", REACHED_LATER),
    ("services", "migrate", {**REACHED_LATER, "ZEVEN_DATABASE_URL": DATABASE.replace("127.0.0.1", "nowhere.invalid")}),
    ("services.incident", "", {**REACHED_LATER, "ZEVEN_SECURITY_LOG": "/nowhere/at/all.log"}),
    ("services.governance", "", {**REACHED_LATER, "ZEVEN_SECRET_FILE": "/nowhere/at/all"}),
    ("services.incident", "", {**REACHED_LATER, "ZEVEN_PORT": "eighty"}),
    ("services", "", {"ZEVEN_DATA": "/dev/null/data", "ZEVEN_PORT": "47111"}),
    ("services", "", {"ZEVEN_HOST": "nowhere.invalid"}),
]


@pytest.mark.parametrize(("module", "command", "variables"), STARTS)
def test_a_start_with_a_wrong_setting_ends_with_one_sentence(
    module: str, command: str, variables: dict[str, str], tmp_path: Path
) -> None:
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), **variables}
    ended = subprocess.run(
        [sys.executable, "-m", module, *command.split()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert any(variable in ended.stderr for variable in variables)
    assert PASSWORD not in ended.stderr + ended.stdout


@pytest.fixture(scope="module")
async def url(make_database: Callable[[str], Any]) -> str:
    """The database of a service."""
    found: str = await make_database(f"reach_{uuid4().hex[:8]}")
    return found


@pytest.mark.parametrize("waiting", [False, True])
async def test_a_refused_login_and_an_absent_database_end_the_start(url: str, waiting: bool) -> None:
    (service, *_) = SERVICES
    await check_databases([service], lambda _: url, OF_SERVICES, waiting=waiting)
    for wrong, words in (({"database": "absent"}, "no database"), ({"username": "absent"}, "refuses the login")):
        other = make_url(url).set(**wrong).render_as_string(hide_password=False)
        with pytest.raises(WrongSetting, match=words) as refused:
            await check_databases([service], lambda _, other=other: other, OF_SERVICES, waiting=waiting)
        assert OF_SERVICES in str(refused.value)


async def test_a_service_waits_for_a_database_that_does_not_answer() -> None:
    await check_databases(SERVICES[:1], lambda _: DATABASE, OF_SERVICES, waiting=True)


async def test_what_is_no_postgresql_and_no_broker_is_said_to_be_none() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        wrong = DATABASE.replace(":1/", f":{port}/")
        with pytest.raises(WrongSetting, match=OF_SERVICES) as refused:
            await check_databases(SERVICES[:1], lambda _: wrong, OF_SERVICES, waiting=False)
        assert PASSWORD not in str(refused.value)
        bus = RabbitBus(f"amqp://zeven:{PASSWORD}@127.0.0.1:{port}/", "incident")
        with pytest.raises(BusUnavailable, match=f"127.0.0.1:{port}") as unusable:
            await bus.declare((), ())
        assert PASSWORD not in str(unusable.value)


SECRETS = sorted({f"ZEVEN_{name.upper()}" for name in in_files(settings_of(EVERY_KIND))})


def value_for(variable: str) -> str:
    """A value that fits the variable."""
    fitting = {"DATABASE_URL": DATABASE, "BUS_URL": "amqp://host/"}
    return next((value for end, value in fitting.items() if variable.endswith(end)), "s" * 40)


@pytest.mark.parametrize("variable", SECRETS)
def test_every_secret_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    (file := tmp_path / "secret").write_text(f"{value_for(variable)}\n", "utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    found = getattr(read(EVERY_KIND), variable.removeprefix("ZEVEN_").lower())
    assert (found.get_secret_value() if hasattr(found, "get_secret_value") else found) == value_for(variable)
    for wrong in (tmp_path / "absent", tmp_path):
        monkeypatch.setenv(f"{variable}_FILE", str(wrong))
        with pytest.raises(WrongSetting, match=f"{variable}_FILE"):
            read(EVERY_KIND)
    file.write_text("\n", "utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    with pytest.raises(WrongSetting, match=f"{variable}_FILE.*empty"):
        read(EVERY_KIND)
    monkeypatch.setenv(variable, value_for(variable))
    with pytest.raises(WrongSetting, match="both"):
        read(EVERY_KIND)


def test_every_setting_that_is_secret_may_be_in_a_file() -> None:
    fields = settings_of(EVERY_KIND).model_fields
    secret = {f"ZEVEN_{name.upper()}" for name, field in fields.items() if "SecretStr" in str(field.annotation)}
    assert secret < set(SECRETS)
    assert {"ZEVEN_SECRET", "ZEVEN_ADMIN_PASSWORD", "ZEVEN_METRICS_TOKEN", "ZEVEN_BUS_URL"} < set(SECRETS)
    assert {f"ZEVEN_{name.upper()}" for name in PER_SERVICE} < set(SECRETS)


def test_the_password_of_one_service_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (file := tmp_path / "secret").write_text("of incident\n", "utf-8")
    monkeypatch.setenv("ZEVEN_DATABASE_PASSWORD_INCIDENT_FILE", str(file))
    monkeypatch.setenv("ZEVEN_DATABASE_PASSWORD", "of all")
    mine = Settings(database_url="postgresql://{service}:{password}@db/{service}")
    assert mine.url_of("incident").endswith("incident:of%20incident@db/incident")
    assert mine.url_of("change").endswith("change:of%20all@db/change")


@pytest.mark.parametrize("injected", ["tcp://10.0.0.1:8080", "udp://10.0.0.1:53", ""])
def test_a_port_that_an_orchestrator_injects_does_no_harm(monkeypatch: pytest.MonkeyPatch, injected: str) -> None:
    monkeypatch.setenv("ZEVEN_PORT", injected)
    assert read(EVERY_KIND).port == 8080
    assert address() == "http://127.0.0.1:8080"


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in EVERY_KIND:
        for name in kind.model_fields:
            monkeypatch.setenv(f"ZEVEN_{name.upper()}", "")
    assert (read().database_url, read().metrics_token, read().bus_url) == (None, None, "memory:")


@pytest.mark.parametrize("variable", ["ZEVEN_TOKEN", "ZEVEN_PASSWORD", "ZEVEN_ADMIN_PASSWORD"])
def test_the_command_line_reads_its_secrets_from_files_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    (file := tmp_path / "secret").write_text("of mine\n", "utf-8")
    monkeypatch.setenv("ZEVEN_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    found = identity()
    assert "of mine" in (found.token, found.password)
    assert found.origin == variable
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "absent"))
    with pytest.raises(Unable, match=f"{variable}_FILE"):
        identity()
