"""Whose a text is: of whoever says it first, or filled the row first; whoever corrects a text has not written the one before."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, MetaData, Table, Text, Uuid

from shared.erasure.chains import Chain, ChainEvent, PersonalTexts, StoredTexts, texts_of

PAT, QUINN = "pat", "quinn"
RECORD = uuid4()
TABLE = Table("plan", MetaData(), Column("id", Uuid, primary_key=True), Column("build_plan", Text))
PLANS = PersonalTexts(TABLE, ("build_plan",), author="planned_by")
PRESENT = PersonalTexts(TABLE, ("build_plan",), told_by=("change.planned.v1", "change.replanned.v1"))
FIELDS = frozenset({"description", "reason", "build_plan"})


def said(actor: str, kind: str = "change.planned.v1", **data: Any) -> ChainEvent:
    return ChainEvent(uuid4(), kind, RECORD, None, None, actor, data)


def corrected(actor: str, field: str, before: str, after: str) -> ChainEvent:
    return said(actor, "change.changed.v1", changes=[{"field": field, "from": before, "to": after}])


def row(
    text: str, author: str | None = None, declared: PersonalTexts = PLANS, original: UUID | None = None
) -> StoredTexts:
    return StoredTexts(declared, (uuid4(),), {"build_plan": text}, author, original, RECORD)


def theirs(person: str, *parts: ChainEvent | StoredTexts) -> set[str]:
    chain = Chain()
    for each in parts:
        (chain.events if isinstance(each, ChainEvent) else chain.rows).append(each)  # type: ignore[arg-type]
    return texts_of(person, chain, FIELDS, {})


def test_who_says_it_first_wrote_it() -> None:
    story = said(PAT, reason="Loud."), said(QUINN, reason="Loud."), said(QUINN, reason="Late.")
    assert theirs(PAT, *story) == {"Loud."}
    assert theirs(QUINN, *story) == {"Late."}


def test_who_corrects_a_text_has_not_written_the_one_before() -> None:
    story = row("Pat's", PAT), row("Quinn's", QUINN), corrected(QUINN, "build_plan", "Pat's", "Quinn's")
    assert theirs(PAT, *story) == {"Pat's"}
    assert theirs(QUINN, *story) == {"Quinn's"}


def test_a_text_that_only_its_correction_shows_is_of_whoever_filled_the_row() -> None:
    story = row("Quinn's", PAT), corrected(QUINN, "build_plan", "Pat's", "Quinn's")
    assert theirs(PAT, *story) == {"Pat's"}
    assert theirs(QUINN, *story) == {"Quinn's"}


def test_a_plan_belongs_to_whoever_made_that_round() -> None:
    story = (
        said(PAT),
        said(QUINN, "change.replanned.v1"),
        row("Quinn's", declared=PRESENT),
        row("Pat's", PAT),
        row("Quinn's", QUINN),
    )
    assert theirs(PAT, *story) == {"Pat's"}
    assert theirs(QUINN, *story) == {"Quinn's"}


def test_a_plan_that_is_kept_stays_that_of_whoever_made_it_first() -> None:
    story = said(PAT), said(QUINN, "change.replanned.v1"), row("Pat's", PAT), row("Pat's", QUINN)
    assert theirs(PAT, *story) == {"Pat's"}
    assert theirs(QUINN, *story) == set()


def test_where_no_event_shows_it_whoever_alone_acted_wrote_it() -> None:
    assert theirs(PAT, said(PAT), row("Pat's", declared=PRESENT)) == {"Pat's"}
    assert theirs(QUINN, said(PAT), row("Pat's", declared=PRESENT)) == set()
    both = said(PAT), said(QUINN, "change.replanned.v1"), row("Of one of them", declared=PRESENT)
    assert theirs(PAT, *both) | theirs(QUINN, *both) == set()
