"""Erased data of events: only texts, only with an event that records it, and what is left can still be verified."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from shared import clock, database
from shared.contracts.erasure import ErasedEvent, ErasureRecorded
from shared.contracts.retention import RecordsRetired
from shared.erasure import stored
from shared.records.events import EventSubject
from shared.redaction import NAMES, TEXTS, Path
from shared.retention.stored import erase_events
from shared.runtime import Running
from tests.shared.parcels import TESTS, parcel, rows
from tests.shared.post_office.contracts import ParcelRegistered
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.test_relay import url_of
from tests.world import World, as_owner, world

NUMBER = "SELECT number_events(1000)"
DATA = {
    "number": "PAR-1",
    "weight": 3,
    "reason": "She is ill.",
    "changes": [{"field": "title", "from": "a", "to": "b"}],
}
REASON: Path = ("reason",)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER,), make_database) as zeven:
        await zeven.running("counter").relay.stop()
        yield zeven


@pytest.fixture
async def counter(zeven: World) -> Running:
    """The counter with two numbered events, the first of which has texts."""
    one = zeven.running("counter")
    await as_owner(one, "TRUNCATE event RESTART IDENTITY")
    async with one.work(TESTS) as work:
        for _ in range(2):
            work.emit(parcel(), ParcelRegistered(number="PAR-1", weight=3))
    await as_owner(one, "UPDATE event SET data = $1::jsonb WHERE ordinal = 1", json.dumps(DATA))
    await rows(one, NUMBER)
    return one


async def first(one: Running) -> UUID:
    (identity,) = await as_owner(one, "SELECT id FROM event WHERE ordinal = 1")
    return UUID(str(identity))


async def erase(one: Running, *paths: Path, digest: str | None = None, also: tuple[Path, ...] = ()) -> None:
    """Erase these texts of the first event as the job does; `digest` and `also` pretend that something else is erased."""
    event = await first(one)
    async with one.work(TESTS) as work:
        digests = await stored.digests_without(work.session, {event: paths})
        erased = ErasedEvent(id=event, subject=uuid4(), fields=["reason"], digest=digest or digests[event])
        recorded = ErasureRecorded(person_id=uuid4(), chains=[], events=[erased])
        record = work.emit(EventSubject(uuid7(), 0, uuid7(), clock.now()), recorded)
        await work.flush()
        await stored.erase_data(work.session, record, {event: (*paths, *also)})


async def report(zeven: World) -> dict[str, Any]:
    found: dict[str, Any] = (await zeven.admin.get("/counter/v1/audit")).json()
    return found


async def test_an_event_without_a_text_is_counted_as_erased_and_its_chain_is_whole(
    zeven: World, counter: Running
) -> None:
    before = await as_owner(counter, "SELECT position, data_digest, hash FROM event WHERE ordinal = 1")
    await erase(counter, REASON, ("changes", "0", "from"))
    for _ in range(2):
        found = await report(zeven)
        assert (found["broken"], found["erased"]) == (None, 1)
        await rows(counter, NUMBER)
    assert await as_owner(counter, "SELECT position, data_digest, hash FROM event WHERE ordinal = 1") == before
    (data,) = await as_owner(counter, "SELECT data::text FROM event WHERE ordinal = 1")
    changes = [{"field": "title", "from": "erased", "to": "b"}]
    assert json.loads(data) == {**DATA, "reason": "erased", "changes": changes}
    feed = (await zeven.admin.get("/counter/v1/events")).json()["items"]
    assert feed[0]["data"]["reason"] == "erased"


async def test_more_can_be_erased_later(zeven: World, counter: Running) -> None:
    await erase(counter, REASON)
    await rows(counter, NUMBER)
    await erase(counter, ("changes", "0", "to"))
    await rows(counter, NUMBER)
    assert ((await report(zeven))["broken"], (await report(zeven))["erased"]) == (None, 1)


@pytest.mark.parametrize(
    "change",
    [
        "data = jsonb_set(data, '{weight}', '4')",
        "data = jsonb_set(data, '{reason}', '\"She is well.\"')",
        "erased_by = NULL",
        "erased_by = gen_random_uuid()",
        "erased_by = id",
    ],
)
async def test_what_is_left_cannot_be_altered_unseen(zeven: World, counter: Running, change: str) -> None:
    await erase(counter, REASON)
    await rows(counter, NUMBER)
    await as_owner(counter, f"UPDATE event SET {change} WHERE ordinal = 1")
    broken = (await report(zeven))["broken"]
    assert (broken["position"], broken["fault"]) == (1, "altered")


@pytest.mark.parametrize("path", [("number",), ("weight",), ("changes",), ("changes", "0", "field"), ("nothing",), ()])
async def test_only_texts_can_be_erased(counter: Running, path: Path) -> None:
    before = await as_owner(counter, "SELECT data::text, data_salt FROM event WHERE ordinal = 1")
    with pytest.raises(Exception, match="no text that can be erased"):
        await erase(counter, path)
    assert await as_owner(counter, "SELECT data::text, data_salt FROM event WHERE ordinal = 1") == before


async def test_nothing_is_erased_that_is_not_recorded_as_it_is(counter: Running) -> None:
    for options in ({"digest": "0" * 64}, {"also": (("changes", "0", "to"),)}):
        with pytest.raises(Exception, match="is not what was recorded"):
            await erase(counter, REASON, **options)  # type: ignore[arg-type]
    assert await as_owner(counter, "SELECT count(*) FROM event WHERE data_salt IS NULL AND position IS NOT NULL") == [0]


async def test_no_earlier_event_records_what_is_erased(counter: Running) -> None:
    await erase(counter, REASON)
    (record,) = await as_owner(counter, "SELECT id FROM event WHERE type = 'erasure.recorded.v1'")
    paths = json.dumps({str(await first(counter)): [["changes", "0", "to"]]})
    connection = await database.connect(url_of(counter))
    try:
        for identity in (record, await first(counter), uuid4()):
            with pytest.raises(asyncpg.RaiseError, match="no event of this transaction"):
                await connection.execute("SELECT erase_texts($1, $2::jsonb)", identity, paths)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE event SET erased_by = $1", record)
    finally:
        await connection.close()


async def test_the_fields_that_can_be_erased_are_those_that_are_looked_for(counter: Running) -> None:
    (source,) = await as_owner(counter, "SELECT prosrc FROM pg_proc WHERE proname = 'redacted'")
    listed = source.partition("NOT IN (")[2].partition(")")[0]
    assert {each.strip(" '\n") for each in listed.split(",")} == TEXTS | NAMES


async def retire(one: Running, *events: UUID) -> None:
    """Erase all data of events, as the rule of retention does."""
    async with one.work(TESTS) as work:
        receipt = RecordsRetired(kind="parcel", days=9, records=[], events=list(events))
        record = work.emit(EventSubject(uuid7(), 0, uuid7(), clock.now()), receipt)
        await work.flush()
        await erase_events(work.session, record)


async def test_events_of_deleted_records_keep_place_hash_and_envelope(zeven: World, counter: Running) -> None:
    kept = "SELECT position, data_digest, hash, id, subject, actor::text FROM event WHERE ordinal = 1"
    await rows(counter, "SELECT mark_published(array_agg(ordinal), now()) FROM event")
    before = await as_owner(counter, kept)
    await retire(counter, await first(counter))
    assert await as_owner(counter, kept) == before
    for _ in range(2):
        found = await report(zeven)
        assert (found["broken"], found["erased"]) == (None, 1)
        await rows(counter, NUMBER)
    feed = (await zeven.admin.get("/counter/v1/events")).json()["items"]
    assert [(each["data"], each["retired"]) for each in feed[:2]] == [({}, True), (feed[1]["data"], False)]
    assert feed[1]["data"] != {}


async def test_only_published_events_that_a_receipt_of_the_same_transaction_names_are_emptied(counter: Running) -> None:
    with pytest.raises(Exception, match="cannot be erased"):
        await retire(counter, await first(counter))
    await rows(counter, "SELECT mark_published(array_agg(ordinal), now()) FROM event")
    await retire(counter, await first(counter))
    await rows(counter, NUMBER)
    await rows(counter, "SELECT mark_published(array_agg(ordinal), now()) FROM event")
    receipts = await as_owner(counter, "SELECT id FROM event WHERE type = 'records.retired.v1'")
    with pytest.raises(Exception, match="cannot be erased"):
        await retire(counter, *receipts)
    connection = await database.connect(url_of(counter))
    try:
        for identity in (*receipts, await first(counter), uuid4()):
            with pytest.raises(asyncpg.RaiseError, match="no event of this transaction"):
                await connection.execute("SELECT erase_events($1)", identity)
    finally:
        await connection.close()
