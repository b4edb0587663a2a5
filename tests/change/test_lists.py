"""Lists of requests and changes: repeated values, none and me, ranges, orders, names."""

from collections.abc import Callable
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.change.desk import NORMAL, PLAN, Desk, Json, desk
from tests.change.neighbours import BUYER, CLIENT, LEDGER, PRINTER, STRANGERS, WEBSHOP, routed
from tests.change.test_requests import problem, receive
from tests.world import World


async def ids(somebody: Desk, noun: str, **query: Any) -> set[str]:
    return {each["id"] for each in (await somebody.get(noun, limit=200, **query))["items"]}


@pytest.fixture(scope="module")
async def records(zeven: World) -> dict[str, Json]:
    """Three requests of which two became changes, with everything that lists can be filtered by."""
    admin = desk(zeven)
    plain = await admin.submit()
    urgent = await admin.accepted(urgent=True, service_id=str(LEDGER), party_id=str(CLIENT), requester_id=str(BUYER))
    planned = await admin.planned(request={"service_id": str(WEBSHOP), "party_id": str(STRANGERS)})
    return {"plain": plain, "urgent": urgent, "planned": planned}


FILTERS: list[tuple[Callable[[dict[str, Json]], Json], str, str]] = [
    (lambda r: {"state": ["accepted", "planned"]}, "urgent planned", ""),
    (lambda r: {"state": "planned"}, "planned", "urgent"),
    (lambda r: {"party_id": [str(CLIENT), str(STRANGERS)]}, "urgent planned", ""),
    (lambda r: {"party_id": "none"}, "", "urgent planned"),
    (lambda r: {"service_id": [str(LEDGER), "none"]}, "urgent", "planned"),
    (lambda r: {"requester_id": str(BUYER)}, "urgent", "planned"),
    (lambda r: {"requester_id": "none"}, "planned", "urgent"),
    (lambda r: {"change_type": ["normal", "release"]}, "planned", "urgent"),
    (lambda r: {"change_type": "none"}, "urgent", "planned"),
    (lambda r: {"risk": ["low", "medium"]}, "planned", "urgent"),
    (lambda r: {"value_stream": "renewal"}, "planned", "urgent"),
    (lambda r: {"urgent": "true"}, "urgent", "planned"),
    (lambda r: {"parent_id": "none"}, "urgent planned", ""),
    (lambda r: {"number": r["urgent"]["number"]}, "urgent", "planned"),
    (lambda r: {"rfc_id": [r["urgent"]["rfc_id"], r["planned"]["rfc_id"]]}, "urgent planned", ""),
    (lambda r: {"id": [r["planned"]["id"], str(uuid7())]}, "planned", "urgent"),
    (lambda r: {"created_from": r["planned"]["created_at"]}, "planned", "urgent"),
    (lambda r: {"created_until": r["planned"]["created_at"]}, "urgent", "planned"),
    (lambda r: {"planned_from": PLAN["planned_start"]}, "planned", "urgent"),
    (lambda r: {"planned_until": PLAN["planned_start"]}, "", "urgent planned"),
]


@pytest.mark.parametrize(("query", "found", "left_out"), FILTERS)
async def test_changes_are_filtered(
    zeven: World, records: dict[str, Json], query: Callable[[dict[str, Json]], Json], found: str, left_out: str
) -> None:
    shown = await ids(desk(zeven), "changes", **query(records))
    assert {records[name]["id"] for name in found.split()} <= shown
    assert shown.isdisjoint(records[name]["id"] for name in left_out.split())


async def test_requests_are_filtered(zeven: World, records: dict[str, Json]) -> None:
    admin, plain, call = desk(zeven), records["plain"], uuid7()
    urgent = records["urgent"]["rfc_id"]
    await receive(zeven, routed(call))
    assert {plain["id"], urgent} <= await ids(admin, "rfcs", state=["submitted", "accepted"])
    assert urgent not in await ids(admin, "rfcs", state="submitted")
    assert plain["id"] in await ids(admin, "rfcs", party_id="none", service_id="none")
    assert await ids(admin, "rfcs", number=plain["number"]) == {plain["id"]}
    assert len(await ids(admin, "rfcs", origin_id=[str(call), str(uuid7())], origin_type="call")) == 1
    assert await ids(admin, "rfcs", origin_id=str(call), origin_type="incident") == set()
    buyer = desk(zeven, str(BUYER), "client", party=CLIENT)
    assert urgent in await ids(buyer, "rfcs", requester_id="me")
    assert await ids(buyer, "rfcs", caller_id="me") == set()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("changes?state=on_hold_planned", 422),
        ("changes?state=planned&state=gone", 422),
        ("changes?requester_id=you", 422),
        ("changes?sort=build_plan", 422),
        ("changes?build_plan=x", 400),
        ("rfcs?number=RFC-1&number=RFC-2", 400),
        ("rfcs?urgent=perhaps", 422),
    ],
)
async def test_what_a_list_does_not_know_is_refused(zeven: World, path: str, status: int) -> None:
    assert problem(await zeven.admin.get(f"/change/v1/{path}"))[0] == status


@pytest.mark.parametrize("sort", ["created_at", "-updated_at", "number", "-number", "planned_start", "-planned_start"])
async def test_pages_go_both_ways_in_every_order(zeven: World, records: dict[str, Json], sort: str) -> None:
    admin = desk(zeven)
    whole = [each["id"] for each in (await admin.get("changes", sort=sort, limit=200))["items"]]
    first = await admin.get("changes", sort=sort, limit=1, count="true")
    second = await admin.get("changes", sort=sort, limit=1, cursor=first["next"])
    assert (first["total"], first["previous"]) == (len(whole), None)
    assert [first["items"][0]["id"], second["items"][0]["id"]] == whole[:2]
    back = await admin.get("changes", sort=sort, limit=1, cursor=second["previous"])
    assert back["items"] == first["items"]


async def test_ids_come_with_their_names_when_asked(zeven: World, records: dict[str, Json]) -> None:
    admin = desk(zeven)
    change = await admin.accepted(
        party_id=str(CLIENT), requester_id=str(BUYER), service_id=str(LEDGER), ki_ids=[str(PRINTER)]
    )
    wanted = {str(CLIENT): "Willow Foods", str(BUYER): "A buyer", str(LEDGER): "A service", str(PRINTER): "Printer"}
    for path in (f"changes/{change['id']}", f"rfcs/{change['rfc_id']}"):
        assert (await admin.get(path, include="names"))["names"] == wanted
        assert (await admin.get(path))["names"] is None
    (line,) = (await admin.get("changes", id=change["id"], include="names"))["items"]
    assert line["names"] == wanted


async def test_moves_are_offered_as_forms(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    moves = {each["trigger"]: each for each in (await admin.get(f"changes/{change['id']}/moves"))["items"]}
    fields = {each["name"]: each for each in moves["classify"]["fields"]}
    assert fields["change_type"]["options"] == ["normal", "emergency", "release", "project"]
    assert (fields["service_id"]["of"], fields["ki_ids"]["of"]) == ("service", "item")
    assert [name for name, field in fields.items() if field["required"]] == [
        name for name in NORMAL if name != "ki_ids"
    ]
