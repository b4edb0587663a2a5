"""The words of items: counted right after any change, by any version of the program, and in databases of the version before."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.knowledge.manifest import SERVICE
from shared import migrate, rights
from shared.runtime import Running
from tests.knowledge.conftest import edited, move, published
from tests.world import World, owner_url

_ITEM = text("""
INSERT INTO ki (id, number, ki_type, state, title, language, audience, registered_by, current_version, use_count, version,
  correlation_id, created_at, updated_at)
VALUES (:id, :number, 'solution_article', 'current', :title, 'en', 'internal', 'tests', 1, 0, 1, :id, now(), now())
""")
_VERSION = text("""
INSERT INTO ki_version (id, ki_id, number, ki_type, state, title, symptom, keywords, attributes, language, audience, authors,
  created_at)
VALUES (:id, :id, 1, 'solution_article', 'current', :title, :symptom, '[]', '{}', 'en', 'internal', '[]', now())
""")


async def counts(running: Running) -> tuple[dict[str, int], float]:
    """How many items have each sign as counted, and the counted length of all."""
    async with running.engine.connect() as connection:
        rows: list[Any] = list(await connection.exec_driver_sql("SELECT word, items, length FROM ki_word"))
    items: Counter[str] = Counter()
    for word, many, _ in rows:
        items[word] += many
    return {word: many for word, many in items.items() if many}, sum(length for _, _, length in rows)


async def real(running: Running) -> tuple[dict[str, int], float]:
    """The same, from the current versions themselves."""
    async with running.engine.connect() as connection:
        rows: list[Any] = list(
            await connection.exec_driver_sql(
                "SELECT found.signs, found.length FROM ki_version AS version JOIN ki ON ki.id = version.ki_id "
                "CROSS JOIN LATERAL ki_signs(ki.number, version.title, version.symptom, version.keywords, version.workaround, "
                "version.body, version.attributes) AS found WHERE version.state = 'current'"
            )
        )
    items = Counter(sign for signs, _ in rows for sign in signs)
    items[""] = len(rows)
    return {word: many for word, many in items.items() if many}, sum(length for _, length in rows)


async def are_right(running: Running) -> None:
    """The counts are those of the current versions."""
    (counted, length), (expected, expected_length) = await counts(running), await real(running)
    assert counted == expected
    assert abs(length - expected_length) < 0.01


async def test_words_are_counted_right_after_many_changes_and_retirements(zeven: World) -> None:
    running = zeven.running("knowledge")
    items = [await published(zeven, title=f"Printer {number}", symptom=f"Light {number} is on.") for number in range(8)]
    await are_right(running)
    await asyncio.gather(*(move(zeven.admin, item, "retire", reason="Old.") for item in items[:3]))
    await are_right(running)
    changed = await edited(zeven.admin, items[3], title="Scanner")
    await are_right(running)
    await move(zeven.admin, await move(zeven.admin, changed, "submit"), "approve")
    await are_right(running)
    assert (await counts(running))[0]["scanner"] == 1
    while await running.run_job("sum_words"):
        pass
    await are_right(running)
    async with running.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT word FROM ki_word")).scalars().all()
    assert len(rows) == len(set(rows))
    await move(zeven.admin, items[4], "retire", reason="Old.")
    await are_right(running)


async def test_what_another_program_writes_is_counted_and_found(zeven: World) -> None:
    running = zeven.running("knowledge")
    given = {
        "id": uuid4(),
        "number": "KI-900001",
        "title": "Older writer",
        "symptom": "Node srv-old-01.corp.example is away.",
    }
    async with running.engine.begin() as connection:
        await connection.execute(_ITEM, given)
        await connection.execute(_VERSION, given)
    await are_right(running)
    hits = (await zeven.admin.get("/knowledge/v1/search", params={"q": "srv-old-01"})).json()["items"]
    assert [hit["title"] for hit in hits] == ["Older writer"]
    async with running.engine.begin() as connection:
        await connection.execute(text("UPDATE ki_version SET state = 'retired' WHERE ki_id = :id"), given)
    await are_right(running)
    async with running.engine.begin() as connection:
        await connection.execute(text("DELETE FROM ki_version WHERE ki_id = :id"), given)
        await connection.execute(text("DELETE FROM ki WHERE id = :id"), given)
    await are_right(running)


def _first_migration(connection: Connection) -> None:
    scripts = migrate.script(SERVICE.package)
    with EnvironmentContext(Config(), scripts, fn=lambda before, _: scripts._upgrade_revs("0001", before)) as one:
        one.configure(connection=connection, target_metadata=SERVICE.tables, version_table="service_version")
        with one.begin_transaction():
            one.run_migrations()


def _take_back(connection: Connection) -> None:
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        migrate.script(SERVICE.package).get_revision("0002").module.downgrade()


async def test_items_of_the_version_before_are_found_after_the_upgrade(make_database: Callable[[str], Any]) -> None:
    url = await make_database(f"knowledge_before_{uuid4().hex[:8]}")
    engine = create_async_engine(owner_url(url))
    given = {"id": uuid4(), "number": "KI-000001", "title": "Written before", "symptom": "Error 0x80070005."}
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_first_migration)
            await connection.execute(_ITEM, given)
            await connection.execute(_VERSION, given)
            await connection.commit()
        login = await rights.login_of(url)
        assert "service 0002" in await migrate.upgrade(owner_url(url), SERVICE, login=login)
        async with engine.connect() as connection:
            found = await connection.execute(
                text("SELECT version_id FROM ki_text WHERE words @@ ki_any_word('80070005') AND 'error' = ANY(signs)")
            )
            assert found.scalars().all() == [given["id"]]
            counted = await connection.execute(text("SELECT items FROM ki_word WHERE word IN ('', 'error')"))
            assert counted.scalars().all() == [1, 1]
            await connection.commit()
            await connection.run_sync(_take_back)
            assert await connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'ki\\_%'")) == 0
    finally:
        await engine.dispose()
