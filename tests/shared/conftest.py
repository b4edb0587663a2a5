"""A running post office, an inbox that tests handle by hand, a bus on RabbitMQ, and the real clock after each test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared import clock, security_log
from shared.bus.rabbit import RabbitBus
from shared.runtime import Running
from tests.broker import Broker
from tests.shared.letters import SENDER, A
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.world import World, as_owner, world


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    yield
    clock.shift(timedelta())


@pytest.fixture(scope="module")
async def office(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER, ROUNDS), make_database) as zeven:
        yield zeven


@pytest.fixture(scope="module")
async def rounds_only(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((ROUNDS,), make_database) as zeven:
        await zeven.running("rounds").inbox.stop()
        yield zeven


@pytest.fixture
async def by_hand(rounds_only: World) -> World:
    """The rounds alone, empty; nothing is handled but by the test's own hand."""
    await rounds_only.running("rounds").inbox.stop()
    await as_owner(rounds_only.running("rounds"), "TRUNCATE stop, collection, inbox, event, quarantine")
    return rounds_only


@pytest.fixture
def rounds(by_hand: World) -> Running:
    return by_hand.running("rounds")


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the security log says of refused envelopes."""
    lines: list[dict[str, Any]] = []

    def record(act: str, **details: Any) -> None:
        if act == "envelope_refused":
            lines.append(details)

    monkeypatch.setattr(security_log, "record", record)
    return lines


@pytest.fixture
def namespace() -> str:
    """Names of this test alone on the broker that all tests share."""
    return f"rabbit-{uuid4().hex[:8]}"


@pytest.fixture
async def bus(broker: Broker, namespace: str) -> AsyncIterator[RabbitBus]:
    made = RabbitBus(f"{broker.url}?namespace={namespace}", SENDER)
    await made.declare([SENDER], [A])
    async with asyncio.timeout(30):
        while not broker.settled:
            await asyncio.sleep(0.05)
    yield made
    await made.close()
