"""Parses the text of a search box, and marks words in excerpts; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

_OPERATORS = re.compile(r'"|(?:^|\s)-\w|(?:^|\s)or(?:\s|$)', re.IGNORECASE)
_TERM = re.compile(r'(?P<negated>-(?=["\w]))?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<words>\S+))')

#: characters that join the parts of codes, paths and addresses. The database reads such a code as one word, and would read the text
#: between angle brackets as a tag; while it marks words, control characters are in their place, so that parts can be marked.
JOINING = "<>./:@_-+&=%?#~\\"
#: control characters never come in through the API, so a text cannot forge them; the first two are put around a found word
OPEN, CLOSE = "\x02", "\x03"
IN_PLACE = "\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18"
_SHOWN = {ord(OPEN): "<mark>", ord(CLOSE): "</mark>"}
_SHOWN |= {ord(held): escape(shown) for held, shown in zip(IN_PLACE, JOINING, strict=True)}


@dataclass(frozen=True, slots=True)
class Term:
    """A word, code or quoted text of a question.

    Either all terms of an `alternative` or all of another one must be there, except for `negated` ones, which must be absent. An
    `unfinished` term may be the beginning of what is meant.
    """

    place: int
    alternative: int
    words: str
    negated: bool
    quoted: bool
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the syntax of web search: words, "phrases", `or`, and `-word` for words that must be absent.

    A `plain` one has words only.
    """

    text: str
    plain: bool
    terms: tuple[Term, ...]


def parse_question(text: str) -> Question:
    """The question in `text`; its last word may be unfinished."""
    text = text.strip()
    return Question(text, not _OPERATORS.search(text), tuple(_terms(text)))


def _terms(text: str) -> Iterator[Term]:
    alternative = 0
    for place, found in enumerate(_TERM.finditer(text)):
        negated, quoted = bool(found["negated"]), found["quoted"] is not None
        words = found["quoted"] if quoted else found["words"]
        if words.lower() == "or" and not (negated or quoted):
            alternative += 1
            continue
        unfinished = found.end() == len(text) and not (negated or quoted)
        yield Term(place, alternative, words, negated, quoted, unfinished)


def as_html(excerpt: str) -> str:
    """The excerpt as HTML: `<mark>` around the words that were found, everything else escaped."""
    return escape(excerpt).translate(_SHOWN)
