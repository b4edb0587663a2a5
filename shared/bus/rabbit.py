"""The bus of production: RabbitMQ, one topic exchange per publishing service, one quorum queue per consuming service.

The exchange that a message came by shows who published it: only one service may write to each exchange, so that no client
can pretend to be another one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractRobustChannel,
    AbstractRobustConnection,
)
from aio_pika.exceptions import AMQPError
from aio_pika.robust_channel import RobustChannel
from aio_pika.robust_connection import RobustConnection
from aio_pika.robust_queue import RobustQueue
from aiormq import spec
from aiormq.abc import AbstractChannel
from yarl import URL

from shared.bus.acceptance import accepted
from shared.bus.messages import Batch, batches, read, write
from shared.bus.port import BusUnavailable, Deliver, Queue, Rejected, SetApart
from shared.contracts import Envelope
from shared.urls import place_of

log = structlog.get_logger(__name__)

T = TypeVar("T")
NAMESPACE = "zeven"
QUORUM: Mapping[str, Any] = {"x-queue-type": "quorum"}
CONFIRM_SECONDS = 10.0
PREFETCH = 50  # deliveries that a consumer has without acknowledgement
STORED_AT_ONCE = 200
FAULTS = (AMQPError, OSError, RuntimeError, TimeoutError)  # what the library raises while the broker is unavailable


class _DeclaredQueue(RobustQueue):
    """A queue that `migrate` declared: a service is not allowed to, on some versions of RabbitMQ not even passively."""

    async def declare(self, timeout: float | None = None) -> spec.Queue.DeclareOk:  # noqa: ASYNC109, ARG002 - as overridden
        """Assume that it exists; otherwise consuming fails."""
        return spec.Queue.DeclareOk(self.name, 0, 0)

    async def _probe(self, channel: AbstractChannel) -> None:
        """The same, before consumers are restored."""


class _Channel(RobustChannel):
    QUEUE_CLASS = _DeclaredQueue


class _Connection(RobustConnection):
    CHANNEL_CLASS = _Channel


class RabbitBus:
    """One service's bus: publishes with confirms, and acknowledges a delivery once it is stored, however long that takes."""

    def __init__(self, url: str, publisher: str) -> None:
        address = URL(url)
        namespace = address.query.get("namespace", NAMESPACE)
        self._publisher, self._namespace, self._exchange_prefix = publisher, namespace, f"{namespace}.events."
        self._url = str(address.without_query_params("namespace"))
        self._connection: AbstractRobustConnection | None = None
        self._exchange: AbstractExchange | None = None
        self._opening = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False
        self.held = 0

    async def declare(self, publishers: Collection[str], queues: Sequence[Queue]) -> None:
        """Create the exchange of every publisher, every queue and every binding where it is missing.

        `BusUnavailable` when the broker cannot be reached, or refuses the user.
        """
        try:
            opened = await aio_pika.connect(self._url, timeout=CONFIRM_SECONDS)
        except FAULTS as error:
            raise BusUnavailable(f"{place_of(self._url)} cannot be used: {type(error).__name__}: {error}") from error
        async with opened as connection:
            channel = await connection.channel()
            unreadable = f"{self._namespace}.unreadable"
            aside = await channel.declare_exchange(unreadable, aio_pika.ExchangeType.FANOUT, durable=True)
            await (await channel.declare_queue(unreadable, durable=True, arguments=dict(QUORUM))).bind(aside)
            for publisher in sorted({*publishers, *(each for queue in queues for each in queue.publishers)}):
                await channel.declare_exchange(
                    f"{self._exchange_prefix}{publisher}", aio_pika.ExchangeType.TOPIC, durable=True
                )
            arguments = {**QUORUM, "x-dead-letter-exchange": unreadable}
            for queue in queues:
                name = f"{self._namespace}.{queue.name}"
                declared = await channel.declare_queue(name, durable=True, arguments=arguments)
                for pattern, publisher in queue.bindings:
                    await declared.bind(f"{self._exchange_prefix}{publisher}", routing_key=pattern)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once the broker has confirmed every envelope."""
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                exchange = await self._publishing()
                await asyncio.gather(*(self._send(exchange, batch) for batch in batches(envelopes)))
        except (*FAULTS, asyncio.InvalidStateError) as error:
            raise BusUnavailable(f"RabbitMQ did not confirm: {type(error).__name__}") from error
        except asyncio.CancelledError as error:
            # the library cancels the tasks that wait on a stuck connection; the relay must go on
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            raise BusUnavailable("RabbitMQ did not confirm: the connection was stuck") from error

    @staticmethod
    async def _send(exchange: AbstractExchange, batch: Batch) -> None:
        routing_key, message = write(batch)
        # not mandatory, because an event that no queue binds is no fault
        await exchange.publish(message, routing_key=routing_key, mandatory=False, timeout=CONFIRM_SECONDS)

    async def _publishing(self) -> AbstractExchange:
        if self._exchange is None:
            channel = await self._channel()
            self._exchange = await channel.get_exchange(f"{self._exchange_prefix}{self._publisher}", ensure=False)
        return self._exchange

    async def subscribe(self, queue: Queue, deliver: Deliver, set_apart: SetApart | None = None) -> None:
        """Consume `queue` whenever the broker is available; deliveries are stored and acknowledged in batches.

        Without `set_apart` what is unreadable goes to the broker's queue `unreadable`, as everything does that is refused.
        """
        consuming = self._consume(queue, deliver, set_apart)
        self._tasks.append(asyncio.create_task(consuming, name=f"deliveries to {queue.name}"))

    async def _consume(self, queue: Queue, deliver: Deliver, set_apart: SetApart | None) -> None:
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        while True:
            channel: AbstractRobustChannel | None = None
            try:
                channel = await self._channel(confirms=False)
                await channel.set_qos(prefetch_count=PREFETCH)
                # restored after a reconnect for as long as it is referenced
                declared = await channel.declare_queue(f"{self._namespace}.{queue.name}")
                await declared.consume(arrived.put)
            except FAULTS as error:
                log.warning("deliveries wait for the bus", queue=queue.name, reason=f"{type(error).__name__}: {error}")
                if channel is not None:
                    with contextlib.suppress(*FAULTS):
                        await channel.close()
                await asyncio.sleep(1)
            else:
                await self._store(queue, arrived, deliver, set_apart)

    async def _store(
        self,
        queue: Queue,
        arrived: "asyncio.Queue[AbstractIncomingMessage]",
        deliver: Deliver,
        set_apart: SetApart | None,
    ) -> None:
        while True:
            envelopes: list[Envelope] = []
            apart: list[Rejected] = []
            messages: list[tuple[AbstractIncomingMessage, bool]] = []
            while not messages or (len(envelopes) < STORED_AT_ONCE and not arrived.empty()):
                message = await arrived.get()
                publisher, (found, unreadable) = self._publisher_of(message), read(message.body)
                mine = accepted(queue, publisher, found)
                messages.append((message, mine.clean and (set_apart is not None or not unreadable)))
                envelopes += mine.envelopes
                apart += [Rejected("unreadable", publisher, part, why) for part, why in unreadable]
                apart += mine.apart
            await self._until_stored(queue, envelopes, deliver)
            if set_apart is not None:
                await self._until_stored(queue, apart, set_apart)
            for message, whole in messages:
                # its channel may be closed: then it is delivered again and recognised as stored
                with contextlib.suppress(*FAULTS):
                    await (message.ack() if whole else message.reject(requeue=False))

    async def _until_stored(
        self, queue: Queue, arrived: Sequence[T], store: Callable[[Sequence[T]], Awaitable[None]]
    ) -> None:
        wait = 0.2
        while arrived:
            try:
                await store(arrived)
            except Exception as error:  # noqa: BLE001 - after any error: a returned delivery would come back at once
                self.held = len(arrived)
                log.warning(
                    "deliveries wait to be stored",
                    queue=queue.name,
                    waiting=len(arrived),
                    reason=f"{type(error).__name__}: {error}",
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10)
            else:
                self.held = 0
                return

    def _publisher_of(self, message: AbstractIncomingMessage) -> str | None:
        """The service on whose exchange it was published; `None` when it came another way."""
        exchange = message.exchange or ""
        return exchange.removeprefix(self._exchange_prefix) if exchange.startswith(self._exchange_prefix) else None

    async def close(self) -> None:
        """Stop consuming; what was not acknowledged is delivered to the next consumer."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._connection is not None:
            with contextlib.suppress(*FAULTS):
                await asyncio.wait_for(self._connection.close(), CONFIRM_SECONDS)
        self._connection = self._exchange = None

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self._connection is not None and self._connection.connected.is_set()

    async def _channel(self, *, confirms: bool = True) -> AbstractRobustChannel:
        async with self._opening:
            if self._closed:
                raise BusUnavailable("the bus is closed")
            if self._connection is None:
                self._connection = await aio_pika.connect_robust(
                    self._url, timeout=CONFIRM_SECONDS, reconnect_interval=1, connection_class=_Connection
                )
        async with asyncio.timeout(CONFIRM_SECONDS):
            await self._connection.ready()
        channel = await self._connection.channel(publisher_confirms=confirms)
        assert isinstance(channel, AbstractRobustChannel)
        return channel
