"""Which of the delivered envelopes a queue accepts: no service may publish as another one."""

from collections.abc import Iterable

from shared import security_log
from shared.bus.port import Queue
from shared.contracts import Envelope


def accepted(queue: Queue, publisher: str | None, envelopes: Iterable[Envelope]) -> tuple[list[Envelope], bool]:
    """The envelopes that are for this queue, and whether none of those had to be refused.

    `publisher` is who the bus knows to have published them, never what they say of themselves. An envelope is refused when
    it names another source, or when its type is another service's; each refusal is a line of the security log.
    """
    found: list[Envelope] = []
    clean = True
    for envelope in envelopes:
        if not queue.takes(envelope.type):
            continue
        if publisher == envelope.source and queue.takes(envelope.type, publisher):
            found.append(envelope)
            continue
        clean = False
        security_log.record(
            "envelope_refused",
            actor=publisher,
            queue=queue.name,
            event_id=str(envelope.id),
            type=envelope.type[:200],
            source=envelope.source[:200],
        )
    return found, clean
