"""The event log as a chain of hashes: changes by the owner of the tables are found, with the first event concerned."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared import audit, database
from shared.events import _decode_json, publish_waiting
from shared.runtime import Running
from tests.shared.parcels import TESTS, parcel, rows
from tests.shared.post_office.contracts import ParcelRegistered
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.test_relay import Recorder, relays, url_of
from tests.shared.test_security_log import Lines, lines
from tests.world import World, as_owner, token, world

__all__ = ["lines"]
REGISTERED = ParcelRegistered(number='PAR-1 "quoted" \\ \U0001f4ee é', weight=1)
AUDIT = "/counter/v1/audit"
COUNT = 12
SHIFT = "UPDATE event SET position = position + $2::bigint WHERE position >= $1::bigint"


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER,), make_database) as zeven:
        await zeven.running("counter").relay.stop()
        yield zeven


@pytest.fixture
async def counter(zeven: World) -> Running:
    """The counter with twelve numbered events."""
    one = zeven.running("counter")
    await as_owner(one, "TRUNCATE event RESTART IDENTITY")
    await emit(one, 5)
    await number(one)
    await emit(one, COUNT - 5)
    await number(one)
    return one


async def emit(one: Running, count: int = 1, *, historical: bool = False) -> list[UUID]:
    async with one.work(TESTS) as work:
        return [work.emit(parcel(), REGISTERED, historical=historical) for _ in range(count)]


async def number(one: Running) -> None:
    await rows(one, "SELECT number_events(1000)")


async def verified(zeven: World, **asked: Any) -> dict[str, Any]:
    answer = await zeven.admin.get(AUDIT, params=asked)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def broken(zeven: World, after: str | None = None) -> tuple[int, str]:
    """Where the chain breaks first, and what was done there."""
    report = (await verified(zeven, **({"after": after} if after else {})))["broken"]
    assert report is not None
    return report["position"], report["fault"]


async def anchor(zeven: World) -> str:
    report = (await zeven.admin.get(f"{AUDIT}/anchor")).json()
    return f"{report['position']}-{report['hash']}"


async def at(one: Running, position: int, column: str = "id") -> Any:
    (found,) = await as_owner(one, f"SELECT {column} FROM event WHERE position = $1", position)
    return found


async def test_a_log_as_it_was_written_is_verified_whole(zeven: World, counter: Running) -> None:
    report = await verified(zeven)
    assert (report["service"], report["verified"], report["position"]) == ("counter", COUNT, COUNT)
    assert (report["erased"], report["next"], report["broken"]) == (0, None, None)
    assert report["hash"] == (await at(counter, COUNT, "hash")).hex()
    assert report["protected"] is True


async def test_events_that_are_verified_a_stretch_at_a_time_are_each_verified_once(
    zeven: World, counter: Running
) -> None:
    total, after, query = 0, {}, 0
    while True:
        report = await verified(zeven, limit=5, **after)
        total, query = total + report["verified"], query + 1
        if report["next"] is None:
            break
        after = {"after": report["next"]}
    assert (total, query, report["position"], report["broken"]) == (COUNT, 3, COUNT, None)


@pytest.mark.parametrize(
    "change",
    [
        'data = \'{"number": "PAR-1", "weight": 2}\'',
        "data = '{}'",
        "data_salt = NULL",
        "data_salt = gen_random_uuid()",
        "data_digest = sha256(data_digest)",
        "data_salt = NULL, data = '{\"weight\": 2}'",
        "type = 'parcel.collected.v1'",
        "time = time + interval '1 microsecond'",
        'actor = \'{"id": "somebody else", "role": null, "type": "person"}\'',
        "about = subject",
        "causationid = correlationid",
        "valuestream = ''",
        "historical = true",
        "sequence = 2",
        "traceparent = ''",
        "ordinal = DEFAULT",
        "hash = sha256(hash)",
    ],
)
@pytest.mark.parametrize("position", [1, 6, COUNT])
async def test_an_altered_event_is_found(zeven: World, counter: Running, change: str, position: int) -> None:
    await as_owner(counter, f"UPDATE event SET {change} WHERE position = $1", position)
    report = await verified(zeven)
    assert report["broken"]["event_id"] == str(await at(counter, position))
    assert (report["broken"]["position"], report["broken"]["fault"]) == (position, "altered")
    assert (report["verified"], report["position"]) == (position - 1, position - 1)


async def test_an_altered_event_whose_hash_was_calculated_again_breaks_the_next_one(
    zeven: World, counter: Running
) -> None:
    await as_owner(counter, "UPDATE event SET type = 'x' WHERE position = 6")
    await recalculate(counter, 6, 6)
    assert await broken(zeven) == (7, "altered")


@pytest.mark.parametrize(("gone", "position"), [("= 1", 1), ("= 6", 6), ("IN (6, 7, 8)", 6)])
async def test_a_removed_event_is_found(zeven: World, counter: Running, gone: str, position: int) -> None:
    await as_owner(counter, f"DELETE FROM event WHERE position {gone}")
    assert await broken(zeven) == (position, "removed")


async def test_a_removed_event_is_found_though_the_later_ones_were_renumbered(zeven: World, counter: Running) -> None:
    await as_owner(counter, "DELETE FROM event WHERE position = 6")
    await as_owner(counter, SHIFT, 7, 1000)
    await as_owner(counter, SHIFT, 1000, -1001)
    assert (await broken(zeven))[0] == 6


async def test_a_removed_event_is_found_though_the_later_hashes_follow_from_the_one_before_it(
    zeven: World, counter: Running
) -> None:
    await as_owner(counter, "UPDATE event SET position = NULL WHERE position > 6")
    await as_owner(counter, "DELETE FROM event WHERE position = 6")
    await as_owner(counter, "UPDATE event SET position = 6 WHERE position = 5")
    await number(counter)
    await as_owner(counter, "UPDATE event SET position = 5 WHERE position = 6")
    assert await broken(zeven) == (6, "removed")


async def test_an_inserted_event_is_found(zeven: World, counter: Running) -> None:
    await as_owner(counter, SHIFT, 6, 1000)
    await as_owner(counter, SHIFT, 1000, -999)
    await invent(counter, 6)
    report = (await verified(zeven))["broken"]
    assert (report["position"], report["fault"]) == (6, "inserted")
    assert report["event_id"] == str(await at(counter, 6))


@pytest.mark.parametrize("position", [0, -7, COUNT + 1])
async def test_an_event_inserted_at_either_end_is_found(zeven: World, counter: Running, position: int) -> None:
    await invent(counter, position)
    await as_owner(counter, "UPDATE event SET hash = NULL WHERE position = $1", position)
    assert await broken(zeven) == (position, "inserted")


async def test_a_log_that_was_cut_off_is_found_by_an_anchor_alone(zeven: World, counter: Running) -> None:
    known = await anchor(zeven)
    await as_owner(counter, "DELETE FROM event WHERE position > 9")
    assert (await verified(zeven))["broken"] is None
    assert await broken(zeven, known) == (10, "removed")


async def test_a_log_that_was_rewritten_whole_is_found_by_an_anchor_alone(zeven: World, counter: Running) -> None:
    known = await anchor(zeven)
    await as_owner(counter, "UPDATE event SET actor = '{}' WHERE position = 2")
    await recalculate(counter, 1, COUNT)
    assert (await verified(zeven))["broken"] is None
    assert await broken(zeven, known) == (COUNT, "altered")


async def test_an_anchor_still_holds_when_events_have_been_added(zeven: World, counter: Running) -> None:
    known = await anchor(zeven)
    await emit(counter, 3)
    await number(counter)
    report = await verified(zeven, after=known)
    assert (report["verified"], report["position"], report["broken"]) == (3, COUNT + 3, None)


async def test_a_log_without_events_has_an_anchor_too(zeven: World, counter: Running) -> None:
    await as_owner(counter, "TRUNCATE event RESTART IDENTITY")
    known = await anchor(zeven)
    assert known == f"0-{audit.GENESIS.hex()}"
    report = await verified(zeven, after=known)
    assert (report["verified"], report["position"], report["next"], report["broken"]) == (0, 0, None, None)


async def test_data_that_are_erased_with_their_salt_leave_the_chain_whole(zeven: World, counter: Running) -> None:
    known = await anchor(zeven)
    await as_owner(counter, "UPDATE event SET data = '{}', data_salt = NULL WHERE position IN (1, 6)")
    report = await verified(zeven)
    assert (report["verified"], report["erased"], report["broken"]) == (COUNT, 2, None)
    assert (await verified(zeven, after=known))["broken"] is None


async def test_the_same_data_have_another_digest_in_every_event(counter: Running) -> None:
    digests = await rows(counter, "SELECT data_digest FROM event")
    assert len(set(digests)) == COUNT


@pytest.mark.parametrize("zone", ["America/St_Johns", "Asia/Kathmandu"])
async def test_the_session_s_time_zone_and_formats_change_nothing(counter: Running, zone: str) -> None:
    settings = (
        f"SET timezone = '{zone}'",
        "SET datestyle = 'German'",
        "SET intervalstyle = 'sql_standard'",
        "SET bytea_output = 'escape'",
        "SET extra_float_digits = 0",
    )
    await emit(counter, 3)
    engine = database.engine(url_of(counter), pool=1)
    async with engine.connect() as connection:
        for setting in settings:
            await connection.execute(text(setting))
        await connection.execute(text("SELECT number_events(2)"))
        await connection.commit()
        found = await audit.verify(connection)
    assert (found.rows, found.broken) == (COUNT + 2, None)
    await engine.dispose()
    await number(counter)
    async with counter.engine.connect() as connection:
        found = await audit.verify(connection)
    assert (found.rows, found.broken) == (COUNT + 3, None)


async def test_live_and_historical_events_are_one_chain_in_the_order_of_their_positions(
    zeven: World, counter: Running
) -> None:
    await emit(counter, 3, historical=True)
    await emit(counter, 2)
    await number(counter)
    assert (await verified(zeven))["verified"] == COUNT + 5


async def test_two_replicas_that_number_at_the_same_time_make_one_chain(zeven: World, counter: Running) -> None:
    await emit(counter, 300)
    connections = [await database.connect(url_of(counter)) for _ in range(4)]
    for _ in range(10):
        await asyncio.gather(*(each.execute("SELECT number_events(9)") for each in connections))
    for each in connections:
        await each.close()
    report = await verified(zeven)
    assert (report["verified"], report["broken"]) == (COUNT + 300, None)


async def test_many_events_that_wait_take_no_longer_each_than_a_few(zeven: World, counter: Running) -> None:
    many = 15_000
    await as_owner(counter, "ANALYZE event")  # from here on the planner expects few rows without a number
    await emit(counter, many)
    connection = await database.connect(url_of(counter))
    async with asyncio.timeout(20):
        await connection.execute("SELECT number_events($1)", many)
        await connection.execute("SELECT mark_published(array_agg(ordinal), now()) FROM event")
    await connection.close()
    report = await verified(zeven)
    assert (report["verified"], report["broken"]) == (audit.MOST_AT_ONCE, None)
    report = await verified(zeven, after=report["next"])
    assert (report["position"], report["broken"], report["next"]) == (COUNT + many, None, None)


async def test_a_relay_that_takes_over_goes_on_with_the_chain(zeven: World, counter: Running) -> None:
    first, second = Recorder(), Recorder()
    async with relays(counter, first, second) as candidates:
        for _ in range(4):
            await emit(counter, 20)
            async with asyncio.timeout(30):
                while await rows(counter, "SELECT count(*) FROM event WHERE published_at IS NULL") != [0]:
                    await asyncio.sleep(0.02)
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zeven-relay'"
            await rows(counter, f"{kill} AND datname = current_database()")
        assert len(candidates) == 2
    report = await verified(zeven)
    assert (report["verified"], report["broken"]) == (COUNT + 80, None)


async def test_a_crash_between_numbering_and_publishing_leaves_the_chain_as_it_is(
    zeven: World, counter: Running
) -> None:
    class Crash(Exception):
        pass

    async def crash(_: object) -> None:
        raise Crash

    connection = await database.connect(url_of(counter))
    await _decode_json(connection)
    await emit(counter, 3)
    with pytest.raises(Crash):
        await publish_waiting(connection, crash)
    known = await anchor(zeven)
    bus = Recorder()
    await publish_waiting(connection, bus.publish)
    await connection.close()
    assert len(bus.published) == COUNT + 3
    assert await anchor(zeven) == known
    assert (await verified(zeven))["verified"] == COUNT + 3


async def test_a_break_is_a_line_of_the_security_log(zeven: World, counter: Running, lines: Lines) -> None:
    await verified(zeven)
    assert not lines.of("history_broken")
    await as_owner(counter, "DELETE FROM event WHERE position = 6")
    await verified(zeven)
    (line,) = lines.of("history_broken", actor="admin", service="counter")
    assert (line["position"], line["fault"]) == (6, "removed")


async def test_only_operators_and_administrators_verify(zeven: World, counter: Running) -> None:
    for path in (AUDIT, f"{AUDIT}/anchor"):
        assert (await zeven.as_(token("watch", "operator")).get(path)).status_code == 200
        assert (await zeven.as_(token("ada", "professional")).get(path)).status_code == 403
        assert (await zeven.as_().get(path)).status_code == 401


@pytest.mark.parametrize("after", ["6", "x-y", f"-1-{'0' * 64}", f"6-{'A' * 64}", f"{'9' * 19}-{'0' * 64}"])
async def test_what_is_no_link_of_a_chain_is_refused(zeven: World, counter: Running, after: str) -> None:
    assert (await zeven.admin.get(AUDIT, params={"after": after})).status_code == 422


async def test_an_event_that_never_was_is_said_to_be_missing(zeven: World, counter: Running) -> None:
    assert await broken(zeven, f"{'9' * 18}-{'0' * 64}") == (COUNT + 1, "removed")
    assert await broken(zeven, f"6-{'0' * 64}") == (6, "altered")


async def invent(one: Running, position: int) -> None:
    """A row that nobody emitted, with a hash that looks like one."""
    copied = "type, source, sequence, time, correlationid, actor, historical, data, data_salt, data_digest, hash"
    await as_owner(
        one,
        f"INSERT INTO event (id, subject, position, {copied}) "
        f"SELECT gen_random_uuid(), gen_random_uuid(), $1, {copied} FROM event WHERE position = 3",
        position,
    )


async def recalculate(one: Running, first: int, last: int) -> None:
    """What a forger who owns the tables can do: take the numbers away and have the events numbered again."""
    stored_events = await as_owner(
        one, "SELECT ordinal, position, hash FROM event WHERE position > $1 ORDER BY position", last
    )
    await as_owner(one, "UPDATE event SET position = NULL WHERE position >= $1", first)
    await as_owner(one, "SELECT number_events($1)", last - first + 1)
    for ordinal, position, digest in stored_events:
        await as_owner(one, "UPDATE event SET position = $2, hash = $3 WHERE ordinal = $1", ordinal, position, digest)
