"""Agreements: created, amended, ended over the API, and chosen by how specific they are and when they were in force."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from uuid_utils.compat import uuid7

from services.service_level.manifest import SERVICE
from shared import clock
from shared.contracts import Actor, Envelope
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID, OFFICE_HOURS_ID, STANDARD_AGREEMENT_ID
from shared.contracts.governance import PartyRegistered
from tests.service_level.publishing import Incident, deliver, published, signed_in
from tests.world import World, token, world

V1 = "/service-level/v1"
TARGETS = {"P1": {"response_seconds": 60, "restore_seconds": 3600}}
HOURS = {"zone": "UTC", "hours": {"monday": [["08:00", "18:00"]]}}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        await deliver(zeven, [party(CLIENT_ID, "Harbour Museum")])
        yield zeven


async def offered(zeven: World) -> UUID:
    """A service of this test's own."""
    answer = await signed_in(zeven).post(f"{V1}/services", json={"name": "Payroll"})
    return UUID(answer.json()["id"])


def party(identity: UUID, name: str, sequence: int = 1, *, active: bool = True) -> Envelope:
    fact = PartyRegistered(number="PTY-000002", name=name, kind="client", active=active)
    return Envelope(
        id=uuid5(identity, str(sequence)),
        type=fact.type,
        source="governance",
        subject=identity,
        sequence=sequence,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        correlationid=identity,
        actor=Actor(type="system", id="governance"),
        data=fact.model_dump(mode="json"),
    )


