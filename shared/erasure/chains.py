"""Whose a text is: in a chain of events, that of the person who is the first to say it.

Events repeat texts of their record, and records copy texts of others. So what a person wrote is found by its words, in the chain
(`correlationid`) in which it was written, and is replaced wherever it is repeated there. What others wrote stays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from shared.records.columns import table_of
from shared.redaction import NAMES, PLACEHOLDERS, SAID, TEXTS, Path, texts_in

#: the fields whose texts other services have erased, by the id of an event or of a record
Erased = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class PersonalTexts:
    """Columns of a table with free text, and how one knows who wrote it.

    `author` is the column with the id of who wrote them. A record that was made from another one, whose id is in the column
    `original`, has its author there. Where no event shows a text, whoever acted in an event of a type of `told_by` wrote it;
    the column `record` is the subject of these events. Without all that, only texts are found that the chain (the column
    `chain`) shows as somebody's elsewhere.
    """

    model: type[Any] | Table
    columns: tuple[str, ...]
    author: str | None = None
    original: str | None = None
    told_by: tuple[str, ...] = ()
    record: str = "id"
    chain: str = "correlation_id"

    @property
    def table(self) -> Table:
        """Its table."""
        return self.model if isinstance(self.model, Table) else table_of(self.model)


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """An event of a chain, as far as it matters whose its texts are; `actor` is the id of who acted."""

    id: UUID
    type: str
    subject: UUID
    about: UUID | None
    causationid: UUID | None
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """A row of a table with free texts, by column; `key` is its primary key."""

    declared: PersonalTexts
    key: tuple[Any, ...]
    texts: Mapping[str, str]
    author: str | None
    original: UUID | None
    record: UUID


@dataclass
class Chain:
    """The events of a chain in the order of recording, and the rows that belong to it."""

    events: list[ChainEvent] = field(default_factory=list)
    rows: list[StoredTexts] = field(default_factory=list)


def fields_of(declared: Sequence[PersonalTexts]) -> frozenset[str]:
    """The fields of a service's events with texts of people: what is said in an act, and the declared texts of its records."""
    return SAID | TEXTS.intersection(name for each in declared for name in each.columns)


def texts_of(person: str, chain: Chain, fields: Collection[str], erased: Erased) -> set[str]:
    """The texts in a chain that a person wrote; `fields` are those of events that have texts of people.

    `erased` says which texts of other services' events and records were the person's; what was caused by such an event, or made
    from such a record, repeats them.
    """
    whose = _first_to_say(person, chain.events, fields, erased)
    texts = {text for text, persons in whose.items() if persons}
    acts = {(each.type, each.subject) for each in chain.events if each.actor == person}
    for row in chain.rows:
        texts.update(
            row.texts[column] for column in _own(person, row, acts, erased) if whose.get(row.texts[column], True)
        )
    return texts - PLACEHOLDERS


def _first_to_say(
    person: str, events: Sequence[ChainEvent], fields: Collection[str], erased: Erased
) -> dict[str, bool]:
    """For each text that the events show whether the person said it before anybody else."""
    whose: dict[str, bool] = {}
    for each in events:
        repeated = erased.get(str(each.causationid), ())
        for _, name, text in texts_in(each.data, fields):
            whose.setdefault(text, each.actor == person or name in repeated)
    return whose


def _own(person: str, row: StoredTexts, acts: Collection[tuple[str, UUID]], erased: Erased) -> Collection[str]:
    """The columns of a row that the person filled."""
    if row.original is not None:
        return row.texts.keys() & set(erased.get(str(row.original), ()))
    if row.author == person or any((type_name, row.record) in acts for type_name in row.declared.told_by):
        return row.texts.keys()
    return ()


def paths_to_erase(person: str, event: ChainEvent, fields: Collection[str], texts: Collection[str]) -> dict[Path, str]:
    """Where the data of an event repeat one of the texts, or have the name of the person; each with its field."""
    found = {path: name for path, name, text in texts_in(event.data, fields) if text in texts}
    if person in (str(event.subject), str(event.about)):
        found |= {path: name for path, name, text in texts_in(event.data, NAMES) if text not in PLACEHOLDERS}
    return found
