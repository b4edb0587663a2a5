"""What a change touches: named before it is planned, and up to date before it closes."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.contracts import knowledge
from shared.contracts.envelope import Envelope
from tests.change.desk import NORMAL, Desk, Json, desk
from tests.change.neighbours import LEDGER, PRINTER, item
from tests.change.test_requests import problem, receive
from tests.world import World

NOTHING: Json = {name: value for name, value in NORMAL.items() if name != "ki_ids"}
REGISTERED, EDITED, SUBMITTED = knowledge.KiRegistered, knowledge.KiEdited, knowledge.KiSubmitted
RETURNED, CHANGED, RETIRED = knowledge.KiReturned, knowledge.KiChanged, knowledge.KiRetired


async def evaluated(admin: Desk, *items: Any) -> Json:
    change = await admin.implemented(classes={**NORMAL, "ki_ids": [str(each) for each in items]})
    return await admin.move("changes", change, "evaluate", goal_reached=True, evaluation="It prints.")


async def is_refused(admin: Desk, change: Json, sentence: str) -> None:
    (close,) = (await admin.get(f"changes/{change['id']}/moves"))["items"]
    assert close["because"] == [sentence]
    refused = await admin.try_move("changes", change, "close")
    assert problem(refused) == (409, "move-not-permitted")
    assert sentence in refused.json()["detail"]


async def test_a_change_touches_a_service_or_an_item(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    refused = await admin.try_move("changes", change, "classify", **NOTHING)
    assert problem(refused) == (409, "move-not-permitted")
    assert "a service or a knowledge item that it touches" in refused.json()["detail"]
    for touched in ({"service_id": str(LEDGER)}, {"ki_ids": [str(PRINTER)]}):
        change = await admin.accepted()
        assert (await admin.move("changes", change, "classify", **NOTHING, **touched))["state"] == "classified"
    change = await admin.accepted(service_id=str(LEDGER))
    assert (await admin.move("changes", change, "classify", **NOTHING))["state"] == "classified"


async def test_what_a_classified_change_touches_is_replaced_never_emptied(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted(service_id=str(LEDGER), ki_ids=[str(PRINTER)])
    await admin.correct(change, service_id=None, ki_ids=[])
    await admin.correct(change, service_id=str(LEDGER), ki_ids=[str(PRINTER)])
    await admin.move("changes", change, "classify", **NOTHING)
    assert (await admin.correct(change, service_id=None))["service_id"] is None
    refused = await admin.try_correct(change, ki_ids=[])
    assert problem(refused) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"] == "/ki_ids"
    emptied = await admin.try_move("changes", change, "classify", ki_ids=[])
    assert problem(emptied) == (409, "move-not-permitted")


async def test_a_change_closes_when_its_items_are_current(zeven: World) -> None:
    admin, manual, part = desk(zeven), uuid7(), uuid7()
    await receive(zeven, item(manual, REGISTERED, number="KI-000101", draft=1))
    await receive(zeven, item(part, CHANGED, number="KI-000102", current=1))
    change = await evaluated(admin, part, manual, PRINTER)
    await is_refused(admin, change, "its knowledge items are not current: KI-000101")
    await receive(zeven, item(part, EDITED, number="KI-000102", current=1, draft=2, sequence=2))
    await is_refused(admin, change, "its knowledge items are not current: KI-000101, KI-000102")
    await receive(
        zeven,
        item(manual, SUBMITTED, number="KI-000101", draft=1, sequence=2),
        item(part, SUBMITTED, number="KI-000102", current=1, draft=2, sequence=3),
    )
    await is_refused(admin, change, "its knowledge items are not current: KI-000101, KI-000102")
    await receive(
        zeven,
        item(manual, CHANGED, number="KI-000101", current=1, sequence=3),
        item(part, CHANGED, number="KI-000102", current=2, sequence=4),
    )
    assert (await admin.move("changes", change, "close"))["state"] == "closed"


async def test_the_latest_word_about_an_item_counts_whatever_came_last(zeven: World) -> None:
    admin, manual = desk(zeven), uuid7()
    await receive(zeven, item(manual, CHANGED, number="KI-000103", current=1, sequence=3))
    await receive(zeven, item(manual, SUBMITTED, number="KI-000103", draft=1, sequence=2))
    change = await evaluated(admin, manual)
    assert (await admin.move("changes", change, "close"))["state"] == "closed"


@pytest.mark.parametrize("current", [None, 1])
async def test_what_the_change_took_away_does_not_keep_it_open(zeven: World, current: int | None) -> None:
    admin, old = desk(zeven), uuid7()
    await receive(zeven, item(old, REGISTERED, number="KI-000104", draft=1))
    change = await evaluated(admin, old)
    await receive(zeven, item(old, RETIRED, number="KI-000104", current=current, sequence=4))
    assert (await admin.move("changes", change, "close"))["state"] == "closed"


async def test_an_item_that_is_not_known_is_named_by_its_id(zeven: World) -> None:
    admin, unknown = desk(zeven), uuid7()
    shown: Envelope = item(unknown, CHANGED, number="KI-000106", current=1)
    await receive(zeven, shown)
    change = await evaluated(admin, unknown)
    await zeven.rebuild("change")
    await is_refused(admin, change, f"its knowledge items are not current: {unknown}")
    await zeven.rebuild("change", [shown])
    assert (await admin.move("changes", change, "close"))["state"] == "closed"
