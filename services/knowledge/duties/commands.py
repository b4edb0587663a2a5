"""The duties of people in knowledge, as a table."""

from uuid import UUID

from services.knowledge.duties.queries import owned, owners
from services.knowledge.items.commands import edit_item
from services.knowledge.items.queries import ITEMS
from services.knowledge.models import KnowledgeItem, KnownPerson
from shared.records import check_references
from shared.records.duties import Duty
from shared.unit_of_work import Work


async def check_person(work: Work, person_id: UUID) -> None:
    """Refuse somebody who is not an active person known here."""
    await check_references(work, {"to": person_id}, {"to": KnownPerson})


async def _give(work: Work, item: KnowledgeItem, _: UUID, to: UUID) -> None:
    await edit_item(work, item.id, item.version, {"owner_id": to})


DUTIES = (Duty("owner", "Knowledge items that the person owns.", ITEMS, owned, owners, _give),)
