"""Texts that look the same are the same text (Unicode NFC), and which characters can be seen."""

import unicodedata
from typing import Any

#: categories without a glyph: control and format characters, surrogates, and every kind of space
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
#: characters of other categories that are blank: fillers, joiners, variation selectors, the empty braille pattern, a null
#: note head, and code points that are reserved for invisible characters
_BLANK = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0, 0x1D159),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xFFF0, 0xFFF9),
            *range(0xE0000, 0xE1000),
        ),
    )
)
#: joiners and variation selectors: scripts such as Persian and Hindi, and many emoji, cannot be written without them
_SHAPING = frozenset(map(chr, (0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
#: characters that show what follows in another order, so that a text looks like another one
_OVERRIDES = frozenset("\u202d\u202e")
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")


def nfc(text: str) -> str:
    """The one form of all texts that look the same: Unicode NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def all_nfc(value: Any) -> Any:
    """The same JSON value with every text in it, names of members included, in NFC."""
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, list):
        return [all_nfc(each) for each in value]
    if isinstance(value, dict):
        return {nfc(name): all_nfc(each) for name, each in value.items()}
    return value


def stored_forms(text: str) -> tuple[str, ...]:
    """The forms in which a text may be stored: NFC, and the decomposed form, which was stored as it came before NFC was used."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys(unicodedata.normalize(form, text) for form in ("NFC", "NFD")))


def is_blank(char: str) -> bool:
    """Whether nothing is seen of a character."""
    return char in _BLANK or unicodedata.category(char) in _BLANK_CATEGORIES


def check_visible(text: str) -> str:
    """The text; `ValueError` when none of its characters can be seen."""
    if not text.strip() or (not text.isascii() and all(map(is_blank, text))):
        raise ValueError("needs at least one visible character")
    return text


def check_line(text: str) -> str:
    """The text; `ValueError` unless it is one line with a visible character, in the order in which it is written."""
    if not _LINE_ENDS.isdisjoint(text):
        raise ValueError("one line only")
    if not _OVERRIDES.isdisjoint(text):
        raise ValueError("holds a character that reverses the order of what is shown; leave it out")
    return check_visible(text)


def check_name(text: str) -> str:
    """The text, a line; `ValueError` for an invisible character in it, so that two names that look the same are the same.

    Spaces may stand between words, and joiners and variation selectors after what they shape, which no Latin letter is.
    """
    check_line(text)
    if text.isascii():
        return text
    before = "a"
    for char in text:
        shapes = char in _SHAPING and not (before.isascii() and before.isalpha())
        if is_blank(char) and not shapes and not char.isspace():
            raise ValueError(f"U+{ord(char):04X} is invisible in a name; leave it out")
        before = char
    return text
