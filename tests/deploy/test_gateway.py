"""The gateway's files agree with the services: paths, limits, headers, health, and how long a service takes to stop."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from services.__main__ import SERVICES
from shared import serve
from shared.http import limits, security_headers
from shared.http.addresses import Peers
from shared.http.platform import _PAGE
from shared.http.security_headers import page_policy
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
GATEWAY = (DEPLOY / "gateway" / "haproxy.cfg").read_text("utf-8")
PATHS = {service.prefix.lstrip("/") for service in SERVICES}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_service_is_behind_the_gateway_on_its_page_and_watched(path: str) -> None:
    (routed,) = re.findall(r"acl known var\(txn.service\) -m str (.*)", GATEWAY)
    assert path in routed.split()
    for backend, checked in ((path, "livez"), (f"ready-{path}", "readyz")):
        (section,) = re.findall(rf"^backend {backend}\n((?: .*\n)*)", GATEWAY, re.MULTILINE)
        assert f"uri /{path}/{checked} " in section
        assert f"server-template {path}- 10 {path}:8000 check " in section
    assert f"acl not_ready nbsrv(ready-{path}) eq 0" in GATEWAY
    assert f'data-service="{path}"' in (DEPLOY / "gateway" / "index.html").read_text("utf-8")
    watched = (DEPLOY / "observability" / "prometheus.yml").read_text("utf-8")
    assert f"metrics_path: /{path}/metrics" in watched
    assert f"names: [{path}]" in watched


def test_the_page_of_the_gateway_says_what_the_services_say_of_themselves() -> None:
    page = (DEPLOY / "gateway" / "index.html").read_text("utf-8")
    cards = dict(re.findall(r"<h2>(.*?)</h2><p>(.*?)</p>", page))
    assert cards == {service.title: service.summary for service in SERVICES}


def test_the_page_of_the_gateway_may_run_what_is_in_it_and_nothing_else() -> None:
    page = (DEPLOY / "gateway" / "index.html").read_text("utf-8")
    assert f'hdr Content-Security-Policy "{page_policy(page)}" if {{ path / }}' in GATEWAY


def test_the_gateway_answers_as_safely_as_a_service() -> None:
    for name, value in security_headers.secured([]):
        output = value.decode()
        header = name.decode().title()
        line = f"http-after-response set-header {header} " + (f'"{output}"' if " " in output else output)
        assert f"{line} unless {{ res.hdr({header}) -m found }}" in GATEWAY


def test_operating_figures_do_not_pass_the_gateway() -> None:
    (pattern,) = re.findall(r"acl figures path,url_dec -m reg (\S+)", GATEWAY)
    assert all(re.search(pattern, f"/{path}/metrics{end}") for path in PATHS for end in ("", "/"))
    assert not any(re.search(pattern, f"/{path}/v1/metrics") for path in PATHS)
    assert "http-request deny deny_status 404 if figures" in GATEWAY


def test_the_gateway_takes_what_the_services_take_and_little_more() -> None:
    large = [
        f"{service.prefix}/v1{route.path}"
        for service in SERVICES
        for route in service.router.routes
        if isinstance(route, APIRoute) and (route.max_body_size or 0) > limits.LARGEST_BODY
    ]
    (bulk,) = re.findall(r"acl bulk path (.*)", GATEWAY)
    assert sorted(large) == sorted(bulk.split())
    largest = max(getattr(route, "max_body_size", 0) or 0 for service in SERVICES for route in service.router.routes)
    sizes = dict(re.findall(r"deny_status 413 if (!?bulk) \{ req.body_size gt (\d+) \}", GATEWAY))
    assert sizes == {"bulk": str(largest + limits.MIB), "!bulk": str(2 * limits.LARGEST_BODY)}
    (room,) = re.findall(r"tune.bufsize (\d+)", GATEWAY)
    assert limits.LARGEST_HEADERS < int(room) <= 2 * limits.LARGEST_HEADERS
    assert f"timeout http-request {limits.HEAD_SECONDS:.0f}s" in GATEWAY
    assert set(re.findall(r" maxconn (\d+) resolvers", GATEWAY)) == {str(4 * limits.REFUSALS_HELD)}


def test_a_body_is_sent_twice_only_to_a_replica_that_did_not_accept_it_or_where_repeating_does_no_harm() -> None:
    for path in PATHS:
        (section,) = re.findall(rf"^backend {path}\n((?: .*\n)*)", GATEWAY, re.MULTILINE)
        assert "acl repeatable method GET HEAD\n" in section
        assert "acl repeatable req.hdr(Idempotency-Key) -m found\n" in section
        assert "http-request disable-l7-retry unless repeatable\n" in section
    assert re.findall("retry-on (.*)", GATEWAY) == ["conn-failure empty-response"]


def test_services_stop_after_the_gateway_has_noticed_and_within_their_time() -> None:
    (often,) = set(re.findall(r"check inter (\d+)ms fall 2", GATEWAY))
    for path in PATHS:
        container = CONTAINERS[path]
        (given,) = re.findall(r"^\$\{ZEVEN_DRAIN_SECONDS:-(\d+)\}$", container["environment"]["ZEVEN_DRAIN_SECONDS"])
        drain = float(given)
        assert drain >= 2 * int(often) / 1000 + 1
        assert drain + serve.GRACE_SECONDS < float(container["stop_grace_period"].removesuffix("s")) - 10


def test_services_believe_the_gateway_and_show_prometheus_their_figures() -> None:
    for name in PATHS:
        environment = CONTAINERS[name]["environment"]
        named = ("ZEVEN_TRUSTED_PROXIES", "ZEVEN_METRICS_NETWORKS")
        proxies, networks = (re.sub(r"\$\{\w+:-(.*)\}", r"\1", environment[variable]) for variable in named)
        settings = Settings(trusted_proxies=proxies, metrics_networks=networks)  # type: ignore[arg-type]
        peers = Peers(settings)
        gateway: dict[str, Any] = {"client": ("172.18.0.9", 1), "headers": [(b"x-forwarded-for", b"203.0.113.5")]}
        peers.set_client(gateway)
        assert gateway["client"][0] == "203.0.113.5"
        assert not peers.operates(gateway)
        assert peers.operates({"client": ("172.18.0.7", 1), "headers": []})
        assert "ports" not in CONTAINERS[name], "nobody else connects to it"


def test_the_pages_of_host_and_gateway_bring_the_same_icon() -> None:
    sources = (DEPLOY / "gateway" / "index.html").read_text("utf-8"), _PAGE
    (gateway,), (host,) = (re.findall(r'<link rel="icon" href="data:[^"]*">', page) for page in sources)
    assert gateway == host
