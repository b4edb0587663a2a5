"""What the login of a service may not do to its event log."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared import database, migrate, rights
from shared.runtime import Running
from tests.shared.parcels import TESTS, parcel, rows
from tests.shared.post_office.contracts import ParcelRegistered
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.test_relay import url_of
from tests.world import World, as_owner, owner_url, world

INSERTED = """
INSERT INTO event (id, type, source, subject, sequence, time, correlationid, actor, historical, data{more})
SELECT gen_random_uuid(), type, source, gen_random_uuid(), 1, time, correlationid, actor, false, data{given} FROM event LIMIT 1
"""
FORBIDDEN = {
    "alter the data of an event": "UPDATE event SET data = '{}'",
    "alter the actor of an event": "UPDATE event SET actor = '{}'",
    "give an event another number": "UPDATE event SET position = position + 100",
    "take the number of an event away": "UPDATE event SET position = NULL",
    "alter a hash": "UPDATE event SET hash = sha256(hash)",
    "erase data": "UPDATE event SET data_salt = NULL",
    "have an event published again": "UPDATE event SET published_at = NULL",
    "delete": "DELETE FROM event",
    "truncate": "TRUNCATE event",
    "insert an event with a number": INSERTED.format(more=", position", given=", 1000"),
    "insert an event with a hash": INSERTED.format(more=", hash", given=", sha256('')"),
    "insert an event before others": INSERTED.format(more=", ordinal", given=", -1").replace(
        "SELECT", "OVERRIDING SYSTEM VALUE SELECT", 1
    ),
    "insert an event as published": INSERTED.format(more=", published_at", given=", time"),
    "insert over an event": INSERTED.format(more="", given="") + " ON CONFLICT (id) DO UPDATE SET data = excluded.data",
    "lock the log": "BEGIN; LOCK TABLE event IN SHARE MODE",
    "set the order back": "SELECT setval('event_ordinal_seq', 1)",
    "drop the log": "DROP TABLE event",
    "put another log in its place": "ALTER TABLE event RENAME TO old",
    "make a trigger": "CREATE TRIGGER forge BEFORE INSERT ON event EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "disable triggers": "ALTER TABLE event DISABLE TRIGGER ALL",
    "do without triggers": "SET session_replication_role = 'replica'",
    "make a rule": "CREATE RULE forge AS ON INSERT TO event DO INSTEAD NOTHING",
    "make a table": "CREATE TABLE forged (id int)",
    "make a temporary table": "CREATE TEMPORARY TABLE event (id int)",
    "make a function": "CREATE FUNCTION sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
    "replace the numbering": "CREATE OR REPLACE FUNCTION number_events(integer) RETURNS void LANGUAGE sql AS 'SELECT 1'",
    "become the owner": "SET ROLE {owner}",
    "read other files": "COPY event FROM '/etc/passwd'",
    "pretend to an older schema": "UPDATE kernel_version SET version_num = '0000'",
}
GRANTED = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
NOT_GRANTED = asyncpg.InsufficientPrivilegeError


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER,), make_database) as zeven:
        await zeven.running("counter").relay.stop()
        yield zeven


@pytest.fixture
async def counter(zeven: World) -> Running:
    """The counter with two numbered events and one without a number."""
    one = zeven.running("counter")
    for count in (2, 1):
        async with one.work(TESTS) as work:
            for _ in range(count):
                work.emit(parcel(), ParcelRegistered(number="PAR-1", weight=1))
        if count == 2:
            await rows(one, "SELECT number_events(1000)")
    return one


async def as_login(one: Running, sql: str) -> None:
    connection = await database.connect(url_of(one))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def log_of(one: Running) -> list[Any]:
    return await as_owner(one, "SELECT event::text FROM event ORDER BY ordinal")


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_the_login_of_a_service_cannot(counter: Running, what: str) -> None:
    before = await log_of(counter)
    (owner,) = await as_owner(counter, "SELECT current_user::text")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await as_login(counter, FORBIDDEN[what].replace("{owner}", owner))
    assert isinstance(refused.value, NOT_GRANTED | asyncpg.GeneratedAlwaysError), refused.value
    assert await log_of(counter) == before


async def test_the_login_of_a_service_cannot_give_itself_rights(counter: Running) -> None:
    before = await as_owner(counter, GRANTED)
    await as_login(counter, "GRANT ALL ON event TO current_user")  # refused by a warning alone
    assert await as_owner(counter, GRANTED) == before


async def test_a_number_is_given_once(counter: Running) -> None:
    await rows(counter, "SELECT number_events(1000)")
    before = await log_of(counter)
    for _ in range(2):
        await rows(counter, "SELECT number_events(1000)")
    assert await log_of(counter) == before


async def test_an_event_is_marked_as_published_once_and_not_before_it_has_a_number(counter: Running) -> None:
    mark = "SELECT mark_published(array_agg(ordinal), CAST(:at AS timestamptz)) FROM event"
    instants = await rows(counter, "SELECT time FROM event LIMIT 1")
    await rows(counter, mark, at=instants[0])
    first = await rows(counter, "SELECT ordinal FROM event WHERE published_at IS NOT NULL ORDER BY ordinal")
    assert first == await rows(counter, "SELECT ordinal FROM event WHERE position IS NOT NULL ORDER BY ordinal")
    before = await log_of(counter)
    later = await rows(counter, "SELECT max(time) + interval '1 hour' FROM event")
    await rows(counter, mark, at=later[0])
    assert await log_of(counter) == before


async def test_nobody_else_may_number_or_mark(counter: Running) -> None:
    functions = await as_owner(
        counter,
        "SELECT count(*) FROM pg_proc, aclexplode(proacl) AS acl "
        "WHERE proname IN ('number_events', 'mark_published', 'erase_texts', 'erase_events', 'redacted') AND acl.grantee = 0",
    )
    assert functions == [0]


async def test_the_rights_are_the_same_after_another_migration(counter: Running) -> None:
    before = await as_owner(counter, GRANTED)
    await migrate.upgrade(owner_url(url_of(counter)), COUNTER, login=counter.engine.url.username)
    assert await as_owner(counter, GRANTED) == before


async def test_only_a_login_that_can_act_as_the_owner_is_warned_of(counter: Running) -> None:
    (owner,) = await as_owner(counter, "SELECT current_user::text")
    (superuser,) = await as_owner(counter, "SELECT rolname::text FROM pg_roles WHERE rolsuper ORDER BY oid LIMIT 1")
    engine = database.engine(owner_url(url_of(counter)))
    with capture_logs() as logs:
        async with engine.connect() as connection:
            for login in (str(counter.engine.url.username), owner, superuser):
                await rights.grant(connection, login)
    await engine.dispose()
    assert [each["login"] for each in logs if each["log_level"] == "warning"] == [owner, superuser]


async def test_a_login_that_owns_the_tables_is_not_taken_for_one_that_cannot_change_the_log(counter: Running) -> None:
    engine = database.engine(owner_url(url_of(counter)))
    async with engine.connect() as connection:
        assert not await rights.history_is_protected(connection)
    async with counter.engine.connect() as connection:
        assert await rights.history_is_protected(connection)
    await engine.dispose()
