"""Knowledge items and their versions as clients write, move and see them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from services.knowledge.lifecycles import DRAFT_STATES, STATES
from services.knowledge.versions.rules import Audience, Language
from shared.contracts.knowledge import KiType
from shared.fields import Known, Line, PersonId, RequestModel, ResponseModel, Text
from shared.http import Names, PageView
from shared.records import ListQuery

For = Annotated[Audience, Field(description="internal: for the provider only; public: for everybody with a role.")]
Body = Annotated[Text, Field(description="The text; a solution article or work instruction must have it.")]
Symptom = Annotated[Text, Field(max_length=5000, description="How people notice it. A known error must have it.")]
Workaround = Annotated[
    Text, Field(max_length=5000, description="What helps until it is solved. A known error must have it.")
]
Keyword = Annotated[Line, Field(max_length=60)]
Keywords = Annotated[list[Keyword], Field(max_length=20, description="Other words that people search for it with.")]
Value = Annotated[Text, Field(max_length=500)]
Attributes = Annotated[
    dict[Annotated[Line, Field(max_length=100)], Value],
    Field(max_length=50, description="The attributes of a configuration item, by name. It must have at least one."),
]
State = Annotated[str, Known(STATES)]
Reason = Annotated[Text, Field(max_length=2000)]


def _example(**body: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class RegisterItem(RequestModel):
    """A new knowledge item; the fields that its type needs may be filled in until it is submitted."""

    model_config = _example(
        ki_type="known_error",
        title="Printers do not print",
        symptom="Jobs stay in the queue.",
        workaround="Restart it.",
    )
    ki_type: KiType
    title: Line
    body: Body | None = None
    symptom: Symptom | None = None
    workaround: Workaround | None = None
    keywords: Keywords = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=dict)
    language: Language = "unknown"
    audience: For = "internal"
    owner_id: Annotated[PersonId | None, Field(description="Absent: the person who registers the item.")] = None


class EditItem(RequestModel):
    """Fields of the draft; what is absent stays, null empties. `owner_id` belongs to the item and changes at once."""

    model_config = _example(workaround="Switch the printer off and on.")
    title: Line | MISSING = MISSING
    body: Body | MISSING | None = MISSING
    symptom: Symptom | MISSING | None = MISSING
    workaround: Workaround | MISSING | None = MISSING
    keywords: Keywords | MISSING = MISSING
    attributes: Attributes | MISSING = MISSING
    language: Language | MISSING = MISSING
    audience: For | MISSING = MISSING
    owner_id: PersonId | MISSING = MISSING


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
    audience: For
    authors: list[str]
    reviewed_by: str | None
    reason: Annotated[str | None, Field(description="Why it was returned or retired.")]
    created_at: datetime
    current_at: datetime | None
    retired_at: datetime | None


class VersionPage(PageView):
    """A page of versions."""

    items: list[VersionView]


class VersionQuery(ListQuery):
    """The versions of an item, newest first."""

    sort: Literal["number", "-number"] = "-number"


class ItemLine(ResponseModel):
    """A knowledge item in a list; title, language and audience are those of its current version, else of its draft.

    For people who may not see drafts, number and state of the draft are null, and `version` and
    `updated_at` are those of the current version.
    """

    id: UUID
    number: str
    ki_type: KiType
    state: State
    title: str
    language: Language
    audience: For
    owner_id: UUID | None
    current_version: int | None
    draft_version: int | None
    draft_state: Annotated[str, Known(DRAFT_STATES)] | None
    use_count: Annotated[int, Field(description="How many incidents it has solved.")]
    registered_by: str
    correlation_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    names: Names


class ItemPage(PageView):
    """A page of knowledge items."""

    items: list[ItemLine]


class ItemView(ItemLine):
    """A knowledge item with its content: the current version, and the draft for people who may see drafts."""

    current: VersionView | None
    draft: VersionView | None


class Submit(RequestModel):
    """Offer the draft for review."""

    model_config = _example(trigger="submit")
    trigger: Literal["submit"]


class Return(RequestModel):
    """Send the draft back to its authors."""

    model_config = _example(trigger="return", reason="Name the print server.")
    trigger: Literal["return"]
    reason: Reason | None = None


class Approve(RequestModel):
    """Make the reviewed version current, in place of the one before."""

    model_config = _example(trigger="approve")
    trigger: Literal["approve"]


class Retire(RequestModel):
    """Retire the whole item, because it is no longer valid; an unfinished draft is retired with it."""

    model_config = _example(trigger="retire", reason="The printers are gone.")
    trigger: Literal["retire"]
    reason: Reason | None = None


ItemMove = Annotated[Submit | Return | Approve | Retire, Field(discriminator="trigger")]
