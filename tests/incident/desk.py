"""Helpers that the tests of incident share: register, move, read."""

from typing import Any

import httpx2

from tests.incident.conftest import TEAM_ID
from tests.world import World

CALL = {
    "type": "incident",
    "title": "Printer is silent",
    "description": "Nothing comes out.",
    "impact": "high",
    "urgency": "medium",
}
#: what each move needs beyond the incident's own fields
GIVEN: dict[str, dict[str, Any]] = {
    "assign": {"team_id": str(TEAM_ID)},
    "pause": {"pending_reason": "user"},
    "recover": {"solution": "Restarted the spooler.", "recovery": "workaround"},
    "reopen": {"reason": "It is silent again."},
    "cancel": {"reason": "It was the wrong plug."},
    "reroute": {"call_type": "rfc"},
}


async def register(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    """A new incident, as it is read back."""
    answer = await client.post("/incident/v1/calls", json={**CALL, **more})
    assert answer.status_code == 201, answer.text
    return await read(client, answer.json()["record"]["id"])


async def read(client: httpx2.AsyncClient, identity: str, what: str = "") -> Any:
    """The incident, or with `what` something of it."""
    answer = await client.get(f"/incident/v1/incidents/{identity}{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def fire(client: httpx2.AsyncClient, incident: dict[str, Any], trigger: str, **given: Any) -> httpx2.Response:
    """The answer to a move with exactly these fields, on the version that `incident` shows."""
    return await client.post(
        f"/incident/v1/incidents/{incident['id']}/moves",
        json={"trigger": trigger, **given},
        headers={"If-Match": f'"{incident["version"]}"'},
    )


async def moved(client: httpx2.AsyncClient, incident: dict[str, Any], *triggers: str, **given: Any) -> dict[str, Any]:
    """The incident after these moves, each with what it usually needs; `given` is for the last one."""
    for trigger in triggers:
        last = given if trigger == triggers[-1] else {}
        answer = await fire(client, incident, trigger, **{**GIVEN.get(trigger, {}), **last})
        assert answer.status_code == 200, answer.text
        incident = answer.json()
    return incident


async def events(zeven: World, correlation: str, kind: str | None = None) -> list[dict[str, Any]]:
    """The chain's events in the feed, of one type when asked."""
    await zeven.quiet()
    query = {"correlation_id": correlation, **({"type": kind} if kind else {})}
    found: list[dict[str, Any]] = (await zeven.admin.get("/incident/v1/events", params=query)).json()["items"]
    return found
