"""How a question is parsed before the database is queried."""

import pytest

from services.knowledge.search.rules import as_html, parse_question


@pytest.mark.parametrize("text", ['"paper jam"', "printer -laser", "printer or scanner", "-laser", 'half "open'])
def test_operators_make_a_question_that_is_not_plain_and_ends_with_whole_words(text: str) -> None:
    question = parse_question(text)
    assert (question.plain, question.beginning, question.rest) == (False, None, text)


@pytest.mark.parametrize(
    ("text", "rest", "beginning"),
    [
        ("  Printer wachtr ", "Printer", "wachtr"),
        ("print", "", "print"),
        ("wi-fi", "wi-fi", None),
        ("printer x", "printer x", None),
        ("wat nu?", "wat nu?", None),
        ("", "", None),
        ("Ünïcode", "", "ünïcode"),
    ],
)
def test_the_last_of_plain_words_may_be_unfinished(text: str, rest: str, beginning: str | None) -> None:
    question = parse_question(text)
    assert (question.plain, question.rest, question.beginning) == (True, rest, beginning)


def test_nothing_of_a_text_becomes_html_but_the_marks() -> None:
    shown = as_html("\x04img src=x onerror=\"alert('1')\"\x05 & \x02found\x03 &amp; <b>")
    assert shown == (
        "&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt; &amp; <mark>found</mark> &amp;amp; &lt;b&gt;"
    )
