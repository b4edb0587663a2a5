"""What all kinds of records share: columns, reading, lists, events, copies, notes, links, timeline."""

from shared.records.columns import Copy, Model, Number, Record, null, table_of
from shared.records.copies import check_references, copies_of
from shared.records.events import correct, differing, event_of, register
from shared.records.lists import From, ListQuery, OneOf, Page, PersonReference, Reference, Until, Where
from shared.records.nouns import Noun

__all__ = [
    "Copy",
    "From",
    "ListQuery",
    "Model",
    "Noun",
    "Number",
    "OneOf",
    "Page",
    "PersonReference",
    "Record",
    "Reference",
    "Until",
    "Where",
    "check_references",
    "copies_of",
    "correct",
    "differing",
    "event_of",
    "null",
    "register",
    "table_of",
]
