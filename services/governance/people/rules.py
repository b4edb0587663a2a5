"""The names that people sign in with: one spelling for Robin, robin and ROBIN, no invisible characters, no look-alikes."""

import unicodedata

from shared.texts import is_blank

#: private and unassigned characters: nobody knows how they look
_UNKNOWN = frozenset({"Co", "Cn"})


def username_of(text: str) -> str:
    """The spelling under which a name is stored and looked up: Unicode NFKC, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def check_visible(text: str) -> str:
    """The text, when every character is visible; `ValueError` names the one that is not."""
    for char in text:
        if is_blank(char) or unicodedata.category(char) in _UNKNOWN:
            raise ValueError(f"U+{ord(char):04X} is invisible in a name; leave it out")
    return text


def skeleton_of(username: str | None) -> str | None:
    """One text for all usernames that look alike: letters of other scripts become the Latin ones they resemble (UTS #39).

    ASCII stays as it is, so that two different ASCII names stay different.
    """
    if username is None or username.isascii():
        return username
    return "".join(_prototype(char) for char in username if unicodedata.category(char) not in ("Mn", "Me"))


def _prototype(char: str) -> str:
    from confusable_homoglyphs.confusables import (
        confusables_data,
    )  # loads a megabyte, so only for names that are not ASCII

    if char.isascii():
        return char
    alike = [str(each["c"]) for each in confusables_data.get(char, ())]
    if latin := next((each for each in alike if each.isascii()), None):
        return latin
    if len(alike) != 1:
        return char
    mutual = len(confusables_data.get(alike[0], ())) == 1
    return min(char, alike[0]) if mutual else alike[0]
