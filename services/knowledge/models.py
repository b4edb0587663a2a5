"""Every table of knowledge, and the copies of other services' records."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from shared import clock, database, records
from shared.contracts.governance import PersonEvent
from shared.erasure import PersonalTexts
from shared.records import Copy, Number, Record, null

TABLES = database.metadata()


class Model(records.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


KI_NUMBER = Number("KI", "ki_number", TABLES)

#: the languages whose words are reduced to stems; every text is indexed in both, so that a wrong label does not hide it
LANGUAGES = ("dutch", "english")


_TEXT = "to_tsvector('{language}'::regconfig, translate(COALESCE({name}, ''::text), '<>'::text, '  '::text))"
_LIST = "to_tsvector('{language}'::regconfig, {name})"
_PAIRS = """jsonb_to_tsvector('{language}'::regconfig, {name}, '["string", "key"]'::jsonb)"""
#: what a version is recognised by, with the weight of each part
_SIGNS = ((_TEXT, "title", "A"), (_TEXT, "symptom", "B"), (_LIST, "keywords", "B"))
_CONTENT = ((_TEXT, "workaround", "C"), (_TEXT, "body", "C"), (_PAIRS, "attributes", "C"))
# written exactly as PostgreSQL prints them, so that a comparison of models and database finds no difference
_PUBLIC = "state::text = 'current'::text AND audience::text = 'public'::text"


def _vector(*parts: tuple[str, str, str]) -> Any:
    """The search vector of these parts of a version, in both languages.

    Angle brackets become spaces: the parser would treat the text between them as a tag and leave it out.
    """
    weighted = (
        f"setweight({form.format(language=language, name=name)}, '{weight}'::\"char\")"
        for language in LANGUAGES
        for form, name, weight in parts
    )
    return _computed(" || ".join(weighted), TSVECTOR, deferred=True)


def _computed(sql: str, *arguments: Any, **options: Any) -> Any:
    """A column that the database computes from the others."""
    return mapped_column(*arguments, Computed(sql, persisted=True), init=False, repr=False, **options)


class KnowledgeItem(Record, Model):
    """A knowledge item; title, language and audience are those of its current version, or of the draft until there is one.

    `current_version` is the newest approved one, since `current_at`; `draft_version` is the one that is being written or
    reviewed, in `draft_state`. Everybody may read a `public` one.
    """

    __tablename__ = "ki"
    value_stream: ClassVar[str | None] = None
    number: Mapped[str] = mapped_column(unique=True)
    ki_type: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    title: Mapped[str]
    language: Mapped[str]
    audience: Mapped[str]
    owner_id: Mapped[UUID | None] = null()
    registered_by: Mapped[str]
    current_version: Mapped[int | None] = null()
    current_at: Mapped[datetime | None] = null()
    draft_version: Mapped[int | None] = null()
    draft_state: Mapped[str | None] = null()
    use_count: Mapped[int] = mapped_column(default=0)
    public: Mapped[bool] = _computed(_PUBLIC)
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        Index("ix_ki_unfinished", "draft_state", "created_at", postgresql_where="draft_state IS NOT NULL"),
    )


class Version(Model):
    """One version of a knowledge item; its content never changes again once it has been approved.

    Its words are in `ki_text`. `search` and `signs` are only for the program before this one, which may still run beside it.
    """

    __tablename__ = "ki_version"
    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid7)
    ki_id: Mapped[UUID] = mapped_column(ForeignKey("ki.id"))
    number: Mapped[int]
    ki_type: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str | None] = null(Text)
    symptom: Mapped[str | None] = null(Text)
    workaround: Mapped[str | None] = null(Text)
    keywords: Mapped[list[str]]
    attributes: Mapped[dict[str, Any]]
    language: Mapped[str]
    audience: Mapped[str]
    authors: Mapped[list[str]]
    reviewed_by: Mapped[str | None] = null()
    reason: Mapped[str | None] = null()
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    current_at: Mapped[datetime | None] = null()
    retired_at: Mapped[datetime | None] = null()
    public: Mapped[bool] = _computed(_PUBLIC)
    signs: Mapped[str] = _vector(*_SIGNS)
    search: Mapped[str] = _vector(*_SIGNS, *_CONTENT)
    __table_args__ = (
        UniqueConstraint("ki_id", "number"),
        Index("ix_ki_version_signs", "signs", postgresql_using="gin"),
        Index("ix_ki_version_search", "search", postgresql_using="gin"),
    )


#: The words of every version: triggers of the database keep both tables, whichever version of the program writes.
#: People search in `words`. Incidents are compared with the `signs` of current versions, each with its weight; `length` is the
#: sum of the weights.
TEXT = Table(
    "ki_text",
    TABLES,
    Column("version_id", Uuid, primary_key=True),
    Column("words", TSVECTOR, nullable=False),
    Column("signs", ARRAY(Text)),
    Column("weights", ARRAY(REAL)),
    Column("length", REAL),
    Index("ix_ki_text_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    Index("ix_ki_text_signs", "signs", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)
#: How many current versions have a sign, as rows to be added up; the empty word counts all current versions and their length.
WORD = Table(
    "ki_word",
    TABLES,
    Column("word", Text(collation="C"), nullable=False),
    Column("items", Integer, nullable=False),
    Column("length", Double, nullable=False),
    Column("summed", Boolean, nullable=False),
    Index(None, "word"),
    Index("ix_ki_word_new", "word", postgresql_where="NOT summed"),
)


class Use(Model):
    """An incident that a knowledge item solved."""

    __tablename__ = "ki_use"
    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    ki_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class SuggestionSet(Record, Model):
    """The last suggestions for an incident, and the version of the incident that they are for."""

    __tablename__ = "suggestion_set"
    incident_id: Mapped[UUID] = mapped_column(unique=True)
    incident_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    ki_ids: Mapped[list[str]] = mapped_column(default_factory=list)


class KnownPerson(Copy, Model, of=PersonEvent):
    """The people who may own items."""

    __tablename__ = "known_person"
    name: Mapped[str]
    active: Mapped[bool]


#: What a reviewer said. Titles and contents are the organisation's, which others reviewed, and stay.
PERSONAL = (PersonalTexts(Version, ("reason",), record="ki_id", chain="ki_id"),)
