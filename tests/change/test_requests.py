"""Requests for change: created once and decided once, for events and requests that arrive twice, late or together."""

import asyncio

from httpx2 import Response
from uuid_utils.compat import uuid7

from services.change.models import KnownPerson
from tests.change.desk import RFC, desk
from tests.change.neighbours import BUYER, CLIENT, PRINTER, STRANGERS, WEBSHOP, change_requested, known, person, routed
from tests.world import World


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:zeven:problem:")


async def receive(zeven: World, *envelopes: object) -> None:
    await zeven.running("change").inbox.deliver(envelopes)  # type: ignore[arg-type]
    await zeven.quiet()


async def test_what_is_received_twice_and_late_makes_one_request(zeven: World) -> None:
    call, incident, request = uuid7(), uuid7(), uuid7()
    once = change_requested(request, incident)
    await receive(zeven, once, routed(call), routed(call, sequence=2))
    await receive(zeven, once)
    await receive(zeven, change_requested(request, incident, sequence=2), routed(call, sequence=3))
    admin = desk(zeven)
    for origin in (call, incident):
        assert len((await admin.get("rfcs", origin_id=str(origin)))["items"]) == 1
    async with zeven.running("change").engine.connect() as connection:
        failed = await connection.exec_driver_sql("SELECT last_error FROM inbox WHERE done_at IS NULL")
        assert failed.scalars().all() == []


async def test_two_requests_of_one_incident_are_two(zeven: World) -> None:
    incident = uuid7()
    await receive(zeven, change_requested(uuid7(), incident), change_requested(uuid7(), incident))
    assert len((await desk(zeven).get("rfcs", origin_id=str(incident)))["items"]) == 2


async def test_who_called_about_the_incident_sees_its_request_and_leaves_it_to_those_who_asked(zeven: World) -> None:
    incident, caller, agent = uuid7(), uuid7(), uuid7()
    await receive(zeven, change_requested(uuid7(), incident, caller_id=caller, by=str(agent)))
    user, other = desk(zeven, str(caller), "user", party=CLIENT), desk(zeven, str(uuid7()), "user", party=CLIENT)
    (rfc,) = (await user.get("rfcs", origin_id=str(incident)))["items"]
    assert (rfc["requester_id"], rfc["caller_id"]) == (str(agent), str(caller))
    assert (await other.get("rfcs", origin_id=str(incident)))["items"] == []
    assert problem(await other.client.get(f"/change/v1/rfcs/{rfc['id']}")) == (404, "not-found")
    coordinator = desk(zeven, "c-1", "change_coordinator")
    await coordinator.move("rfcs", rfc, "return", reason="Which printer?")
    assert (await user.get(f"rfcs/{rfc['id']}"))["reason"] == "Which printer?"
    assert (await user.get(f"rfcs/{rfc['id']}/moves"))["items"] == []
    assert problem(await user.try_move("rfcs", rfc, "resubmit", description="Mine.")) == (403, "not-allowed")
    client = desk(zeven, str(caller), "client", party=CLIENT)
    assert [each["trigger"] for each in (await client.get(f"rfcs/{rfc['id']}/moves"))["items"]] == ["resubmit"]
    agents = desk(zeven, str(agent), "professional")
    assert (await agents.move("rfcs", rfc, "resubmit", description="The one upstairs."))["state"] == "submitted"


async def test_an_incident_whose_caller_is_not_named_has_a_request_that_its_user_does_not_see(zeven: World) -> None:
    incident = uuid7()
    await receive(zeven, change_requested(uuid7(), incident))
    (rfc,) = (await desk(zeven).get("rfcs", origin_id=str(incident)))["items"]
    assert (rfc["requester_id"], rfc["caller_id"]) == (None, None)


async def test_calls_of_other_types_and_imported_history_are_not_answered(zeven: World) -> None:
    call, old, incident = uuid7(), uuid7(), uuid7()
    await receive(
        zeven,
        routed(call, call_type="incident"),
        routed(old, historical=True),
        change_requested(uuid7(), incident, historical=True),
    )
    for origin in (call, old, incident):
        assert (await desk(zeven).get("rfcs", origin_id=str(origin)))["items"] == []


async def test_a_rebuild_renews_copies_and_makes_no_requests(zeven: World) -> None:
    call, newcomer = uuid7(), uuid7()
    await zeven.rebuild("change")
    unknown = await desk(zeven).post("rfcs", {**RFC, "service_id": str(WEBSHOP)})
    assert problem(unknown) == (422, "invalid")
    events = [known("service", WEBSHOP), known("ki", PRINTER), person(newcomer, CLIENT), routed(call)]
    rebuilt = await zeven.rebuild("change", events)
    assert sum(feed["handled"] for feed in rebuilt["feeds"]) == 4
    assert (await desk(zeven).submit(service_id=str(WEBSHOP)))["service_id"] == str(WEBSHOP)
    assert (await desk(zeven).get("rfcs", origin_id=str(call)))["items"] == []


