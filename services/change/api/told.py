"""What several routes answer alike."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.change.domain.lifecycles import seen
from services.change.schemas.records import PermittedMove, PermittedMoves, Timeline, TimelineItem
from shared import feed
from shared.lifecycle import Move
from shared.unit_of_work import Work


def moves(permitted: Sequence[tuple[Move, list[str], list[str]]]) -> PermittedMoves:
    """The moves that are possible now, with the states as people see them."""
    items = [
        PermittedMove(trigger=move.trigger, target=seen(move.target)[0], lacking=lacking, because=because)
        for move, lacking, because in permitted
    ]
    return PermittedMoves(items=items, next=None)


async def timeline(work: Work, record: UUID) -> Timeline:
    """What happened to a record that the caller may see."""
    rows: Sequence[Any] = await feed.timeline(work.session, record)
    return Timeline(items=[TimelineItem.model_validate(dict(row)) for row in rows], next=None)
