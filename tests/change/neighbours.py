"""Events of other services, as envelopes that tests deliver."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared import clock
from shared.contracts import Actor, Envelope, Event, governance, incident, knowledge, service_level

CLIENT, STRANGERS, BUYER, WEBSHOP, LEDGER, PRINTER = (uuid7() for _ in range(6))


def envelope(
    fact: Event,
    subject: UUID,
    *,
    source: str = "incident",
    sequence: int = 1,
    identity: UUID | None = None,
    chain: UUID | None = None,
    about: UUID | None = None,
    stream: str | None = None,
    historical: bool = False,
    by: str = "somebody",
) -> Envelope:
    """An envelope around `fact`."""
    return Envelope(
        id=identity or uuid7(),
        type=fact.type,
        source=source,
        subject=subject,
        about=about,
        sequence=sequence,
        time=clock.now(),
        correlationid=chain or subject,
        actor=Actor(type="person", id=by),
        valuestream=stream,
        historical=historical,
        data=fact.model_dump(mode="json"),
    )


def party(identity: UUID, *, active: bool = True, sequence: int = 1) -> Envelope:
    fact = governance.PartyChanged(number="PTY-000001", name="Willow Foods", kind="client", active=active)
    return envelope(fact, identity, source="governance", sequence=sequence)


def person(identity: UUID, party_id: UUID, *, active: bool = True, sequence: int = 1) -> Envelope:
    fact = governance.PersonChanged(number="PER-000001", name="A buyer", party_id=party_id, active=active)
    return envelope(fact, identity, source="governance", sequence=sequence)


def known(kind: str, identity: UUID, *, active: bool = True, sequence: int = 1) -> Envelope:
    """A service (`service`) or a knowledge item (`ki`)."""
    if kind == "service":
        fact: Event = service_level.ServiceChanged(number="SVC-000001", name="A service", active=active)
        return envelope(fact, identity, source="service_level", sequence=sequence)
    facts: dict[str, Any] = {"number": "KI-000001", "ki_type": "configuration_item", "title": "Printer"}
    item = (knowledge.KiChanged if active else knowledge.KiRetired)(**facts, current_version=1)
    return envelope(item, identity, source="knowledge", sequence=sequence)


def item(
    identity: UUID,
    kind: type[knowledge.KiEvent],
    *,
    number: str,
    current: int | None = None,
    draft: int | None = None,
    sequence: int = 1,
) -> Envelope:
    """A knowledge item with the version that readers see, and the one that is being written or reviewed."""
    fact = kind(
        number=number, ki_type="configuration_item", title="Printer", current_version=current, draft_version=draft
    )
    return envelope(fact, identity, source="knowledge", sequence=sequence)


def routed(
    call: UUID,
    *,
    call_type: str = "rfc",
    party_id: UUID | None = None,
    impact: incident.Level | None = None,
    urgency: incident.Level | None = None,
    **fields: Any,
) -> Envelope:
    """A call that was sent where its type belongs."""
    fact = incident.CallRouted(
        number="CALL-000007",
        call_type=call_type,  # type: ignore[arg-type]
        title="Another paper size",
        description="The labels are A6.",
        service_id=None,
        party_id=party_id,
        caller_id=None,
        impact=impact,
        urgency=urgency,
    )
    return envelope(fact, call, stream="renewal", **fields)


def change_requested(
    request: UUID, of_incident: UUID, *, urgent: bool = True, caller_id: UUID | None = None, **fields: Any
) -> Envelope:
    """An incident whose repair alters a managed item."""
    fact = incident.IncidentChangeRequested(
        incident_id=of_incident,
        incident_number="INC-000009",
        title="Replace the print head",
        description="It leaves stripes.",
        service_id=WEBSHOP,
        party_id=CLIENT,
        ki_ids=[PRINTER],
        urgent=urgent,
        caller_id=caller_id,
    )
    return envelope(fact, request, about=of_incident, stream="maintenance", **fields)
