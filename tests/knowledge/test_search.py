"""The search: both languages, ranking, highlights, scope, and questions without meaning."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from services.knowledge.manifest import SERVICE
from tests.knowledge.conftest import AUTHOR_ID, drafted, edited, move, person, published
from tests.world import World, token, world

ARTICLE = {"ki_type": "solution_article", "symptom": None, "workaround": None}


@pytest.fixture(scope="module")
async def library(make_database: Callable[[str], Any]) -> AsyncIterator[tuple[World, dict[str, str]]]:
    """Knowledge with a few items, by name."""
    async with world((SERVICE,), make_database) as zeven:
        await zeven.running("knowledge").inbox.deliver([person(1, AUTHOR_ID)])
        await zeven.quiet()
        texts: dict[str, dict[str, Any]] = {
            "silent": {
                "title": "De printer werkt niet",
                "symptom": "Opdrachten blijven in de wachtrij staan.",
                "workaround": "Herstart de spooler.",
                "language": "nl",
                "audience": "public",
            },
            "vpn": {
                **ARTICLE,
                "title": "Connecting to the VPN fails",
                "body": "Users who were connected yesterday get error 0x80070005. Reinstall the client.",
                "language": "en",
            },
            "printing": {
                **ARTICLE,
                "title": "How to order toner",
                "body": "Buy it in the web shop, one box for each printer, before the old one is empty.",
                "audience": "public",
            },
            "tags": {
                **ARTICLE,
                "title": "Scanner <script>alert('x')</script> & more",
                "body": 'Set <path> to "C:\\scans" & restart the scanner.',
            },
            "server": {
                "ki_type": "configuration_item",
                "symptom": None,
                "workaround": None,
                "title": "Mail server 7",
                "attributes": {"operating system": "Debian", "rack": "B12"},
            },
        }
        made = {name: (await published(zeven, **content))["id"] for name, content in texts.items()}
        await drafted(zeven.admin, title="Drafted zebra")
        retired = await published(zeven, title="Retired zebra")
        await move(zeven.admin, retired, "retire", reason="Gone.")
        await edited(zeven.admin, (await zeven.admin.get(f"/knowledge/v1/items/{made['vpn']}")).json(), title="Zebra")
        yield zeven, {identity: name for name, identity in made.items()}


async def ask(
    library: tuple[World, dict[str, str]], q: str, who: httpx2.AsyncClient | None = None, **more: object
) -> list[dict[str, Any]]:
    zeven, names = library
    answer = await (who or zeven.admin).get("/knowledge/v1/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    return [{**hit, "name": names[hit["id"]]} for hit in answer.json()["items"]]


Library = tuple[World, dict[str, str]]


async def found(library: Library, q: str, who: httpx2.AsyncClient | None = None, **more: object) -> list[str]:
    return [hit["name"] for hit in await ask(library, q, who, **more)]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("printers werken niet", ["silent", "printing"]),
        ("opdracht", ["silent"]),
        ("spoolers herstarten", ["silent"]),
        ("connect vpn", ["vpn"]),
        ("the user reinstalls clients", ["vpn"]),
        ("0x80070005", ["vpn"]),
        ("debian", ["server"]),
        ("rack", ["server"]),
        ("path", ["tags"]),
        ("wachtrijen", ["silent"]),
        ("werken", ["silent"]),
    ],
)
async def test_words_are_found_in_other_forms_in_dutch_and_english(library: Library, q: str, names: list[str]) -> None:
    assert await found(library, q) == names


async def test_a_word_in_the_title_counts_more_than_one_in_the_text(library: Library) -> None:
    first, second = await ask(library, "printer")
    assert (first["name"], second["name"]) == ("silent", "printing")
    assert 0 < second["rank"] < first["rank"] < 1


async def test_the_last_word_may_be_unfinished(library: Library) -> None:
    assert await found(library, "mail ser") == ["server"]
    assert await found(library, "print") == ["silent", "printing"]


async def test_all_words_must_be_there_unless_nothing_has_them_all(library: Library) -> None:
    assert await found(library, "printer toner") == ["printing"]
    assert set(await found(library, "printer debian")) == {"silent", "printing", "server"}


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ('"order toner"', ["printing"]),
        ('"toner order"', []),
        ("printer -toner", ["silent"]),
        ("toner or debian", ["printing", "server"]),
    ],
)
async def test_operators_narrow_the_question(library: Library, q: str, names: list[str]) -> None:
    assert sorted(await found(library, q)) == sorted(names)


NONSENSE = (
    "",
    "   ",
    "prntrr",
    "de het een",
    "the and of",
    "de",
    "-",
    "-printer",
    '"',
    '""',
    "& | !",
    "or",
    "or or",
    "'",
)
ODD = (
    "\\",
    "(",
    ":*",
    "a:*b",
    "<->",
    "%_",
    "?",
    "\u00e9",
    "\U0001f600",
    "x" * 200,
    "' \\ ' :* | !zz &",
    "\u00df:*A",
    "0",
)


@pytest.mark.parametrize("q", [*NONSENSE, *ODD])
async def test_a_question_that_makes_no_sense_finds_nothing(library: Library, q: str) -> None:
    assert await found(library, q) == []


async def test_what_is_drafted_or_retired_is_not_found(library: Library) -> None:
    assert await found(library, "zebra") == []


async def test_only_one_type_is_answered_when_asked(library: Library) -> None:
    assert await found(library, "printer", type="known_error") == ["silent"]
    assert await found(library, "printer", type="solution_article") == ["printing"]
    assert len(await ask(library, "printer", limit=1)) == 1


async def test_clients_find_what_is_public(library: Library) -> None:
    client = library[0].as_(token("somebody", "user"))
    assert await found(library, "printer", client) == ["silent", "printing"]
    assert await found(library, "vpn", client) == []
    assert await found(library, "server", client) == []


async def test_what_was_found_is_marked_and_everything_else_escaped(library: Library) -> None:
    (hit,) = await ask(library, "scanner")
    assert hit["marked_title"] == ("<mark>Scanner</mark> &lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more")
    assert hit["excerpt"] == "Set &lt;path&gt; to &quot;C:\\scans&quot; &amp; restart the <mark>scanner</mark>"
    assert hit["title"].startswith("Scanner <script>")


async def test_other_forms_of_a_word_are_marked_too(library: Library) -> None:
    (hit,) = await ask(library, "connect 0x80070005")
    assert hit["marked_title"] == "<mark>Connecting</mark> to the VPN fails"
    assert "<mark>connected</mark>" in hit["excerpt"]
    assert "<mark>0x80070005</mark>" in hit["excerpt"]
    (hit,) = await ask(library, "opdracht")
    assert "<mark>Opdrachten</mark>" in hit["excerpt"]
