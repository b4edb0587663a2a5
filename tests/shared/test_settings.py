"""The environment of a process: read once, checked, and never published."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.governance.settings import GovernanceSettings
from services.incident.settings import IncidentSettings
from shared import clock
from shared.settings import Settings, WrongSetting, as_markdown, read


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZEVEN_")]:
        monkeypatch.delenv(name)


def test_without_any_variable_a_newcomer_gets_a_platform_on_this_machine() -> None:
    mine = read()
    assert (mine.address, mine.in_memory, mine.database_url) == ("http://127.0.0.1:8080", True, None)
    assert mine.token_issuer == "http://127.0.0.1:8080/governance"
    assert mine.service_url("governance") == "http://127.0.0.1:8080/governance"


def test_the_address_of_governances_keys_is_not_taken_for_that_of_a_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_SERVICES_URL", "http://{service}:8000")
    monkeypatch.setenv("ZEVEN_JWKS_URL", "http://governance:8000/governance/.well-known/jwks.json")
    assert (read().provider, read().own_keys_url) == (None, "http://governance:8000/governance/.well-known/jwks.json")
    monkeypatch.setenv("ZEVEN_ISSUER", "https://login.harbour.example/")
    assert (read().provider, read().provider_keys_url) == ("https://login.harbour.example/", None)
    assert read().own_keys_url == "http://governance:8000/governance/.well-known/jwks.json"
    monkeypatch.setenv("ZEVEN_JWKS_URL", "https://login.harbour.example/keys")
    assert read().provider_keys_url == "https://login.harbour.example/keys"
    assert read().own_keys_url == "http://governance:8000/governance/.well-known/jwks.json"


def test_a_variable_is_read_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_PORT", "9000")
    monkeypatch.setenv("ZEVEN_PUBLIC_URL", "https://zeven.example/")
    assert read().port == 9000
    assert read().token_issuer == "https://zeven.example/governance"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZEVEN_PORT", "eighty"),
        ("ZEVEN_PORT", "0"),
        ("ZEVEN_DATABASE_POOL", "1"),
        ("ZEVEN_LOG_LEVEL", "LOUD"),
        ("ZEVEN_ADMIN_PASSWORD", "geheim-wort"),
        ("ZEVEN_SECRET", "not-long-enough"),
        ("ZEVEN_CLOSE_AFTER_DAYS", "nan"),
    ],
)
def test_a_wrong_value_is_named_by_its_variable_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=name) as refused:
        read([GovernanceSettings, IncidentSettings])
    assert value not in str(refused.value)


def test_a_process_with_a_wrong_value_ends_with_one_sentence() -> None:
    environment = {"PATH": os.defpath, "ZEVEN_ADMIN_PASSWORD": "geheim-wort"}
    command = [
        sys.executable,
        "-c",
        "from services.governance.manifest import SERVICE; from shared.serve import main; main((SERVICE,))",
    ]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "ZEVEN_ADMIN_PASSWORD" in ended.stderr
    assert "geheim-wort" not in ended.stderr


def test_a_process_has_the_settings_of_all_its_services_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_CLOSE_AFTER_DAYS", "7")
    both = read([GovernanceSettings, Settings, IncidentSettings])
    assert IncidentSettings.of(both).close_after_days == 7
    assert GovernanceSettings.of(both).token_minutes == 30
    assert both.port == 8080
    with pytest.raises(TypeError, match="GovernanceSettings is not the `settings` of any service"):
        GovernanceSettings.of(read([IncidentSettings]))


def test_a_variable_of_another_service_does_not_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_CLOSE_AFTER_DAYS", "nan")
    assert read([GovernanceSettings]).port == 8080


def test_the_table_says_which_service_reads_a_setting() -> None:
    rows = as_markdown({"incident": IncidentSettings, "change": Settings}).splitlines()
    (row,) = (row for row in rows if "ZEVEN_CLOSE_AFTER_DAYS" in row)
    assert row.endswith("| incident |")
    assert next(row for row in rows if "ZEVEN_PORT" in row).endswith("| every process |")
    assert len({row.split("|")[1] for row in rows}) == len(rows)


def test_secrets_are_not_shown() -> None:
    mine = GovernanceSettings(admin_password="geheim-geheim", secret="s" * 40)  # type: ignore[arg-type]
    assert "geheim" not in repr(mine)
    assert "sss" not in repr(mine)


def test_every_service_has_its_own_database_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_DATABASE_PASSWORD", "shared")
    monkeypatch.setenv("ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL", "a/b@c:d%e")
    mine = Settings(database_url="postgresql+asyncpg://{service}:{password}@db/{service}")
    assert mine.url_of("incident") == "postgresql+asyncpg://incident:shared@db/incident"
    assert mine.url_of("service_level") == "postgresql+asyncpg://service_level:a%2Fb%40c%3Ad%25e@db/service_level"


def test_a_data_folder_that_was_set_is_the_one_that_is_used(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).folder == tmp_path


def test_the_clock_tells_utc_and_moves_only_by_hand() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    clock.shift(timedelta(hours=5))
    assert clock.shifted() == timedelta(hours=5)
    assert clock.now() - datetime.now(UTC) > timedelta(hours=4, minutes=59)
    assert clock.now().utcoffset() == timedelta()


def test_nobody_but_the_clock_reads_the_wall_clock() -> None:
    readers = ("datetime.now(", "utcnow(", "time.time(", "date.today(", "datetime.today(")
    sources = [path for folder in ("shared", "services") for path in Path(folder).rglob("*.py")]
    found = [str(path) for path in sources if any(reader in path.read_text("utf-8") for reader in readers)]
    assert found == ["shared/clock.py"]


def test_no_statement_asks_the_database_for_the_time() -> None:
    askers = ("now()", "current_timestamp", "clock_timestamp(", "statement_timestamp(", "localtimestamp")
    sources = [path for folder in ("shared", "services") for path in Path(folder).rglob("*.py")]
    texts = {
        str(path): path.read_text("utf-8").lower().replace("clock.now()", "").replace("def now()", "")
        for path in sources
    }
    found = [
        path for path, text in texts.items() if any(f" {asker}" in text or f"({asker}" in text for asker in askers)
    ]
    assert found == []
