"""How a checkout gets the addresses of its databases."""

from tests.bench.checkout import database_settings

OWN = "postgresql+asyncpg://service_level:a@/service_level?host=/tmp/service_level/socket&port=5432"
OWNER = "postgresql+asyncpg://service_level_owner:b@/service_level?host=/tmp/service_level/socket&port=5432"
REMOTE = "postgresql+asyncpg://incident:p%40ss@db:5433/incident"


def settings_of(**urls: tuple[str, str]) -> dict[str, str]:
    """The settings without the prefix that all have."""
    return {name.removeprefix("ZEVEN_"): value for name, value in database_settings(urls).items()}


def test_one_login_needs_one_setting() -> None:
    assert settings_of(service_level=(OWN, OWN)) == {
        "DATABASE_URL": "postgresql+asyncpg://{service}:{password}@/{service}?host=/tmp/service_level/socket&port=5432",
        "DATABASE_PASSWORD_SERVICE_LEVEL": "a",
    }


def test_an_owner_is_named_for_migrations() -> None:
    settings = settings_of(service_level=(OWN, OWNER))
    assert settings["MIGRATION_DATABASE_URL"].startswith("postgresql+asyncpg://{service}_owner:{password}@/{service}?")
    assert settings["MIGRATION_DATABASE_PASSWORD_SERVICE_LEVEL"] == "b"
    assert settings["DATABASE_PASSWORD_SERVICE_LEVEL"] == "a"


def test_a_server_elsewhere_is_named_with_its_address() -> None:
    settings = settings_of(incident=(REMOTE, REMOTE))
    assert settings["DATABASE_URL"] == "postgresql+asyncpg://{service}:{password}@db:5433/{service}"
    assert settings["DATABASE_PASSWORD_INCIDENT"] == "p@ss"
