"""One spelling for names that people sign in with, so that Robin, robin and ROBIN are one person."""

import unicodedata


def username_of(text: str) -> str:
    """The spelling under which a name is stored and looked up: Unicode NFKC, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
