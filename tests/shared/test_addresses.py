"""The address of a request: only proxies that the settings name are trusted."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Scope

from shared.http import address_of
from shared.http.addresses import Peers, counted_as
from shared.settings import Settings, WrongSetting, read
from tests.shared.asgi import ask
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.world import World, token, world

PROXY, CLIENT = "10.0.0.9", "203.0.113.5"


def scope(peer: str | None, *headers: tuple[str, str]) -> Scope:
    given = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "scheme": "http", "client": (peer, 1) if peer else None, "headers": given}


def settled(proxies: str, peer: str | None, *headers: tuple[str, str]) -> Scope:
    found = scope(peer, *headers)
    Peers(Settings(trusted_proxies=proxies)).set_client(found)  # type: ignore[arg-type]
    return found


def client(proxies: str, peer: str | None, *headers: tuple[str, str]) -> str:
    return address_of(Request(settled(proxies, peer, *headers)))


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.0.2.1", "10.0.0.9"])
def test_nobody_is_believed_who_is_not_named_in_the_settings(peer: str) -> None:
    found = settled("", peer, ("x-forwarded-for", CLIENT), ("x-forwarded-proto", "https"))
    assert (found["client"][0], found["scheme"]) == (peer, "http")


@pytest.mark.parametrize("proxies", ["10.0.0.9", "10.0.0.0/8", "192.168.0.0/16, 10.0.0.9", "::ffff:0:0/96,10.0.0.0/24"])
def test_a_proxy_that_is_named_is_believed(proxies: str) -> None:
    found = settled(proxies, PROXY, ("x-forwarded-for", CLIENT), ("x-forwarded-proto", "https"))
    assert (found["client"][0], found["scheme"]) == (CLIENT, "https")


def test_loopback_is_a_proxy_like_any_other() -> None:
    assert client("127.0.0.0/8", "127.0.0.1", ("x-forwarded-for", CLIENT)) == CLIENT
    assert client("::1", "::1", ("x-forwarded-for", CLIENT)) == CLIENT


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("1.2.3.4, 203.0.113.5", CLIENT),
        ("1.2.3.4, 203.0.113.5, 10.0.0.1", CLIENT),
        ("10.0.0.3, 203.0.113.5", CLIENT),
        ("10.0.0.3, 10.0.0.4", "10.0.0.3"),
        ("203.0.113.5:4711", CLIENT),
        ("[2001:db8::5]:4711", "2001:db8::/64"),
        ("nobody, 203.0.113.5", CLIENT),
        ("203.0.113.5, nobody", PROXY),
        ("203.0.113.5, nobody, 10.0.0.2", "10.0.0.2"),
        ("", PROXY),
        (",,,", PROXY),
        ("203.0.113.5" * 500, PROXY),
    ],
)
def test_the_client_is_the_last_address_that_no_proxy_of_ours_has(forwarded: str, found: str) -> None:
    assert client("10.0.0.0/8", PROXY, ("x-forwarded-for", forwarded)) == found


def test_several_headers_are_read_as_one_list() -> None:
    headers = ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", CLIENT)
    assert client("10.0.0.0/8", PROXY, *headers) == CLIENT


@pytest.mark.parametrize(
    ("header", "scheme"), [("https", "https"), ("http, https", "https"), ("ftp", "http"), ("", "http")]
)
def test_only_a_scheme_of_the_web_is_believed(header: str, scheme: str) -> None:
    assert settled("10.0.0.0/8", PROXY, ("x-forwarded-proto", header))["scheme"] == scheme


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.5", CLIENT),
        ("::ffff:203.0.113.5", CLIENT),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("this process", "this process"),
    ],
)
def test_an_address_is_counted_as_what_its_owner_cannot_change_at_will(host: str, counted: str) -> None:
    assert counted_as(host) == counted


def test_a_client_without_an_address_is_unknown() -> None:
    assert client("10.0.0.0/8", None) == "unknown"


def test_what_is_no_list_of_networks_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_TRUSTED_PROXIES", "10.0.0.1/8, gateway")
    with pytest.raises(WrongSetting, match="ZEVEN_TRUSTED_PROXIES"):
        read()


SECRET = "a token for the figures"
OPERATOR = "172.20.0.0/16"


@pytest.fixture(scope="module")
async def watched(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    own = {"trusted_proxies": "172.20.0.0/16", "metrics_networks": OPERATOR, "metrics_token": SECRET}
    async with world((COUNTER,), make_database, **own) as zeven:
        yield zeven


FORWARDED = (b"x-forwarded-for", b"127.0.0.1")
SEEN: dict[str, tuple[dict[str, Any], bool]] = {
    "this machine": ({"client": ("127.0.0.1", 1)}, True),
    "this machine by IPv6": ({"client": ("::1", 1)}, True),
    "a network for operators": ({"client": ("172.20.3.4", 1)}, True),
    "anywhere else": ({"client": (CLIENT, 1)}, False),
    "no address": ({"client": None}, False),
    "this machine for somebody else": ({"client": ("127.0.0.1", 1), "headers": [FORWARDED]}, False),
    "this machine for somebody, said otherwise": ({"client": ("127.0.0.1", 1), "headers": [(b"via", b"1.1 x")]}, False),
    "a proxy for this machine, as it says": ({"client": ("172.20.0.2", 1), "headers": [FORWARDED]}, False),
    "the token for metrics": ({"client": (CLIENT, 1), "bearer": SECRET}, True),
    "nearly the token for metrics": ({"client": (CLIENT, 1), "bearer": SECRET + "x"}, False),
    "an administrator": ({"client": (CLIENT, 1), "bearer": token()}, True),
    "an operator": ({"client": (CLIENT, 1), "bearer": token("zoe", "operator")}, True),
    "somebody of the desk": ({"client": (CLIENT, 1), "bearer": token("robin", "professional")}, False),
}


@pytest.mark.parametrize(("request_", "seen"), SEEN.values(), ids=SEEN.keys())
async def test_operating_figures_are_for_operators(watched: World, request_: dict[str, Any], seen: bool) -> None:
    metrics = await ask(watched, "GET", "/counter/metrics", **request_)
    assert (metrics.status == 200) == seen
    assert metrics.status in {200, 401, 403}
    for address in ("/counter/readyz", "/readyz"):
        ready = await ask(watched, "GET", address, **request_)
        assert (ready.status, ready.json()["status"]) == (200, "ready")
        assert bool(ready.json().keys() & {"delivery", "services", "database"}) == seen
        assert (await ask(watched, "GET", "/counter/livez", **request_)).status == 200


async def test_a_page_for_everybody_tells_no_figures(office: World) -> None:
    assert "dead letters" in (await ask(office, "GET", "/")).body.decode()
    page = (await ask(office, "GET", "/", client=(CLIENT, 1))).body.decode()
    assert "ready" in page
    assert "dead letters" not in page


async def test_many_who_ask_for_health_at_once_ask_the_database_once(
    watched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[object] = []
    from shared.http import health

    found = health.readiness_of

    async def counted(running: Any) -> Any:
        requests.append(running)
        return await found(running)

    monkeypatch.setattr(health, "readiness_of", counted)
    monkeypatch.setattr(health, "RECENT_SECONDS", 60.0)
    health._recent.clear()
    for _ in range(5):
        assert (await ask(watched, "GET", "/counter/readyz", client=(CLIENT, 1))).status == 200
    assert len(requests) == 1
