"""A change desk for tests: short helpers for long requests."""

from collections.abc import Callable
from typing import Any

import httpx2

from tests.change.neighbours import PRINTER
from tests.world import World, token

PLAN = {
    "build_plan": "Order the part.",
    "test_plan": "Print ten labels.",
    "implementation_plan": "Replace it on Monday morning.",
    "back_out_plan": "Put the old one back.",
    "planned_start": "2127-03-01T07:00:00Z",
    "planned_end": "2127-03-01T09:00:00Z",
    "means_confirmed": True,
}
NORMAL = {
    "change_type": "normal",
    "impact": "low",
    "likelihood": "low",
    "value_stream": "renewal",
    "ki_ids": [str(PRINTER)],
}
EMERGENCY = {**NORMAL, "change_type": "emergency"}
RFC = {"title": "A new print head", "description": "The old one leaves stripes."}
ALL_TESTS = ("technical", "functional", "acceptance", "operational_readiness")

Json = dict[str, Any]


class Desk:
    """What one person does with requests and changes; answers are JSON, refusals fail the test.

    `colleague` gives the client of another administrator for each role, since nobody answers a plan twice.
    """

    def __init__(
        self, client: httpx2.AsyncClient, colleague: Callable[[str], httpx2.AsyncClient] | None = None
    ) -> None:
        self.client, self._colleague = client, colleague

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"/change/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Json, **headers: str) -> httpx2.Response:
        return await self.client.post(f"/change/v1/{path}", json=body, headers=headers)

    async def submit(self, **fields: Any) -> Json:
        answer = await self.post("rfcs", {**RFC, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def try_move(self, noun: str, record: Json, trigger: str, **fields: Any) -> httpx2.Response:
        version = (await self.get(f"{noun}/{record['id']}"))["version"]
        body = {"trigger": trigger, **fields}
        return await self.post(f"{noun}/{record['id']}/moves", body, **{"If-Match": f'"{version}"'})

    async def move(self, noun: str, record: Json, *triggers: str, **fields: Any) -> Json:
        for trigger in triggers:
            answer = await self.try_move(noun, record, trigger, **fields)
            assert answer.status_code == 200, answer.text
        return answer.json()

    async def try_correct(self, record: Json, **fields: Any) -> httpx2.Response:
        path = f"/change/v1/changes/{record['id']}"
        version = (await self.client.get(path)).headers["ETag"]
        return await self.client.patch(path, json=fields, headers={"If-Match": version})

    async def correct(self, record: Json, **fields: Any) -> Json:
        answer = await self.try_correct(record, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approve(self, record: Json, role: str, decision: str = "approved", **fields: Any) -> httpx2.Response:
        return await self.post(f"changes/{record['id']}/approvals", {"role": role, "decision": decision, **fields})

    async def approve_all(self, record: Json, **fields: Any) -> Json:
        """The change once everybody approved who must, each role in another person."""
        for role in (await self.get(f"changes/{record['id']}/approvals"))["awaited"]:
            person = Desk(self._colleague(role)) if self._colleague else self
            answer = await person.approve(record, role, **fields)
            assert answer.status_code == 201, answer.text
        return await self.get(f"changes/{record['id']}")

    async def accepted(self, **fields: Any) -> Json:
        """A change whose request was accepted."""
        rfc = await self.move("rfcs", await self.submit(**fields), "accept")
        return await self.get(f"changes/{rfc['change_id']}")

    async def planned(self, *, request: Json | None = None, classes: Json = NORMAL, **plan: Any) -> Json:
        """A change with a plan."""
        change = await self.accepted(**(request or {}))
        await self.move("changes", change, "classify", **classes)
        return await self.move("changes", change, "plan", **{**PLAN, **plan})

    async def authorised(self, **planned: Any) -> Json:
        """A change on which work may begin."""
        return await self.approve_all(await self.planned(**planned))

    async def test(self, change: Json, *kinds: str, result: str = "passed") -> None:
        for kind in kinds:
            answer = await self.post(f"changes/{change['id']}/test-runs", {"kind": kind, "result": result})
            assert answer.status_code == 201, answer.text

    async def implemented(self, **planned: Any) -> Json:
        """A change that is in production."""
        change = await self.authorised(**planned)
        await self.move("changes", change, "prepare", "test")
        await self.test(change, *ALL_TESTS)
        return await self.move("changes", change, "release", "implement", "complete")

    async def closed(self, **planned: Any) -> Json:
        """A change that was evaluated and closed."""
        change = await self.implemented(**planned)
        await self.move("changes", change, "evaluate", goal_reached=True, evaluation="Labels are clean.")
        return await self.move("changes", change, "close")


def desk(zeven: World, sub: str = "admin", *roles: str, party: Any = None, scope: str | None = None) -> Desk:
    """The desk of somebody; without roles an administrator's."""
    claims = {"roles": [{"role": role, "scope": scope} for role in roles]} if scope else {}
    return Desk(
        zeven.as_(token(sub, *roles, party=str(party) if party else None, **claims)),
        lambda role: zeven.as_(token(f"administrator who stands in for the {role}")),
    )
