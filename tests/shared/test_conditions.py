"""Two people, a doubled click, a list read page by page: the guarantees of conditions and retries."""

import asyncio
import base64
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.shared.parcels import rows
from tests.shared.post_office.counter import service as counter_service
from tests.shared.test_requests import PARCELS, problem
from tests.world import World, token

COLLECT = {"trigger": "collect", "collector": "Ada"}


async def made(office: World, **headers: str) -> httpx2.Response:
    answer = await office.admin.post(PARCELS, json={"label": "books"}, headers=headers)
    assert answer.status_code == 201
    return answer


async def move(office: World, identity: str, if_match: str | None) -> httpx2.Response:
    headers = {} if if_match is None else {"If-Match": if_match}
    return await office.admin.post(f"{PARCELS}/{identity}/moves", json=COLLECT, headers=headers)


async def parcels(office: World, label: str) -> int:
    (count,) = await rows(office.running("counter"), "SELECT count(*) FROM parcel WHERE label = :label", label=label)
    return int(count)


async def test_the_etag_names_the_version_that_a_change_needs(office: World) -> None:
    identity = (await made(office)).json()["id"]
    seen = await office.admin.get(f"{PARCELS}/{identity}")
    assert seen.headers["etag"] == '"1"'
    moved = await move(office, identity, seen.headers["etag"])
    assert (moved.status_code, moved.headers["etag"], moved.json()["version"]) == (200, '"2"', 2)


async def test_a_change_without_a_version_is_not_made(office: World) -> None:
    identity = (await made(office)).json()["id"]
    problem(await move(office, identity, None), 428, "version-needed")


STALE = ['"0"', '"2"', 'W/"1"', "1", '"01x"', '""', "x" * 5000, '"' + "9" * 30 + '"', '"-1"', "'1'"]


@pytest.mark.parametrize("if_match", STALE, ids=range(len(STALE)))
async def test_a_version_that_is_not_the_record_s_changes_nothing(office: World, if_match: str) -> None:
    identity = (await made(office)).json()["id"]
    problem(await move(office, identity, if_match), 412, "version-conflict")
    assert (await office.admin.get(f"{PARCELS}/{identity}")).json()["version"] == 1


async def test_whoever_is_not_known_hears_nothing_of_versions(office: World) -> None:
    for headers in ({}, {"If-Match": '"7"'}, {"If-Match": "?"}):
        answer = await office.as_().post(f"{PARCELS}/{uuid4()}/moves", json=COLLECT, headers=headers)
        problem(answer, 401, "not-signed-in")


