"""The events of the services: the envelope and one module of events per publishing service."""

from shared.contracts.envelope import Actor, Envelope, Event, FieldChange
from shared.contracts.origin import Origin

__all__ = ["Actor", "Envelope", "Event", "FieldChange", "Origin"]
