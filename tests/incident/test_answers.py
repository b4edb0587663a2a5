"""Answers of change: matched by origin, with the same result when they arrive twice, late or out of order."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.incident.calls.rules import ROUTES, Route
from shared.contracts import Envelope, Origin
from shared.contracts import change as change_events
from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import deliver, envelope
from tests.incident.desk import CALL, events, moved, read, register
from tests.world import World, token


class Demand:
    """A request for change and its change, as change would speak of them."""

    def __init__(self, kind: str, identity: str) -> None:
        self.origin = Origin(service="incident", type=kind, id=UUID(identity))
        self.rfc, self.change = uuid4(), uuid4()
        self.number = self.rfc.hex[:6]

    def request(self, sequence: int, kind: type[change_events.RfcEvent], state: str, **more: Any) -> Envelope:
        fact = kind(number=f"RFC-{self.number}", title="Replace", state=state, origin=self.origin, **more)
        return envelope("change", self.rfc, fact, sequence=sequence)

    def registered(self) -> Envelope:
        return self.request(1, change_events.RfcRegistered, "submitted")

    def accepted(self) -> Envelope:
        number = f"CHG-{self.number}"
        return self.request(2, change_events.RfcAccepted, "accepted", change_id=self.change, change_number=number)

    def rejected(self, reason: str | None = None) -> Envelope:
        return self.request(2, change_events.RfcRejected, "rejected", reason=reason)

    def work(
        self, sequence: int, kind: type[change_events.ChangeEvent], state: str, reason: str | None = None
    ) -> Envelope:
        fact = kind(
            number=f"CHG-{self.number}",
            title="Replace",
            state=state,
            change_type="normal",
            rfc_id=self.rfc,
            origin=self.origin,
            reason=reason,
        )
        return envelope("change", self.change, fact, sequence=sequence)

    def whole(self) -> list[Envelope]:
        return [
            self.registered(),
            self.accepted(),
            self.work(1, change_events.ChangeRegistered, "accepted"),
            self.work(8, change_events.ChangeImplemented, "implemented"),
            self.work(10, change_events.ChangeClosed, "closed"),
        ]


async def links(zeven: World, incident: dict[str, Any]) -> dict[str, str]:
    items = (await read(zeven.admin, incident["id"], "/links"))["items"]
    return {item["kind"]: item["target_state"] for item in items}


async def test_a_request_and_its_change_become_links(zeven: World) -> None:
    incident = await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.registered())
    assert await links(zeven, incident) == {"rfc": "submitted"}
    await deliver(zeven, demand.accepted(), demand.work(1, change_events.ChangeRegistered, "accepted"))
    assert await links(zeven, incident) == {"rfc": "accepted", "change": "accepted"}
    items = (await read(zeven.admin, incident["id"], "/links"))["items"]
    assert {item["target_id"] for item in items} == {str(demand.rfc), str(demand.change)}
    chain = await events(zeven, incident["correlation_id"])
    mine = [event for event in chain if event["type"].startswith("link.")]
    assert [event["type"] for event in mine] == [
        "link.added.v1",
        "link.added.v1",
        "link.changed.v1",
    ] or [event["type"] for event in mine] == [
        "link.added.v1",
        "link.changed.v1",
        "link.added.v1",
    ]
    assert all(event["about"] == incident["id"] and event["causationid"] for event in mine)


async def test_the_links_are_the_same_in_any_order_of_arrival(zeven: World) -> None:
    for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 0, 4, 2, 1]):
        incident = await register(zeven.admin)
        whole = Demand("incident", incident["id"]).whole()
        for place in order:
            await deliver(zeven, whole[place])
        assert await links(zeven, incident) == {"rfc": "accepted", "change": "closed"}


async def test_all_at_once_and_again_ends_the_same(zeven: World) -> None:
    incident = await register(zeven.admin)
    whole = Demand("incident", incident["id"]).whole()
    await deliver(zeven, *reversed(whole))
    before = await events(zeven, incident["correlation_id"])
    repeated = [one.model_copy(update={"id": uuid4()}) for one in whole]
    await deliver(zeven, *repeated)
    assert await links(zeven, incident) == {"rfc": "accepted", "change": "closed"}
    assert await events(zeven, incident["correlation_id"]) == before


@pytest.mark.parametrize("last", ["implemented", "cancelled", "rejected", "request rejected", "request returned"])
async def test_what_waited_for_change_goes_on_when_change_has_spoken(zeven: World, last: str) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "take", "pause", pending_reason="change")
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.registered())
    if last == "request rejected":
        answer = demand.rejected()
    elif last == "request returned":
        answer = demand.request(2, change_events.RfcReturned, "returned")
    else:
        await deliver(zeven, demand.accepted(), demand.work(1, change_events.ChangeRegistered, "accepted"))
        assert (await read(zeven.admin, incident["id"]))["state"] == "pending"
        kinds = {
            "implemented": change_events.ChangeImplemented,
            "cancelled": change_events.ChangeCancelled,
            "rejected": change_events.ChangeRejected,
        }
        answer = demand.work(8, kinds[last], last)
    await deliver(zeven, answer)
    assert (await read(zeven.admin, incident["id"]))["state"] == "in_recovery"
    resumed = await events(zeven, incident["correlation_id"], "incident.resumed.v1")
    assert [event["causationid"] for event in resumed] == [str(answer.id)]


STATES: list[tuple[type[change_events.ChangeEvent], str]] = [
    (change_events.ChangeRegistered, "accepted"),
    (change_events.ChangeClassified, "classified"),
    (change_events.ChangePlanned, "planned"),
    (change_events.ChangeAuthorisationDenied, "classified"),
    (change_events.ChangeHeld, "on_hold"),
    (change_events.ChangeResumed, "planned"),
    (change_events.ChangeAuthorised, "authorised"),
    (change_events.ChangePrepared, "in_preparation"),
    (change_events.ChangeTestStarted, "in_test"),
    (change_events.ChangeTestFailed, "in_preparation"),
    (change_events.ChangeReleased, "released"),
    (change_events.ChangeImplementationStarted, "implementing"),
    (change_events.ChangeRolledBack, "rolled_back"),
    (change_events.ChangeReworked, "in_preparation"),
    (change_events.ChangeReplanned, "planned"),
    (change_events.ChangeChanged, "planned"),
    (change_events.ChangeImplemented, "implemented"),
    (change_events.ChangeEvaluated, "evaluated"),
    (change_events.ChangeClosed, "closed"),
    (change_events.ChangeRejected, "rejected"),
    (change_events.ChangeCancelled, "cancelled"),
]


async def test_a_link_shows_the_state_of_its_change_after_every_move(zeven: World) -> None:
    incident = await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    for sequence, (kind, state) in enumerate(STATES, start=1):
        await deliver(zeven, demand.work(sequence, kind, state))
        assert await links(zeven, incident) == {"change": state}, kind.type
    assert {kind for kind, _ in STATES} == set(change_events.ChangeEvent.__subclasses__())


async def test_a_correction_of_a_change_says_nothing_new_of_it(zeven: World) -> None:
    incident = await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.work(8, change_events.ChangeImplemented, "implemented"))
    waiting = await moved(zeven.admin, incident, "take", "pause", pending_reason="change")
    before = await events(zeven, incident["correlation_id"])
    await deliver(zeven, demand.work(9, change_events.ChangeChanged, "implemented"))
    assert await events(zeven, incident["correlation_id"]) == before
    assert (await read(zeven.admin, waiting["id"]))["state"] == "pending"


async def test_what_waits_for_something_else_goes_on_waiting(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "take", "pause", pending_reason="supplier")
    await deliver(zeven, *Demand("incident", incident["id"]).whole())
    assert (await read(zeven.admin, incident["id"]))["state"] == "pending"


async def test_a_change_that_was_rolled_back_is_still_waited_for(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "take", "pause", pending_reason="change")
    demand = Demand("incident", incident["id"])
    await deliver(
        zeven, demand.registered(), demand.accepted(), demand.work(7, change_events.ChangeRolledBack, "rolled_back")
    )
    assert (await read(zeven.admin, incident["id"]))["state"] == "pending"
    assert (await links(zeven, incident))["change"] == "rolled_back"


async def test_a_late_answer_does_not_end_a_later_wait(zeven: World) -> None:
    incident = await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.work(10, change_events.ChangeClosed, "closed"))
    waiting = await moved(zeven.admin, incident, "take", "pause", pending_reason="change")
    await deliver(zeven, demand.work(8, change_events.ChangeImplemented, "implemented"))
    assert (await read(zeven.admin, waiting["id"]))["state"] == "pending"


async def test_an_altered_item_is_covered_by_a_change_that_was_not_refused(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "take")
    await zeven.admin.post(
        f"/incident/v1/incidents/{incident['id']}/change-requests", json={"title": "Change", "description": "It."}
    )
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.registered(), demand.rejected())
    answer = await zeven.admin.post(
        f"/incident/v1/incidents/{incident['id']}/moves",
        json={"trigger": "recover", "solution": "x", "recovery": "repair", "ki_altered": True},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert answer.status_code == 409
    other = Demand("incident", incident["id"])
    await deliver(zeven, other.registered(), other.accepted())
    assert (await moved(zeven.admin, incident, "recover", ki_altered=True))["state"] == "recovered"


async def test_a_link_that_somebody_typed_becomes_the_link_to_the_record(zeven: World) -> None:
    incident = await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    body = {"kind": "rfc", "reference": f"RFC-{demand.number}"}
    typed = await zeven.admin.post(f"/incident/v1/incidents/{incident['id']}/links", json=body)
    await deliver(zeven, demand.registered())
    items = (await read(zeven.admin, incident["id"], "/links"))["items"]
    assert [(item["id"], item["target_id"]) for item in items] == [(typed.json()["id"], str(demand.rfc))]


async def test_a_link_tells_why_a_request_or_its_change_came_to_rest(zeven: World) -> None:
    me = uuid4()
    user = zeven.as_(token(str(me), "user", party=str(CLIENT_ID)))
    incident = await register(user)
    demand = Demand("incident", incident["id"])

    async def reasons() -> dict[str, str | None]:
        items = (await read(user, incident["id"], "/links"))["items"]
        return {item["kind"]: item["target_reason"] for item in items}

    await deliver(
        zeven, demand.registered(), demand.request(2, change_events.RfcReturned, "returned", reason="Which disk?")
    )
    assert await reasons() == {"rfc": "Which disk?"}
    changed = (await events(zeven, incident["correlation_id"], "link.changed.v1"))[-1]
    assert (changed["data"]["state"], changed["data"]["reason"]) == ("returned", "Which disk?")
    await deliver(zeven, demand.request(3, change_events.RfcResubmitted, "submitted"))
    assert await reasons() == {"rfc": None}
    await deliver(zeven, demand.request(4, change_events.RfcRejected, "rejected", reason="Too dear."))
    await deliver(zeven, demand.request(2, change_events.RfcReturned, "returned", reason="Which disk?"))
    assert await reasons() == {"rfc": "Too dear."}
    await deliver(zeven, demand.work(3, change_events.ChangeCancelled, "cancelled", "Not needed."))
    assert await reasons() == {"rfc": "Too dear.", "change": "Not needed."}


async def test_what_belongs_to_others_is_passed_over(zeven: World) -> None:
    incident = await register(zeven.admin)
    before = await events(zeven, incident["correlation_id"])
    foreign = Demand("incident", incident["id"])
    foreign.origin = Origin(service="improvement", type="incident", id=UUID(incident["id"]))
    nobody = Demand("incident", str(uuid4()))
    nobodys_call = Demand("call", str(uuid4()))
    await deliver(zeven, *foreign.whole(), *nobody.whole(), *nobodys_call.whole())
    assert await events(zeven, incident["correlation_id"]) == before
    assert (await zeven.admin.get("/incident/v1/dead-letters")).json()["items"] == []


async def rfc_call(zeven: World) -> dict[str, Any]:
    call: dict[str, Any] = (await zeven.admin.post("/incident/v1/calls", json={**CALL, "type": "rfc"})).json()
    return call


async def read_call(zeven: World, call: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await zeven.admin.get(f"/incident/v1/calls/{call['id']}")).json()
    return found


async def test_a_call_gets_the_record_that_change_made_and_ends_with_it(zeven: World) -> None:
    call = await rfc_call(zeven)
    demand = Demand("call", call["id"])
    await deliver(zeven, demand.registered())
    answered = await read_call(zeven, call)
    record = {"service": "change", "type": "rfc", "id": str(demand.rfc), "number": f"RFC-{demand.number}"}
    assert (answered["state"], answered["record"]) == ("routed", record)
    await deliver(zeven, demand.accepted(), demand.work(8, change_events.ChangeImplemented, "implemented"))
    assert (await read_call(zeven, call))["state"] == "routed"
    await deliver(zeven, demand.work(10, change_events.ChangeClosed, "closed"))
    assert (await read_call(zeven, call))["state"] == "closed"
    chain = await events(zeven, call["id"])
    assert [event["type"] for event in chain] == [
        "call.registered.v1",
        "call.routed.v1",
        "call.linked.v1",
        "call.closed.v1",
    ]
    assert {event["valuestream"] for event in chain} == {"renewal"}


async def test_the_routes_say_whose_record_answers_a_call(zeven: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await rfc_call(zeven)
    demand = Demand("call", call["id"])
    monkeypatch.setitem(ROUTES, "rfc", Route("improvement", "wish", "optimisation"))
    await deliver(zeven, demand.registered())
    assert (await read_call(zeven, call))["record"] is None
    monkeypatch.setitem(ROUTES, "rfc", Route("change", "request", "renewal"))
    await deliver(zeven, demand.accepted())
    assert (await read_call(zeven, call))["record"]["type"] == "request"


async def test_a_call_ends_when_its_request_is_rejected(zeven: World) -> None:
    call = await rfc_call(zeven)
    demand = Demand("call", call["id"])
    await deliver(zeven, demand.registered(), demand.rejected())
    assert (await read_call(zeven, call))["state"] == "closed"


async def test_a_call_is_the_same_in_any_order_of_arrival(zeven: World) -> None:
    for turned in (False, True):
        call = await rfc_call(zeven)
        demand = Demand("call", call["id"])
        whole = demand.whole()
        for one in reversed(whole) if turned else whole:
            await deliver(zeven, one)
        await deliver(zeven, *(one.model_copy(update={"id": uuid4()}) for one in whole))
        ended = await read_call(zeven, call)
        assert (ended["state"], ended["record"]["id"]) == ("closed", str(demand.rfc))
        chain = [event["type"] for event in await events(zeven, call["id"])]
        assert sorted(chain) == ["call.closed.v1", "call.linked.v1", "call.registered.v1", "call.routed.v1"]


async def test_a_call_tells_why_its_request_was_returned_or_rejected(zeven: World) -> None:
    call = await rfc_call(zeven)
    assert call["reason"] is None
    demand = Demand("call", call["id"])
    returned = demand.request(2, change_events.RfcReturned, "returned", reason="Which disk?")
    await deliver(zeven, demand.registered(), returned)
    seen = await read_call(zeven, call)
    assert (seen["state"], seen["reason"]) == ("routed", "Which disk?")
    assert seen["version"] > call["version"]
    await deliver(zeven, demand.request(3, change_events.RfcResubmitted, "submitted"))
    assert (await read_call(zeven, call))["reason"] is None
    await deliver(zeven, demand.request(4, change_events.RfcRejected, "rejected", reason="Too dear."))
    await deliver(zeven, returned.model_copy(update={"id": uuid4()}))
    seen = await read_call(zeven, call)
    assert (seen["state"], seen["reason"]) == ("closed", "Too dear.")
    chain = [(event["type"], event["data"]["reason"]) for event in await events(zeven, call["id"])]
    assert chain[2:] == [
        ("call.linked.v1", None),
        ("call.changed.v1", "Which disk?"),
        ("call.changed.v1", None),
        ("call.closed.v1", "Too dear."),
    ]


@pytest.mark.parametrize("turned", [False, True])
async def test_a_call_tells_why_its_change_was_given_up_in_any_order_of_arrival(zeven: World, turned: bool) -> None:
    call = await rfc_call(zeven)
    demand = Demand("call", call["id"])
    whole = [
        demand.registered(),
        demand.request(2, change_events.RfcReturned, "returned", reason="Which disk?"),
        demand.work(5, change_events.ChangeCancelled, "cancelled", "Not needed."),
    ]
    for one in reversed(whole) if turned else whole:
        await deliver(zeven, one)
    seen = await read_call(zeven, call)
    assert (seen["state"], seen["reason"], seen["record"]["id"]) == ("closed", "Not needed.", str(demand.rfc))


async def test_the_record_of_another_request_does_not_take_a_calls_place(zeven: World) -> None:
    call = await rfc_call(zeven)
    demand, other = Demand("call", call["id"]), Demand("call", call["id"])
    await deliver(zeven, demand.registered())
    await deliver(zeven, *other.whole())
    await deliver(zeven, Demand("call", call["id"]).rejected())
    after = await read_call(zeven, call)
    assert (after["state"], after["record"]["id"]) == ("routed", str(demand.rfc))


async def test_a_rerouted_call_gets_its_new_record(zeven: World) -> None:
    incident = await register(zeven.admin)
    await moved(zeven.admin, incident, "reroute")
    demand = Demand("call", incident["call_id"])
    await deliver(zeven, demand.registered())
    call = await read_call(zeven, {"id": incident["call_id"]})
    assert (call["record"]["service"], call["record"]["id"]) == ("change", str(demand.rfc))
