"""Every table of knowledge, and the copies it keeps of what others own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, Sequence, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from shared import database

TABLES = database.metadata()


class Model(database.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


KI_NUMBER = Sequence("ki_number", metadata=TABLES)

#: the languages whose words are reduced to their stems; every text is read in both, so that a wrong label loses nothing
LANGUAGES = ("dutch", "english")


_TEXT = "to_tsvector('{language}'::regconfig, translate(COALESCE({name}, ''::text), '<>'::text, '  '::text))"
_LIST = "to_tsvector('{language}'::regconfig, {name})"
_PAIRS = """jsonb_to_tsvector('{language}'::regconfig, {name}, '["string", "key"]'::jsonb)"""
#: what a version is recognised by, with the weight of each part
_SIGNS = ((_TEXT, "title", "A"), (_TEXT, "symptom", "B"), (_LIST, "keywords", "B"))
_CONTENT = ((_TEXT, "workaround", "C"), (_TEXT, "body", "C"), (_PAIRS, "attributes", "C"))


def _vector(*parts: tuple[str, str, str]) -> Computed:
    """What a search index holds of these parts of a version, in both languages.

    Written as PostgreSQL shows it, so that models and database can be compared. Angle brackets are spaces: the parser would
    take what stands between them for a tag and leave it out.
    """
    weighted = (
        f"setweight({form.format(language=language, name=name)}, '{weight}'::\"char\")"
        for language in LANGUAGES
        for form, name, weight in parts
    )
    return Computed(" || ".join(weighted), persisted=True)


class KnowledgeItem(database.Record, Model):
    """A knowledge item; title, language and audience are those of the version that stands for it.

    `current_version` is the newest approved one, `draft_version` the one that is being written or reviewed, `draft_state` how
    far it is. Until the first approval the draft stands for the item.
    """

    __tablename__ = "ki"
    number: Mapped[str] = mapped_column(unique=True)
    ki_type: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    language: Mapped[str]
    audience: Mapped[str]
    owner_id: Mapped[UUID | None]
    registered_by: Mapped[str]
    current_version: Mapped[int | None]
    draft_version: Mapped[int | None]
    draft_state: Mapped[str | None]
    use_count: Mapped[int]
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        Index("ix_ki_unfinished", "draft_state", "created_at", postgresql_where="draft_state IS NOT NULL"),
    )


class Version(Model):
    """One version of a knowledge item; its content never changes again once it has been approved.

    `search` is what people search in; `signs` (title, symptom, keywords) is what an incident is compared with.
    """

    __tablename__ = "ki_version"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ki_id: Mapped[UUID] = mapped_column(ForeignKey("ki.id"))
    number: Mapped[int]
    ki_type: Mapped[str]
    state: Mapped[str]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    symptom: Mapped[str | None] = mapped_column(Text)
    workaround: Mapped[str | None] = mapped_column(Text)
    keywords: Mapped[list[str]]
    attributes: Mapped[dict[str, Any]]
    language: Mapped[str]
    audience: Mapped[str]
    authors: Mapped[list[str]]
    reviewed_by: Mapped[str | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    current_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    signs: Mapped[str] = mapped_column(TSVECTOR, _vector(*_SIGNS), deferred=True)
    search: Mapped[str] = mapped_column(TSVECTOR, _vector(*_SIGNS, *_CONTENT), deferred=True)
    __table_args__ = (
        UniqueConstraint("ki_id", "number"),
        Index("ix_ki_version_signs", "signs", postgresql_using="gin"),
        Index("ix_ki_version_search", "search", postgresql_using="gin"),
    )


class Use(Model):
    """An incident that a knowledge item solved."""

    __tablename__ = "ki_use"
    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    ki_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class SuggestionSet(database.Record, Model):
    """What was last suggested for an incident, and which version of the incident that answered."""

    __tablename__ = "suggestion_set"
    incident_id: Mapped[UUID] = mapped_column(unique=True)
    incident_sequence: Mapped[int] = mapped_column(BigInteger)
    ki_ids: Mapped[list[str]]


class KnownPerson(database.Copy, Model):
    """Copy of a person of governance."""

    __tablename__ = "known_person"
    active: Mapped[bool]
