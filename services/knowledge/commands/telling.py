"""How a knowledge item tells what happened to it."""

from collections.abc import Callable
from typing import Any

from services.knowledge.models import KnowledgeItem
from shared.contracts.knowledge import KiEvent
from shared.unit_of_work import Work


def tell(work: Work, item: KnowledgeItem, kind: Callable[..., KiEvent], **more: Any) -> None:
    """Record what happened to `item`, with the facts that every one of its events has."""
    current = item.current_version if item.state == "current" else None
    facts = {
        "number": item.number,
        "ki_type": item.ki_type,
        "title": item.title,
        "current_version": current,
        "draft_version": item.draft_version if item.draft_state else None,
    }
    work.emit(item, kind(**facts, **more))
