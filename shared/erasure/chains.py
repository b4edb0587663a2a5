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
    `original`, has its author there. Where no event shows a text, whoever alone acted in events of the types `told_by` wrote it;
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
    said = _first_to_say(person, chain.events, fields, erased)
    acts: dict[tuple[str, UUID], set[str]] = {}
    for each in chain.events:
        acts.setdefault((each.type, each.subject), set()).add(each.actor)
    stored: dict[str, bool] = {}
    authors: dict[tuple[UUID, str], bool] = {}
    for row in chain.rows:
        for column, theirs in _written(person, row, acts, erased).items():
            authors.setdefault((row.record, column), theirs)
            # rows of one table are in the order in which they were made: a later one may repeat what an earlier one says
            stored.setdefault(row.texts[column], theirs)
    replaced = {
        text: authors[event.subject, name]
        for event in reversed(chain.events)
        for path, name, text in texts_in(event.data, fields)
        if _is_former(path) and (event.subject, name) in authors
    }
    whose = replaced | stored | said
    return {text for text, theirs in whose.items() if theirs} - PLACEHOLDERS


def _is_former(path: Path) -> bool:
    """Whether it is the place of a text that a correction replaced: whoever corrects did not write it."""
    return path[0] == "changes" and path[-1] == "from"


def _first_to_say(
    person: str, events: Sequence[ChainEvent], fields: Collection[str], erased: Erased
) -> dict[str, bool]:
    """For each text that the events show whether the person said it before anybody else."""
    whose: dict[str, bool] = {}
    for each in events:
        repeated = erased.get(str(each.causationid), ())
        for path, name, text in texts_in(each.data, fields):
            if not _is_former(path):
                whose.setdefault(text, each.actor == person or name in repeated)
    return whose


def _written(
    person: str, row: StoredTexts, acts: Mapping[tuple[str, UUID], set[str]], erased: Erased
) -> dict[str, bool]:
    """Whether the person filled each column of a row; empty where that cannot be told."""
    if row.original is not None:
        copied = erased.get(str(row.original), ())
        return {column: column in copied for column in row.texts}
    if row.author is not None:
        return dict.fromkeys(row.texts, row.author == person)
    told = set().union(*(acts.get((type_name, row.record), ()) for type_name in row.declared.told_by))
    if not told or (person in told and len(told) > 1):
        return {}
    return dict.fromkeys(row.texts, person in told)


def paths_to_erase(person: str, event: ChainEvent, fields: Collection[str], texts: Collection[str]) -> dict[Path, str]:
    """Where the data of an event repeat one of the texts, or have the name of the person; each with its field."""
    found = {path: name for path, name, text in texts_in(event.data, fields) if text in texts}
    if person in (str(event.subject), str(event.about)):
        found |= {path: name for path, name, text in texts_in(event.data, NAMES) if text not in PLACEHOLDERS}
    return found
