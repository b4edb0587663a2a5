"""Which of the delivered envelopes a queue accepts: no service may publish as another one."""

from collections.abc import Iterable

from shared import security_log
from shared.bus.port import Queue
from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE, TYPES


def accepted(queue: Queue, publisher: str | None, envelopes: Iterable[Envelope]) -> tuple[list[Envelope], bool]:
    """The envelopes that are for this queue, and whether none of those had to be refused.

    `publisher` is who the bus knows to have published them, never what they say of themselves. An envelope is refused when
    it names another source, when its type is another service's, or when it tells of another service's record what each tells
    of its own; each refusal is a line of the security log.
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
    everybodys = kind is not None and kind.publisher == EVERY_SERVICE
    return not everybodys or not isinstance(record, dict) or record.get("service") == publisher


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
