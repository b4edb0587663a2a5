"""Demand that a process hands back stays with the desk: its call is open and visible until it is taken or answered."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts import Envelope
from shared.contracts import change as change_events
from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import deliver
from tests.incident.desk import CALL, events
from tests.incident.test_answers import Demand, read_call
from tests.world import World, token

CALLS = "/incident/v1/calls"


def forwarded(demand: Demand, sequence: int = 2) -> Envelope:
    return demand.request(
        sequence, change_events.RfcForwarded, "forwarded_to_service_level", reason="Not in the agreement."
    )


async def handed_back(zeven: World, client: httpx2.AsyncClient | None = None) -> tuple[dict[str, Any], Demand]:
    """A call whose request change forwarded."""
    call = (await (client or zeven.admin).post(CALLS, json={**CALL, "type": "rfc"})).json()
    demand = Demand("call", call["id"])
    await deliver(zeven, demand.registered(), forwarded(demand))
    return call, demand


async def answer(client: httpx2.AsyncClient, call: dict[str, Any], **given: Any) -> httpx2.Response:
    return await client.post(
        f"{CALLS}/{call['id']}/moves",
        json={"trigger": "answer", **given},
        headers={"If-Match": f'"{call["version"]}"'},
    )


async def test_a_call_whose_request_was_forwarded_stays_open_with_the_desk(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    call, _ = await handed_back(zeven, user)
    held = await read_call(zeven, call)
    assert (held["state"], held["reason"]) == ("routed", "Not in the agreement.")
    assert held["held_at"] is not None
    listed = (await zeven.admin.get(CALLS, params={"held": "true", "limit": 200})).json()["items"]
    assert call["id"] in {each["id"] for each in listed}
    others = (await zeven.admin.get(CALLS, params={"held": "false", "limit": 200})).json()["items"]
    assert call["id"] not in {each["id"] for each in others}
    assert (await user.get(f"{CALLS}/{call['id']}")).json()["reason"] == "Not in the agreement."
    (published,) = await events(zeven, call["id"], "call.held.v1")
    assert published["data"]["reason"] == "Not in the agreement."


async def test_the_desk_answers_what_it_holds(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    call, demand = await handed_back(zeven, user)
    held = await read_call(zeven, call)
    moves = (await zeven.admin.get(f"{CALLS}/{call['id']}/moves")).json()["items"]
    assert [(each["trigger"], each["lacking"], each["because"]) for each in moves] == [("answer", ["reason"], [])]
    assert (await answer(user, held, reason="Mine.")).status_code == 403
    assert (await answer(zeven.admin, held)).json()["lacking"] == ["reason"]
    answered = await answer(zeven.admin, held, reason="We made an offer.")
    assert answered.status_code == 200, answered.text
    assert {name: answered.json()[name] for name in ("state", "reason", "held_at")} == {
        "state": "closed",
        "reason": "We made an offer.",
        "held_at": None,
    }
    assert (await user.get(f"{CALLS}/{call['id']}")).json()["reason"] == "We made an offer."
    await deliver(zeven, demand.request(3, change_events.RfcRejected, "rejected", reason="Late."))
    assert (await read_call(zeven, call))["reason"] == "We made an offer."
    again = await answer(zeven.admin, answered.json(), reason="Twice.")
    assert again.status_code == 409


async def test_the_desk_does_not_answer_what_another_process_works_on(zeven: World) -> None:
    call = (await zeven.admin.post(CALLS, json={**CALL, "type": "rfc"})).json()
    refused = await answer(zeven.admin, call, reason="No.")
    assert refused.status_code == 409
    assert "another process answers it" in refused.json()["detail"]


async def test_a_request_that_is_taken_after_all_takes_its_call_from_the_desk(zeven: World) -> None:
    call, demand = await handed_back(zeven)
    number = f"CHG-{demand.number}"
    accepted = demand.request(3, change_events.RfcAccepted, "accepted", change_id=demand.change, change_number=number)
    await deliver(zeven, accepted)
    taken = await read_call(zeven, call)
    assert (taken["state"], taken["held_at"], taken["reason"]) == ("routed", None, None)
    await deliver(zeven, demand.work(10, change_events.ChangeClosed, "closed"))
    assert (await read_call(zeven, call))["state"] == "closed"


async def test_a_request_that_is_rejected_after_all_ends_its_call_with_the_reason(zeven: World) -> None:
    call, demand = await handed_back(zeven)
    await deliver(zeven, demand.request(3, change_events.RfcRejected, "rejected", reason="Too dear."))
    ended = await read_call(zeven, call)
    assert (ended["state"], ended["reason"], ended["held_at"]) == ("closed", "Too dear.", None)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
async def test_the_desk_holds_it_in_any_order_of_arrival(zeven: World, order: tuple[int, ...]) -> None:
    call = (await zeven.admin.post(CALLS, json={**CALL, "type": "rfc"})).json()
    demand = Demand("call", call["id"])
    whole = [demand.registered(), demand.request(2, change_events.RfcReturned, "returned"), forwarded(demand, 3)]
    for place in order:
        await deliver(zeven, whole[place])
    await deliver(zeven, *(one.model_copy(update={"id": uuid4()}) for one in whole))
    held = await read_call(zeven, call)
    assert (held["state"], held["reason"], held["held_at"] is not None) == ("routed", "Not in the agreement.", True)
    assert len(await events(zeven, call["id"], "call.held.v1")) == 1
