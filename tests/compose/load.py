"""Calls at an even rate, each with a key of its own, so that whoever is not answered asks again; and what became of them."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2

from tests.life.desk import Json

RATE = 20
#: how long a client tries
PATIENT_SECONDS = 300.0


@dataclass
class Load:
    """What clients were answered: the calls that were registered, and how often each other answer was given."""

    client: httpx2.AsyncClient
    rate: int = RATE
    registered: list[Json] = field(default_factory=list)
    #: by status and what the answer said
    refused: Counter[str] = field(default_factory=Counter)
    #: connections that broke or were not accepted; not an answer
    cut: int = 0
    #: seconds that the slowest call waited for its answer
    slowest: float = 0.0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def register(self, number: int) -> None:
        """Register a call, again and again with the same key until there is an answer."""
        body = {"type": "incident", "title": f"Call {number}", "description": "It is broken."}
        key = {"Idempotency-Key": uuid4().hex}
        began = time.monotonic()
        async with asyncio.timeout(PATIENT_SECONDS):
            while True:
                try:
                    answer = await self.client.post(
                        "/incident/v1/calls", json={**body, "impact": "low", "urgency": "low"}, headers=key, timeout=90
                    )
                except httpx2.TransportError:
                    self.cut += 1
                else:
                    if answer.status_code == httpx2.codes.CREATED:
                        self.registered.append(answer.json())
                        self.slowest = max(self.slowest, time.monotonic() - began)
                        return
                    self.refused[f"{answer.status_code} {answer.json().get('detail')}"] += 1
                await asyncio.sleep(0.5)

    def begin(self, number: int) -> None:
        """One more call, which goes on until it is answered."""
        self.tasks.append(asyncio.create_task(self.register(number)))

    async def send(self) -> None:
        """One call after the other at the rate, answered or not, until cancelled."""
        number = 0
        while True:
            number += 1
            self.begin(number)
            await asyncio.sleep(1 / self.rate)


@asynccontextmanager
async def calls_under_way(client: httpx2.AsyncClient, rate: int = RATE) -> AsyncIterator[Load]:
    """Calls are registered as long as the block lasts; at its end every one of them has been answered."""
    load = Load(client, rate)
    sending = asyncio.create_task(load.send())
    try:
        yield load
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        await asyncio.gather(*load.tasks)
