"""The issuer's keys are read over HTTP; a failed request is retried."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from shared import trusted
from shared.settings import Settings
from shared.trusted import own_keys


class Issuer(HTTPServer):
    """Answers with these statuses one after the other, then with keys."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), Keys)
        self.statuses = list(statuses)
        self.requests = 0


class Keys(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Issuer)
        self.server.requests += 1
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()
        self.wfile.write(b'{"keys": []}')

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    server = Issuer(*request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def settings(issuer: Issuer) -> Settings:
    return Settings(jwks_url=f"http://127.0.0.1:{issuer.server_port}/keys")


@pytest.mark.parametrize("issuer", [(503, 502)], indirect=True)
async def test_an_issuer_that_is_away_for_a_moment_is_asked_again(issuer: Issuer) -> None:
    assert await own_keys(settings(issuer))() == {"keys": []}
    assert issuer.requests == 3


@pytest.mark.parametrize("issuer", [(404, 404)], indirect=True)
async def test_an_address_without_keys_is_asked_once(issuer: Issuer) -> None:
    with pytest.raises(httpx2.HTTPStatusError):
        await own_keys(settings(issuer))()
    assert issuer.requests == 1


@pytest.mark.parametrize("issuer", [(503,) * 5], indirect=True)
async def test_a_process_that_has_just_started_waits_for_governance_and_later_does_not(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = own_keys(settings(issuer))
    assert await fetch() == {"keys": []}
    assert issuer.requests == 6
    monkeypatch.setattr(trusted, "GOVERNANCE_STARTS_WITHIN", 0.0)
    issuer.statuses += [503] * 3
    with pytest.raises(httpx2.HTTPStatusError):
        await own_keys(settings(issuer))()
    assert issuer.requests == 9
