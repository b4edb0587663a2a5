"""Which of the delivered envelopes a queue accepts: no service may publish as another one."""

from collections.abc import Iterable
from typing import NamedTuple

from shared import security_log
from shared.bus.port import Queue, Reason, Rejected
from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE, TYPES


class Accepted(NamedTuple):
    """The envelopes for a queue, what is to be set apart, and whether none was refused."""

    envelopes: list[Envelope]
    apart: list[Rejected]
    clean: bool


def accepted(queue: Queue, publisher: str | None, envelopes: Iterable[Envelope]) -> Accepted:
    """What of these envelopes the queue accepts.

    `publisher` is the one that the bus knows, not the source in the envelopes. An envelope is refused when it names another
    source, when its type belongs to another service, or when its type is one that services publish about their own records
    and the record is another service's. Each refusal is a line of the security log. A later version of a type that the queue
    takes is set apart; a type that this version does not know is accepted when the queue takes its family, and counted.
    """
    found: list[Envelope] = []
    apart: list[Rejected] = []
    clean = True
    for envelope in envelopes:
        if not queue.takes(envelope.type):
            if publisher == envelope.source and queue.takes_earlier(envelope.type, publisher):
                error = f"{queue.name} handles only earlier versions of this type; update it, and retry"
                apart.append(_rejected("later version", publisher, envelope, error))
        elif acceptable(queue, publisher, envelope):
            found.append(envelope)
            if envelope.type not in TYPES:
                error = f"{queue.name} does not know this type, and handled it as one of its family; update it"
                apart.append(_rejected("unknown type", publisher, envelope, error))
        else:
            clean = False
            refuse(queue, publisher, envelope)
    return Accepted(found, apart, clean)


def _rejected(reason: Reason, publisher: str | None, envelope: Envelope, error: str) -> Rejected:
    return Rejected(reason, publisher, envelope.model_dump_json().encode(), error, envelope.type, envelope.id)


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
