"""Queries about knowledge items."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from sqlalchemy import JSON, ColumnElement, Integer, Select, String, Text, cast, exists, func, null, select
from sqlalchemy.dialects.postgresql import JSONB

from services.knowledge import access
from services.knowledge.lifecycles import DRAFT_STATES, STATES
from services.knowledge.models import TEXT, KnowledgeItem, KnownPerson, Version
from services.knowledge.search.rules import parse_question
from services.knowledge.versions.rules import Audience, Language
from shared import database
from shared.access import Caller
from shared.contracts.knowledge import KiType
from shared.fields import Among
from shared.records import ListQuery, Noun, OneOf, PersonReference, Where
from shared.records.lists import Columns
from shared.statements import json_object

_ITEM, _VERSION = KnowledgeItem.__table__, Version.__table__
_LEFT_OUT = ("id", "ki_id", "ki_type", "public")


def _content(number: ColumnElement[int | None]) -> ColumnElement[Any]:
    version = _VERSION.alias()
    columns = (column for column in version.c if column.name not in _LEFT_OUT and not column.computed)
    wanted = (version.c.ki_id == _ITEM.c.id, version.c.number == number, version.c.state != "retired")
    return json_object(select(*columns).where(*wanted).correlate(_ITEM))


def _selected(**other: ColumnElement[Any]) -> Select[Any]:
    """Every column of an item with the content of its versions, some of them replaced by `other` ones."""
    versions = {"current": _content(_ITEM.c.current_version), "draft": _content(_ITEM.c.draft_version)}
    columns = {**{column.name: column for column in _ITEM.c}, **versions, **other}
    return select(*(column.label(name) for name, column in columns.items()))


_PUBLIC: dict[str, ColumnElement[Any]] = {"version": _ITEM.c.current_version, "updated_at": _ITEM.c.current_at}
_PUBLIC |= {"draft_version": cast(null(), Integer), "draft_state": cast(null(), String), "draft": cast(null(), JSON)}
ITEMS = Noun(KnowledgeItem, "knowledge item", access.READ_INTERNAL, _selected(), names={"owner_id": KnownPerson})
#: an item for readers without drafts: version and time are those of the current version, and nothing shows whether it has a draft
PUBLIC_ITEMS = Noun(KnowledgeItem, "knowledge item", access.READ, _selected(**_PUBLIC))


def items_for(caller: Caller | None) -> Noun[KnowledgeItem]:
    """The items as this caller sees them: with drafts for the provider, otherwise only current public items."""
    return ITEMS if access.READ_INTERNAL.opens_all(caller) else PUBLIC_ITEMS


def _contains(columns: Columns, words: Any) -> ColumnElement[bool]:
    """Whether the current version, or the draft until there is one, answers the question with these terms."""
    version = _VERSION.alias()
    number = func.coalesce(columns["current_version"], columns["draft_version"])
    wanted = func.ki_query(cast(cast(words, Text), JSONB))
    return exists().where(
        version.c.ki_id == columns["id"],
        version.c.number == number,
        TEXT.c.version_id == version.c.id,
        TEXT.c.words.op("@@")(wanted),
    )


def _terms(text: str | None) -> str | None:
    return None if text is None else database.encode(parse_question(text).terms)


class ItemQuery(ListQuery):
    """Which knowledge items, in which order."""

    sort: Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number", "title", "-title"] = (
        "-created_at"
    )
    ki_type: Annotated[OneOf[KiType], Field(alias="type")] = None
    state: OneOf[Annotated[str, Among(STATES)]] = None
    draft_state: Annotated[
        OneOf[Annotated[str, Among(DRAFT_STATES)]], Field(description="in_review: those that wait for a reviewer.")
    ] = None
    audience: OneOf[Audience] = None
    language: OneOf[Language] = None
    number: Annotated[str | None, Field(max_length=40, description="E.g. KI-000042.")] = None
    owner_id: OneOf[PersonReference] = None
    text: Annotated[
        str | None,
        Where(_contains),
        Field(max_length=200, description="Words of its text, as in the search."),
        AfterValidator(_terms),
    ] = None
