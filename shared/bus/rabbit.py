"""The bus of production: RabbitMQ, one topic exchange, one quorum queue per consuming service."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import aio_pika
import msgspec
import structlog
from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractRobustChannel,
    AbstractRobustConnection,
    AbstractRobustExchange,
)
from aio_pika.exceptions import AMQPError
from pydantic import ValidationError
from yarl import URL

from shared.bus.port import BusUnavailable, Deliver, Queue
from shared.contracts import Envelope

log = structlog.get_logger(__name__)

Batch = list[tuple[Envelope, bytes]]

NAMESPACE = "zeven"
QUORUM = {"x-queue-type": "quorum"}
CONFIRM_SECONDS = 10.0
HELD = 50  # deliveries a consumer holds without acknowledgement
STORED_AT_ONCE = 200
TOGETHER = 128 * 1024  # bytes of events in one message
ONE, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"
FAULTS = (AMQPError, OSError, RuntimeError, TimeoutError)  # what the library raises while the broker is away


class RabbitBus:
    """Publishes with confirms; acknowledges a delivery once it is stored, and holds it for as long as it cannot be."""

    def __init__(self, url: str) -> None:
        address = URL(url)
        self._names = address.query.get("namespace", NAMESPACE)
        self._url = str(address.without_query_params("namespace"))
        self._connection: AbstractRobustConnection | None = None
        self._exchange: AbstractRobustExchange | None = None
        self._opening = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def declare(self, queues: Sequence[Queue]) -> None:
        """Make the exchange, every queue and every binding exist."""
        channel = await self._channel()
        exchange = await self._events(channel)
        await self._unreadable(channel)
        for queue in queues:
            declared = await self._queue(channel, queue)
            for kind in sorted(queue.types):
                await declared.bind(exchange, routing_key=kind)
        await channel.close()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once the broker has confirmed every envelope."""
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                exchange = await self._publishing()
                await asyncio.gather(*(self._send(exchange, batch) for batch in _batches(envelopes)))
        except (*FAULTS, asyncio.InvalidStateError) as error:
            raise BusUnavailable(f"RabbitMQ did not confirm: {type(error).__name__}") from error
        except asyncio.CancelledError as error:
            # a connection given up for stuck cancels whoever waits on it; the relay must outlive that
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            raise BusUnavailable("RabbitMQ did not confirm: the connection was given up") from error

    @staticmethod
    async def _send(exchange: AbstractRobustExchange, batch: Batch) -> None:
        first, *others = dict.fromkeys(envelope.type for envelope, _ in batch)
        written = [body for _, body in batch]
        message = aio_pika.Message(
            b"[" + b",".join(written) + b"]" if len(batch) > 1 else written[0],
            message_id=str(batch[0][0].id),
            content_type=SEVERAL if len(batch) > 1 else ONE,
            headers={"CC": others} if others else None,  # type: ignore[dict-item]  # a field array, as the broker wants it
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        # an event that nobody binds is legal: not mandatory
        await exchange.publish(message, routing_key=first, mandatory=False, timeout=CONFIRM_SECONDS)

    async def _publishing(self) -> AbstractRobustExchange:
        if self._exchange is None:
            self._exchange = await self._events(await self._channel())
        return self._exchange

    async def subscribe(self, queue: Queue, deliver: Deliver) -> None:
        """Consume `queue` as soon as and whenever the broker is there; deliveries are stored and acknowledged in batches."""
        self._tasks.append(asyncio.create_task(self._consume(queue, deliver), name=f"deliveries to {queue.name}"))

    async def _consume(self, queue: Queue, deliver: Deliver) -> None:
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        while True:
            try:
                channel = await self._channel(confirms=False)
                await channel.set_qos(prefetch_count=HELD)
                declared = await self._queue(
                    channel, queue
                )  # restored after a reconnect for as long as it is referenced
                await declared.consume(arrived.put)
            except FAULTS as error:
                log.warning("deliveries wait for the bus", queue=queue.name, reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(1)
            else:
                await _store(queue, arrived, deliver)

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
        """Whether the connection stands."""
        return self._connection is not None and self._connection.connected.is_set()

    async def _channel(self, *, confirms: bool = True) -> AbstractRobustChannel:
        async with self._opening:
            if self._closed:
                raise BusUnavailable("the bus is closed")
            if self._connection is None:
                self._connection = await aio_pika.connect_robust(
                    self._url, timeout=CONFIRM_SECONDS, reconnect_interval=1
                )
        async with asyncio.timeout(CONFIRM_SECONDS):
            await self._connection.ready()
        channel = await self._connection.channel(publisher_confirms=confirms)
        assert isinstance(channel, AbstractRobustChannel)
        return channel

    async def _events(self, channel: AbstractRobustChannel) -> AbstractRobustExchange:
        exchange = await channel.declare_exchange(f"{self._names}.events", aio_pika.ExchangeType.TOPIC, durable=True)
        assert isinstance(exchange, AbstractRobustExchange)
        return exchange

    async def _unreadable(self, channel: AbstractRobustChannel) -> None:
        name = f"{self._names}.unreadable"
        exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT, durable=True)
        queue = await channel.declare_queue(name, durable=True, arguments=QUORUM)
        await queue.bind(exchange)

    async def _queue(self, channel: AbstractRobustChannel, queue: Queue) -> Any:
        arguments = {**QUORUM, "x-dead-letter-exchange": f"{self._names}.unreadable"}
        return await channel.declare_queue(f"{self._names}.{queue.name}", durable=True, arguments=arguments)


def _batches(envelopes: Sequence[Envelope]) -> Iterator[Batch]:
    """Events in their order, as many as one message carries.

    The broker brings a message to every queue that hears one of its types (`CC` adds routing keys), once: a confirm and a
    delivery for each batch cost a fraction of those for each event.
    """
    batch: Batch = []
    size = 0
    for envelope in envelopes:
        body = envelope.model_dump_json().encode()
        if batch and size + len(body) > TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append((envelope, body))
        size += len(body)
    if batch:
        yield batch


async def _store(queue: Queue, arrived: "asyncio.Queue[AbstractIncomingMessage]", deliver: Deliver) -> None:
    while True:
        envelopes: list[Envelope] = []
        messages: list[tuple[AbstractIncomingMessage, bool]] = []
        while not messages or (len(envelopes) < STORED_AT_ONCE and not arrived.empty()):
            message = await arrived.get()
            heard, whole = _read(message.body)
            messages.append((message, whole))
            envelopes += [envelope for envelope in heard if queue.takes(envelope.type)]
        await _hold_until_stored(queue, envelopes, deliver)
        for message, whole in messages:
            # the channel it came on may be gone: then it comes again and is recognised
            with contextlib.suppress(*FAULTS):
                await (message.ack() if whole else message.reject(requeue=False))


def _read(body: bytes) -> tuple[list[Envelope], bool]:
    """The events of a message, and whether all of it was events; what is not is put aside with its message."""
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw]) if body.startswith(b"[") else [body]
    except msgspec.MsgspecError:
        parts = [body]
    heard: list[Envelope] = []
    for part in parts:
        try:
            heard.append(Envelope.model_validate_json(bytes(part)))
        except ValidationError:
            log.exception("a delivery is not an event and was put aside", queue="unreadable")
    return heard, len(heard) == len(parts)


async def _hold_until_stored(queue: Queue, envelopes: Sequence[Envelope], deliver: Deliver) -> None:
    wait = 0.2
    while envelopes:
        try:
            await deliver(envelopes)
        except Exception as error:  # noqa: BLE001 - whatever it is, returning the delivery would only make it spin
            log.warning(
                "deliveries are held", queue=queue.name, held=len(envelopes), reason=f"{type(error).__name__}: {error}"
            )
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10)
        else:
            return
