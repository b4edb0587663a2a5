"""Waits until every service has handled the events of an import, so that its figures are complete."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from cli.client import Client
from cli.errors import Unable
from cli.platform import prefix

EVENT_TYPE = "incident_import.completed.v1"
POLL_SECONDS = 0.25
TIMEOUT_SECONDS = 600.0
"""Seconds without any progress after which waiting ends."""

COMPLETE = ("done", "not for this service", "dead")
QUIET_POLLS = 2
"""Handling an event may cause events for other services; when two polls find none, all are handled."""

Figures = dict[str, dict[str, Any]]


def wait_for_completion(
    client: Client,
    services: list[str],
    event_id: UUID,
    show: Callable[[int], None],
    timeout: float = TIMEOUT_SECONDS,
) -> dict[str, int]:
    """Dead letters by service, once each has handled every event up to `event_id`; empty when there are none.

    `show` gets the number of waiting events. Raises `Unable` when there is no progress for `timeout` seconds.
    """
    quiet, before, progress_at = 0, None, client.environment.now()
    while True:
        figures = {service: _figures(client, service, event_id) for service in services}
        left = waiting(figures)
        show(left)
        quiet = quiet + 1 if left == 0 and all(_complete(one) for one in figures.values()) else 0
        if quiet == QUIET_POLLS:
            return {service: one["dead_letters"] for service, one in figures.items() if one["dead_letters"]}
        now, state = client.environment.now(), _state(figures)
        if state != before:
            before, progress_at = state, now
        elif now - progress_at > timeout:
            raise Unable(_no_progress(figures, timeout))
        client.environment.sleep(POLL_SECONDS)


def waiting(figures: Figures) -> int:
    """The number of historical events that wait to be published or handled."""
    return sum(one[box]["historical"] for one in figures.values() for box in ("outbox", "inbox"))


def _figures(client: Client, service: str, event_id: UUID) -> dict[str, Any]:
    address = f"{prefix(service)}/v1/delivery"
    figures: dict[str, Any] = client.get(address, event_id=str(event_id), event_type=EVENT_TYPE)
    return figures


def _complete(one: dict[str, Any]) -> bool:
    return one["status"] in COMPLETE


def _state(figures: Figures) -> Any:
    return [(one["outbox"]["historical"], one["inbox"]["historical"], one["status"]) for one in figures.values()]


def _no_progress(figures: Figures, timeout: float) -> str:
    behind = [
        f"{service} ({waiting({service: one})} events wait)"
        for service, one in figures.items()
        if waiting({service: one}) or not _complete(one)
    ]
    return (
        f"Everything was sent, but there was no progress for {timeout / 60:.0f} min in {', '.join(behind)}. "
        "`zeven status` and the log say more; the same command waits again and changes nothing."
    )
