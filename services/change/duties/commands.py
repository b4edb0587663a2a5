"""The duties of people in change, as a table."""

from uuid import UUID

from services.change.changes.commands import correct_change
from services.change.changes.queries import CHANGES
from services.change.duties.queries import approval_awaited, approvers, colleagues, requested, wanted
from services.change.models import Change, KnownPerson, Rfc
from services.change.rfcs.commands import name_requester
from services.change.rfcs.queries import RFCS
from shared.records import check_references
from shared.records.duties import Duty
from shared.unit_of_work import Work


async def check_person(work: Work, person_id: UUID) -> None:
    """Refuse somebody who is not an active person known here."""
    await check_references(work, {"to": person_id}, {"to": KnownPerson})


async def _give_request(work: Work, rfc: Rfc, _: UUID, to: UUID) -> None:
    await name_requester(work, rfc, to)


async def _give_change(work: Work, change: Change, _: UUID, to: UUID) -> None:
    await correct_change(work, change.id, change.version, {"requester_id": to})


DUTIES = (
    Duty("request", "Requests for change that the person made.", RFCS, requested, colleagues, _give_request),
    Duty("requester", "Changes that the person wants.", CHANGES, wanted, colleagues, _give_change),
    Duty(
        "approval",
        "Plans that the person may approve; somebody who holds the role too does it, or is given the role.",
        CHANGES,
        approval_awaited,
        approvers,
    ),
)
