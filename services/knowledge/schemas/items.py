"""Knowledge items and their versions as clients write and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from shared.contracts.knowledge import KiType
from shared.fields import Line, RequestModel, ResponseModel, Text
from shared.paging import Page

State = Literal["draft", "in_review", "current", "retired"]
DraftState = Literal["draft", "in_review"]
Language = Literal["nl", "en", "unknown"]
Audience = Annotated[
    Literal["internal", "public"],
    Field(description="internal: the provider alone; public: everybody who has signed in."),
]
Body = Annotated[Text, Field(description="The text; what a solution article or work instruction must have.")]
Symptom = Annotated[
    Text, Field(max_length=5000, description="How one notices it. A known error must have it, an article may.")
]
Workaround = Annotated[Text, Field(max_length=5000, description="What helps meanwhile. A known error must have it.")]
Keywords = Annotated[
    list[Annotated[Line, Field(max_length=60)]],
    Field(max_length=20, description="Other words that it is looked for with."),
]
Attributes = Annotated[
    dict[Annotated[Line, Field(max_length=100)], Annotated[Text, Field(max_length=500)]],
    Field(max_length=50, description="What a configuration item is made of: name and value. It must have one."),
]


class RegisterItem(RequestModel):
    """A new knowledge item; what its type must have may follow until it is submitted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ki_type": "known_error",
                    "title": "Printers on the second floor are silent",
                    "symptom": "Jobs stay in the queue, the printer shows no error.",
                    "workaround": "Restart the spooler on the print server.",
                    "keywords": ["spooler", "print queue"],
                    "language": "en",
                }
            ]
        }
    )
    ki_type: KiType
    title: Line
    body: Body | None = None
    symptom: Symptom | None = None
    workaround: Workaround | None = None
    keywords: Keywords = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=dict)
    language: Language = "unknown"
    audience: Audience = "internal"
    owner_id: Annotated[UUID | None, Field(description="Without it, whoever registers the item.")] = None


class EditItem(RequestModel):
    """Fields of the draft; those left out stay, null empties. `owner_id` is the item's own and counts at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"workaround": "Switch the printer off and on."}]})
    title: Line | MISSING = MISSING
    body: Body | MISSING | None = MISSING
    symptom: Symptom | MISSING | None = MISSING
    workaround: Workaround | MISSING | None = MISSING
    keywords: Keywords | MISSING = MISSING
    attributes: Attributes | MISSING = MISSING
    language: Language | MISSING = MISSING
    audience: Audience | MISSING = MISSING
    owner_id: UUID | MISSING = MISSING


class VersionView(ResponseModel):
    """One version; once it has been approved its content never changes."""

    number: int
    state: State
    title: str
    body: str | None
    symptom: str | None
    workaround: str | None
    keywords: list[str]
    attributes: dict[str, str]
    language: Language
    audience: Audience
    authors: list[str]
    reviewed_by: str | None
    reason: Annotated[str | None, Field(description="Why it was returned or retired.")]
    created_at: datetime
    current_at: datetime | None
    retired_at: datetime | None


class VersionPage(Page):
    """A page of versions."""

    items: list[VersionView]


class ItemLine(ResponseModel):
    """A knowledge item in a list; title, language and audience are those of its current version, else of its draft.

    The draft's number and state are null for whoever may not see drafts.
    """

    id: UUID
    number: str
    ki_type: KiType
    state: State
    title: str
    language: Language
    audience: Audience
    owner_id: UUID | None
    current_version: int | None
    draft_version: int | None
    draft_state: DraftState | None
    use_count: Annotated[int, Field(description="How many incidents it has solved.")]
    registered_by: str
    correlation_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class ItemPage(Page):
    """A page of knowledge items."""

    items: list[ItemLine]


class ItemView(ItemLine):
    """A knowledge item with its content: what is current, and the draft for whoever may see drafts."""

    current: VersionView | None
    draft: VersionView | None
