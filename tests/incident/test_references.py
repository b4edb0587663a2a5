"""What is retired is neither suggested nor used any more, and no record is linked to itself."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.governance import PersonChanged
from shared.contracts.knowledge import KiChanged, KiRetired, Suggestion, SuggestionsFound
from tests.incident.conftest import CLIENT_ID, PERSON_ID, deliver, envelope
from tests.incident.desk import read, register
from tests.world import World


def item(identity: UUID, *, retired: bool = False) -> Any:
    facts = {"number": "KI-7", "ki_type": "known_error", "title": "Printers are silent"}
    fact = (
        KiRetired(**facts, current_version=None, reason="Gone.") if retired else KiChanged(**facts, current_version=1)
    )
    return envelope("knowledge", identity, fact, sequence=2 if retired else 1)


def suggested(incident: dict[str, Any], *items: UUID) -> Any:
    found = [
        Suggestion(ki_id=each, number="KI-7", ki_type="known_error", title="Printers", public=True, rank=0.5)
        for each in items
    ]
    fact = SuggestionsFound(incident_id=UUID(incident["id"]), suggestions=found)
    return envelope("knowledge", uuid4(), fact, about=UUID(incident["id"]))


async def correct(zeven: World, incident: dict[str, Any], **changes: Any) -> Any:
    headers = {"If-Match": f'"{incident["version"]}"'}
    return await zeven.admin.patch(f"/incident/v1/incidents/{incident['id']}", json=changes, headers=headers)


async def test_a_retired_item_is_no_more_suggested_and_not_used(zeven: World) -> None:
    incident, gone, used, good = await register(zeven.admin), uuid4(), uuid4(), uuid4()
    await deliver(zeven, *map(item, (gone, used, good)), suggested(incident, gone, used, good))
    address = f"/incident/v1/incidents/{incident['id']}/suggestions"
    before = {each["ki_id"]: each["id"] for each in (await zeven.admin.get(address)).json()["items"]}
    assert set(before) == {str(each) for each in (gone, used, good)}
    assert (await zeven.admin.post(f"{address}/{before[str(used)]}/use")).status_code == 200
    await deliver(zeven, item(gone, retired=True), item(used, retired=True))
    left = [each["ki_id"] for each in (await zeven.admin.get(address)).json()["items"]]
    assert set(left) == {str(used), str(good)}, "what has helped stays readable"
    refused = await zeven.admin.post(f"{address}/{before[str(gone)]}/use")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:zeven:problem:item-retired")
    assert (await zeven.admin.post(f"{address}/{before[str(used)]}/use")).status_code == 200, "a second time as ever"


async def test_an_incident_keeps_an_item_that_was_retired_and_takes_no_retired_one(zeven: World) -> None:
    incident, first, second, third = await register(zeven.admin), uuid4(), uuid4(), uuid4()
    await deliver(zeven, *map(item, (first, second, third)))
    incident = (await correct(zeven, incident, ki_ids=[str(first)])).json()
    await deliver(zeven, item(first, retired=True), item(third, retired=True))
    kept = await correct(zeven, incident, ki_ids=[str(first), str(second)])
    assert (kept.status_code, kept.json()["ki_ids"]) == (200, [str(first), str(second)])
    refused = await correct(zeven, kept.json(), ki_ids=[str(first), str(third)])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ki_ids/1")


async def test_nobody_who_is_retired_or_unknown_begins_to_follow_a_record(zeven: World) -> None:
    incident, leaver = await register(zeven.admin), uuid4()
    facts = {"number": "PER-9", "name": "Kim Dale", "party_id": CLIENT_ID}
    address = f"/incident/v1/incidents/{incident['id']}/watchers"
    await deliver(zeven, envelope("governance", leaver, PersonChanged(**facts, active=True)))
    for person in (PERSON_ID, leaver):
        assert (await zeven.admin.put(f"{address}/{person}")).status_code == 204
    await deliver(zeven, envelope("governance", leaver, PersonChanged(**facts, active=False), sequence=2))
    assert (await zeven.admin.delete(f"{address}/{leaver}")).status_code == 204
    for person in (leaver, uuid4()):
        refused = await zeven.admin.put(f"{address}/{person}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#path/person_id")
    assert (await zeven.admin.get(address)).json()["items"] == [str(PERSON_ID)]


@pytest.mark.parametrize("spelled", ["{number}", " {number} ", "{lower}", "{id}"])
async def test_a_record_is_not_linked_to_itself(zeven: World, spelled: str) -> None:
    incident = await register(zeven.admin)
    reference = spelled.format(**incident, lower=incident["number"].lower())
    body = {"kind": "duplicate_of", "reference": reference}
    refused = await zeven.admin.post(f"/incident/v1/incidents/{incident['id']}/links", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reference")
    assert (await read(zeven.admin, incident["id"], "/links"))["items"] == []
    other = await register(zeven.admin)
    body["reference"] = other["number"]
    assert (await zeven.admin.post(f"/incident/v1/incidents/{incident['id']}/links", json=body)).status_code == 201


async def test_a_link_in_another_form_of_the_same_text_is_the_same_link(zeven: World) -> None:
    incident = await register(zeven.admin)
    address = f"/incident/v1/incidents/{incident['id']}/links"
    answers = [
        (await zeven.admin.post(address, json={"kind": "other", "reference": text})).status_code
        for text in ("Ca\u0301se", "C\u00e1se")
    ]
    assert answers == [201, 409]
