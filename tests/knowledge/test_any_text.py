"""Any text whatsoever is an answer to a search, and any text of an incident is read for suggestions."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.knowledge.manifest import SERVICE
from services.knowledge.search.rules import parse_question
from services.knowledge.suggestions.commands import READ_CHARACTERS
from services.knowledge.suggestions.queries import fitting_items
from tests.knowledge.conftest import AUTHOR_ID, person, published
from tests.world import World, as_owner, world

SEARCH = "/knowledge/v1/search"
#: characters that mean something to a parser of questions, in every order
OPERATORS = st.text(alphabet="-!&|()<>:*'\"\\ \t\n.,;@/_+#%orAND0aé\u0301\ufeff\u200b", max_size=200)
#: everything that can be sent: all of Unicode but surrogates, and control characters, which are refused
ANYTHING = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=200)
WORDS = st.lists(st.sampled_from(["printer", "-", "or", '"', "de", "the", "-printer", "'s", "a\\b"]), max_size=40)
FAST = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
async def library(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Knowledge with one item."""
    async with world((SERVICE,), make_database) as zeven:
        await zeven.running("knowledge").inbox.deliver([person(1, AUTHOR_ID)])
        await zeven.quiet()
        await published(zeven, title="De printer werkt niet")
        yield zeven


DASHES = [
    "-" * 33,
    "-" * 200,
    "- " * 100,
    "-!" * 100,
    "-(-&-|" * 33,
    "-\t" * 60,
    '-"' * 100,
    '"' * 199,
    "-printer " * 22,
]


@FAST
@example("--------------------------------- printer")
@given(st.one_of(OPERATORS, ANYTHING, WORDS.map(" ".join).map(lambda words: words[:200])))
async def test_any_text_whatsoever_answers_200(library: World, q: str) -> None:
    answer = await library.admin.get(SEARCH, params={"q": q})
    assert answer.status_code == 200, (q, answer.text)


@pytest.mark.parametrize("q", DASHES)
async def test_a_search_of_dashes_finds_nothing_and_is_no_error(library: World, q: str) -> None:
    answer = await library.admin.get(SEARCH, params={"q": q})
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == []


@pytest.mark.parametrize("q", [*DASHES, "printer -"])
async def test_a_list_by_words_takes_any_text_too(library: World, q: str) -> None:
    answer = await library.admin.get("/knowledge/v1/items", params={"text": q})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("q", ["printer - werkt", "--printer", "printer -- werkt -", "printer\nwerkt", "printer --- "])
async def test_dashes_that_are_punctuation_exclude_nothing(library: World, q: str) -> None:
    assert len((await library.admin.get(SEARCH, params={"q": q})).json()["items"]) == 1


async def test_a_dash_before_a_word_still_excludes_it(library: World) -> None:
    assert (await library.admin.get(SEARCH, params={"q": "printer -werkt"})).json()["items"] == []
    assert parse_question("a -b").plain is False


async def test_what_cannot_be_stored_or_is_too_long_is_refused_in_words(library: World) -> None:
    assert (await library.admin.get(SEARCH, params={"q": "a\x00b"})).status_code == 400
    assert (await library.admin.get(SEARCH, params={"q": "a" * 201})).status_code == 422
    assert (await library.admin.get(SEARCH, params={"q": "a" * 60_000})).status_code == 414


@FAST
@given(st.one_of(OPERATORS, ANYTHING))
async def test_any_text_of_an_incident_is_read_for_suggestions(library: World, words: str) -> None:
    running = library.running("knowledge")
    async with running.work(running.service.actor) as work:
        for each in (words, (words * 20)[:READ_CHARACTERS], words.replace(" ", "") * 5):
            await fitting_items(work, [{"incident_id": uuid4(), "words": each, "named": []}])


async def test_a_search_finds_a_word_in_either_form_however_it_was_stored(library: World) -> None:
    new = await published(library, title="Het cafe\u0301 op de begane grond")
    assert new["title"] == "Het caf\u00e9 op de begane grond"
    old = await published(library, title="Het oude cafe van toen")
    running = library.running("knowledge")
    decomposed = normalize("NFD", "Het oude caf\u00e9 van toen")
    for table, key in (("ki", "id"), ("ki_version", "ki_id")):
        await as_owner(running, f"UPDATE {table} SET title = $1 WHERE {key} = $2", decomposed, old["id"])
    for q in ("caf\u00e9", "cafe\u0301"):
        found = (await library.admin.get(SEARCH, params={"q": q})).json()["items"]
        assert {each["id"] for each in found} == {new["id"], old["id"]}, q
        listed = (await library.admin.get("/knowledge/v1/items", params={"text": q})).json()["items"]
        assert {each["id"] for each in listed} == {new["id"], old["id"]}, q
        assert [each["id"] for each in found] == [each["id"] for each in sorted(found, key=lambda one: -one["rank"])]
