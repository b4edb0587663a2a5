"""Suggestions are better than plain BM25 over the same texts, and rank what matters: rare words, titles, all matches, and use."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from services.knowledge.manifest import SERVICE
from services.knowledge.suggestions.rules import CANDIDATES, Counted, rarity, wanted_of
from tests.bench import suggestions
from tests.bench.corpus import Shape, Text, corpus
from tests.knowledge.test_suggestions import used
from tests.world import World, world

SMALL = Shape(services=20, matters=3, texts=1000)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Knowledge at work."""
    async with world((SERVICE,), make_database) as platform:
        yield platform


@pytest.fixture(autouse=True)
async def _empty(zeven: World) -> None:
    await suggestions.empty(zeven.running("knowledge"))


@pytest.mark.parametrize(("seed", "part"), [(11, "symptom"), (12, "body")])
async def test_suggestions_are_right_more_often_than_plain_bm25(
    zeven: World, seed: int, part: suggestions.Part
) -> None:
    texts = corpus(seed, SMALL)
    plain = suggestions.bm25(texts)
    assert plain.first < 0.65  # it is hard to see what these texts are about
    ours = await suggestions.hits(zeven.running("knowledge"), texts, part)
    assert ours.first >= 1.05 * plain.first
    assert ours.five >= 1.05 * plain.five


def _text(title: str, description: str = "None.") -> Text:
    return Text(title, description, 0, "en")


async def _suggested(zeven: World, items: list[Text], call: Text, used_item: int | None = None) -> list[str]:
    running = zeven.running("knowledge")
    made = await suggestions.fill(running, items, "symptom")
    if used_item is not None:
        helped = [str(identity) for identity, text in made.items() if text is items[used_item]]
        await running.inbox.deliver([used(uuid4(), helped[0]) for _ in range(3)])
        await zeven.quiet()
    ((found,), _) = await suggestions.suggested(running, [call])
    return [made[identity].title for identity in found]


async def test_a_rare_word_counts_more_than_several_common_ones(zeven: World) -> None:
    items = [_text(f"Screen {number}", "The laptop shows an error message again.") for number in range(60)]
    items.append(_text("Blinkenlicht", "Ask the supplier."))
    found = await _suggested(zeven, items, _text("Laptop", "The laptop shows an error message about the blinkenlicht."))
    assert found[0] == "Blinkenlicht"


async def test_a_rare_word_counts_wherever_it_is_in_a_long_text(zeven: World) -> None:
    items = [_text(f"Screen {number}", "The laptop shows an error message again.") for number in range(20)]
    items.append(_text("Blinkenlicht", "Ask the supplier."))
    long = "Hello colleagues, this morning my screen showed some error message while working at home. " * 15
    found = await _suggested(zeven, items, _text("Question", f"{long} The blinkenlicht is on."))
    assert found[0] == "Blinkenlicht"


async def test_of_hundreds_of_matches_the_best_is_suggested(zeven: World) -> None:
    items = [_text(f"Report {number}", "The printer was mentioned by somebody.") for number in range(400)]
    items.append(_text("Printer spooler", "The printer stops."))
    found = await _suggested(zeven, items, _text("Printer stops", "Please help."))
    assert found[0] == "Printer spooler"


async def test_of_hundreds_of_matches_the_search_ranks_those_with_the_word_in_their_title(zeven: World) -> None:
    items = [_text(f"Report {number}", "The printer was mentioned.") for number in range(450)]
    await suggestions.fill(zeven.running("knowledge"), [*items, _text("Printer", "Nothing else.")], "symptom")
    hits = (await zeven.admin.get("/knowledge/v1/search", params={"q": "printer"})).json()["items"]
    assert hits[0]["title"] == "Printer"


async def test_a_word_in_the_title_counts_more_than_one_in_the_symptom(zeven: World) -> None:
    items = [_text("Something else", "The scanner."), _text("Scanner", "Something else.")]
    assert await _suggested(zeven, items, _text("Scanner")) == ["Scanner", "Something else"]


async def test_confirmed_use_decides_between_items_that_fit_equally(zeven: World) -> None:
    items = [
        _text("Scanner A", "Light is red."),
        _text("Scanner B", "Light is red."),
        _text("Scanner C", "Light is red."),
    ]
    found = await _suggested(zeven, items, _text("Scanner", "Light is red."), used_item=1)
    assert found == ["Scanner B", "Scanner A", "Scanner C"]


async def test_a_compound_and_its_first_word_find_each_other(zeven: World) -> None:
    items = [_text("Printerstoring"), _text("Mailbox")]
    running = zeven.running("knowledge")
    made = await suggestions.fill(running, items, "symptom")
    calls = [_text("Printers"), _text("Mailboxprobleem")]
    found, _ = await suggestions.suggested(running, calls)
    assert [made[ids[0]].title for ids in found] == ["Printerstoring", "Mailbox"]


async def test_an_article_that_fits_is_not_crowded_out_by_known_errors_that_hardly_do(zeven: World) -> None:
    running = zeven.running("knowledge")
    weak = [_text(f"Error {number}", "Laptop.") for number in range(9)]
    made = await suggestions.fill(
        running, [*weak, _text("Blinkenlicht", "The blinkenlicht of a laptop is on.")], "symptom"
    )
    async with running.engine.begin() as connection:
        for table in ("ki", "ki_version"):
            await connection.exec_driver_sql(f"UPDATE {table} SET ki_type = 'known_error' WHERE title LIKE 'Error%%'")
    found, _ = await suggestions.suggested(running, [_text("Blinkenlicht on", "Laptop.")])
    assert "Blinkenlicht" in [made[identity].title for identity in found[0]]


def test_the_rarest_words_are_looked_for_and_all_of_them_count() -> None:
    many = [Counted(f"word{number}", 1, f"word{number}", CANDIDATES // 4 * number, 100_000) for number in range(1, 9)]
    wanted = wanted_of(many)
    assert wanted.rare == ["word1", "word2"]
    assert len(wanted.signs) == 8
    assert wanted.weights == sorted(wanted.weights, reverse=True)
    assert wanted.beside == []


def test_at_least_one_word_is_looked_for_however_common_it_is() -> None:
    common = [Counted(word, 1, word, items, 100_000) for word, items in (("a", 30_000), ("b", 20_000), ("c", 40_000))]
    wanted = wanted_of(common)
    assert (wanted.rare, wanted.beside) == (["b"], ["a", "c"])
    assert wanted_of([]).rare == []


def test_a_rare_compound_tells_no_more_than_its_common_beginning() -> None:
    word, compound = Counted("print", 1, "print", 500, 1000), Counted("print", 1, "printdienst", 1, 1000)
    wanted = wanted_of([word, compound])
    weights = dict(zip(wanted.signs, wanted.weights, strict=True))
    assert weights["printdienst"] < weights["print"] == rarity(500, 1000)
