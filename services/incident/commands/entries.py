"""Entries of the work log, as every use case writes them."""

from services.incident.commands.capacity import for_client
from services.incident.commands.facts import belonging_to
from services.incident.models import Incident, WorkLogEntry
from shared.contracts.incident import WorkLogEntryAdded
from shared.unit_of_work import Work


def write(work: Work, incident: Incident, *, text: str, public: bool) -> WorkLogEntry:
    """A new entry in the caller's name; what the client's side writes is always public."""
    by_provider = not for_client(work, incident)
    entry = WorkLogEntry(
        **belonging_to(incident),
        public=public or not by_provider,
        text=text,
        author_id=work.actor.id,
        by_provider=by_provider,
    )
    work.insert(entry)
    said = WorkLogEntryAdded(incident_id=incident.id, public=entry.public, by_provider=by_provider)
    work.emit(entry, said, about=incident.id, value_stream="maintenance")
    return entry
