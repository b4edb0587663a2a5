"""Usernames: one spelling, no invisible characters, and no name that looks like somebody else's."""

import unicodedata
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.governance.people.rules import check_visible, skeleton_of, username_of
from shared.contracts.defaults import CLIENT_ID
from tests.governance.conftest import person
from tests.world import World

URL = "/governance/v1/people"


INVISIBLE = (
    *(
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u202e",
        "\u2066",
        "\u200f",
        "\u0085",
        "\u2028",
        "\u00a0",
        "\u3000",
        " ",
    ),
    *("\u3164", "\u115f", "\u2800", "\ufe0f", "\u034f", "\ue000", "\U000e0041", "\u0378"),
)


@pytest.mark.parametrize("char", INVISIBLE, ids=lambda char: f"U+{ord(char):04X}")
async def test_what_cannot_be_seen_is_refused_in_a_username(zeven: World, char: str) -> None:
    robin = await person(zeven, password=None)
    body = {"name": "X", "party_id": str(CLIENT_ID), "username": f"ad{char}min"}
    for refused in (
        await zeven.admin.post(URL, json=body),
        await zeven.admin.patch(
            f"{URL}/{robin['id']}", json={"username": body["username"]}, headers={"If-Match": '"1"'}
        ),
    ):
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/username")
        assert f"U+{ord(char):04X} is invisible" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "username", ["аdmin", "admіn", "ａdmin", "ADMIN", "ad\u0332min", "αdmin", "ɑdmin", "adm\u0131n"]
)
async def test_a_username_that_looks_like_admin_is_refused(zeven: World, username: str) -> None:
    robin = await person(zeven, password=None)
    url = f"{URL}/{robin['id']}"
    for refused in (
        await zeven.admin.post(URL, json={"name": "X", "party_id": str(CLIENT_ID), "username": username}),
        await zeven.admin.patch(url, json={"username": username}, headers={"If-Match": '"1"'}),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:zeven:problem:username-taken"), refused.text
        assert refused.json()["errors"][0]["pointer"] == "/username"


async def test_a_look_alike_in_another_script_is_found_both_ways_round(zeven: World) -> None:
    latin, cyrillic = "poca", "роса"
    await person(zeven, password=None, username=cyrillic)
    refused = await zeven.admin.post(URL, json={"name": "X", "party_id": str(CLIENT_ID), "username": latin})
    assert "looks the same" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "username", ["jörg", "françois", "Ångström", "иван", "小林", "robin@harbour.example", "o'neil"]
)
async def test_names_of_all_languages_are_taken(zeven: World, username: str) -> None:
    new = await person(zeven, password=None, username=f"{username}{uuid4().hex[:6]}")
    assert new["username"].startswith(username_of(username))


async def test_names_in_ascii_differ_when_their_spellings_do(zeven: World) -> None:
    unique = uuid4().hex[:6]
    for username in (f"user1{unique}", f"userl{unique}", f"useri{unique}", f"rn{unique}", f"m{unique}"):
        await person(zeven, password=None, username=username)


@given(st.text(max_size=20))
def test_a_skeleton_is_made_of_every_text_and_a_spelling_has_one(text: str) -> None:
    assert skeleton_of(username_of(text)) == skeleton_of(username_of(text.upper().lower())) or not text.isascii()
    if text.isascii():
        assert skeleton_of(text) == text


@given(st.characters())
def test_every_character_is_visible_or_named(char: str) -> None:
    if unicodedata.category(char)[0] in "CZ":
        with pytest.raises(ValueError, match=rf"U\+{ord(char):04X} is invisible"):
            check_visible(char)
