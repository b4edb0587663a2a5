"""Suggestions as clients see them."""

from datetime import datetime
from uuid import UUID

from shared.fields import ResponseModel


class SuggestionView(ResponseModel):
    """A knowledge item that may help."""

    id: UUID
    ki_id: UUID
    ki_number: str
    ki_type: str
    title: str
    rank: float
    used_at: datetime | None


class Suggestions(ResponseModel):
    """What knowledge suggested, known errors first."""

    items: list[SuggestionView]
    next: None
