"""Deny by default: a route that does not declare its callers cannot exist."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from services.__main__ import SERVICES
from shared.access import Issuer, Verifier
from shared.bus.memory import MemoryBus
from shared.http import application
from shared.http.callers import OpenToAnyone
from shared.http.export import NOWHERE
from shared.http.requests import declarations
from shared.runtime import Running, Service
from shared.settings import Settings

#: what people without a token may ask for: health, tokens and keys
OPEN = {
    "/livez",
    "/readyz",
    "/v1/token",
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
}
#: pages that hold nothing of anybody's
PAGES = {"/docs", "/openapi.json"}


def routes(service: Service) -> list[APIRoute]:
    async def no_keys() -> dict[str, Any]:
        return {"keys": []}

    running = Running(
        service,
        url=NOWHERE,
        bus=MemoryBus(service.name, {}),
        verifier=Verifier(Issuer("nobody", no_keys)),
        config=Settings(),
    )
    return [route for route in application(running).routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_route_declares_its_callers(service: Service) -> None:
    silent = [route.path for route in routes(service) if not [*declarations(route.dependant)]]
    assert {path.removeprefix(service.prefix) for path in silent} <= PAGES


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_only_the_known_routes_are_open_to_anyone(service: Service) -> None:
    found = {
        route.path.removeprefix(service.prefix)
        for route in routes(service)
        if any(isinstance(each, OpenToAnyone) for each in declarations(route.dependant))
    }
    assert found <= OPEN
