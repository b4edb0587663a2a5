"""How a knowledge item is shown to whoever asks."""

from typing import Any

from services.knowledge.models import KnowledgeItem
from services.knowledge.repository import items as repository
from services.knowledge.schemas.items import ItemLine, ItemView, VersionView
from shared.unit_of_work import Work


def line_of(work: Work, item: Any) -> ItemLine:
    """The item as a list shows it to the caller."""
    line = ItemLine.model_validate(item)
    hidden = {"draft_version": None, "draft_state": None}
    return line if repository.sees_everything(work.caller) else line.model_copy(update=hidden)


async def view_of(work: Work, item: KnowledgeItem) -> ItemView:
    """The item with the content that the caller may see."""
    current, draft = [
        None if version is None else VersionView.model_validate(version)
        for version in await repository.open_versions(work, item)
    ]
    return ItemView.model_construct(None, **dict(line_of(work, item)), current=current, draft=draft)