async def agreed(zeven: World, **fields: Any) -> dict[str, Any]:
    body = {"name": "An agreement", "calendar": HOURS, "targets": TARGETS, "valid_from": "2020-01-01T00:00:00Z"}
    answer = await signed_in(zeven).post(f"{V1}/agreements", json=body | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def used(zeven: World, incident: Incident) -> tuple[str, int]:
    """The agreement and version that an incident's restore clock goes by."""
    found = await signed_in(zeven).get(f"{V1}/clocks?record_id={incident.id}&target=restore")
    (clock,) = found.json()["items"]
    return clock["agreement_id"], clock["agreement_version"]


async def test_a_fresh_platform_has_a_service_office_hours_and_a_standard_agreement(zeven: World) -> None:
    service = (await signed_in(zeven).get(f"{V1}/services/{GENERAL_SUPPORT_ID}")).json()
    calendar = (await signed_in(zeven).get(f"{V1}/calendars/{OFFICE_HOURS_ID}")).json()
    agreement = (await signed_in(zeven).get(f"{V1}/agreements/{STANDARD_AGREEMENT_ID}")).json()
    versions = (await signed_in(zeven).get(f"{V1}/agreements/{STANDARD_AGREEMENT_ID}/versions")).json()["items"]
    assert (service["name"], service["number"]) == ("General support", "SVC-000001")
    assert (calendar["zone"], calendar["country"]) == ("Europe/Amsterdam", "NL")
    assert agreement["state"] == "active"
    assert versions[0]["targets"]["P1"] == {"response_seconds": 900, "restore_seconds": 14400}
    assert versions[0]["targets"]["P4"] == {"response_seconds": 14400, "restore_seconds": 172800}


async def test_what_people_renamed_or_removed_does_not_come_back(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database) as zeven:
        service = f"{V1}/services/{GENERAL_SUPPORT_ID}"
        renamed = await signed_in(zeven).patch(service, json={"name": "Front desk"}, headers={"If-Match": '"1"'})
        retired = await signed_in(zeven).delete(f"{V1}/calendars/{OFFICE_HOURS_ID}", headers={"If-Match": '"1"'})
        ended = await signed_in(zeven).post(
            f"{V1}/agreements/{STANDARD_AGREEMENT_ID}/moves", json={"trigger": "end"}, headers={"If-Match": '"1"'}
        )
        assert [answer.status_code for answer in (renamed, retired, ended)] == [200, 204, 200]
        running = zeven.running("service_level")
        async with running.work(SERVICE.actor) as work:
            assert SERVICE.seed is not None
            await SERVICE.seed(work)
        assert (await signed_in(zeven).get(service)).json()["name"] == "Front desk"
        assert (await signed_in(zeven).get(f"{V1}/calendars/{OFFICE_HOURS_ID}")).json()["state"] == "retired"
        assert (await signed_in(zeven).get(f"{V1}/agreements/{STANDARD_AGREEMENT_ID}")).json()["state"] == "ended"


async def test_the_most_specific_agreement_is_used(zeven: World) -> None:
    at, service = datetime(2026, 11, 23, 9, tzinfo=UTC), await offered(zeven)
    client = uuid4()
    await deliver(zeven, [party(client, "Harbour Museum")])
    by_party = await agreed(zeven, party_id=str(client))
    by_service = await agreed(zeven, service_id=str(service))
    by_both = await agreed(zeven, party_id=str(client), service_id=str(service))
    other = uuid4()
    for party_id, service_id, wanted in (
        (client, service, by_both["id"]),
        (other, service, by_service["id"]),
        (client, other, by_party["id"]),
        (other, other, str(STANDARD_AGREEMENT_ID)),
    ):
        incident = Incident("INC-000001", at, priority="P1", party_id=party_id, service_id=service_id)
        await deliver(zeven, [incident.event()])
        assert await used(zeven, incident) == (wanted, 1)


async def test_an_amendment_counts_for_records_registered_after_it(zeven: World) -> None:
    service = await offered(zeven)
    made = await agreed(zeven, service_id=str(service))
    before = Incident("INC-000002", clock.now(), priority="P1", service_id=service)
    terms = {"calendar": HOURS, "targets": {"P1": {"restore_seconds": 60}}}
    zeven.advance(minutes=1)
    answer = await signed_in(zeven).post(
        f"{V1}/agreements/{made['id']}/versions", json=terms, headers={"If-Match": f'"{made["version"]}"'}
    )
    assert (answer.status_code, answer.json()["current"]) == (201, 2)
    zeven.advance(minutes=1)
    after = Incident("INC-000003", clock.now(), priority="P1", service_id=service)
    await deliver(zeven, [before.event(), after.event()])
    assert await used(zeven, before) == (made["id"], 1)
    assert await used(zeven, after) == (made["id"], 2)
    assert [one["type"] for one in await published(zeven, kind="agreement.")][-2:] == [
        "agreement.agreed.v1",
        "agreement.amended.v1",
    ]


async def test_a_new_agreement_that_reaches_back_moves_the_clocks_it_covers(zeven: World) -> None:
    service = await offered(zeven)
    incident = Incident("INC-000004", clock.now(), priority="P1", service_id=service)
    await deliver(zeven, [incident.event()])
    assert await used(zeven, incident) == (str(STANDARD_AGREEMENT_ID), 1)
    address = f"{V1}/clocks?record_id={incident.id}&target=restore"
    before = (await signed_in(zeven).get(address)).json()["items"][0]
    made = await agreed(zeven, service_id=str(service))
    await zeven.running("service_level").run_job("update_clocks")
    assert await used(zeven, incident) == (made["id"], 1)
    moved = (await signed_in(zeven).get(address)).json()["items"][0]
    assert (moved["version"], moved["updated_at"] > before["updated_at"]) == (before["version"] + 1, True)
    retargeted = [one for one in await published(zeven, incident.id) if one["data"].get("reason") == "agreement"]
    assert {one["data"]["target"] for one in retargeted} == {"restore", "response"}
    assert {one["data"]["agreement_id"] for one in retargeted} == {made["id"]}


async def test_a_changed_calendar_moves_no_clock_that_was_counted_by_it(zeven: World) -> None:
    admin, service = signed_in(zeven), await offered(zeven)
    calendar = (await admin.post(f"{V1}/calendars", json={"name": "Mondays", **HOURS})).json()
    await agreed(zeven, service_id=str(service), calendar=calendar["id"])
    incident = Incident("INC-000005", datetime(2026, 11, 23, 9, tzinfo=UTC), priority="P1", service_id=service)
    await deliver(zeven, [incident.event()])
    address = f"{V1}/clocks?record_id={incident.id}&target=restore"
    due = (await admin.get(address)).json()["items"][0]["due_at"]
    answer = await admin.patch(
        f"{V1}/calendars/{calendar['id']}",
        json={"hours": {"sunday": [["10:00", "11:00"]]}},
        headers={"If-Match": '"1"'},
    )
    assert (answer.status_code, answer.json()["hours"]) == (200, {"sunday": [["10:00", "11:00"]]})
    await deliver(zeven, [incident.event(team="first line")])
    assert (await admin.get(address)).json()["items"][0]["due_at"] == due == "2026-11-23T10:00:00Z"


async def test_agreements_begin_and_end_when_their_time_comes(zeven: World) -> None:
    now = clock.now()
    made = await agreed(
        zeven,
        service_id=str(await offered(zeven)),
        valid_from=(now + timedelta(hours=1)).isoformat(),
        valid_until=(now + timedelta(hours=3)).isoformat(),
    )
    assert made["state"] == "agreed"
    states = []
    for _ in range(2):
        zeven.advance(hours=2)
        for _ in range(2):  # the first time, its timer may be doing it
            await zeven.running("service_level").run_job("apply_agreements")
        states.append((await signed_in(zeven).get(f"{V1}/agreements/{made['id']}")).json()["state"])
    assert states == ["active", "ended"]
    types = [one["type"] for one in await published(zeven, kind="agreement.") if one["subject"] == made["id"]]
    assert types == ["agreement.registered.v1", "agreement.agreed.v1", "agreement.ended.v1"]


async def test_an_ended_agreement_is_changed_no_more(zeven: World) -> None:
    made = await agreed(zeven, service_id=str(await offered(zeven)))
    address = f"{V1}/agreements/{made['id']}"
    moves = (await signed_in(zeven).get(f"{address}/moves")).json()["items"]
    assert [move["trigger"] for move in moves] == ["end"]
    ended = await signed_in(zeven).post(f"{address}/moves", json={"trigger": "end"}, headers={"If-Match": '"1"'})
    again = await signed_in(zeven).post(f"{address}/moves", json={"trigger": "end"}, headers={"If-Match": '"2"'})
    renamed = await signed_in(zeven).patch(address, json={"name": "Late"}, headers={"If-Match": '"2"'})
    assert (ended.json()["state"], again.status_code, renamed.status_code) == ("ended", 409, 409)
    assert (again.json()["permitted"], again.json()["lacking"]) == ([], [])


async def test_conditions_and_doubled_clicks_are_minded(zeven: World) -> None:
    address = f"{V1}/services/{GENERAL_SUPPORT_ID}"
    assert (await signed_in(zeven).patch(address, json={"name": "A"})).status_code == 428
    assert (await signed_in(zeven).patch(address, json={"name": "A"}, headers={"If-Match": '"7"'})).status_code == 412
    before = (await signed_in(zeven).get(f"{V1}/services?count=true")).json()["total"]
    body, key = {"name": "Payroll"}, {"Idempotency-Key": str(uuid7())}
    first, second = [await signed_in(zeven).post(f"{V1}/services", json=body, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert (await signed_in(zeven).get(f"{V1}/services?count=true")).json()["total"] == before + 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"party_id": str(uuid4())}, "/party_id"),
        ({"service_id": str(uuid4())}, "/service_id"),
        ({"calendar": str(uuid4())}, "/calendar"),
        ({"calendar": HOURS | {"zone": "Mars"}}, "/calendar/zone"),
        ({"valid_until": "2019-01-01T00:00:00Z"}, "/valid_until"),
        ({"targets": {}}, "/targets"),
        ({"targets": {"P1": {}}}, "/targets/P1"),
        ({"targets": {**TARGETS, "P2": {"restore_seconds": None}}}, "/targets/P2"),
        ({"targets": {"P9": {"restore_seconds": 60}}}, "/targets/P9"),
        ({"targets": {"P1": {"restore_seconds": 0}}}, "/targets/P1/restore_seconds"),
        ({"pause_reasons": ["weather"]}, "/pause_reasons/0"),
    ],
)
async def test_what_cannot_be_agreed_is_refused_by_field(zeven: World, fields: dict[str, Any], pointer: str) -> None:
    body = {"name": "An agreement", "calendar": HOURS, "targets": TARGETS, "valid_from": "2020-01-01T00:00:00Z"}
    answer = await signed_in(zeven).post(f"{V1}/agreements", json=body | fields)
    assert answer.status_code == 422
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text