async def test_the_latest_version_of_a_copy_counts_whatever_came_last(zeven: World) -> None:
    somebody = uuid7()
    await receive(
        zeven,
        person(somebody, STRANGERS, sequence=3),
        person(somebody, CLIENT, sequence=2),
    )
    await receive(zeven, person(somebody, CLIENT, sequence=1))
    feed = [person(somebody, STRANGERS, sequence=5), person(somebody, CLIENT, sequence=4)]
    await zeven.replay("change", feed)
    async with zeven.running("change").work(zeven.running("change").service.actor) as work:
        copy = await work.session.get(KnownPerson, somebody)
        assert copy
        assert (copy.party_id, copy.sequence) == (STRANGERS, 5)


async def test_what_is_not_known_or_retired_is_refused_by_its_field(zeven: World) -> None:
    gone = uuid7()
    await receive(zeven, known("service", gone, active=False), known("ki", gone, active=False))
    for field, value in (
        ("service_id", str(uuid7())),
        ("service_id", str(gone)),
        ("ki_ids", [str(gone)]),
        ("party_id", str(uuid7())),
        ("requester_id", str(uuid7())),
    ):
        answer = await desk(zeven).post("rfcs", {**RFC, field: value})
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["pointer"] == (f"/{field}/0" if field == "ki_ids" else f"/{field}")


async def test_the_provider_asks_for_somebody_and_the_request_is_of_that_persons_party(zeven: World) -> None:
    await receive(zeven, person(BUYER, CLIENT, sequence=9))
    rfc = await desk(zeven, "agent", "service_desk_agent").submit(requester_id=str(BUYER))
    assert (rfc["requester_id"], rfc["party_id"]) == (str(BUYER), str(CLIENT))


async def test_a_returned_request_is_completed_and_accepted_once(zeven: World) -> None:
    user, coordinator = desk(zeven, "u-1", "user"), desk(zeven, "c-1", "change_coordinator")
    rfc = await user.submit()
    refused = await coordinator.try_move("rfcs", rfc, "return")
    assert problem(refused) == (409, "move-not-permitted")
    assert refused.json()["lacking"] == ["reason"]
    assert (await coordinator.move("rfcs", rfc, "return", reason="Which printer?"))["reason"] == "Which printer?"
    refused = await coordinator.try_move("rfcs", rfc, "accept")
    assert refused.json()["permitted"] == ["resubmit"]
    again = await user.move("rfcs", rfc, "resubmit", description="The one downstairs.")
    assert (again["state"], again["description"], again["reason"]) == ("submitted", "The one downstairs.", None)
    await zeven.quiet()
    last = (await coordinator.get(f"rfcs/{rfc['id']}/timeline", sort="-recorded", limit=1))["items"][0]
    assert last["data"]["changes"] == [
        {"field": "description", "from": RFC["description"], "to": "The one downstairs."}
    ]
    accepted = await coordinator.move("rfcs", rfc, "accept")
    change = await user.get(f"changes/{accepted['change_id']}")
    assert (change["state"], change["description"], change["rfc_id"]) == ("accepted", "The one downstairs.", rfc["id"])
    assert problem(await coordinator.try_move("rfcs", rfc, "accept")) == (409, "move-not-permitted")


async def test_a_doubled_click_makes_one_request_and_one_change(zeven: World) -> None:
    admin, key = desk(zeven), {"Idempotency-Key": str(uuid7())}
    first, second = await asyncio.gather(*(admin.post("rfcs", RFC, **key) for _ in range(2)))
    assert first.json() == second.json()
    assert problem(await admin.post("rfcs", {**RFC, "title": "Other"}, **key)) == (422, "idempotency-key-reused")
    path, match = f"rfcs/{first.json()['id']}/moves", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(admin.post(path, {"trigger": "accept"}, **match) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len((await admin.get("changes", rfc_id=first.json()["id"]))["items"]) == 1


async def test_a_move_needs_the_version_that_was_seen(zeven: World) -> None:
    admin = desk(zeven)
    rfc = await admin.submit()
    path = f"rfcs/{rfc['id']}/moves"
    assert problem(await admin.post(path, {"trigger": "accept"})) == (428, "version-needed")
    assert problem(await admin.post(path, {"trigger": "accept"}, **{"If-Match": '"7"'})) == (412, "version-conflict")
    assert problem(await admin.post(path, {"trigger": "deny"}, **{"If-Match": '"1"'})) == (422, "invalid")


async def test_lists_filter_and_refuse_what_they_do_not_know(zeven: World) -> None:
    admin = desk(zeven)
    urgent = await admin.submit(urgent=True)
    found = await admin.get("rfcs", state="submitted", urgent="true", created_from=urgent["created_at"])
    assert [each["id"] for each in found["items"]] == [urgent["id"]]
    assert (await admin.get("rfcs", created_until="2001-01-01T00:00:00Z"))["items"] == []
    page = await admin.get("rfcs", limit=1, count="true", sort="number")
    assert page["total"] > 1
    assert (await admin.get("rfcs", limit=1, sort="number", cursor=page["next"]))["items"] != page["items"]
    assert problem(await zeven.admin.get("/change/v1/rfcs?colour=red")) == (400, "bad-request")
