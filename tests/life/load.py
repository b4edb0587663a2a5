"""Clients that repeat each request until it is answered, whatever dies meanwhile."""

import asyncio
import random
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx2

from tests.life.desk import Json, eventually, json_of

CLIENTS = 4
PATIENCE = 20.0  # seconds
HASTY = 0.2  # the share of calls whose clients hang up too early
BUSY = {httpx2.codes.SERVICE_UNAVAILABLE, httpx2.codes.TOO_MANY_REQUESTS}


async def insist(client: httpx2.AsyncClient, path: str, hangs_up_after: float = PATIENCE, **fields: object) -> Json:
    """What `path` answers, asked again with the same Idempotency-Key until it does.

    The first time, the client hangs up after so many seconds, without knowing what came of it.
    """
    key, patience = {"Idempotency-Key": uuid4().hex}, hangs_up_after
    while True:
        try:
            answer = await client.post(path, json=fields, headers=key, timeout=patience)
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code not in BUSY:
            record: Json = json_of(answer)
            return record
        await asyncio.sleep(0.1)
        patience = PATIENCE


@dataclass
class Ledger:
    """What was asked and answered: the calls, and how many of their incidents asked for a change."""

    about: str
    calls: list[Json] = field(default_factory=list)
    requests: int = 0


class Load(AbstractAsyncContextManager["Load"]):
    """A few calls a second, from several clients, for as long as the block lasts; every tenth incident asks for a change."""

    def __init__(self, client: httpx2.AsyncClient, ledger: Ledger, *, seed: int = 0) -> None:
        self._client, self._ledger, self._random = client, ledger, random.Random(seed)
        self._enough = asyncio.Event()
        self._clients: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._clients = [asyncio.create_task(self._calls()) for _ in range(CLIENTS)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until whatever was asked is answered; the first client that was refused says so."""
        self._enough.set()
        if kind is not None:
            for client in self._clients:
                client.cancel()
        results = await asyncio.gather(*self._clients, return_exceptions=True)
        if kind is None:
            for failed in filter(None, results):
                raise failed

    async def answered(self, more: int) -> None:
        """Return once that many more calls were answered."""
        enough = len(self._ledger.calls) + more

        async def have_been() -> bool:
            for client in self._clients:
                if client.done():
                    client.result()
            return len(self._ledger.calls) >= enough

        await eventually(have_been, f"{more} answers")

    async def _calls(self) -> None:
        ledger, dice = self._ledger, self._random
        while not self._enough.is_set():
            call = await insist(
                self._client,
                "/incident/v1/calls",
                hangs_up_after=dice.uniform(0.01, 0.1) if dice.random() < HASTY else PATIENCE,
                type="incident",
                title=f"The {ledger.about} stands still",
                description=f"Nobody can work without the {ledger.about}.",
                impact=dice.choice(("high", "medium", "low")),
                urgency=dice.choice(("high", "medium", "low")),
            )
            ledger.calls.append(call)
            if len(ledger.calls) % 10 == 0:
                path = f"/incident/v1/incidents/{call['record']['id']}/change-requests"
                await insist(self._client, path, title="Replace it", description="It fails.", urgent=False)
                ledger.requests += 1
            await asyncio.sleep(dice.uniform(0.1, 0.6))
