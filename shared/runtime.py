"""A service as data (`Service`) and a running service (`Running`): its database, bus, relay, inbox and jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Protocol

import structlog
from sqlalchemy import MetaData, text

from shared import clock, database, erasure, idempotency, inbox, retention
from shared.access import Caller, Verifier, withdrawals
from shared.bus import Bus, BusUnavailable, Queue
from shared.contracts import Actor, Envelope
from shared.contracts.governance import AccessEnded
from shared.erasure import PersonalTexts
from shared.events import Relay
from shared.feed import Feed, FeedUnusable, ReadFeed
from shared.idempotency import Key
from shared.inbox import Handlers, Inbox, Routes
from shared.observability import JOBS
from shared.rebuilds import Derived, Rebuilds
from shared.records.columns import Copy, table_of
from shared.records.copies import handlers_of
from shared.retention import Retained
from shared.settings import Settings
from shared.unit_of_work import CheckCaller, Store, Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic task: `run` gets an opened unit of work every `every`, in one replica at a time.

    It returns how many things it did; as long as that is not 0 it is run again at once.
    """

    name: str
    every: timedelta
    run: Callable[[Work], Awaitable[int]]


class Router(Protocol):
    """The routes of a service, as `shared.http` makes them; this module does not use what is in them."""

    @property
    def routes(self) -> Sequence[object]:
        """The routes, in the order in which they are matched."""


@dataclass(frozen=True)
class Service:
    """A service as its host needs it: its name and package, what it is for, its tables, routes, handlers and jobs.

    `seed` makes a fresh platform usable and is repeatable; `derived` can be rebuilt from the feeds, like its copies.
    `well_known` holds routes beside `/v1`, directly under the prefix. `settings` adds the service's own to those of every process.
    `personal` names the columns with texts that people wrote, for when one of them is erased. `listens_to` names services whose
    events about themselves are received, although no other event of them is.
    `retained` names the kinds of records that a rule may delete.
    `check_caller` checks the token of a caller who writes against the service's own data, also for the kernel's routes.
    `recognise` (of governance alone) gives the caller for whom the claims of the OpenID Connect provider speak.
    """

    name: str
    package: str
    title: str
    summary: str
    tables: MetaData
    router: Router
    copies: tuple[type[Copy], ...] = ()
    handlers: Handlers = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    seed: Callable[[Work], Awaitable[None]] | None = None
    derived: Derived = field(default_factory=Derived)
    personal: tuple[PersonalTexts, ...] = ()
    listens_to: tuple[str, ...] = ()
    retained: tuple[Retained, ...] = ()
    well_known: Router | None = None
    settings: type[Settings] = Settings
    check_caller: CheckCaller | None = None
    recognise: Callable[[Work, dict[str, Any]], Awaitable[Caller]] | None = None

    @property
    def prefix(self) -> str:
        """The first part of its URLs, in kebab case: `/service-level`."""
        return "/" + self.name.replace("_", "-")

    @cached_property
    def routes(self) -> Routes:
        """What handles the events that it receives: the kernel, its copies of others' records, then its own table."""
        own: Handlers = {AccessEnded: withdrawals.handle, **erasure.HANDLERS, **retention.HANDLERS}
        return Routes(own, *handlers_of(self.copies), self.handlers)

    @property
    def queue(self) -> Queue:
        """What it receives."""
        return Queue(self.name, self.routes.patterns, self.listens_to)

    @cached_property
    def rebuilt(self) -> Derived:
        """What a rebuild builds again: its copies and what else it derives from events; nothing that a person entered."""
        return replace(self.derived, tables=(*map(table_of, self.copies), *self.derived.tables))

    @property
    def rebuilds(self) -> bool:
        """Whether it derives anything from events that can be rebuilt."""
        return bool(self.rebuilt.tables)

    @property
    def actor(self) -> Actor:
        """How events name the service when it acts by itself."""
        return Actor(type="system", id=self.name)


async def unreachable(service: str, after: int, limit: int, bearer: str) -> Feed:  # noqa: ARG001 - as any feed is read
    """Used where no feed of another service can be read."""
    raise FeedUnusable(f"this process has no address of {service}")


