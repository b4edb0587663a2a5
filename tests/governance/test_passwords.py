"""Passwords: who sets them, and what happens to earlier sign-ins."""

from typing import Any
from unicodedata import normalize
from uuid import UUID

import pytest

from services.governance.passwords import commands as hashing
from tests.governance.conftest import PASSWORD, ask, give, person, sign_in
from tests.world import World, as_owner, token

NEW = "eight restless seas"


def url(who: dict[str, str]) -> str:
    return f"/governance/v1/people/{who['id']}/password"


async def test_a_person_changes_the_own_password_with_the_old_one(zeven: World) -> None:
    robin = await person(zeven)
    robins = zeven.as_(token(robin["id"], "user", party=robin["party_id"]))
    lacking = await robins.put(url(robin), json={"new_password": NEW})
    assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/old_password")
    wrong = await robins.put(url(robin), json={"new_password": NEW, "old_password": "a guess of mine"})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:zeven:problem:wrong-password")
    await sign_in(zeven, robin["username"], PASSWORD)
    assert (await robins.put(url(robin), json={"new_password": NEW, "old_password": PASSWORD})).status_code == 204
    await sign_in(zeven, robin["username"], NEW)
    refused = await ask(zeven, grant_type="password", username=robin["username"], password=PASSWORD)
    assert refused.status_code == 400


async def test_nobody_but_an_administrator_sets_somebody_elses(zeven: World) -> None:
    robin = await person(zeven)
    leader = zeven.as_(token("l", "it_director"))
    body = {"new_password": NEW, "old_password": PASSWORD}
    assert (await leader.put(url(robin), json=body)).status_code == 403
    stranger = zeven.as_(token("s", "user"))
    assert (await stranger.put(url(robin), json=body)).status_code == 404
    await sign_in(zeven, robin["username"], PASSWORD)


async def test_an_administrator_too_needs_the_old_password_for_the_own_one(zeven: World) -> None:
    robin, other = await person(zeven), await person(zeven, password=None)
    await give(zeven, robin["id"], "administrator")
    robins = zeven.as_(token(robin["id"], party=robin["party_id"]))
    lacking = await robins.put(url(robin), json={"new_password": NEW})
    assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/old_password")
    wrong = await robins.put(url(robin), json={"new_password": NEW, "old_password": "a guess of mine"})
    assert wrong.status_code == 409
    assert (await robins.put(url(other), json={"new_password": NEW})).status_code == 204
    assert (await robins.put(url(robin), json={"new_password": NEW, "old_password": PASSWORD})).status_code == 204
    await sign_in(zeven, other["username"], NEW)


async def test_a_new_password_ends_the_sign_ins_before(zeven: World) -> None:
    robin = await person(zeven)
    tokens = await sign_in(zeven, robin["username"], PASSWORD)
    assert (await zeven.admin.put(url(robin), json={"new_password": NEW})).status_code == 204
    answer = await ask(zeven, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert answer.status_code == 400


async def test_a_short_password_is_refused_without_being_repeated(zeven: World) -> None:
    robin = await person(zeven, password=None)
    refused = await zeven.admin.put(url(robin), json={"new_password": "elevenchars"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert "elevenchars" not in refused.text


async def test_that_a_password_was_set_is_recorded_and_the_password_is_not(zeven: World) -> None:
    robin = await person(zeven)
    await zeven.quiet()
    feed = (
        await zeven.admin.get("/governance/v1/events", params={"type": "person.password_set.v1", "limit": 1000})
    ).json()
    (event,) = [each for each in feed["items"] if each["about"] == robin["id"]]
    assert event["data"] == {"person_id": robin["id"]}
    assert (await zeven.admin.get(f"/governance/v1/people/{robin['id']}")).json()["version"] == 1


async def test_guesses_of_the_old_password_are_limited(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    robin = await person(zeven)
    monkeypatch.setattr(hashing, "_verify", lambda *_: False)
    robins = zeven.as_(token(robin["id"], "user", party=robin["party_id"]))
    guess = {"new_password": NEW, "old_password": "a guess of mine"}
    statuses = [(await robins.put(url(robin), json=guess)).status_code for _ in range(6)]
    assert statuses == [409] * 5 + [429]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_password_in_either_form_signs_in_however_it_was_set(zeven: World, form: str) -> None:
    word = "Zo\u00eb en Andr\u00e9 samen"
    robin = await person(zeven)
    answer = await zeven.admin.put(
        f"/governance/v1/people/{robin['id']}/password", json={"new_password": normalize(form, word)}
    )
    assert answer.status_code == 204
    for typed in (normalize("NFC", word), normalize("NFD", word)):
        assert (await ask(zeven, grant_type="password", username=robin["username"], password=typed)).status_code == 200
    await store_as_it_was_before(zeven, robin, normalize(form, word))
    for typed in (normalize("NFC", word), normalize("NFD", word)):
        assert (await ask(zeven, grant_type="password", username=robin["username"], password=typed)).status_code == 200
    wrong = await ask(zeven, grant_type="password", username=robin["username"], password="Zoe en Andre samen")
    assert wrong.status_code == 400


async def store_as_it_was_before(zeven: World, who: dict[str, Any], password: str) -> None:
    """Store the hash of a password as it came, as was done before all texts were in one form."""
    statement = "UPDATE credential SET password_hash = $1 WHERE person_id = $2"
    await as_owner(zeven.running("governance"), statement, hashing.HASHER.hash(password), UUID(who["id"]))
