"""What people copy is found, or the part of it that they remember; and words that mean something in one of the two languages."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.knowledge.manifest import SERVICE
from tests.knowledge.conftest import AUTHOR_ID, ITEMS, drafted, person, published
from tests.knowledge.test_suggestions import ARTICLE, deliver, incident, titles
from tests.world import World, world

Library = tuple[World, dict[str, str]]
#: the title of an item, and what its symptom says
COPIED = {
    "Access is denied": "The installation ends with error 0x80070005.",
    "Oracle refuses": "The log says ORA-01017: invalid username/password; logon denied",
    "Server is full": "The disk of srv-db-03.corp.example has no space.",
    "Profile is broken": r"Delete C:\Users\jvermeer\AppData\Local\Temp_7 and sign in.",
    "Share is gone": r"Nobody can open \\fileshare\finance\year-end.xlsx any more.",
    "Printer has moved": "It answers on 10.1.2.3 now, port 9100.",
    "Major incident": "See INC-000042 for what was done.",
    "Mailbox is full": "Mail to foo@bar.example is returned.",
    "Update fails": "KB5034441 cannot be installed.",
    "Certificate": "https://portal.corp.example/login?next=%2Fhome#top warns. Serial 5e:3a:91:0c.",
    "Unit fails": "systemctl restart zeven-relay.service --force; see /var/log/zeven/relay_2.log",
    "Network card": "Its address is 00:1B:44:11:3A:B7.",
}
PARTS = {
    "Access is denied": ("0x80070005", "0X80070005", "80070005", "0x8007", "error 0x80070005"),
    "Oracle refuses": ("ORA-01017", "ora 01017", "01017", "1017", "ORA-01017:", "username/password"),
    "Server is full": ("srv-db-03.corp.example", "srv-db-03", "srv-db", "db-03", "SRV-DB-03", "srv db 03"),
    "Profile is broken": (
        r"C:\Users\jvermeer\AppData",
        r"\Users\jvermeer",
        "jvermeer",
        "AppData",
        "Temp_7",
        r"users\jver",
    ),
    "Share is gone": (r"\\fileshare\finance", r"finance\year-end.xlsx", "year-end.xlsx", "fileshare", r"\\fileshare"),
    "Printer has moved": ("10.1.2.3", "10.1.2", "1.2.3", "9100", "10.1.2.3:"),
    "Major incident": ("INC-000042", "inc-000042", "000042", "42", "INC-42", "INC 42", "#42"),
    "Mailbox is full": ("foo@bar.example", "foo@bar", "bar.example", "foo", "<foo@bar.example>"),
    "Update fails": ("KB5034441", "kb5034441", "5034441", "KB 5034441", "KB50344"),
    "Certificate": (
        "https://portal.corp.example/login",
        "portal.corp.example",
        "login?next=%2Fhome",
        "5e:3a:91:0c",
        "3a:91",
    ),
    "Unit fails": (
        "zeven-relay.service",
        "zeven-relay",
        "--force",
        "/var/log/zeven/relay_2.log",
        "relay_2.log",
        "/var/log",
    ),
    "Network card": ("00:1B:44:11:3A:B7", "00:1b:44", "11:3A:B7"),
}
COPIES = [(title, part) for title, parts in PARTS.items() for part in parts]


@pytest.fixture(scope="module")
async def library(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Knowledge with an item for each thing that people copy, and some about words."""
    async with world((SERVICE,), make_database) as zeven:
        await zeven.running("knowledge").inbox.deliver([person(1, AUTHOR_ID)])
        await zeven.quiet()
        for title, symptom in COPIED.items():
            await published(zeven, title=title, symptom=symptom, workaround="Ask the second line.")
        for title in ("The lock of a door", "Gips om een been", "Verhuizing van IT", "De sleutel van een kast"):
            await published(zeven, title=title, symptom="Geen.", workaround="Geen.")
        await drafted(zeven.admin, title="A draft about srv-mail-07.corp.example")
        yield zeven