async def test_of_two_people_who_change_the_same_version_one_is_told(office: World) -> None:
    identity = (await made(office)).json()["id"]
    answers = await asyncio.gather(*(move(office, identity, '"1"') for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]


async def test_a_move_that_is_not_possible_says_which_are_and_what_is_lacking(office: World) -> None:
    identity = (await made(office)).json()["id"]
    url, seen = f"{PARCELS}/{identity}/moves", {"If-Match": '"1"'}
    refusal = problem(await office.admin.post(url, json={}, headers=seen), 409, "move-not-permitted")
    assert (refusal["permitted"], refusal["lacking"], refusal["because"]) == (["collect"], ["collector"], [])
    await move(office, identity, '"1"')
    refusal = problem(await move(office, identity, '"2"'), 409, "move-not-permitted")
    assert (refusal["permitted"], refusal["lacking"], refusal["because"]) == ([], [], ["it is collected"])


async def post(office: World, label: str, key: str | None, client: httpx2.AsyncClient | None = None) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return await (client or office.admin).post(PARCELS, json={"label": label}, headers=headers)


async def test_a_repeated_request_is_answered_with_the_same_record(office: World) -> None:
    label, key = uuid4().hex, uuid4().hex
    first, second = await post(office, label, key), await post(office, label, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert await parcels(office, label) == 1


async def test_twenty_clicks_at_once_make_one_record(office: World) -> None:
    label, key = uuid4().hex, uuid4().hex
    answers = await asyncio.gather(*(post(office, label, key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await parcels(office, label) == 1


async def test_requests_without_a_key_or_with_different_keys_make_different_records(office: World) -> None:
    label = uuid4().hex
    for key in (None, None, uuid4().hex, uuid4().hex):
        await post(office, label, key)
    assert await parcels(office, label) == 4


async def test_a_key_is_for_one_request_only(office: World) -> None:
    key = uuid4().hex
    await post(office, "first", key)
    problem(await post(office, "another", key), 422, "idempotency-key-reused")


async def test_keys_of_different_callers_have_nothing_to_do_with_each_other(office: World) -> None:
    label, key = uuid4().hex, uuid4().hex
    somebody = office.as_(token("somebody"))
    assert (await post(office, label, key)).json()["id"] != (await post(office, label, key, somebody)).json()["id"]


async def test_a_request_that_failed_may_be_repeated_with_its_key(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, key = uuid4().hex, uuid4().hex
    with monkeypatch.context() as patch:
        patch.setattr(counter_service, "event_of", _fails)
        problem(await post(office, label, key), 500, "internal-error")
    assert await parcels(office, label) == 0
    assert (await post(office, label, key)).status_code == 201
    assert await parcels(office, label) == 1


async def test_of_parallel_repeats_the_second_runs_when_the_first_fails(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, key, tries = uuid4().hex, uuid4().hex, []
    real = counter_service.event_of

    def first_fails(*given: Any) -> Any:
        tries.append(1)
        return _fails() if len(tries) == 1 else real(*given)

    monkeypatch.setattr(counter_service, "event_of", first_fails)
    answers = await asyncio.gather(*(post(office, label, key) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 201, 500]
    assert await parcels(office, label) == 1


async def test_a_key_is_forgotten_after_a_day(office: World) -> None:
    label, key, counter = uuid4().hex, uuid4().hex, office.running("counter")
    await post(office, label, key)
    World.advance(hours=25)
    async with counter.work(counter.service.actor) as work:
        await counter._housekeeping(work)
    await office.as_(token()).post(PARCELS, json={"label": label}, headers={"Idempotency-Key": key})
    assert await parcels(office, label) == 2


@pytest.mark.parametrize("key", ["", "k" * 201, "k" * 5000])
async def test_a_key_has_bounds(office: World, key: str) -> None:
    problem(await post(office, "x", key), 400, "bad-request")


async def pages(office: World, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, read page by page along its `next`."""
    found: list[dict[str, Any]] = []
    url = f"{PARCELS}?" + "&".join(f"{name}={value}" for name, value in query.items())
    while url:
        answer = await office.admin.get(url)
        assert answer.status_code == 200
        found += answer.json()["items"]
        links = dict(re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers.get("link", "")))
        relations = {relation: url for url, relation in links.items()}
        assert relations.keys() == {
            relation for relation, name in (("next", "next"), ("prev", "previous")) if answer.json()[name] is not None
        }
        if backwards := relations.get("prev"):
            before = (await office.admin.get(backwards)).json()["items"]
            assert before == found[-len(answer.json()["items"]) - len(before) : -len(answer.json()["items"])]
        url = relations.get("next", "")
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
async def test_every_item_is_on_exactly_one_page_whatever_its_size(office: World, limit: int) -> None:
    if await rows(office.running("counter"), "SELECT count(*) FROM parcel") < [15]:
        for _ in range(15):
            await made(office)
    expected = await rows(office.running("counter"), "SELECT id FROM parcel ORDER BY created_at, id")
    assert [item["id"] for item in await pages(office, limit=limit)] == [str(each) for each in expected]
    backwards = await pages(office, limit=limit, sort="-created_at")
    assert [item["id"] for item in backwards] == [str(each) for each in reversed(expected)]


async def cursor(office: World, **query: Any) -> str:
    for _ in range(2):
        await made(office)
    found: str = (await office.admin.get(PARCELS, params={"limit": 1, **query})).json()["next"]
    return found


async def test_a_cursor_of_another_order_is_refused(office: World) -> None:
    other = await cursor(office, sort="-created_at")
    refusal = problem(await office.admin.get(PARCELS, params={"cursor": other}), 400, "bad-request")
    assert refusal["errors"][0]["pointer"] == "#query/cursor"


async def test_an_order_that_the_list_does_not_know_is_refused(office: World) -> None:
    for sort in ("label", "--created_at", "-", "created_at;", "created_at,id"):
        refusal = problem(await office.admin.get(PARCELS, params={"sort": sort}), 422, "invalid")
        assert refusal["errors"][0]["pointer"] == "#query/sort"


BROKEN = ["", "x", "????", "a" * 1999, "null", base64.urlsafe_b64encode(b"\x00" * 40).decode(), "ééé"]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
async def test_what_is_no_cursor_is_refused(office: World, broken: str) -> None:
    answer = await office.admin.get(PARCELS, params={"cursor": broken})
    assert answer.status_code == (200 if broken == "" else 400)


async def test_a_cursor_with_any_letter_changed_is_refused(office: World) -> None:
    whole = await cursor(office)
    for place in range(0, len(whole) - 1, 7):
        changed = whole[:place] + ("A" if whole[place] != "A" else "B") + whole[place + 1 :]
        problem(await office.admin.get(PARCELS, params={"cursor": changed}), 400, "bad-request")


async def test_the_total_is_counted_only_when_asked_for(office: World) -> None:
    assert (await office.admin.get(PARCELS)).json()["total"] is None
    (count,) = await rows(office.running("counter"), "SELECT count(*) FROM parcel")
    assert (await office.admin.get(PARCELS, params={"count": "true", "limit": 1})).json()["total"] == count


def _fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a mistake of ours")
