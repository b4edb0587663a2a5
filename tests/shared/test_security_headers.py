"""The security headers of every answer: run only our scripts, show it in no frame, store nothing."""

import base64
import re
from hashlib import sha256
from typing import Any

import pytest

from shared.http.security_headers import page_policy
from tests.shared.asgi import Answer, ask, whole
from tests.shared.test_requests import NOWHERE, PARCELS
from tests.world import World, as_owner, token

pytestmark = pytest.mark.usefixtures("any_number_of_requests")
ADMIN = token()
ANSWERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a list": ("GET", PARCELS, {"bearer": ADMIN}),
    "no token": ("GET", PARCELS, {}),
    "no such record": ("GET", f"{PARCELS}/{NOWHERE}", {"bearer": ADMIN}),
    "no such page": ("GET", "/counter/v1/nowhere", {}),
    "no such service": ("GET", "/nowhere", {}),
    "no such method": ("PUT", PARCELS, {}),
    "an absurd address": ("GET", PARCELS, {"query": b"a" * 50_000}),
    "health": ("GET", "/counter/readyz", {}),
    "figures": ("GET", "/counter/metrics", {}),
    "the platform's page": ("GET", "/", {}),
    "the platform's health": ("GET", "/readyz", {}),
    "the page of the API": ("GET", "/counter/docs", {}),
    "the document of the API": ("GET", "/counter/openapi.json", {}),
    "a file of that page": ("GET", "/counter/assets/swagger-ui-bundle.js", {}),
}
CACHEABLE = {"the page of the API", "the document of the API", "a file of that page"}


def policy(answer: Answer) -> dict[str, list[str]]:
    """The Content-Security-Policy by directive."""
    parts = [each.split() for each in answer.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_is_safe_to_show(office: World, name: str) -> None:
    method, path, more = ANSWERS[name]
    answer = await ask(office, method, path, **more)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert policy(answer)["default-src"] == ["'none'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert answer.headers["cache-control"] == ("public, max-age=300" if name in CACHEABLE else "no-store")


async def test_a_failure_of_ours_is_as_safe(office: World) -> None:
    counter = office.running("counter")
    await as_owner(counter, "ALTER TABLE parcel RENAME TO away")
    try:
        answer = await ask(office, "GET", PARCELS, ADMIN)
    finally:
        await as_owner(counter, "ALTER TABLE away RENAME TO parcel")
    assert answer.status == 500
    assert (answer.headers["cache-control"], answer.headers["x-frame-options"]) == ("no-store", "DENY")


async def test_what_a_route_says_of_itself_stays(office: World) -> None:
    body = whole(b'{"label": "books"}')
    answer = await ask(office, "POST", PARCELS, ADMIN, body, headers=[(b"content-type", b"application/json")])
    assert (answer.status, answer.headers["etag"], answer.headers["cache-control"]) == (201, '"1"', "no-store")


@pytest.mark.parametrize("address", ["/counter/docs", "/"])
async def test_the_scripts_and_styles_of_a_page_are_those_of_its_policy(office: World, address: str) -> None:
    if address == "/":  # with one service it leads to that service's page
        assert (await ask(office, "GET", address)).status in {200, 307}
        return
    answer = await ask(office, "GET", address)
    html, allowed = answer.body.decode(), policy(answer)
    (inline,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert f"'sha256-{base64.b64encode(sha256(inline.encode()).digest()).decode()}'" in allowed["script-src"]
    assert "'unsafe-inline'" not in allowed["script-src"]
    assert "'unsafe-eval'" not in allowed["script-src"]
    for source in re.findall(r'(?:src|href)="(.*?)"', html):
        assert source.startswith("/counter/")
        assert (await ask(office, "GET", source)).status == 200


def test_a_policy_names_each_inline_part_by_its_hash() -> None:
    header = page_policy("<style>a{}</style><script>one()</script><script>two()</script><script src='x'></script>")
    assert header.count("'sha256-") == 3
    assert "'unsafe-inline'" not in header
