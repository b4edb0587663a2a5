"""Which services a platform has, how they are called and how they are."""

from dataclasses import dataclass
from typing import Any

import httpx2
import typer

from cli.client import Client
from cli.errors import Unable

SERVICES = ("governance", "incident", "change", "knowledge", "service_level", "improvement", "operations")
"""The processes of the method; a platform may lack some."""


@dataclass(frozen=True)
class Health:
    """What a service says of itself (`readiness`, as /readyz tells it), or `trouble` when it says nothing."""

    service: str
    readiness: dict[str, Any] | None
    trouble: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it can work."""
        return self.readiness is not None and self.readiness.get("status") == "ready"

    @property
    def delivery(self) -> dict[str, Any]:
        """The figures of its outbox and inbox; empty when it cannot tell them."""
        return (self.readiness or {}).get("delivery") or {}

    @property
    def dead_letters(self) -> int:
        """Events that it could not handle; 0 when it cannot tell."""
        return int(self.delivery.get("dead_letters", 0))


def prefix(service: str) -> str:
    """The first part of the service's addresses: kebab case, as in every URL."""
    return f"/{service.replace('_', '-')}"


def named(text: str) -> str:
    """The service that a person means; `service-level` is `service_level`."""
    name = text.strip().lower().replace("-", "_")
    if name not in SERVICES:
        raise typer.BadParameter(f"{text!r} is no service; there are {', '.join(SERVICES)}.")
    return name


def health(client: Client) -> list[Health]:
    """The condition of every service that the platform has, away or not.

    Raises `Unable` when nothing answers, or when what answers is not Zeven.
    """
    found = [one for one in (_health(client, service) for service in SERVICES) if one is not None]
    if not any(one.readiness for one in found):
        why = found[0].trouble if found else "nothing there is a service of Zeven"
        raise Unable(f"{client.url}: {why}.")
    return found


def present(client: Client) -> list[str]:
    """The names of the services that the platform has; raises as `health` does."""
    return [one.service for one in health(client)]


def _health(client: Client, service: str) -> Health | None:
    """None where the platform has no such service."""
    answer = client.look(f"{prefix(service)}/readyz")
    try:
        told = answer.json()
    except ValueError:
        told = None
    if isinstance(told, dict) and told.get("service") == service:
        return Health(service, told)
    if answer.is_server_error or answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        return Health(service, None, f"away ({answer.status_code})")
    return None
