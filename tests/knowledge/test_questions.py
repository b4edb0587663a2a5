"""How a question is parsed before the database is queried."""

import pytest

from services.knowledge.search.rules import as_html, parse_question


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ('"paper jam"', ['"paper jam"']),
        ("printer -laser", ["printer", "-laser"]),
        ('printer -"laser jet"', ["printer", '-"laser jet"']),
        ("printer or scanner", ["printer", "or", "scanner…"]),
        ("-laser", ["-laser"]),
        ('half "open', ["half", '"open"']),
    ],
)
def test_operators_make_a_question_that_is_not_plain(text: str, terms: list[str]) -> None:
    assert (parse_question(text).plain, shown(text)) == (False, terms)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("  Printer wachtr ", ["Printer", "wachtr…"]),
        ("print", ["print…"]),
        ("srv-db-03 wi-fi", ["srv-db-03", "wi-fi…"]),
        ("printer - laser", ["printer", "-", "laser…"]),
        ("tar --force", ["tar", "--force…"]),
        ("", []),
    ],
)
def test_the_last_of_plain_words_may_be_unfinished(text: str, terms: list[str]) -> None:
    assert (parse_question(text).plain, shown(text)) == (True, terms)


def shown(text: str) -> list[str]:
    """The terms of a question as a person would write them, `…` after one that may be unfinished."""
    words, before = [], 0
    for term in parse_question(text).terms:
        words += ["or"] * (term.alternative - before)
        before = term.alternative
        word = f'"{term.words}"' if term.quoted else term.words
        words.append("-" * term.negated + word + "…" * term.unfinished)
    return words


def test_nothing_of_a_text_becomes_html_but_the_marks() -> None:
    shown = as_html("\x04img src=x onerror=\"alert('1')\"\x05 & \x02found\x03 &amp; <b>")
    assert shown == (
        "&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt; &amp; <mark>found</mark> &amp;amp; &lt;b&gt;"
    )
