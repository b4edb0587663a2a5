"""Withdrawn tokens: refused by every service from the moment that access ended, also by replicas, and never earlier."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from shared import clock, database
from shared.access import Caller
from shared.access.withdrawals import WITHDRAWAL, Withdrawals, store
from shared.bus.memory import MemoryBus
from shared.contracts import Actor, Envelope
from shared.contracts.governance import AccessEnded
from shared.errors import NotSignedIn, Unavailable
from shared.runtime import Running
from tests.shared.asgi import ask
from tests.shared.test_requests import PARCELS, problem
from tests.world import World, token

ROBIN = UUID("00000000-0000-7000-8000-0000000000aa")
PARTY = UUID("00000000-0000-7000-8000-0000000000bb")


def ended(*subjects: UUID, ago: float = 0) -> AccessEnded:
    return AccessEnded(subjects=list(subjects), before=clock.now() - timedelta(seconds=ago), reason="retired")


def envelope(event: AccessEnded) -> Envelope:
    identity = uuid7()
    return Envelope(
        id=uuid7(),
        type=event.type,
        source="governance",
        subject=identity,
        sequence=1,
        time=clock.now(),
        correlationid=identity,
        actor=Actor(type="system", id="governance"),
        data=event.model_dump(mode="json"),
    )


def caller(issued_at: float, person: UUID = ROBIN, party: UUID | None = None) -> Caller:
    return Caller(str(person), "person", party, (), (), issued_at=issued_at)


@pytest.fixture
def counter(office: World) -> Running:
    return office.running("counter")


async def publish(running: Running, envelopes: list[Envelope]) -> None:
    """Publish as governance does; nobody else may."""
    assert isinstance(running.bus, MemoryBus)
    await MemoryBus("governance", running.bus._subscribers).publish(envelopes)


async def forget(running: Running) -> None:
    async with running.engine.begin() as connection:
        await connection.execute(WITHDRAWAL.delete())
    running.withdrawals._before.clear()


async def test_a_token_is_refused_once_the_bus_has_brought_the_withdrawal(office: World, counter: Running) -> None:
    await forget(counter)
    robin = office.as_(token(str(ROBIN)))
    assert (await robin.get(PARCELS)).status_code == 200
    await publish(counter, [envelope(ended(ROBIN))])
    refused = problem(await robin.get(PARCELS), 401, "not-signed-in")
    assert "withdrawn" in refused["detail"]
    assert "Sign in again" in refused["detail"]
    assert (await office.as_(token(str(ROBIN))).get(PARCELS)).status_code == 200
    assert (await office.admin.get(PARCELS)).status_code == 200
    await office.quiet()
    await forget(counter)


async def test_who_operated_until_the_token_was_withdrawn_sees_no_figures_any_more(
    office: World, counter: Running
) -> None:
    await forget(counter)
    bearer = token(str(ROBIN), "operator")
    for shown in (True, False):
        for address, figure in (("/", "dead letters"), ("/readyz", "delivery"), ("/counter/readyz", "delivery")):
            answer = await ask(office, "GET", address, bearer, client=("203.0.113.5", 1))
            assert (answer.status, figure in answer.body.decode()) == (200, shown), address
        figures = await ask(office, "GET", "/counter/metrics", bearer, client=("203.0.113.5", 1))
        assert (figures.status == 200) == shown
        await publish(counter, [envelope(ended(ROBIN))])
    await office.quiet()
    await forget(counter)
    office.running("rounds").withdrawals._before.clear()


async def test_who_loses_access_while_a_body_arrives_is_refused(office: World, counter: Running) -> None:
    await forget(counter)
    first, second = b'{"label": "half', b' a parcel"}'

    async def slowly(withdrawn: bool) -> AsyncIterator[bytes]:
        yield first
        if withdrawn:
            await publish(counter, [envelope(ended(ROBIN))])
        yield second

    bearer = token(str(ROBIN))
    for withdrawn, status in ((False, 201), (True, 401)):
        headers = [(b"content-type", b"application/json")]
        answer = await ask(office, "POST", PARCELS, bearer, slowly(withdrawn), headers=headers)
        assert (answer.status, answer.received) == (status, 3)
    await office.quiet()
    await forget(counter)


async def test_nothing_that_waits_in_the_inbox_delays_a_withdrawal(office: World, counter: Running) -> None:
    await forget(counter)
    await counter.inbox.stop()
    try:
        robin = office.as_(token(str(ROBIN)))
        await publish(counter, [envelope(ended(ROBIN))])
        problem(await robin.get(PARCELS), 401, "not-signed-in")
        replica = Withdrawals(counter.engine)
        await replica.read()
        with pytest.raises(NotSignedIn):
            replica.check(caller(clock.now().timestamp() - 60))
    finally:
        counter.inbox.start()
    await office.quiet()
    await forget(counter)


async def test_people_of_a_party_whose_access_ended_are_refused(office: World, counter: Running) -> None:
    await forget(counter)
    theirs = office.as_(token("somebody", party=str(PARTY)))
    others = office.as_(token("somebody", party=str(uuid4())))
    await publish(counter, [envelope(ended(PARTY))])
    problem(await theirs.get(PARCELS), 401, "not-signed-in")
    assert (await others.get(PARCELS)).status_code == 200
    await office.quiet()
    await forget(counter)


async def test_the_moment_itself_belongs_to_the_past(counter: Running) -> None:
    await forget(counter)
    event = ended(ROBIN)
    await counter.withdrawals.receive([envelope(event)])
    before = event.before.timestamp()
    for issued_at in (0.0, before - 0.5, before - 0.000_001, before, float(int(before))):
        with pytest.raises(NotSignedIn):
            counter.withdrawals.check(caller(issued_at))
    counter.withdrawals.check(caller((event.before + timedelta(microseconds=1)).timestamp()))
    await forget(counter)


async def test_of_several_moments_the_latest_counts_whatever_comes_last(counter: Running) -> None:
    await forget(counter)
    late, early = ended(ROBIN), ended(ROBIN, ago=100)
    await counter.withdrawals.receive([envelope(late), envelope(early)])
    fresh = Withdrawals(counter.engine)
    await fresh.read()
    for known in (counter.withdrawals, fresh):
        with pytest.raises(NotSignedIn):
            known.check(caller(late.before.timestamp() - 1))
    await forget(counter)


async def test_no_service_withdraws_tokens_in_the_name_of_governance(office: World, counter: Running) -> None:
    await forget(counter)
    await counter.bus.publish([envelope(ended(ROBIN))])
    assert (await office.as_(token(str(ROBIN), iat=clock.now().timestamp() - 60)).get(PARCELS)).status_code == 200


async def test_a_replica_learns_within_two_seconds(counter: Running) -> None:
    await forget(counter)
    replica = Withdrawals(counter.engine)
    await replica.read()
    following = asyncio.create_task(replica.follow(others=True))
    try:
        async with counter.engine.begin() as connection:
            await store(connection, ended(ROBIN))
        old = caller(clock.now().timestamp() - 60)
        replica.check(old)
        async with asyncio.timeout(2):
            while True:
                try:
                    replica.check(old)
                except NotSignedIn:
                    break
                await asyncio.sleep(0.05)
    finally:
        following.cancel()
    await forget(counter)


async def test_until_the_table_was_read_nobody_is_let_in(make_database: Callable[[str], Any]) -> None:
    engine = database.engine(await make_database("without_tables"))
    away = Withdrawals(engine)
    await away.read()
    with pytest.raises(Unavailable):
        away.check(caller(clock.now().timestamp()))
    await engine.dispose()


async def test_a_restart_and_a_rebuild_keep_what_is_withdrawn(office: World) -> None:
    rounds = office.running("rounds")
    await publish(rounds, [envelope(ended(ROBIN))])
    await office.quiet()
    assert (await office.rebuild("rounds"))["state"] == "completed"
    restarted = Withdrawals(rounds.engine)
    await restarted.read()
    with pytest.raises(NotSignedIn):
        restarted.check(caller(clock.now().timestamp() - 60))
    await forget(rounds)


async def test_what_cannot_be_understood_becomes_a_dead_letter_and_stops_nothing(
    office: World, counter: Running
) -> None:
    broken = envelope(ended(ROBIN)).model_copy(update={"data": {"subjects": "nobody"}})
    await publish(counter, [broken])
    assert (await office.as_(token(str(ROBIN))).get(PARCELS)).status_code == 200
    async with counter.engine.begin() as connection:
        row = await connection.exec_driver_sql("DELETE FROM inbox RETURNING type")
        assert (AccessEnded.type,) in row.all()
