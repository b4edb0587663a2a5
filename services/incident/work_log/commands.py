"""Entries of people in the work log of an incident."""

from uuid import UUID

from services.incident import access
from services.incident.incidents.commands import resume_if_waiting_for
from services.incident.incidents.queries import INCIDENTS
from shared.records.notes import Note, write_note
from shared.unit_of_work import Work


async def add_entry(work: Work, incident_id: UUID, *, text: str, public: bool) -> Note:
    """A new entry; one from the client's side is always public.

    It resumes an incident that waits for its author's side: for the user, or for the supplier.
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
        work.remember_result(note.id)
        return note
