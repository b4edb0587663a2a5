"""The messages on RabbitMQ: as many events as fit in one, in the JSON batch format of CloudEvents."""

from collections.abc import Iterator, Sequence

import aio_pika
import msgspec
import structlog
from pydantic import ValidationError

from shared.contracts import Envelope

log = structlog.get_logger(__name__)

Batch = list[tuple[Envelope, bytes]]

TOGETHER = 128 * 1024  # bytes of events in one message
ONE, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"


def batches(envelopes: Sequence[Envelope]) -> Iterator[Batch]:
    """Events in their order, as many as fit in one message.

    The broker delivers a message once to every queue that bound one of its types (`CC` adds routing keys). One confirm and
    delivery for a batch cost a fraction of those for each event.
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


def write(batch: Batch) -> tuple[str, aio_pika.Message]:
    """The routing key and the message of a batch."""
    first, *others = dict.fromkeys(envelope.type for envelope, _ in batch)
    bodies = [body for _, body in batch]
    return first, aio_pika.Message(
        b"[" + b",".join(bodies) + b"]" if len(batch) > 1 else bodies[0],
        message_id=str(batch[0][0].id),
        content_type=SEVERAL if len(batch) > 1 else ONE,
        headers={"CC": others} if others else None,  # type: ignore[dict-item]  # a field array, as the broker wants it
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def read(body: bytes) -> tuple[list[Envelope], list[tuple[bytes, str]]]:
    """The events of a message, and what else it holds, each with the reason why it is no event."""
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw]) if body.startswith(b"[") else [body]
    except msgspec.MsgspecError:
        parts = [body]
    found: list[Envelope] = []
    unreadable: list[tuple[bytes, str]] = []
    for part in parts:
        try:
            found.append(Envelope.model_validate_json(bytes(part)))
        except ValidationError as error:
            log.warning("a delivery is not an event", reason=str(error)[:300])
            unreadable.append((bytes(part), str(error)))
    return found, unreadable
