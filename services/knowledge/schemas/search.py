"""What the search answers."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.knowledge.schemas.items import Audience, Language
from shared.contracts.knowledge import KiType
from shared.fields import ResponseModel

Html = Annotated[str, Field(description="HTML: <mark> around what was found, everything else escaped.")]


class Hit(ResponseModel):
    """A current knowledge item that answers the question."""

    id: UUID
    number: str
    ki_type: KiType
    current_version: int
    title: str
    language: Language
    audience: Audience
    use_count: int
    rank: Annotated[float, Field(description="Between 0 and 1; higher is better.")]
    marked_title: Html
    excerpt: Html


class Hits(ResponseModel):
    """The best answers, best first; there are no further pages."""

    items: list[Hit]
    next: None
