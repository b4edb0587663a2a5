"""Malformed requests: the service says what is wrong, and nothing about itself."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.http import platform
from shared.http.limits import DEEPEST
from shared.http.problems import field_problem
from tests.world import World

PARCELS = "/counter/v1/parcels"
JSON = {"Content-Type": "application/json"}
NOWHERE = "0190b5a4-0000-7000-8000-000000000000"


def problem(answer: httpx2.Response, status: int, slug: str | None = None) -> dict[str, Any]:
    """The problem that was answered, checked for its form."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    reply: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "trace_id"} <= reply.keys()
    assert reply["status"] == status
    assert reply["type"].startswith("urn:zeven:problem:")
    assert reply["trace_id"] == answer.headers["x-trace-id"]
    if slug:
        assert reply["type"].rsplit(":", 1)[1] == slug
    for internal in ("Traceback", "sqlalchemy", "asyncpg", "SELECT ", "INSERT ", ".py", "pydantic.dev"):
        assert internal not in answer.text
    return reply


async def post(office: World, body: bytes | str, **headers: str) -> httpx2.Response:
    return await office.admin.post(PARCELS, content=body, headers={**JSON, **headers})


MALFORMED = {
    "nothing": b"",
    "a brace": b"{",
    "a comma too many": b'{"label": "a",}',
    "single quotes": b"{'label': 'a'}",
    "two values": b'{"label": "a"} {"label": "b"}',
    "NaN": b'{"label": "a", "weight": NaN}',
    "Infinity": b'{"label": "a", "weight": Infinity}',
    "minus Infinity": b'{"label": "a", "weight": -Infinity}',
    "a number beyond all bounds": b'{"label": "a", "weight": 1e400}',
    "an integer of five thousand digits": b'{"label": "a", "weight": ' + b"9" * 5000 + b"}",
    "a leading zero": b'{"label": "a", "weight": 01}',
    "a raw NUL": b'{"label": "a\x00b"}',
    "a raw line break": b'{"label": "a\nb"}',
    "half a surrogate": b'{"label": "\\ud800"}',
    "the wrong half of a surrogate": b'{"label": "\\udc00x"}',
    "an encoded surrogate": b'{"label": "\xed\xa0\x80"}',
    "bytes that are not UTF-8": b'{"label": "\xff\xfe"}',
    "UTF-16": '{"label": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"label": "a"}',
    "a million brackets": b"[" * 1_000_000,
    "a million open objects": b'{"a":' * 200_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_not_json_is_a_bad_request(office: World, body: bytes) -> None:
    problem(await post(office, body), 400, "bad-request")


async def test_a_json_that_is_nested_too_deeply_is_a_bad_request(office: World) -> None:
    for depth, status in ((DEEPEST - 1, 422), (DEEPEST + 1, 400), (5_000, 400)):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            body = f'{{"label": {opening * depth}1{closing * depth}}}'
            problem(await post(office, body), status)


CONTROLS = ["\\u0000", "\\u0001", "\\u0007", "\\b", "\\f", "\\u000b", "\\u001b", "\\u001F", "\\u007f", "\\u007F"]


@pytest.mark.parametrize("escape", CONTROLS)
async def test_control_characters_in_a_body_are_refused(office: World, escape: str) -> None:
    problem(await post(office, f'{{"label": "a{escape}b"}}'), 400, "bad-request")
    problem(await post(office, f'{{"label": "a", "x{escape}": 1}}'), 400, "bad-request")


async def test_a_raw_delete_character_is_refused_like_an_escaped_one(office: World) -> None:
    problem(await post(office, b'{"label": "a\x7fb"}'), 400, "bad-request")


@pytest.mark.parametrize("text", ["a\\tb", "a\\nb", "a\\\\u0000b", "a\\\\b", "C:\\\\fonts\\\\u0001", "\\u00e9\\u4e2d"])
async def test_what_only_looks_like_a_control_character_is_text(office: World, text: str) -> None:
    answer = await post(office, f'{{"label": "{text}"}}')
    assert answer.status_code == 201
    assert answer.json()["label"] == json.loads(f'"{text}"')


@pytest.mark.parametrize("code", ["%00", "%0a", "%0D", "%1f", "%7F"])
async def test_control_characters_in_a_path_are_refused(office: World, code: str) -> None:
    problem(await office.admin.get(f"{PARCELS}/{NOWHERE[:-1]}{code}"), 400, "bad-request")


@pytest.mark.parametrize("code", ["%00", "%08", "%0b", "%0E", "%1f", "%7F"])
async def test_control_characters_in_a_query_are_refused(office: World, code: str) -> None:
    problem(await office.admin.get(f"{PARCELS}?state=waiting{code}"), 400, "bad-request")
    problem(await office.admin.get(f"{PARCELS}?{code}=1"), 400, "bad-request")


@pytest.mark.parametrize("code", ["%09", "%0a", "%0D%0A"])
async def test_tabs_and_line_breaks_in_a_query_are_text(office: World, code: str) -> None:
    answer = await office.admin.get(f"{PARCELS}?state=waiting{code}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("code", ["%ff", "%ED%A0%80", "%C0%80", "%", "%zz", "%u0000", "{}", "..%2f..", "%E2%80%AE"])
async def test_odd_addresses_are_refused_in_order(office: World, code: str) -> None:
    assert problem(
        await office.admin.get(f"{PARCELS}/{code}"), (await office.admin.get(f"{PARCELS}/{code}")).status_code
    )
    problem(await office.admin.get(f"{PARCELS}?sort={code}"), 422)
    problem(await office.admin.get(f"{PARCELS}?{code}=1"), 400)


WRONG = {
    "a text for a number": ({"label": "a", "weight": "5"}, "/weight"),
    "true for a number": ({"label": "a", "weight": True}, "/weight"),
    "a fraction for an integer": ({"label": "a", "weight": 1.5}, "/weight"),
    "null for a text": ({"label": None}, "/label"),
    "a number for a text": ({"label": 5}, "/label"),
    "a list for a text": ({"label": ["a"]}, "/label"),
    "an empty text": ({"label": ""}, "/label"),
    "a text too long": ({"label": "a" * 101}, "/label"),
    "nothing at all": ({}, "/label"),
    "an unknown field": ({"label": "a", "colour": "red"}, "/colour"),
    "a field with an odd name": ({"label": "a", "a/b~c": 1}, "/a~1b~0c"),
    "a list": ([], "/"),
    "a text": ("label", "/"),
    "null": (None, "/"),
}


@pytest.mark.parametrize(("body", "pointer"), WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_value_is_named_by_a_pointer(office: World, body: Any, pointer: str) -> None:
    refusal = problem(await post(office, json.dumps(body)), 422, "invalid")
    assert pointer in [each["pointer"] for each in refusal["errors"]]


async def test_a_thousand_mistakes_do_not_make_a_long_answer(office: World) -> None:
    body = {f"field{number}{'x' * 500}": number for number in range(1000)}
    answer = await post(office, json.dumps(body))
    problem(answer, 422)
    assert len(answer.content) < 20_000


async def test_of_doubled_keys_none_counts(office: World) -> None:
    refused = problem(await post(office, '{"label": "first", "label": "last"}'), 400, "bad-request")
    assert "label" in refused["detail"]


async def test_an_integer_that_no_column_holds_is_not_our_failure(office: World) -> None:
    for weight in (2**31, 2**63, -(2**63), 10**30):
        assert (await post(office, json.dumps({"label": "a", "weight": weight}))).status_code == 422


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"]
)
async def test_another_content_type_is_refused(office: World, kind: str) -> None:
    answer = await office.admin.post(PARCELS, content=b'{"label": "a"}', headers={"Content-Type": kind})
    problem(answer, answer.status_code)
    assert answer.status_code in {415, 422}


async def test_a_body_of_unknown_type_is_not_guessed(office: World) -> None:
    request = httpx2.Request(
        "POST", f"http://zeven.example{PARCELS}", content=b'{"label": "a"}', headers=office.admin.headers
    )
    request.headers.pop("content-type", None)
    answer = await office.admin.send(request)
    assert answer.status_code in {415, 422}


async def test_a_body_of_a_mebibyte_is_read_and_a_larger_one_is_not(office: World) -> None:
    frame = len('{"label": ""}')
    problem(await post(office, '{"label": "' + "a" * (1024 * 1024 - frame) + '"}'), 422, "invalid")
    problem(await post(office, '{"label": "' + "a" * (1024 * 1024 - frame + 1) + '"}'), 413, "too-large")


async def test_a_large_body_without_a_stated_length_is_refused_just_so(office: World) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    problem(await office.admin.post(PARCELS, content=endless(), headers=JSON), 413, "too-large")


async def test_unknown_parameters_are_named(office: World) -> None:
    refusal = problem(await office.admin.get(f"{PARCELS}?colour=red&limit=5&size=2"), 400, "bad-request")
    assert [each["pointer"] for each in refusal["errors"]] == ["#query/colour", "#query/size"]
    problem(await office.admin.post(f"{PARCELS}?colour=red", json={"label": "a"}), 400, "bad-request")
    problem(await office.admin.get(f"{PARCELS}/{NOWHERE}?colour=red"), 400, "bad-request")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1e3", "count=maybe"])
async def test_a_parameter_out_of_bounds_is_named(office: World, query: str) -> None:
    refusal = problem(await office.admin.get(f"{PARCELS}?{query}"), 422, "invalid")
    assert refusal["errors"][0]["pointer"] == f"#query/{query.split('=', maxsplit=1)[0]}"


async def test_an_id_that_is_none_is_named(office: World) -> None:
    refusal = problem(await office.admin.get(f"{PARCELS}/not-an-id"), 422, "invalid")
    assert refusal["errors"][0]["pointer"] == "#path/parcel_id"


async def test_one_document_describes_all_services_of_a_process(office: World) -> None:
    answer = await office.as_().get("/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    paths = answer.json()["paths"]
    assert {PARCELS, "/counter/livez", "/rounds/livez"} <= paths.keys()
    assert paths[PARCELS]["post"]["operationId"] == "counter_post_parcel"


async def test_a_service_alone_serves_the_document_that_the_image_was_built_with(
    rounds_only: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "zeven.json"
    monkeypatch.setattr(platform, "BUILT", built)
    built.write_text('{"paths": {}}', "utf-8")
    assert (await rounds_only.as_().get("/openapi.json")).json() == {"paths": {}}


async def test_an_address_that_does_not_exist_is_a_problem_like_any_other(office: World) -> None:
    for address in ("/counter", "/counter/", "/counter/v1", "/counter/v2/parcels", f"{PARCELS}/", "/counter/v1/../x"):
        refusal = problem(await office.admin.get(address), 404, "not-found")
        assert refusal["title"] == "There is no such page"
        assert "Begin at / ;" in refusal["detail"]
    for address in ("/nowhere", "/favicon.ico", "/livez/x"):
        problem(await office.admin.get(address), 404, "not-found")
    problem(await office.admin.get(f"{PARCELS}/{NOWHERE}"), 404, "not-found")


async def test_a_method_that_does_not_fit_names_those_that_do(office: World) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = await office.admin.request(method, PARCELS)
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_head_is_answered_without_a_body(office: World) -> None:
    for address in (PARCELS, "/counter/livez", "/livez", "/counter/metrics", "/openapi.json", "/"):
        answer = await office.admin.head(address)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_every_answer_carries_its_trace_id(office: World) -> None:
    ids = [(await office.admin.get(PARCELS)).headers["x-trace-id"] for _ in range(3)]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
async def test_a_body_of_another_kind_is_told_which_one_is_taken(office: World, kind: str) -> None:
    answer = await office.admin.post(PARCELS, content='{"label": "books"}', headers={"Content-Type": kind})
    assert "Content-Type: application/json" in problem(answer, 415, "wrong-media-type")["detail"]


async def test_a_body_without_a_kind_is_told_so_too(office: World) -> None:
    answer = await office.admin.post(PARCELS, content='{"label": "books"}')
    assert "Content-Type: application/json" in problem(answer, 415, "wrong-media-type")["detail"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.zeven+json"])
async def test_json_by_any_of_its_names_is_taken(office: World, kind: str) -> None:
    answer = await office.admin.post(PARCELS, content='{"label": "books"}', headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("place", "kind", "pointer"),
    [
        (("body", "add", "seconds"), "int_type", "/seconds"),
        (("body", "add", "end"), "missing", "/end"),
        (("body", "calendar", "CalendarForm", "zone"), "string_type", "/calendar/zone"),
        (("body", "calendar", "uuid"), "uuid_parsing", "/calendar"),
        (("body", "targets", "P5", "[key]"), "literal_error", "/targets/P5"),
        (("body", "list", 1, "a~b/c"), "string_type", "/list/1/a~0b~1c"),
        (("body",), "missing", "/"),
        (("query", "limit"), "int_parsing", "#query/limit"),
    ],
)
def test_a_pointer_leads_through_the_body_that_was_sent(place: tuple[Any, ...], kind: str, pointer: str) -> None:
    sent = {"seconds": "x", "calendar": {"zone": 1}, "targets": {"P5": {}}, "list": [0, {"a~b/c": 1}]}
    assert field_problem({"type": kind, "loc": place, "msg": "no"}, sent).pointer == pointer
