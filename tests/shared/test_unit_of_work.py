"""One use case, one transaction: what is committed, what is rolled back, and in which order."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shared import clock
from shared.access import Caller
from shared.runtime import Running
from shared.unit_of_work import Work
from tests.shared.parcels import TESTS, parcel, rows
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered
from tests.shared.post_office.counter.service import Parcel
from tests.world import World

REGISTERED = ParcelRegistered(number="PAR-1", weight=1)


class Changed(Exception):
    """The caller changes his or her mind."""


@pytest.fixture
def counter(office: World) -> Running:
    return office.running("counter")


async def stored(counter: Running, *parcels: Parcel) -> int:
    return len(await rows(counter, "SELECT id FROM parcel WHERE id = ANY(:ids)", ids=[each.id for each in parcels]))


async def count_events(counter: Running, *parcels: Parcel) -> int:
    ids = [each.id for each in parcels]
    return len(await rows(counter, "SELECT id FROM event WHERE subject = ANY(:ids)", ids=ids))


async def test_rows_and_events_are_committed_together(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
        assert (await stored(counter, new), await count_events(counter, new)) == (0, 0)
    assert (await stored(counter, new), await count_events(counter, new)) == (1, 1)


async def test_an_exception_loses_rows_and_events(counter: Running) -> None:
    new = parcel()
    with suppress(Changed):
        async with counter.work(TESTS) as work:
            work.insert(new)
            work.emit(new, REGISTERED)
            raise Changed
    assert (await stored(counter, new), await count_events(counter, new)) == (0, 0)


@pytest.mark.parametrize("looked", [False, True], ids=["only writing", "having read"])
async def test_an_exception_after_a_flush_loses_what_was_flushed(counter: Running, looked: bool) -> None:
    new = parcel()
    with suppress(Changed):
        async with counter.work(TESTS) as work:
            if looked:
                await work.session.execute(select(Parcel).limit(1))
            work.insert(new)
            work.emit(new, REGISTERED)
            await work.flush()
            raise Changed
    assert (await stored(counter, new), await count_events(counter, new)) == (0, 0)


async def test_what_was_flushed_is_seen_by_the_work_and_by_nobody_else(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        await work.flush()
        assert (await work.session.scalars(select(Parcel.id).where(Parcel.id == new.id))).all() == [new.id]
        assert await stored(counter, new) == 0
    assert await stored(counter, new) == 1


async def test_what_was_fetched_and_then_written_is_one_transaction(counter: Running) -> None:
    first, second = parcel(), parcel()
    with suppress(Changed):
        async with counter.work(TESTS) as work:
            assert [row[0] for row in await work.execute_sql("SELECT $1::int", 4)] == [4]
            work.insert(first)
            await work.flush()
            work.session.add(second)
            await work.flush()
            raise Changed
    assert await stored(counter, first, second) == 0


async def test_only_the_outermost_block_commits(counter: Running) -> None:
    inner, outer = parcel(), parcel()
    async with counter.work(TESTS) as work:
        async with work:
            work.insert(inner)
        assert await stored(counter, inner) == 0
        async with work:
            work.insert(outer)
    assert await stored(counter, inner, outer) == 2


async def test_an_outer_exception_loses_what_inner_blocks_did(counter: Running) -> None:
    inner = parcel()
    with suppress(Changed):
        async with counter.work(TESTS) as work:
            async with work:
                work.insert(inner)
                work.emit(inner, REGISTERED)
            raise Changed
    assert (await stored(counter, inner), await count_events(counter, inner)) == (0, 0)


async def test_a_work_can_be_used_again_and_holds_nothing_of_the_first_time(counter: Running) -> None:
    lost, committed = parcel(), parcel()
    work = counter.work(TESTS)
    with suppress(Changed):
        async with work:
            work.insert(lost)
            raise Changed
    async with work:
        work.insert(committed)
    assert await stored(counter, lost, committed) == 1


async def test_a_work_that_is_not_open_says_so(counter: Running) -> None:
    work = counter.work(TESTS)
    with pytest.raises(RuntimeError, match="async with work"):
        _ = work.session
    async with work:
        await work.session.execute(select(1))
    with pytest.raises(RuntimeError, match="async with work"):
        _ = work.session


async def test_a_cancelled_work_loses_what_it_did_and_gives_its_connection_back(counter: Running) -> None:
    new, begun = parcel(), asyncio.Event()

    async def endless() -> None:
        async with counter.work(TESTS) as work:
            work.insert(new)
            await work.flush()
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(endless())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await stored(counter, new) == 0
    assert counter.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_no_connection_is_kept_by_works_that_fail(counter: Running) -> None:
    twice = parcel()
    for _ in range(counter.engine.pool.size() + 2):  # type: ignore[attr-defined]
        work = counter.work(TESTS)
        with suppress(Changed):
            async with work:
                await work.execute_sql("SELECT 1")
                work.insert(twice)
                raise Changed
    async with counter.work(TESTS) as work:
        work.insert(twice)
    assert await stored(counter, twice) == 1
    assert counter.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_every_event_raises_the_version_and_is_numbered_by_it(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
        work.emit(new, ParcelCollected(collector="Ada"))
    assert new.version == 2
    found = await rows(counter, "SELECT sequence, type FROM event WHERE subject = :id ORDER BY ordinal", id=new.id)
    assert found == [(1, "parcel.registered.v1"), (2, "parcel.collected.v1")]
    assert await rows(counter, "SELECT version FROM parcel WHERE id = :id", id=new.id) == [2]


async def test_two_events_of_a_record_never_get_the_same_number(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
    new.version = 0
    with pytest.raises((IntegrityError, asyncpg.UniqueViolationError)):
        async with counter.work(TESTS) as work:
            work.emit(new, REGISTERED)
    assert await count_events(counter, new) == 1


async def test_parallel_works_on_one_record_number_its_events_without_gap_or_repeat(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)

    async def collect(work: Work) -> None:
        async with work:
            query = select(Parcel).where(Parcel.id == new.id).with_for_update()
            work.emit((await work.session.scalars(query)).one(), ParcelCollected(collector="Ada"))

    await asyncio.gather(*(collect(counter.work(TESTS)) for _ in range(8)))
    found = await rows(counter, "SELECT sequence FROM event WHERE subject = :id ORDER BY ordinal", id=new.id)
    assert found == list(range(1, 10))


async def test_time_never_runs_backwards_within_a_record(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
        first = new.updated_at
        clock.shift(timedelta(hours=-1))
        work.emit(new, ParcelCollected(collector="Ada"))
        assert new.updated_at == first
        work.emit(new, ParcelCollected(collector="Ada"), at=first - timedelta(days=1))
        assert new.updated_at == first
        work.emit(new, ParcelCollected(collector="Ada"), at=first + timedelta(seconds=1))
    times = await rows(counter, "SELECT time FROM event WHERE subject = :id ORDER BY ordinal", id=new.id)
    assert times == [first, first, first, first + timedelta(seconds=1)]


async def test_an_event_says_what_caused_it_and_who_did_it(counter: Running) -> None:
    new, about, cause = parcel(), uuid4(), uuid4()
    from tests.shared.parcels import registered

    received = registered(id=cause)
    async with counter.work(TESTS, cause=received) as work:
        assert work.correlation_id == received.correlationid
        work.insert(new)
        work.emit(new, REGISTERED, about=about, value_stream="maintenance", historical=True)
    columns = "causationid, about, correlationid, valuestream, historical, actor->>'id', source"
    found = await rows(counter, f"SELECT {columns} FROM event WHERE subject = :id", id=new.id)
    assert found == [(cause, about, new.correlation_id, "maintenance", True, "tests", "counter")]


async def test_a_silent_work_changes_rows_and_records_no_event(counter: Running) -> None:
    new = parcel()
    async with counter.work(TESTS, replaying=True) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
    assert (await stored(counter, new), await count_events(counter, new)) == (1, 0)


async def test_a_commit_with_events_wakes_the_relay_and_one_without_does_not(counter: Running) -> None:
    woken = []
    store = type(counter.store)(**{**vars(counter.store), "committed": lambda: woken.append(1)})
    quiet, loud = parcel(), parcel()
    async with Work(store, TESTS) as work:
        work.insert(quiet)
    assert woken == []
    async with Work(store, TESTS) as work:
        work.insert(loud)
        work.emit(loud, REGISTERED)
        assert woken == []
    assert woken == [1]


async def test_who_may_write_no_more_is_refused_before_the_work_begins(counter: Running) -> None:
    checked_callers: list[Caller] = []

    async def refuse(work: Work, caller: Caller) -> None:
        checked_callers.append(caller)
        await work.session.execute(select(1))
        raise Changed

    store, robin = replace(counter.store, check_caller=refuse), Caller("robin", "person", None, (), (), issued_at=0)
    writing, reading, own = Work(store, TESTS), Work(store, TESTS, reading=True), Work(store, TESTS)
    writing.caller = reading.caller = robin
    with pytest.raises(Changed):
        async with writing:
            raise AssertionError("the work has begun")
    assert counter.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    for work in (reading, own):
        async with work, work:
            await work.session.execute(select(1))
    assert checked_callers == [robin]


async def test_texts_arrive_as_they_were_given(counter: Running) -> None:
    label = '\'; DROP TABLE parcel; -- \\u0041 {x} %s :id $1 \U0001f4ee "quoted" \t Ünïcödé'
    new = parcel(label)
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, ParcelCollected(collector=label))
    assert await rows(counter, "SELECT label FROM parcel WHERE id = :id", id=new.id) == [label]
    assert await rows(counter, "SELECT data->>'collector' FROM event WHERE subject = :id", id=new.id) == [label]
