"""How a checkout is told where its databases are."""

from tests.bench.checkout import database_settings

OWN = "postgresql+asyncpg://service_level:a@/service_level?host=/tmp/service_level/socket&port=5432"
OWNER = "postgresql+asyncpg://service_level_owner:b@/service_level?host=/tmp/service_level/socket&port=5432"
REMOTE = "postgresql+asyncpg://incident:p%40ss@db:5433/incident"


def test_one_login_needs_one_setting() -> None:
    assert database_settings({"service_level": (OWN, OWN)}) == {
        "ZEVEN_DATABASE_URL": "postgresql+asyncpg://{service}:{password}@/{service}?host=/tmp/service_level/socket&port=5432",
        "ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL": "a",
    }


def test_an_owner_is_named_for_migrations() -> None:
    settings = database_settings({"service_level": (OWN, OWNER)})
    assert settings["ZEVEN_MIGRATION_DATABASE_URL"].startswith(
        "postgresql+asyncpg://{service}_owner:{password}@/{service}?"
    )
    assert settings["ZEVEN_MIGRATION_DATABASE_PASSWORD_SERVICE_LEVEL"] == "b"
    assert settings["ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL"] == "a"


def test_a_server_elsewhere_is_named_with_its_address() -> None:
    settings = database_settings({"incident": (REMOTE, REMOTE)})
    assert settings["ZEVEN_DATABASE_URL"] == "postgresql+asyncpg://{service}:{password}@db:5433/{service}"
    assert settings["ZEVEN_DATABASE_PASSWORD_INCIDENT"] == "p@ss"
