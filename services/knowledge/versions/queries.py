"""Queries about versions of knowledge items."""

from sqlalchemy import select

from services.knowledge import access
from services.knowledge.models import KnowledgeItem, Version
from shared.records import Noun
from shared.unit_of_work import Work

VERSIONS = Noun(Version, "version of this knowledge item", access.READ)


async def open_versions(work: Work, item: KnowledgeItem) -> tuple[Version | None, Version | None]:
    """The current version of an item, and the one that is being written or reviewed."""
    query = select(Version).where(Version.ki_id == item.id, Version.state != "retired")
    rows = {version.number: version for version in (await work.session.scalars(query)).all()}
    return rows.get(item.current_version or 0), rows.get(item.draft_version or 0)
