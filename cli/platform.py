"""The services of a platform: their names, addresses and condition."""

from dataclasses import dataclass
from typing import Any

import httpx2
import typer

from cli.client import Client
from cli.errors import Unable

SERVICES = ("governance", "incident", "change", "knowledge", "service_level", "improvement", "operations")
"""All services that a platform can have; it may lack some."""


@dataclass(frozen=True)
class Health:
    """The condition of a service: its `readiness` as /readyz gives it, or the `trouble` why there is none."""

    service: str
    readiness: dict[str, Any] | None
    trouble: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it can work."""
        return self.readiness is not None and self.readiness.get("status") == "ready"

    @property
    def without_bus(self) -> bool:
        """Whether it says that the bus is away."""
        return (self.readiness or {}).get("bus") == "away"

    @property
    def delivery(self) -> dict[str, Any]:
        """The figures of its outbox and inbox; empty when they are not known."""
        return (self.readiness or {}).get("delivery") or {}

    @property
    def shows_details(self) -> bool:
        """Whether it shows how its parts are and what waits, which it does to operators only."""
        return self.readiness is None or "delivery" in self.readiness

    @property
    def dead_letters(self) -> int:
        """The number of events that it could not handle; 0 when it is not known."""
        return int(self.delivery.get("dead_letters", 0))


def prefix(service: str) -> str:
    """The first part of the service's addresses: kebab case, as in every URL."""
    return f"/{service.replace('_', '-')}"


def service_named(text: str) -> str:
    """The service with this name; `service-level` means `service_level`."""
    name = text.strip().lower().replace("-", "_")
    if name not in SERVICES:
        raise typer.BadParameter(f"{text!r} is not a service; the services are {', '.join(SERVICES)}.")
    return name


def health(client: Client) -> list[Health]:
    """The condition of every service that the platform has, those that do not answer included.

    Raises `Unable` when none answers, or when the server at this address is not Zeven.
    """
    found = [one for one in (_health(client, service) for service in SERVICES) if one is not None]
    if not any(one.readiness for one in found):
        why = found[0].trouble if found else "no service of Zeven is at this address"
        raise Unable(f"{client.url}: {why}.")
    return found


def detailed_health(client: Client) -> list[Health]:
    """The same as `health`, signed in where details are shown to operators only; without them where that is refused."""
    found = health(client)
    if all(one.shows_details for one in found):
        return found
    try:
        signed = [_health(client, one.service, signed=True) for one in found]
    except Unable:
        return found
    return [one for one in signed if one is not None]


def services_of(client: Client) -> list[str]:
    """The names of the services that the platform has; raises as `health` does."""
    return [one.service for one in health(client)]


def _health(client: Client, service: str, *, signed: bool = False) -> Health | None:
    """None when the platform has no such service."""
    response = client.get_once(f"{prefix(service)}/readyz", signed=signed)
    try:
        readiness = response.json()
    except ValueError:
        readiness = None
    if isinstance(readiness, dict) and readiness.get("service") == service:
        return Health(service, readiness)
    if response.is_server_error or response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        return Health(service, None, f"away ({response.status_code})")
    return None
