"""The result of a search, as clients see it."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.knowledge.search.rules import as_html
from services.knowledge.versions.rules import Audience, Language
from shared.contracts.knowledge import KiType
from shared.fields import ResponseModel

Html = Annotated[
    str,
    AfterValidator(as_html),
    Field(description="HTML: <mark> around the words that were found, everything else escaped."),
]


class Hit(ResponseModel):
    """A current knowledge item that was found."""

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
    """The items that fit best, best first; there are no further pages."""

    items: list[Hit]
    next: None
