"""Which events of other services incident handles, and by which command; copies are declared in models.py."""

from services.incident.change_requests.commands import follow_changes, follow_requests
from services.incident.suggestions.commands import store_suggestions
from shared.contracts.change import ChangeEvent, RfcEvent
from shared.contracts.knowledge import SuggestionsFound
from shared.contracts.service_level import ClockEvent, ClocksStarted
from shared.inbox import Handlers
from shared.records.timeline import record_foreign_events

HANDLERS: Handlers = {
    SuggestionsFound: store_suggestions,
    RfcEvent: follow_requests,
    ChangeEvent: follow_changes,
    ClocksStarted: record_foreign_events,
    ClockEvent: record_foreign_events,
}
