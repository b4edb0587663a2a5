"""The caller is identified first; a body is read only from permitted callers, within bounds of size, time and number."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import pytest

from shared.http import bodies, limits
from shared.http.bodies import parse_json
from shared.http.budgets import Places
from tests.shared.asgi import Answer, ask, nothing, whole
from tests.shared.test_requests import NOWHERE, PARCELS, problem
from tests.world import World, token

JSON = (b"content-type", b"application/json")
ADMIN = token()
ROBIN = token("robin", roles=[])


def slug(answer: Answer) -> tuple[int, str]:
    """Status and slug of a problem, whose body must be one."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status, answer.json()["type"].rsplit(":", 1)[1]


MALFORMED = {
    "no JSON": [JSON],
    "another content type": [(b"content-type", b"text/plain")],
    "no content type": [],
    "a stated length beyond all bounds": [JSON, (b"content-length", b"17179869184")],
}


@pytest.mark.parametrize("headers", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize(
    ("bearer", "said"),
    [(None, (401, "not-signed-in")), ("none", (401, "not-signed-in")), (ROBIN, (403, "not-allowed"))],
    ids=["no token", "a broken token", "no role"],
)
async def test_nothing_is_said_of_a_body_to_whom_may_not_send_one(
    office: World, headers: list[tuple[bytes, bytes]], bearer: str | None, said: tuple[int, str]
) -> None:
    answer = await ask(office, "POST", PARCELS, bearer, nothing(), headers=headers)
    assert slug(answer) == said
    assert answer.received == 0


async def test_unknown_parameters_are_not_told_to_whom_may_not_ask(office: World) -> None:
    assert slug(await ask(office, "GET", PARCELS, query=b"colour=red")) == (401, "not-signed-in")
    assert slug(await ask(office, "GET", PARCELS, ADMIN, query=b"colour=red")) == (400, "bad-request")


async def test_a_length_that_is_stated_is_refused_before_the_body_is_read(office: World) -> None:
    stated = (b"content-length", str(limits.LARGEST_BODY + 1).encode())
    answer = await ask(office, "POST", PARCELS, ADMIN, nothing(), headers=[JSON, stated])
    assert slug(answer) == (413, "too-large")
    assert answer.received == 0


async def test_a_length_that_is_not_true_helps_nobody(office: World) -> None:
    async def more() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 65_536

    answer = await ask(office, "POST", PARCELS, ADMIN, more(), headers=[JSON, (b"content-length", b"10")])
    assert slug(answer) == (413, "too-large")
    assert answer.received <= limits.LARGEST_BODY // 65_536 + 1


async def never() -> AsyncIterator[bytes]:
    yield b'{"label"'
    await asyncio.Event().wait()


async def silent() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def slowly() -> AsyncIterator[bytes]:
    yield b'{"label": "'
    while True:
        await asyncio.sleep(0.05)
        yield b"a"


@pytest.mark.parametrize("body", [silent, never, slowly])
async def test_a_body_that_does_not_arrive_in_time_is_given_up(
    office: World, monkeypatch: pytest.MonkeyPatch, body: type
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)
    async with asyncio.timeout(5):
        answer = await ask(office, "POST", PARCELS, ADMIN, body(), headers=[JSON])
    assert slug(answer) == (408, "request-timeout")
    assert answer.headers["connection"] == "close", "nobody waits for the rest"


async def test_a_body_that_arrives_at_a_fair_rate_has_the_time_that_it_needs(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)

    async def steadily() -> AsyncIterator[bytes]:
        yield b'{"label": "books"'
        for _ in range(6):
            await asyncio.sleep(0.1)
            yield b" " * limits.SLOWEST_BODY
        yield b"}"

    assert (await ask(office, "POST", PARCELS, ADMIN, steadily(), headers=[JSON])).status == 201


async def test_a_repeatable_request_without_a_body_of_its_own_waits_no_longer_either(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)
    path = f"/counter/v1/dead-letters/{NOWHERE}/retry"
    async with asyncio.timeout(5):
        answer = await ask(office, "POST", path, ADMIN, never(), headers=[(b"idempotency-key", b"one")])
    assert slug(answer) == (408, "request-timeout")


async def test_bodies_under_way_are_counted_by_address(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.host.front.control.limiter, "bodies", Places(2, 0))
    begun = [
        asyncio.create_task(ask(office, "POST", PARCELS, ADMIN, never(), headers=[JSON], client=("192.0.2.7", 1)))
        for _ in range(2)
    ]
    await asyncio.sleep(0.1)
    third = await ask(office, "POST", PARCELS, ADMIN, whole(b"{}"), headers=[JSON], client=("192.0.2.7", 2))
    assert slug(third) == (429, "too-many-requests")
    assert int(third.headers["retry-after"]) >= 1
    body = whole(b'{"label": "books"}')
    assert (await ask(office, "POST", PARCELS, ADMIN, body, headers=[JSON], client=("192.0.2.8", 1))).status == 201
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
    body = whole(b'{"label": "books"}')
    assert (await ask(office, "POST", PARCELS, ADMIN, body, headers=[JSON], client=("192.0.2.7", 3))).status == 201


COSTLY = {
    "a million empty lists": b'{"label": [' + b",".join([b"[]"] * 300_000) + b"]}",
    "a million open lists": b"[" * 1_000_000,
    "a million numbers": b'{"label": [' + b",".join([b"1"] * 400_000) + b"]}",
    "a hundred thousand members": json.dumps({f"m{number}": 0 for number in range(70_000)}).encode(),
}


@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY.keys())
async def test_too_many_values_are_refused_before_one_of_them_is_made(
    office: World, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    def decode(_: bytes) -> None:
        raise AssertionError("the values were made")

    monkeypatch.setattr(bodies.msgspec.json, "decode", decode)
    answer = await ask(office, "POST", PARCELS, ADMIN, whole(body), headers=[JSON])
    assert slug(answer) == (400, "bad-request")
    assert "too many values" in answer.json()["detail"]


async def test_brackets_and_commas_within_a_text_are_text(office: World) -> None:
    text = "[{,}]" * 100_000 + '"\\' * 1000
    answer = await ask(office, "POST", PARCELS, ADMIN, whole(json.dumps({"label": text}).encode()), headers=[JSON])
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/label")


@pytest.mark.parametrize("begins", [b'{"label": "', b"[" * 40 + b'"'], ids=["few brackets", "many brackets"])
@pytest.mark.parametrize("part", [b'\\"', b"\\\\", b'"', b"\\u0041"])
def test_no_text_makes_the_search_start_again_and_again(begins: bytes, part: bytes) -> None:
    with pytest.raises(bodies.BadRequest):
        parse_json(begins + part * 400_000)


async def test_a_large_body_is_parsed_beside_the_event_loop(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def observed(body: bytes, most: int) -> object:
        threads.append(threading.current_thread().name)
        return parse_json(body, most)

    monkeypatch.setattr(bodies, "parse_json", observed)
    for length in (100, limits.PARSED_ASIDE):
        body = whole(b'{"label": "books"' + b" " * length + b"}")
        assert (await ask(office, "POST", PARCELS, ADMIN, body, headers=[JSON])).status == 201
    assert threads[0] == threading.main_thread().name
    assert threads[1].startswith("heavy")


async def test_a_great_number_of_mistakes_is_counted_and_not_listed(office: World) -> None:
    body = json.dumps({f"m{number}": 0 for number in range(limits.MOST_MISTAKES + 1)}).encode()
    answer = await ask(office, "POST", PARCELS, ADMIN, whole(body), headers=[JSON])
    assert slug(answer) == (422, "invalid")
    assert "too many to list" in answer.json()["detail"]


TOO_MUCH = {
    "a long path": ({"path": f"/counter/{'a' * 20_000}"}, (414, "address-too-long")),
    "a long query": ({"query": b"q=" + b"a" * 20_000}, (414, "address-too-long")),
    "many parameters": ({"query": b"&".join([b"a"] * 2_000)}, (400, "bad-request")),
    "a long header": ({"headers": [(b"x-long", b"a" * 40_000)]}, (431, "headers-too-large")),
    "many headers": ({"headers": [(b"x-many", b"a")] * 200}, (431, "headers-too-large")),
    "a broken host": ({"headers": [(b"host", b"[")]}, (400, "bad-request")),
    "a host that is an address of no kind": ({"headers": [(b"host", b"[:::1]:80")]}, (400, "bad-request")),
    "a host with a path": ({"headers": [(b"host", b"a/b")]}, (400, "bad-request")),
}


@pytest.mark.parametrize(("request_", "said"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
@pytest.mark.parametrize("bearer", [None, ADMIN], ids=["anybody", "admin"])
async def test_what_is_absurd_before_the_body_is_refused_in_form(
    office: World, request_: dict[str, object], said: tuple[int, str], bearer: str | None
) -> None:
    assert slug(await ask(office, "GET", **{"path": PARCELS, "bearer": bearer, **request_})) == said  # type: ignore[arg-type]


@pytest.mark.parametrize("host", [b"zeven.example", b"localhost:8080", b"127.0.0.1", b"[::1]:8080", b"a_b.c-d", b""])
async def test_every_real_host_is_taken(office: World, host: bytes) -> None:
    assert (await ask(office, "GET", PARCELS, ADMIN, headers=[(b"host", host)])).status == 200


async def test_two_hundred_ids_fit_into_an_address(office: World) -> None:
    query = b"&".join([b"id=" + NOWHERE.encode()] * 200)
    assert (await ask(office, "GET", PARCELS, ADMIN, query=query)).status == 200


HEALTH = ("/livez", "/readyz", "/counter/livez", "/counter/readyz")


@pytest.mark.parametrize("address", HEALTH)
async def test_head_is_answered_where_health_is_asked_for(office: World, address: str) -> None:
    got, head = await ask(office, "GET", address), await ask(office, "HEAD", address)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        *((address, "GET, HEAD") for address in (*HEALTH, "/")),
        (PARCELS, "GET, HEAD, POST"),
        ("/counter/openapi.json", "GET, HEAD"),
        ("/counter/docs", "GET, HEAD"),
        ("/counter/assets/swagger-ui.css", "GET, HEAD"),
        ("/counter/metrics", "GET, HEAD"),
    ],
)
async def test_a_method_that_an_address_does_not_take_is_told_those_that_it_does(
    office: World, address: str, allowed: str
) -> None:
    answer = await office.admin.request("PATCH", address)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allowed
    assert allowed in answer.json()["detail"]


async def test_head_where_there_is_no_get_names_the_methods(office: World) -> None:
    answer = await ask(office, "HEAD", f"{PARCELS}/{NOWHERE}/moves", ADMIN)
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "POST", b"")


async def test_head_of_a_list_and_of_a_record_has_the_headers_of_get(office: World) -> None:
    made = (await office.admin.post(PARCELS, json={"label": "books"})).json()
    for address in (PARCELS, f"{PARCELS}/{made['id']}"):
        got, head = await ask(office, "GET", address, ADMIN), await ask(office, "HEAD", address, ADMIN)
        assert (head.status, head.body, got.status) == (200, b"", 200)
        for name in ("content-type", "content-length", "etag", "link"):
            assert head.headers.get(name) == got.headers.get(name)
    assert (await ask(office, "HEAD", PARCELS)).status == 401
