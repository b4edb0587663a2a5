"""Waiting until every service has handled what an import caused, so that figures can be asked the next second."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from cli.client import Client
from cli.errors import Unable
from cli.platform import prefix

EVENT_TYPE = "incident_import.completed.v1"
BETWEEN_LOOKS = 0.25
PATIENCE = 600.0
"""Seconds without any progress after which waiting is given up."""

SETTLED = ("done", "not for this service", "dead")
QUIET_LOOKS = 2
"""What a service handles may make it speak to another one; after two quiet looks nobody has anything left to say."""

Figures = dict[str, dict[str, Any]]


def settle(
    client: Client,
    services: list[str],
    event_id: UUID,
    told: Callable[[int], None],
    patience: float = PATIENCE,
) -> dict[str, int]:
    """Dead letters by service, once every one has handled everything up to `event_id`; empty when all went well.

    `told` gets how many events wait. Raises `Unable` when nothing has moved for `patience` seconds.
    """
    quiet, before, moved_at = 0, None, client.around.now()
    while True:
        figures = {service: _figures(client, service, event_id) for service in services}
        left = waiting(figures)
        told(left)
        quiet = quiet + 1 if left == 0 and all(_heard(one) for one in figures.values()) else 0
        if quiet == QUIET_LOOKS:
            return {service: one["dead_letters"] for service, one in figures.items() if one["dead_letters"]}
        now, state = client.around.now(), _state(figures)
        if state != before:
            before, moved_at = state, now
        elif now - moved_at > patience:
            raise Unable(_stuck(figures, patience))
        client.around.sleep(BETWEEN_LOOKS)


def waiting(figures: Figures) -> int:
    """How many historical events wait to be published or handled."""
    return sum(one[box]["historical"] for one in figures.values() for box in ("outbox", "inbox"))


def _figures(client: Client, service: str, event_id: UUID) -> dict[str, Any]:
    address = f"{prefix(service)}/v1/delivery"
    answer: dict[str, Any] = client.get(address, event_id=str(event_id), event_type=EVENT_TYPE)
    return answer


def _heard(one: dict[str, Any]) -> bool:
    return one["heard"] in SETTLED


def _state(figures: Figures) -> Any:
    return [(one["outbox"]["historical"], one["inbox"]["historical"], one["heard"]) for one in figures.values()]


def _stuck(figures: Figures, patience: float) -> str:
    behind = [
        f"{service} ({waiting({service: one})} events wait)"
        for service, one in figures.items()
        if waiting({service: one}) or not _heard(one)
    ]
    return (
        f"Everything was sent, but for {patience / 60:.0f} min nothing has moved in {', '.join(behind)}. "
        "`zeven status` and the log say more; the same command waits again and changes nothing."
    )
