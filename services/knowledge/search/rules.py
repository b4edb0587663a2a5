"""Parses the text of a search box, and marks words in excerpts; pure."""

import re
from dataclasses import dataclass
from html import escape

#: dashes in a row, or one between spaces, exclude nothing; the database also refuses a question with more than 32 of them, and
#: skips these characters between them
_PUNCTUATION = re.compile(r"-(?:[\s!&|()]*-)+|(?<!\S)-(?!\S)")
_LAST_WORD = re.compile(r"(?:^|\s)([^\W_]{2,})$")
_OPERATORS = re.compile(r'"|(?:^|\s)-|(?:^|\s)or(?:\s|$)', re.IGNORECASE)

#: control characters that the database puts around a found word, and in place of angle brackets (its parser would drop the text
#: between them as a tag); control characters never come in through the API, so a text cannot forge them
OPEN, CLOSE, LESS, GREATER = "\x02", "\x03", "\x04", "\x05"
_SHOWN = {ord(OPEN): "<mark>", ord(CLOSE): "</mark>", ord(LESS): "&lt;", ord(GREATER): "&gt;"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the syntax of web search: words, "phrases", `or`, and `-word` for words that must be absent.

    A `plain` one has words only. Its last word may be unfinished: it is the `beginning` of a word, `rest` the text before it.
    """

    text: str
    plain: bool
    rest: str
    beginning: str | None


def without_punctuation(text: str) -> str:
    """The text without the dashes that exclude nothing, which the database might not take."""
    return _PUNCTUATION.sub(" ", text)


def parse_question(text: str) -> Question:
    """The question in `text`, which may be any text."""
    text = without_punctuation(text).strip()
    plain = not _OPERATORS.search(text)
    last = _LAST_WORD.search(text) if plain else None
    if last is None:
        return Question(text, plain, text, None)
    return Question(text, plain, text[: last.start()], last[1].lower())


def as_html(excerpt: str) -> str:
    """The excerpt as HTML: `<mark>` around the words that were found, everything else escaped."""
    return escape(excerpt).translate(_SHOWN)