async def test_others_see_what_is_theirs_and_write_nothing(zeven: World) -> None:
    elsewhere = uuid4()
    await deliver(zeven, [party(elsewhere, "Another Museum")])
    made = await agreed(zeven, party_id=str(elsewhere))
    client = zeven.as_(token("visitor", "client", party=str(CLIENT_ID)))
    assert (await client.get(f"{V1}/agreements/{made['id']}")).status_code == 404
    assert (await client.get(f"{V1}/agreements/{STANDARD_AGREEMENT_ID}")).status_code == 200
    listed = {one["id"] for one in (await client.get(f"{V1}/agreements")).json()["items"]}
    assert str(STANDARD_AGREEMENT_ID) in listed
    assert made["id"] not in listed
    assert (await client.post(f"{V1}/services", json={"name": "Mine"})).status_code == 403
    assert (await zeven.as_(None).get(f"{V1}/services")).status_code == 401


async def test_a_client_sees_the_clocks_of_its_own_party_alone(zeven: World) -> None:
    mine = Incident("INC-000006", clock.now(), priority="P1", party_id=CLIENT_ID)
    theirs = Incident("INC-000007", clock.now(), priority="P1", party_id=uuid4(), team=str(uuid4()))
    await deliver(zeven, [mine.event(), theirs.event()])
    client = zeven.as_(token("visitor", "client", party=str(CLIENT_ID)))
    supplier = zeven.as_(token("mechanic", "supplier", teams=[theirs.facts["team"]]))
    for caller, seen, hidden in ((client, mine, theirs), (supplier, theirs, mine)):
        items = (await caller.get(f"{V1}/clocks")).json()["items"]
        assert {one["record"]["id"] for one in items} == {str(seen.id)}
        assert (await caller.get(f"{V1}/clocks/{items[0]['id']}")).status_code == 200
        other = (await signed_in(zeven).get(f"{V1}/clocks?record_id={hidden.id}")).json()["items"][0]["id"]
        assert (await caller.get(f"{V1}/clocks/{other}")).status_code == 404


