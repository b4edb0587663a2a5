"""Texts that look the same are the same, and what names something can be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.fields import Line, Name, Text
from shared.texts import all_nfc, check_name, nfc, stored_forms

LINE, NAME, TEXT = (TypeAdapter[str](kind) for kind in (Line, Name, Text))
INVISIBLE = {
    "spaces": "   ",
    "zero-width spaces": "\u200b\u200b",
    "joiners": "\u200d\u200c",
    "direction marks": "\u200e\u200f\u061c",
    "isolates": "\u2066\u2069",
    "a byte order mark": "\ufeff",
    "soft hyphens": "\u00ad",
    "a no-break space": "\u00a0",
    "an ideographic space": "\u3000",
    "a Hangul filler": "\u3164",
    "an empty braille pattern": "\u2800",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0041\U000e007f",
    "word joiners": "\u2060\u2063",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_a_title_of_invisible_characters_alone_is_refused(text: str) -> None:
    for kind in (LINE, NAME, TEXT):
        with pytest.raises(ValidationError, match="visible"):
            kind.validate_python(text)
    assert LINE.validate_python(f"a{text}b") == f"a{text}b"


@pytest.mark.parametrize("text", ["a\u202egpj.exe", "\u202da"])
def test_a_title_that_is_shown_in_another_order_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="reverses"):
        LINE.validate_python(text)


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\u2029", "\x85"])
def test_a_line_has_no_line_end_of_any_alphabet(end: str) -> None:
    with pytest.raises(ValidationError, match="one line only"):
        LINE.validate_python(f"a{end}b")


@pytest.mark.parametrize("text", ["Desk\u200b", "De\u00adsk", "\ufeffDesk", "Desk\u200d", "Desk\ufe0f", "D\u3164esk"])
def test_a_name_that_looks_like_another_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"U\+[0-9A-F]{4} is invisible in a name"):
        check_name(text)


@pytest.mark.parametrize(
    "text",
    ["Harbour & Sons", "مدیریت می\u200cخواهم", "क्\u200dष", "👩\u200d🔧 repairs", "❤\ufe0f", "日本\u3000東京", "É É"],
)
def test_names_of_every_alphabet_are_taken(text: str) -> None:
    assert NAME.validate_python(text) == text


def test_texts_in_two_forms_are_one_text() -> None:
    assert nfc("Cafe\u0301") == "Caf\u00e9"
    given_, wanted = {"e\u0301": ["e\u0301", {"a": "o\u0308"}], "n": 1}, {"\u00e9": ["\u00e9", {"a": "\u00f6"}], "n": 1}
    assert all_nfc(given_) == wanted
    assert set(stored_forms("\u00e9")) == {"\u00e9", "e\u0301"}
    assert stored_forms("desk") == ("desk",)


@given(st.text())
def test_the_form_is_the_same_a_second_time(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert nfc(text) in stored_forms(text)
    assert {nfc(form) for form in stored_forms(text)} == {nfc(text)}
