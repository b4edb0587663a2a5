"""Items that somebody owns are shown, and given to somebody else, whatever state they are in."""

from uuid import uuid4

import httpx2

from tests.knowledge.conftest import ITEMS, drafted, move, person
from tests.world import World


async def test_what_somebody_owns_is_shown_and_given_to_somebody_else(
    zeven: World, author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient
) -> None:
    leaver, heir = uuid4(), uuid4()
    await zeven.running("knowledge").inbox.deliver([person(21, leaver), person(22, heir)])
    await zeven.quiet()
    draft, waiting, current, retired = [await drafted(author, owner_id=str(leaver)) for _ in range(4)]
    waiting = await move(author, waiting, "submit")
    current = await move(reviewer, await move(author, current, "submit"), "approve")
    await move(author, retired, "retire", reason="Gone.")
    (shown,) = (await author.get(f"/knowledge/v1/people/{leaver}/duties")).json()["items"]
    assert (shown["kind"], shown["total"]) == ("owner", 3)
    assert {each["id"] for each in shown["records"]} == {draft["id"], waiting["id"], current["id"]}
    assert str(heir) in {each["id"] for each in shown["offered"]}
    assert str(leaver) not in {each["id"] for each in shown["offered"]}
    answer = await author.post(f"/knowledge/v1/people/{leaver}/duties/handover", json={"to": str(heir)})
    assert {each["outcome"] for each in answer.json()["items"]} == {"given"}
    assert (len(answer.json()["items"]), answer.json()["left"]) == (3, 0)
    for item in (draft, waiting, current):
        after = (await author.get(f"{ITEMS}/{item['id']}")).json()
        assert (after["owner_id"], after["state"], after["draft_state"]) == (
            str(heir),
            item["state"],
            item["draft_state"],
        )
    await zeven.quiet()
    events = (await author.get(f"{ITEMS}/{current['id']}/timeline")).json()["items"]
    assert events[-1]["data"]["changes"] == [{"field": "owner_id", "from": str(leaver), "to": str(heir)}]
