"""What knowledge does when another process speaks: the table says which command hears which event."""

from services.knowledge.commands.copies import copy_people
from services.knowledge.commands.suggestions import answer_incidents, count_uses
from shared.contracts import governance, incident
from shared.inbox import Handlers

HANDLERS: Handlers = {
    governance.PersonRegistered: copy_people,
    governance.PersonChanged: copy_people,
    incident.IncidentRegistered: answer_incidents,
    incident.IncidentClassified: answer_incidents,
    incident.SuggestionUsed: count_uses,
}
