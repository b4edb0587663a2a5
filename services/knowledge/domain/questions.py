"""What somebody typed into the search box, understood before the database is asked."""

import re
from dataclasses import dataclass

_LAST_WORD = re.compile(r"(?:^|\s)([^\W_]{2,})$")
_OPERATORS = re.compile(r'"|(?:^|\s)-|(?:^|\s)or(?:\s|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the syntax of web search: words, "phrases", `or`, and `-word` for words that must be absent.

    A `plain` one is words alone. Its last word may be unfinished: it is the `beginning` of a word, and `rest` is what stands
    before it.
    """

    text: str
    plain: bool
    rest: str
    beginning: str | None


def understood(text: str) -> Question:
    """The question that `text` asks."""
    text = text.strip()
    plain = not _OPERATORS.search(text)
    last = _LAST_WORD.search(text) if plain else None
    return Question(
        text=text,
        plain=plain,
        rest=text[: last.start()] if last else text,
        beginning=last[1].lower() if last else None,
    )
