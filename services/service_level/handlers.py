"""Which events of other services service level management handles, and by which command; copies are declared in models.py."""

from services.service_level.clocks.commands import observe
from shared.contracts.incident import IncidentEvent
from shared.contracts.records import NoteAdded
from shared.inbox import Handlers

HANDLERS: Handlers = {IncidentEvent: observe, NoteAdded: observe}
