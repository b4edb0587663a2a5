"""What somebody holds in governance is shown before he or she is retired: roles, those held alone apart, and teams."""

from typing import Any

from shared.contracts.defaults import CLIENT_ID
from tests.governance.conftest import events_of, give, made, move, person
from tests.world import World, token


async def duties(zeven: World, somebody: dict[str, Any]) -> dict[str, Any]:
    answer = await zeven.admin.get(f"/governance/v1/people/{somebody['id']}/duties")
    assert answer.status_code == 200, answer.text
    return {each["kind"]: each for each in answer.json()["items"]}


async def test_roles_and_teams_are_shown_and_given_to_somebody_else(zeven: World) -> None:
    leaver, heir, other = [await person(zeven, password=None) for _ in range(3)]
    alone = await give(zeven, leaver["id"], "approver", f"party:{CLIENT_ID}")
    shared = await give(zeven, leaver["id"], "knowledge_manager")
    await give(zeven, other["id"], "knowledge_manager")
    await give(zeven, heir["id"], "knowledge_manager")
    team = await made(
        zeven,
        "teams",
        name="Night desk",
        kind="service_team",
        domain="technical",
        party_id=str(CLIENT_ID),
        member_ids=[leaver["id"], other["id"]],
    )
    shown = await duties(zeven, leaver)
    assert [each["title"] for each in shown["role_alone"]["records"]] == [f"approver (party:{CLIENT_ID})"]
    assert [(each["id"], each["title"]) for each in shown["role"]["records"]] == [(shared["id"], "knowledge_manager")]
    assert [(each["id"], each["title"]) for each in shown["team"]["records"]] == [(team["id"], "Night desk")]
    assert {heir["id"], other["id"]} <= {each["id"] for each in shown["team"]["offered"]}

    path = f"/governance/v1/people/{leaver['id']}/duties/handover"
    answer = await zeven.admin.post(path, json={"to": heir["id"]}, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 200, answer.text
    assert {(each["kind"], each["outcome"]) for each in answer.json()["items"]} == {
        ("role_alone", "given"),
        ("role", "given"),
        ("team", "given"),
    }
    assert answer.json()["left"] == 0
    assert await duties(zeven, leaver) == {}
    held = await zeven.admin.get("/governance/v1/role-assignments", params={"person_id": heir["id"]})
    assert sorted((each["role"], each["scope"], each["state"]) for each in held.json()["items"]) == [
        ("approver", f"party:{CLIENT_ID}", "assigned"),
        ("knowledge_manager", None, "assigned"),
    ]
    assert [each["type"] for each in await events_of(zeven, alone["id"])][-1] == "role.withdrawn.v1"
    after = (await zeven.admin.get(f"/governance/v1/teams/{team['id']}")).json()
    assert after["member_ids"] == [heir["id"], other["id"]]


async def test_only_administrators_ask_and_give_here(zeven: World) -> None:
    leaver, heir = [await person(zeven, password=None) for _ in range(2)]
    manager = zeven.as_(token("m", "process_manager"))
    path = f"/governance/v1/people/{leaver['id']}/duties"
    assert (await manager.get(path)).status_code == 403
    assert (await manager.post(f"{path}/handover", json={"to": heir["id"]})).status_code == 403


async def test_nothing_is_given_to_somebody_who_was_retired(zeven: World) -> None:
    leaver, gone = [await person(zeven, password=None) for _ in range(2)]
    await give(zeven, leaver["id"], "approver")
    assert (await move(zeven, "people", gone, "retire")).status_code == 200
    path = f"/governance/v1/people/{leaver['id']}/duties/handover"
    refused = await zeven.admin.post(path, json={"to": gone["id"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/to")
    assert sum(each["total"] for each in (await duties(zeven, leaver)).values()) == 1
