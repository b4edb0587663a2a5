"""A correction that changes nothing creates no new version and emits no event."""

from typing import Any

import pytest

from shared.contracts.defaults import CLIENT_ID
from tests.governance.conftest import events_of, made, person
from tests.world import World

TEAM = {"name": "Desk", "kind": "service_team", "domain": "technical", "party_id": str(CLIENT_ID)}


async def record(zeven: World, noun: str) -> dict[str, Any]:
    if noun == "people":
        return await person(zeven, password=None, email="robin@harbour.example")
    if noun == "teams":
        members = [(await person(zeven, password=None))["id"] for _ in range(2)]
        return await made(zeven, noun, **TEAM, member_ids=members)
    if noun == "service-accounts":
        new = await made(
            zeven,
            noun,
            name="Monitoring",
            roles=[{"role": "approver", "scope": None}, {"role": "professional", "scope": None}],
        )
        read: dict[str, Any] = (await zeven.admin.get(f"/governance/v1/{noun}/{new['id']}")).json()
        return read
    return await made(zeven, noun, name="Harbour Logistics", kind="client")


@pytest.mark.parametrize(
    ("noun", "names"),
    [
        ("parties", ("name",)),
        ("people", ("name", "party_id", "username", "email")),
        ("teams", ("name", "kind", "domain", "party_id", "member_ids")),
        ("service-accounts", ("name", "roles")),
    ],
)
async def test_a_correction_that_changes_nothing_tells_nothing(zeven: World, noun: str, names: tuple[str, ...]) -> None:
    before = await record(zeven, noun)
    same = {name: before[name] for name in names}
    turned = {name: value[::-1] if isinstance(value, list) else value for name, value in same.items()}
    if "username" in same:
        turned["username"] = same["username"].upper()
    for body in ({}, same, turned):
        answer = await zeven.admin.patch(
            f"/governance/v1/{noun}/{before['id']}", json=body, headers={"If-Match": f'"{before["version"]}"'}
        )
        assert (answer.status_code, answer.json()) == (200, before), answer.text
        assert answer.headers["etag"] == f'"{before["version"]}"'
    assert len(await events_of(zeven, before["id"])) == before["version"]
    stale = await zeven.admin.patch(f"/governance/v1/{noun}/{before['id']}", json={}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
