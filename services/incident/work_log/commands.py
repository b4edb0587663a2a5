"""Entries of people in the work log of an incident."""

from uuid import UUID

from services.incident import access
from services.incident.incidents.commands import dispute, resume_if_waiting_for, settle_dispute
from services.incident.incidents.queries import INCIDENTS
from services.incident.models import Incident
from shared.records.notes import Note, write_note
from shared.unit_of_work import Work


async def add_entry(work: Work, incident_id: UUID, *, text: str, public: bool) -> Note:
    """A new entry; one from the client's side is always public.

    It resumes an incident that waits for its author's side: for the user, or for the supplier. After the recovery, what the
    caller or the reporter writes says that it still fails.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await work.session.get_one(Note, earlier)
        incident = await INCIDENTS.one(work, incident_id, lock=True)
        INCIDENTS.check(work, incident, access.WRITE_NOTE)
        side = access.WRITE_NOTE.side(work.caller, incident)
        note = write_note(work, incident, text=text, public=public, side=side)
        if side != "provider":
            await resume_if_waiting_for(work, incident, "user" if side == "client" else "supplier")
        if side == "client" and _is_waited_for_by(work, incident):
            await dispute(work, incident, text)
        elif side == "provider" and public:
            settle_dispute(work, incident)
        work.remember_result(note.id)
        return note


def _is_waited_for_by(work: Work, incident: Incident) -> bool:
    """Whether the author called about the incident, or reported it."""
    return work.actor.id == incident.registered_by or (work.person is not None and work.person == incident.caller_id)
