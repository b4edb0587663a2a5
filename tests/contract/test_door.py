"""What comes in at every route of every service: texts in one form, nothing dropped without a word, and HEAD wherever GET is.

The routes are real, with what they check; their endpoints are replaced by one that shows what it was given.
"""

import json
from typing import Any
from unicodedata import is_normalized
from urllib.parse import urlencode

import httpx2
import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from services.__main__ import SERVICES
from shared.access import Issuer, Verifier
from shared.bus.memory import MemoryBus
from shared.http import application, limits
from shared.http.export import NOWHERE
from shared.runtime import Running
from shared.settings import Settings
from tests.contract.schemas import (
    DECOMPOSED,
    Schema,
    body_of,
    free_texts,
    operations,
    parts,
    texts_in,
    value_of,
    variants,
)
from tests.world import ISSUER, KEY, token

pytestmark = pytest.mark.usefixtures("any_number_of_requests")
ID = "019acd5e-2c00-7000-8000-000000000004"
FORM = "application/x-www-form-urlencoded"
NAMES = [service.name for service in SERVICES]


class Door:
    """One service without a database; `given` is what the last endpoint was called with."""

    def __init__(self, name: str) -> None:
        async def keys() -> dict[str, Any]:
            return {"keys": [KEY.as_dict(private=False)]}

        service = next(each for each in SERVICES if each.name == name)
        verifier = Verifier(Issuer(ISSUER, keys))
        self.running = Running(
            service, url=NOWHERE, bus=MemoryBus(name, {}), verifier=verifier, config=Settings(metrics_token="m" * 16)
        )
        self.running.withdrawals._position = 0
        self.app: FastAPI = application(self.running)
        self.document: Schema = self.app.openapi()
        self.given: dict[str, Any] = {}
        self.routes = [route for route in self.app.routes if isinstance(route, APIRoute)]
        for route in self.routes:
            route.dependant.call = self._endpoint
        transport = httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 1))
        bearer = {"Authorization": f"Bearer {token()}"}
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://zeven.example", headers=bearer)

    async def _endpoint(self, **given: Any) -> Response:
        self.given = {name: each for name, each in given.items() if isinstance(each, BaseModel | str | list)}
        return Response("a body", headers={"ETag": '"7"', "Link": "<next>"})

    async def ask(
        self, method: str, path: str, operation: Schema, *, content: bytes = b"", query: Any = None, **headers: str
    ) -> httpx2.Response:
        """The answer to a request, with a value for every parameter that must be there."""
        address = path.replace("{number}", "1")
        needed: dict[str, Any] = {}
        for each in operation.get("parameters", ()):
            address = address.replace(f"{{{each['name']}}}", ID)
            if each["in"] == "query" and each.get("required"):
                needed[each["name"]] = value_of(each["schema"], self.document)
        given = {"If-Match": '"1"', **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.given = {}
        return await self.client.request(
            method, address, content=content, headers=given, params={**needed, **(query or {})}
        )

    async def send(self, method: str, path: str, operation: Schema, body: Any) -> httpx2.Response:
        """The answer to a request with this body, in the type that the operation takes."""
        (kind,) = operation["requestBody"]["content"]
        content = urlencode(body) if kind == FORM else json.dumps(body, ensure_ascii=False)
        return await self.ask(method, path, operation, content=content.encode(), content_type=kind)


@pytest.fixture(scope="module")
def doors() -> dict[str, Door]:
    """Every service."""
    return {name: Door(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
async def test_every_text_of_every_body_arrives_in_one_form(doors: dict[str, Door], name: str) -> None:
    door, seen = doors[name], 0
    for method, path, operation in operations(door.document):
        body = body_of(operation)
        for variant in variants(body, door.document) if body else ():
            value = value_of(variant, door.document)
            answer = await door.send(method, path, operation, value)
            assert answer.status_code == 200, (method, path, answer.text)
            arrived = to_jsonable_python(door.given)
            assert is_normalized("NFC", json.dumps(arrived, ensure_ascii=False)), (method, path, arrived)
            assert len(texts_in(arrived)) == len(texts_in(value)), (method, path, arrived)
            seen += len(texts_in(value))
    assert seen


@pytest.mark.parametrize("name", NAMES)
async def test_every_text_of_every_query_arrives_in_one_form(doors: dict[str, Door], name: str) -> None:
    door, seen = doors[name], 0
    for method, path, operation in operations(door.document):
        for parameter in free_texts(operation):
            answer = await door.ask(method, path, operation, query={parameter: f"a{DECOMPOSED} +&"})
            assert answer.status_code == 200, (method, path, answer.text)
            arrived = json.dumps(to_jsonable_python(door.given), ensure_ascii=False)
            # a search takes the words of its text apart
            assert all(part in arrived for part in ("a\u00e9", "+&")), (path, parameter)
            assert DECOMPOSED not in arrived
            seen += 1
    assert seen


@pytest.mark.parametrize("name", NAMES)
async def test_a_parameter_that_takes_one_value_refuses_a_second_one_and_a_list_takes_both(
    doors: dict[str, Door], name: str
) -> None:
    door = doors[name]
    for method, path, operation in operations(door.document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            several = any(
                part.get("type") == "array" for at, part in parts(parameter["schema"], door.document) if not at
            )
            value = value_of(parameter["schema"], door.document)
            value = value[0] if isinstance(value, list) else value
            answer = await door.ask(method, path, operation, query={parameter["name"]: [value, value]})
            expected = {200, 422} if several else {400}
            assert answer.status_code in expected, (method, path, parameter["name"], answer.text)


@pytest.mark.parametrize("name", NAMES)
async def test_every_address_with_get_has_head_with_the_same_headers_and_no_body(
    doors: dict[str, Door], name: str
) -> None:
    door = doors[name]
    for method, path, operation in operations(door.document):
        if method == "GET":
            got, head = [await door.ask(each, path, operation) for each in ("GET", "HEAD")]
            changing = {"x-trace-id", "date"}
            assert head.status_code == got.status_code == 200, (path, head.text)
            assert head.content == b""
            assert {n: v for n, v in head.headers.items() if n not in changing} == {
                n: v for n, v in got.headers.items() if n not in changing
            }
    for page in ("docs", "openapi.json", "assets/swagger-ui.css"):
        address = f"{door.running.service.prefix}/{page}"
        got, head = await door.client.get(address), await door.client.head(address)
        assert (head.status_code, head.content, head.headers["content-length"]) == (
            200,
            b"",
            got.headers["content-length"],
        )


@pytest.mark.parametrize("name", NAMES)
async def test_a_body_that_no_route_uses_is_refused_and_not_dropped(doors: dict[str, Door], name: str) -> None:
    door, seen = doors[name], 0
    for method, path, operation in operations(door.document):
        if "requestBody" in operation:
            continue
        for body, status in ((b'{"reason": "why"}', 400), (b" {} ", 200), (b"", 200), (b"null", 200)):
            answer = await door.ask(method, path, operation, content=body)
            assert answer.status_code == status, (method, path, body, answer.text)
        seen += 1
    assert seen


@pytest.mark.parametrize("name", NAMES)
async def test_a_compressed_body_is_refused_and_the_answer_says_what_is_accepted(
    doors: dict[str, Door], name: str
) -> None:
    door = doors[name]
    for method, path, operation in operations(door.document):
        for coding, is_refused in (("gzip", True), ("identity, br", True), ("identity", False)):
            answer = await door.ask(method, path, operation, content=b"{}", content_encoding=coding)
            assert (answer.status_code == 415 and "accept-encoding" in answer.headers) == is_refused, (method, path)
            assert answer.headers.get("accept-encoding") == ("identity" if is_refused else None)
        if "requestBody" in operation:
            answer = await door.ask(method, path, operation, content=b"<a/>", content_type="text/xml")
            assert (answer.status_code, [answer.headers["accept"]]) == (415, [*operation["requestBody"]["content"]])


@pytest.mark.parametrize("header", ["Authorization", "Content-Type", "Idempotency-Key", "Host"])
async def test_a_header_that_takes_one_value_refuses_a_second_one(doors: dict[str, Door], header: str) -> None:
    door = doors["incident"]
    twice = [(header, "zeven.example"), (header, "elsewhere.example")]
    client = httpx2.AsyncClient(transport=door.client._transport, base_url="http://zeven.example")
    answer = await client.post("/incident/v1/calls", content=b"{}", headers=twice)
    assert answer.status_code == 400
    assert header.lower() in answer.json()["detail"].lower()


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "a", "text": "b"}',
        '{"text": "a", "te\\u0078t": "b"}',
        '{"text": "a:b", "public": true, "public": true}',
        '{"text": "a", "more": [{"\u00e9": 1, "e\u0301": 2}]}',
    ],
)
async def test_a_member_that_an_object_names_twice_is_refused(doors: dict[str, Door], body: str) -> None:
    door = doors["knowledge"]
    answer = await door.client.post(
        f"/knowledge/v1/items/{ID}/notes", content=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert "twice" in answer.json()["detail"]


async def test_a_text_with_colons_and_braces_names_nothing_twice(doors: dict[str, Door]) -> None:
    body = {"text": 'at 09:00: {"text": "a", "text": "b"} \\"', "public": True}
    answer = await doors["knowledge"].client.post(f"/knowledge/v1/items/{ID}/notes", json=body)
    assert answer.status_code == 200, answer.text
    assert doors["knowledge"].given["body"].text == body["text"]


async def test_a_field_of_a_form_that_comes_twice_is_refused_by_its_name(doors: dict[str, Door]) -> None:
    door, headers = doors["governance"], {"Content-Type": FORM}
    for content in (b"grant_type=password&username=a&username=b", b"username=%C3%A9&password=%C3%A9&username=e"):
        answer = await door.client.post("/governance/v1/token", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert answer.json()["errors"][0]["pointer"] == "/username"
    answer = await door.client.post("/governance/v1/token", content=b"username=%ff", headers=headers)
    assert answer.status_code == 400
    many = urlencode({f"f{place}": "" for place in range(limits.MOST_PARAMETERS + 1)}).encode()
    assert (await door.client.post("/governance/v1/token", content=many, headers=headers)).status_code == 400