async def test_a_clock_explains_itself_and_its_intervals_add_up(zeven: World) -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    incident = Incident("INC-000008", at, priority="P1")
    await deliver(
        zeven,
        [
            incident.event(),
            incident.event(at + timedelta(hours=1), "in_recovery"),
            incident.event(at + timedelta(hours=2), "pending", pending_reason="user"),
            incident.event(at + timedelta(hours=4), "in_recovery"),
            incident.event(at + timedelta(hours=5), "recovered"),
        ],
    )
    (found,) = (await signed_in(zeven).get(f"{V1}/clocks?record_id={incident.id}&target=restore")).json()["items"]
    answer = await signed_in(zeven).get(f"{V1}/clocks/{found['id']}")
    clock = answer.json()
    assert [(one["why"], one["counted"], one["seconds"]) for one in clock["intervals"]] == [
        ("registered", True, 3600),
        ("in_recovery", True, 3600),
        ("pending:user", False, 0),
        ("in_recovery", True, 3600),
    ]
    assert clock["elapsed_seconds"] == found["elapsed_seconds"] == 3 * 3600
    assert (clock["verdict"], clock["ended_by"]) == ("met", "recovered")
    assert (clock["agreement"]["number"], clock["calendar"]["country"]) == ("AGR-000001", "NL")
    assert answer.headers["etag"] == f'"{clock["version"]}"'


async def test_a_correction_that_changes_nothing_publishes_nothing(zeven: World) -> None:
    admin = signed_in(zeven)
    service = (await admin.post(f"{V1}/services", json={"name": "Payroll", "description": "Monthly."})).json()
    calendar = (await admin.post(f"{V1}/calendars", json={"name": "Mondays", **HOURS})).json()
    for noun, before, names in (
        ("services", service, ("name", "description")),
        ("calendars", calendar, ("name", "zone", "hours", "holidays", "country")),
    ):
        for body in ({}, {name: before[name] for name in names}):
            answer = await admin.patch(f"{V1}/{noun}/{before['id']}", json=body, headers={"If-Match": '"1"'})
            assert (answer.status_code, answer.json()) == (200, before), answer.text
        assert len([one for one in await published(zeven, kind="") if one["subject"] == before["id"]]) == 1


async def test_an_agreement_is_amended_while_its_party_and_its_service_are_in_use(zeven: World) -> None:
    admin, service, client = signed_in(zeven), await offered(zeven), uuid4()
    await deliver(zeven, [party(client, "Harbour Museum")])
    by_service = await agreed(zeven, service_id=str(service))
    by_party = await agreed(zeven, party_id=str(client))
    assert (await admin.delete(f"{V1}/services/{service}", headers={"If-Match": '"1"'})).status_code == 204
    await deliver(zeven, [party(client, "Harbour Museum", 2, active=False)])
    for made in (by_service, by_party):
        refused = await admin.post(
            f"{V1}/agreements/{made['id']}/versions",
            json={"calendar": HOURS, "targets": TARGETS},
            headers={"If-Match": f'"{made["version"]}"'},
        )
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:zeven:problem:no-longer-in-use")
    await deliver(zeven, [party(client, "Harbour Museum", 3)])
    again = await admin.post(
        f"{V1}/agreements/{by_party['id']}/versions",
        json={"calendar": HOURS, "targets": TARGETS},
        headers={"If-Match": f'"{by_party["version"]}"'},
    )
    assert again.status_code == 201, again.text
