"""Which events of other services change handles, and by which command; copies are declared in models.py."""

from services.change.rfcs.commands import create_from_events
from shared.contracts.incident import CallRouted, IncidentChangeRequested
from shared.inbox import Handlers

HANDLERS: Handlers = {CallRouted: create_from_events, IncidentChangeRequested: create_from_events}
