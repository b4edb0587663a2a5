"""Which events of other services knowledge handles, and by which command; copies are declared in models.py."""

from services.knowledge.suggestions.commands import count_uses, suggest_items
from shared.contracts.incident import IncidentClassified, IncidentRegistered, SuggestionUsed
from shared.inbox import Handlers

HANDLERS: Handlers = {
    IncidentRegistered: suggest_items,
    IncidentClassified: suggest_items,
    SuggestionUsed: count_uses,
}