async def found(zeven: World, q: str) -> list[str]:
    answer = await zeven.admin.get("/knowledge/v1/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [hit["title"] for hit in answer.json()["items"]]


@pytest.mark.parametrize(("title", "copied"), COPIES)
async def test_what_people_copy_or_remember_of_it_is_found(library: World, title: str, copied: str) -> None:
    assert (await found(library, copied))[0] == title


@pytest.mark.parametrize(("title", "copied"), [pair for pair in COPIES if pair[1] not in ("INC-42", "42", "#42")])
async def test_what_people_copy_is_found_in_the_list_too(library: World, title: str, copied: str) -> None:
    answer = await library.admin.get(ITEMS, params={"text": copied})
    assert [item["title"] for item in answer.json()["items"]] == [title]


async def test_text_in_either_unicode_form_is_found(library: World) -> None:
    await published(library, title="Financie\u0308n", symptom="Priv\u00e9 rekening.", workaround="None.")
    for q in ("financi\u00ebn", "financie\u0308n", "prive\u0301", "priv\u00e9"):
        assert len(await found(library, q)) == 1


async def test_a_code_in_a_draft_is_found_in_the_list_and_not_in_the_search(library: World) -> None:
    answer = await library.admin.get(ITEMS, params={"text": "srv-mail-07"})
    assert [item["title"] for item in answer.json()["items"]] == ["A draft about srv-mail-07.corp.example"]
    assert "A draft about srv-mail-07.corp.example" not in await found(library, "srv-mail-07")


async def test_other_codes_of_the_same_kind_are_not_found(library: World) -> None:
    for other in ("0x80070006", "srv-db-04", "10.1.2.4", "KB5034442", r"\\fileshare\sales", "00:1B:44:11:3A:B8"):
        answer = await library.admin.get(ITEMS, params={"text": other})
        assert answer.json()["items"] == []


async def test_an_item_is_found_by_its_number(library: World) -> None:
    item = await published(library, title="Numbered", symptom="None.", workaround="None.")
    for number in (item["number"], item["number"].lower(), item["number"].removeprefix("KI-")):
        assert (await found(library, number))[0] == "Numbered"


async def test_the_part_that_was_found_is_marked(library: World) -> None:
    answer = await library.admin.get("/knowledge/v1/search", params={"q": "db-03.corp"})
    (hit,) = answer.json()["items"]
    assert "srv-<mark>db</mark>-<mark>03</mark>.<mark>corp</mark>.example" in hit["excerpt"]


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("door", "The lock of a door"),
        ("been", "Gips om een been"),
        ("it", "Verhuizing van IT"),
        ("IT", "Verhuizing van IT"),
    ],
)
async def test_a_word_that_means_something_in_one_of_the_languages_is_searched(
    library: World, q: str, title: str
) -> None:
    assert (await found(library, q))[0] == title


async def test_a_word_that_only_perhaps_means_something_is_not_needed(library: World) -> None:
    assert "De sleutel van een kast" in await found(library, "door sleutel")
    assert (await found(library, "lock door"))[0] == "The lock of a door"


@pytest.mark.parametrize("q", ["de", "het een", "the and of", "van", "is"])
async def test_a_word_that_means_nothing_in_either_language_is_not_searched(library: World, q: str) -> None:
    assert await found(library, q) == []


@pytest.mark.parametrize(
    "q", ["-" * 33, "--- -- -", '"-"', "- or -", "-door", "\\" * 50, "(((", "'" * 9, "or" * 100, "%" * 200]
)
async def test_any_text_whatsoever_is_answered(library: World, q: str) -> None:
    await found(library, q)
    answer = await library.admin.get(ITEMS, params={"text": q})
    assert answer.status_code == 200


async def test_a_code_of_an_incident_leads_to_the_item_with_that_code(zeven: World) -> None:
    for title, symptom in COPIED.items():
        await published(zeven, **{**ARTICLE, "symptom": symptom}, title=title)
    asked = {
        "Access is denied": "Please help, I get 80070005 when I begin.",
        "Oracle refuses": "Something with ora-1017 in a window",
        "Server is full": "SRV-DB-03 does nothing today",
        "Profile is broken": r"What is C:\Users\jvermeer",
        "Printer has moved": "Cannot ping 10.1.2.3 from here",
        "Major incident": "Same as incident 42 of last week",
        "Mailbox is full": "Why is foo@bar.example refused",
        "Update fails": "Windows wants kb 5034441",
    }
    said = {title: incident("Question", text) for title, text in asked.items()}
    await deliver(zeven, *said.values())
    assert {title: (await titles(zeven, one.subject))[0][0] for title, one in said.items()} == {
        title: title for title in asked
    }
