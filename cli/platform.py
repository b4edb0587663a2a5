"""The services of a platform: their names, addresses and condition."""

from dataclasses import dataclass
from typing import Any, ClassVar

import httpx2
import typer

from cli.client import Client
from cli.errors import Unable

SERVICES = ("governance", "incident", "change", "knowledge", "service_level", "improvement", "operations")
"""All services that a platform can have; it may lack some."""


@dataclass(frozen=True)
class Health:
    """The condition of a service: its `readiness` as /readyz gives it, or the `trouble` why there is none."""

    #: a live event that waits for longer needs attention
    LATE_SECONDS: ClassVar[int] = 300

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
        """Whether it shows its parts and what waits, which only operators may see."""
        return self.readiness is None or "delivery" in self.readiness

    @property
    def lanes(self) -> list[dict[str, Any]]:
        """The figures of what waits to be published, and of what waits to be handled; none when they are not known."""
        return [self.delivery[box] for box in ("outbox", "inbox")] if self.delivery else []

    @property
    def oldest_seconds(self) -> float:
        """The age of the oldest live event that waits."""
        return max((float(lane["oldest_live_seconds"]) for lane in self.lanes), default=0.0)

    @property
    def late(self) -> bool:
        """Whether a live event has waited for too long, although the bus is there."""
        return self.oldest_seconds > self.LATE_SECONDS and not self.without_bus

    @property
    def held(self) -> int:
        """How many deliveries have arrived and cannot be stored."""
        return int((self.readiness or {}).get("held") or 0)

    def figure(self, name: str) -> int:
        """One of the figures of delivery (`failing`, `dead_letters`, `quarantine`); 0 when it is not known."""
        return int(self.delivery.get(name, 0))


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
    """The same as `health`, signed in where only operators see details; without details when signing in fails."""
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
        return Health(service, None, f"unavailable ({response.status_code})")
    return None