class Running:
    """One service that runs in this process."""

    def __init__(
        self,
        service: Service,
        *,
        url: str,
        bus: Bus,
        verifier: Verifier,
        config: Settings,
        read_feed: ReadFeed = unreachable,
        pool: int = 10,
        several: bool = False,
    ) -> None:
        self.service, self.bus, self.verifier, self.config = service, bus, verifier, config
        self.engine = database.engine(url, pool=pool)
        self.relay = Relay(url, bus, service.name)
        self.store = Store(
            service.name, self.engine, self.relay.wake, config, notify=several, check_caller=service.check_caller
        )
        self.withdrawals = withdrawals.Withdrawals(self.engine)
        self.inbox = Inbox(
            service.name, self.engine, service.routes, lambda cause: self.work(service.actor, cause=cause)
        )
        self.rebuilds = Rebuilds(
            service.name, url, service.queue, service.routes, service.rebuilt, self.work, read_feed
        )
        self.jobs = (
            *self.service.jobs,
            Job("housekeeping", timedelta(minutes=1), self._housekeeping),
            Job(
                "erase",
                timedelta(seconds=5),
                partial(erasure.erase_due, declared=(*service.personal, *retention.PERSONAL)),
            ),
            Job("retire", timedelta(minutes=10), partial(retention.retire_due, kinds=service.retained)),
        )
        self._several = several
        #: the process will end: requests are still answered, but a proxy should send new ones elsewhere
        self.draining = False
        self._jobs: list[asyncio.Task[None]] = []
        self._stopping = False

    def work(
        self,
        actor: Actor,
        *,
        cause: Envelope | None = None,
        key: Key | None = None,
        replaying: bool = False,
        reading: bool = False,
    ) -> Work:
        """A unit of work in the name of `actor`; a `replaying` one records no events (rebuilding), a `reading` one only reads."""
        return Work(self.store, actor, cause=cause, key=key, replaying=replaying, reading=reading)

    async def start(self) -> None:
        """Receive, publish and run jobs.

        Nothing here waits for the database: of several services in a process all must have subscribed before one publishes.
        """
        await self.bus.subscribe(self.service.queue, self._receive, self.inbox.set_apart)
        self.inbox.start()
        self.relay.start()
        self._jobs = [asyncio.create_task(self._tick(job), name=job.name) for job in self.jobs]
        following = self.withdrawals.follow(others=self._several)
        self._jobs.append(asyncio.create_task(following, name="withdrawals"))

    async def _receive(self, envelopes: Sequence[Envelope]) -> None:
        if self._stopping:
            raise BusUnavailable(f"{self.service.name} is stopping")
        await self.withdrawals.receive(envelopes)
        await self.inbox.deliver(envelopes)

    async def stop(self) -> None:
        """Stop in order: deliveries, jobs, a rebuild and handlers, relay, connections."""
        self._stopping = True
        for task in self._jobs:
            task.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self.rebuilds.stop()
        await self.inbox.stop()
        await self.relay.stop()
        await self.engine.dispose()

    @asynccontextmanager
    async def started(self) -> AsyncIterator["Running"]:
        """The running service, for as long as the block lasts."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def run_job(self, name: str) -> int:
        """Run one of the service's jobs now, once its timer does not; returns how many things it did."""
        job = next(job for job in self.jobs if job.name == name)
        async with self.work(self.service.actor) as work:
            await work.session.execute(_THIS_REPLICA, {"job": job.name})
            return await job.run(work)

    async def _tick(self, job: Job) -> None:
        while True:
            try:
                while await self._run(job):
                    JOBS.labels(self.service.name, job.name, "done").inc()
            except Exception as error:  # noqa: BLE001 - the timer continues after every failure
                JOBS.labels(self.service.name, job.name, "failed").inc()
                log.warning(
                    "a job failed and is run again",
                    service=self.service.name,
                    job=job.name,
                    reason=f"{type(error).__name__}: {error}",
                )
            await asyncio.sleep(job.every.total_seconds())

    async def _run(self, job: Job) -> int:
        async with self.work(self.service.actor) as work:
            mine = await work.session.scalar(_ONE_REPLICA, {"job": job.name})
            return await job.run(work) if mine else 0

    @staticmethod
    async def _housekeeping(work: Work) -> int:
        connection = await work.session.connection()
        await idempotency.forget(connection, clock.now())
        return await inbox.forget(connection, clock.now())


_ONE_REPLICA = text("SELECT pg_try_advisory_xact_lock(hashtext('zeven job'), hashtext(:job))")
_THIS_REPLICA = text("SELECT pg_advisory_xact_lock(hashtext('zeven job'), hashtext(:job))")


def queues(services: Sequence[Service]) -> list[Queue]:
    """The queues of all services."""
    return [service.queue for service in services]
