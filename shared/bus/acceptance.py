"""Which of the delivered envelopes a queue accepts: no service may publish as another one."""

from collections.abc import Iterable

from shared import security_log
from shared.bus.port import Queue
from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE, TYPES


def accepted(queue: Queue, publisher: str | None, envelopes: Iterable[Envelope]) -> tuple[list[Envelope], bool]:
    """The accepted envelopes for this queue, and whether none was refused.

    `publisher` is the one that the bus knows, not the source in the envelopes. An envelope is refused when it names another
    source, when its type belongs to another service, or when its type is one that services publish about their own records
    and the record is another service's. Each refusal is a line of the security log.
    """
    found: list[Envelope] = []
    clean = True
    for envelope in envelopes:
        if not queue.takes(envelope.type):
            continue
        if acceptable(queue, publisher, envelope):
            found.append(envelope)
        else:
            clean = False
            refuse(queue, publisher, envelope)
    return found, clean


def acceptable(queue: Queue, publisher: str | None, envelope: Envelope) -> bool:
    """Whether this publisher may send the queue this envelope."""
    if publisher is None or publisher != envelope.source or not queue.takes(envelope.type, publisher):
        return False
    kind, record = TYPES.get(envelope.type), envelope.data.get("record")
    of_every_service = kind is not None and kind.publisher == EVERY_SERVICE
    return not of_every_service or not isinstance(record, dict) or record.get("service") == publisher


def refuse(queue: Queue, publisher: str | None, envelope: Envelope) -> None:
    """Write a refusal to the security log."""
    security_log.record(
        "envelope_refused",
        actor=publisher,
        queue=queue.name,
        event_id=str(envelope.id),
        type=envelope.type[:200],
        source=envelope.source[:200],
    )
