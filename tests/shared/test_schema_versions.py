"""A version of the code works on its own schema and on a newer one, and waits for `migrate` on an older one."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared import database, migrate
from shared.runtime import Running
from shared.version import VERSION
from tests.shared.parcels import rows
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.test_requests import PARCELS
from tests.world import World, as_owner, owner_url, world


async def condition(url: str) -> str:
    engine = database.engine(url, pool=2)
    try:
        async with engine.connect() as connection:
            return await migrate.condition(connection, COUNTER)
    finally:
        await engine.dispose()


async def on(url: str, *statements: str) -> None:
    connection: asyncpg.Connection[Any] = await database.connect(owner_url(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def url(make_database: Callable[[str], Any]) -> str:
    name: str = await make_database(f"counter_{uuid4().hex[:8]}")
    return name


async def upgrade(url: str) -> list[str]:
    """Migrate as the owner of the tables, for the login that the service has."""
    return await migrate.upgrade(owner_url(url), COUNTER, login=database.make_url(url).username)


async def test_a_database_is_empty_at_head_behind_or_beyond(url: str) -> None:
    assert await condition(url) == "empty"
    assert (await upgrade(url))[-1] == "service 0001"
    assert await condition(url) == "at head"
    await on(url, "UPDATE service_version SET version_num = '0002'")
    assert await condition(url) == "beyond"
    await on(url, "UPDATE kernel_version SET version_num = '9000'")
    assert await condition(url) == "beyond"
    await on(url, "UPDATE service_version SET version_num = '0000'")
    assert await condition(url) == "behind"


async def test_half_a_migration_is_behind(url: str) -> None:
    await upgrade(url)
    await on(url, "DROP TABLE service_version")
    assert await condition(url) == "behind"


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, "empty"), ("0000", "behind"), ("0001", "at head"), ("0010", "beyond"), ("a1b2c3", "behind")],
)
def test_only_a_higher_number_is_a_newer_schema(version: str | None, found: str) -> None:
    assert migrate.compared(version, migrate.script(COUNTER.package)) == found


async def test_an_older_version_starts_beside_a_newer_one_and_takes_nothing_back(url: str) -> None:
    await upgrade(url)
    newer = ("UPDATE service_version SET version_num = '0002'", "ALTER TABLE parcel ADD COLUMN colour text")
    await on(url, *newer, "UPDATE kernel_version SET version_num = '9000'")
    assert await upgrade(url) == []

    async def same(_: str) -> str:
        return url

    async with world((COUNTER,), same) as older:
        readiness = (await older.admin.get("/counter/readyz")).json()
        assert (readiness["status"], readiness["migrations"]) == ("ready", "beyond")
        assert (await older.admin.get("/readyz")).status_code == 200
        assert (await older.admin.post(PARCELS, json={"label": "books"})).status_code == 201
        found = await rows(older.running("counter"), "SELECT version_num, colour FROM service_version, parcel")
    assert [tuple(row) for row in found] == [("0002", None)]


async def test_a_service_on_an_empty_or_an_older_schema_waits_for_migrate(office: World) -> None:
    counter: Running = office.running("counter")
    for change, back, found in (
        (
            "ALTER TABLE kernel_version RENAME TO k; ALTER TABLE service_version RENAME TO s",
            "ALTER TABLE k RENAME TO kernel_version; ALTER TABLE s RENAME TO service_version",
            "empty",
        ),
        (
            "UPDATE service_version SET version_num = '0000'",
            "UPDATE service_version SET version_num = '0001'",
            "behind",
        ),
    ):
        for statement in change.split("; "):
            await as_owner(counter, statement)
        try:
            answer = await office.admin.get("/counter/readyz")
        finally:
            for statement in back.split("; "):
                await as_owner(counter, statement)
        readiness = answer.json()
        assert (answer.status_code, readiness["status"], readiness["migrations"]) == (503, "not ready", found)
        assert readiness["database"] == "ok"
    assert (await office.admin.get("/counter/readyz")).json()["migrations"] == "at head"


async def test_readiness_names_the_version_and_the_commit(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = (await office.admin.get("/counter/readyz")).json()
    assert readiness["version"] == VERSION
    assert readiness["commit"] == office.running("counter").config.build
    named = office.running("counter").config.model_copy(update={"commit": "c0ffee"})
    monkeypatch.setattr(office.running("counter"), "config", named)
    assert (await office.admin.get("/counter/readyz")).json()["commit"] == "c0ffee"


async def test_a_database_from_before_the_first_migration_is_refused_with_one_sentence(url: str) -> None:
    await upgrade(url)
    await on(url, "DROP TABLE foreign_event")
    assert await condition(url) == "behind", "a service does not work on it"
    with pytest.raises(
        migrate.DatabaseTooOld, match=r"^The database of counter comes from .* begin with an empty one\.$"
    ):
        await upgrade(url)
