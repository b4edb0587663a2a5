"""What people add to an incident: entries, links, requests for a change, and that a suggestion helped."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import Envelope
from shared.contracts.defaults import CLIENT_ID
from shared.contracts.knowledge import Suggestion, SuggestionsFound
from tests.incident.conftest import PERSON_ID, SUPPLIER_TEAM_ID, deliver, envelope
from tests.incident.desk import events, moved, read, register
from tests.world import World, token


def found(incident: dict[str, Any], *items: tuple[UUID, str, float], **more: Any) -> Envelope:
    suggestions = [
        Suggestion(ki_id=ki, number=f"KI-{ki.hex[:6]}", ki_type=kind, title="Spooler hangs", rank=rank)
        for ki, kind, rank in items
    ]
    fact = SuggestionsFound(incident_id=UUID(incident["id"]), suggestions=suggestions)
    return envelope("knowledge", uuid4(), fact, about=UUID(incident["id"]), **more)


async def write(client: Any, incident: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"/incident/v1/incidents/{incident['id']}/work-log", json={"text": text, **more})
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


async def test_the_client_side_sees_what_is_public(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    incident = await register(user)
    await write(zeven.admin, incident, "Looks like the spooler.")
    await write(zeven.admin, incident, "We are on it.", public=True)
    await write(user, incident, "Thank you.")
    assert [entry["text"] for entry in (await read(user, incident["id"], "/work-log"))["items"]] == [
        "We are on it.",
        "Thank you.",
    ]
    whole = (await read(zeven.admin, incident["id"], "/work-log"))["items"]
    assert [(entry["public"], entry["by_provider"]) for entry in whole] == [(False, True), (True, True), (True, False)]
    published = await events(zeven, incident["correlation_id"], "note.added.v1")
    assert [event["about"] for event in published] == [incident["id"]] * 3


async def test_the_work_log_is_read_in_pages(zeven: World) -> None:
    incident = await register(zeven.admin)
    texts = [f"Note {n}" for n in range(5)]
    for text in texts:
        await write(zeven.admin, incident, text)
    seen, query = [], "?limit=2"
    while query:
        page = await read(zeven.admin, incident["id"], f"/work-log{query}")
        seen += [entry["text"] for entry in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == texts


async def test_an_entry_makes_nobodys_version_stale(zeven: World) -> None:
    incident = await register(zeven.admin)
    await write(zeven.admin, incident, "A note.")
    assert (await moved(zeven.admin, incident, "take"))["version"] == incident["version"] + 1


async def test_the_answer_of_the_user_ends_the_wait_for_the_user(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    waiting = await moved(zeven.admin, await register(user), "take", "pause")
    await write(zeven.admin, waiting, "Which floor?", public=True)
    assert (await read(user, waiting["id"]))["state"] == "pending"
    await write(user, waiting, "The second.")
    assert (await read(user, waiting["id"]))["state"] == "in_recovery"
    published = await events(zeven, waiting["correlation_id"], "incident.resumed.v1")
    assert published[0]["data"]["by_person"] is True
    for_another = await moved(zeven.admin, await register(user), "take", "pause", pending_reason="problem")
    await write(user, for_another, "Any news?")
    assert (await read(user, for_another["id"]))["state"] == "pending"


async def test_a_supplier_who_was_asked_works_on_the_incident(zeven: World) -> None:
    supplier = zeven.as_(token(str(uuid4()), "supplier", teams=[str(SUPPLIER_TEAM_ID)]))
    incident = await register(zeven.admin)
    assert (await supplier.get(f"/incident/v1/incidents/{incident['id']}")).status_code == 404
    assigned = await moved(zeven.admin, incident, "classify", "assign", team_id=str(SUPPLIER_TEAM_ID))
    taken = await moved(supplier, assigned, "take")
    waiting = await moved(zeven.admin, taken, "pause", pending_reason="user")
    await write(zeven.admin, waiting, "Not for suppliers.")
    note = await write(supplier, waiting, "The cable is cut.")
    assert (note["public"], note["by_provider"]) == (False, True)
    assert (await read(zeven.admin, incident["id"]))["state"] == "pending"
    for_supplier = await moved(zeven.admin, waiting, "pause", pending_reason="supplier")
    await write(supplier, for_supplier, "The cable is mended.")
    assert (await read(zeven.admin, incident["id"]))["state"] == "in_recovery"
    seen = [entry["text"] for entry in (await read(supplier, incident["id"], "/work-log"))["items"]]
    assert seen == ["The cable is cut.", "The cable is mended."]


async def test_a_doubled_entry_is_written_once(zeven: World) -> None:
    incident = await register(zeven.admin)
    for path, body in (
        ("work-log", {"text": "Once."}),
        ("links", {"kind": "supplier", "reference": "CASE-1"}),
        ("change-requests", {"title": "Change", "description": "It."}),
    ):
        headers = {"Idempotency-Key": uuid4().hex}
        url = f"/incident/v1/incidents/{incident['id']}/{path}"
        answers = await asyncio.gather(*(zeven.admin.post(url, json=body, headers=headers) for _ in range(4)))
        assert {answer.status_code for answer in answers} <= {201, 202}
        assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_record_of_another_system_is_linked_once(zeven: World) -> None:
    incident = await register(zeven.admin)
    url = f"/incident/v1/incidents/{incident['id']}/links"
    body = {"kind": "supplier", "reference": "CASE-2231"}
    answers = await asyncio.gather(*(zeven.admin.post(url, json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    links = (await read(zeven.admin, incident["id"], "/links"))["items"]
    assert [(link["kind"], link["reference"], link["target_id"]) for link in links] == [("supplier", "CASE-2231", None)]
    assert len(await events(zeven, incident["correlation_id"], "link.added.v1")) == 1


async def test_the_timeline_holds_what_belongs_to_the_incident(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "take")
    await write(zeven.admin, incident, "A note.")
    await zeven.admin.post(
        f"/incident/v1/incidents/{incident['id']}/change-requests", json={"title": "Change", "description": "It."}
    )
    whole = (await read(zeven.admin, incident["id"], "/timeline"))["items"]
    assert [item["type"] for item in whole] == [
        "incident.registered.v1",
        "incident.taken.v1",
        "note.added.v1",
        "incident.change_requested.v1",
    ]
    first = await read(zeven.admin, incident["id"], "/timeline?limit=3&count=true")
    second = await read(zeven.admin, incident["id"], f"/timeline?limit=3&cursor={first['next']}")
    assert (first["items"] + second["items"], first["total"], second["next"]) == (whole, 4, None)


async def test_change_is_told_who_called_about_the_incident(zeven: World) -> None:
    for caller in (str(PERSON_ID), None):
        incident = await register(zeven.admin, **({"caller_id": caller} if caller else {}))
        url = f"/incident/v1/incidents/{incident['id']}/change-requests"
        await zeven.admin.post(url, json={"title": "Change", "description": "It."})
        (request,) = await events(zeven, incident["correlation_id"], "incident.change_requested.v1")
        assert request["data"]["caller_id"] == caller == incident["caller_id"]


async def test_suggestions_are_kept_with_known_errors_first(zeven: World) -> None:
    incident = await register(zeven.admin)
    article, error = uuid4(), uuid4()
    await deliver(zeven, found(incident, (article, "solution_article", 0.9), (error, "known_error", 0.2)))
    items = (await read(zeven.admin, incident["id"], "/suggestions"))["items"]
    assert [item["ki_id"] for item in items] == [str(error), str(article)]
    published = await events(zeven, incident["correlation_id"], "suggestions.received.v1")
    assert [(event["about"], event["data"]["count"]) for event in published] == [(incident["id"], 2)]


async def test_a_supplier_sees_suggested_items_that_are_public_alone(zeven: World) -> None:
    incident = await moved(
        zeven.admin, await register(zeven.admin), "classify", "assign", team_id=str(SUPPLIER_TEAM_ID)
    )
    answer = found(incident, (uuid4(), "known_error", 0.9))
    titles = {"Contract with the supplier": False, "Restart the spooler": True}
    items = [
        {
            "ki_id": str(uuid4()),
            "number": "KI-1",
            "ki_type": "known_error",
            "title": title,
            "rank": 0.5,
            "public": public,
        }
        for title, public in titles.items()
    ]
    await deliver(zeven, answer.model_copy(update={"data": {**answer.data, "suggestions": items}}))
    path, seen = f"/incident/v1/incidents/{incident['id']}/suggestions", {}
    supplier = zeven.as_(token(str(uuid4()), "supplier", teams=[str(SUPPLIER_TEAM_ID)]))
    for name, somebody in {"supplier": supplier, "provider": zeven.as_(token(str(uuid4()), "professional"))}.items():
        seen[name] = {item["title"]: item["id"] for item in (await somebody.get(path)).json()["items"]}
    assert (seen["supplier"].keys(), seen["provider"].keys()) == ({"Restart the spooler"}, titles.keys())
    for identity in seen["provider"].values():
        assert (await supplier.post(f"{path}/{identity}/use")).status_code == 403


async def test_suggestions_are_the_same_in_any_order_of_arrival(zeven: World) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    seen = []
    for turned in (False, True):
        incident = await register(zeven.admin)
        answers = [
            found(
                incident, (first, "known_error", 0.5), (second, "solution_article", 0.4), (first, "known_error", 0.1)
            ),
            found(incident, (second, "solution_article", 0.7), (third, "solution_article", 0.3)),
            found(incident),
        ]
        for answer in reversed(answers) if turned else answers:
            await deliver(zeven, answer)
        await deliver(zeven, *answers, *(answer.model_copy(update={"id": answer.id}) for answer in answers))
        items = (await read(zeven.admin, incident["id"], "/suggestions"))["items"]
        seen.append([(item["ki_id"], item["rank"]) for item in items])
    assert seen[0] == seen[1] == [(str(first), 0.5), (str(second), 0.7), (str(third), 0.3)]


async def test_a_batch_of_answers_is_stored_as_if_they_came_alone(zeven: World) -> None:
    incidents = [await register(zeven.admin) for _ in range(3)]
    item = uuid4()
    batch = [found(one, (item, "known_error", rank)) for one in incidents for rank in (0.3, 0.6)]
    await deliver(zeven, *batch)
    for incident in incidents:
        items = (await read(zeven.admin, incident["id"], "/suggestions"))["items"]
        assert [(one["ki_id"], one["rank"]) for one in items] == [(str(item), 0.6)]


async def test_suggestions_for_an_unknown_incident_are_passed_over(zeven: World) -> None:
    await deliver(zeven, found({"id": str(uuid4())}, (uuid4(), "known_error", 0.5)))
    dead = await zeven.admin.get("/incident/v1/delivery")
    assert dead.json()["inbox"]["live"] == 0


async def test_a_suggestion_that_solved_it_counts_once(zeven: World) -> None:
    incident = await register(zeven.admin)
    item = uuid4()
    await deliver(zeven, found(incident, (item, "known_error", 0.5)))
    suggestion = (await read(zeven.admin, incident["id"], "/suggestions"))["items"][0]
    url = f"/incident/v1/incidents/{incident['id']}/suggestions/{suggestion['id']}/use"
    answers = await asyncio.gather(*(zeven.admin.post(url) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    published = await events(zeven, incident["correlation_id"], "suggestion.used.v1")
    assert [event["data"]["ki_id"] for event in published] == [str(item)]
    missing = await zeven.admin.post(f"/incident/v1/incidents/{incident['id']}/suggestions/{uuid4()}/use")
    assert missing.status_code == 404
