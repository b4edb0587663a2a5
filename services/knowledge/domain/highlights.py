"""Excerpts with the words that were found: safe to show as HTML, whatever the text says."""

from html import escape

#: what the database puts around a word that was found, and instead of angle brackets (its parser would drop what looks like a
#: tag); control characters never come in through the API, so a text cannot forge them
OPEN, CLOSE, LESS, GREATER = "\x02", "\x03", "\x04", "\x05"
_SHOWN = {ord(OPEN): "<mark>", ord(CLOSE): "</mark>", ord(LESS): "&lt;", ord(GREATER): "&gt;"}


def as_html(excerpt: str) -> str:
    """The excerpt as HTML: `<mark>` around what was found, everything else escaped."""
    return escape(excerpt).translate(_SHOWN)
