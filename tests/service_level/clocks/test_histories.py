"""Figures and clocks depend on the events only: not on their order of arrival, their batches or their repetition."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.service_level.manifest import SERVICE
from shared import migrate
from shared.contracts import Envelope
from shared.events import KERNEL
from tests.service_level.publishing import Incident, deliver, dispatch, published
from tests.world import World, world

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
STATES = ("classified", "in_recovery", "pending", "recovered", "closed", "in_recovery")
REASONS = ("user", "supplier", "problem")


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        yield zeven


change = st.fixed_dictionaries(
    {"minutes": st.integers(0, 3000)},
    optional={
        "state": st.sampled_from(STATES),
        "pending_reason": st.sampled_from(REASONS),
        "priority": st.sampled_from(["P1", "P2", "P3", "P4"]),
        "team": st.sampled_from(["first", "second", None]),
        "by_person": st.booleans(),
        "answer": st.booleans(),
    },
)


def story(changes: Sequence[dict[str, Any]]) -> tuple[UUID, list[Envelope]]:
    """An incident with these changes, events from its registration on."""
    incident, at = Incident("INC-000001", MONDAY, priority="P3"), MONDAY
    events = [incident.event()]
    for each in changes:
        facts = dict(each)
        at += timedelta(minutes=facts.pop("minutes"))
        if facts.pop("answer", False):
            events.append(incident.answer(at))
        if facts.get("state") != "pending":
            facts.pop("pending_reason", None)
        events.append(incident.event(at, **facts))
    return incident.id, events


#: the fields that depend on when a clock was computed, and on what was announced by then
WARNINGS = {"level", "announced_until", "next_at"}
COUNTED = {"version", "updated_at"}


async def rows(zeven: World, incident: UUID, passing: set[str] = WARNINGS | COUNTED) -> list[dict[str, Any]]:
    """Everything stored about an incident, without its ids and the `passing` fields."""
    passing = {"id", "record_id", "correlation_id", *passing}
    found: list[dict[str, Any]] = []
    async with zeven.running("service_level").engine.connect() as connection:
        for table, key in (("incident", "id"), ("clock", "record_id")):
            query = text(f"SELECT * FROM {table} WHERE {key} = :id ORDER BY {'target' if table == 'clock' else 'id'}")
            stored = (await connection.execute(query, {"id": incident})).mappings()
            found += [{name: value for name, value in row.items() if name not in passing} for row in stored]
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(change, max_size=7), data=st.data())
async def test_any_order_any_batches_and_any_repetition_give_the_same_rows(
    zeven: World, changes: list[dict[str, Any]], data: st.DataObject
) -> None:
    running = zeven.running("service_level")
    straight, events = story(changes)
    await dispatch(running, events)
    shuffled, again = story(changes)
    arriving = data.draw(st.permutations(again + data.draw(st.lists(st.sampled_from(again), max_size=5))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=4)))
    for begin, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        await dispatch(running, arriving[begin:end])
    assert await rows(zeven, shuffled) == await rows(zeven, straight)


async def test_two_replicas_that_receive_halves_at_once_end_with_the_whole(zeven: World) -> None:
    running = zeven.running("service_level")
    changes = [{"minutes": 30, "state": state, "team": f"team {n}"} for n, state in enumerate(STATES)]
    straight, events = story(changes)
    await dispatch(running, events)
    for _ in range(5):
        raced, again = story(changes)
        await asyncio.gather(dispatch(running, again[::2]), dispatch(running, again[1::2]), dispatch(running, again))
        assert await rows(zeven, raced) == await rows(zeven, straight)


async def test_answers_before_anything_else_are_kept_until_the_incident_is_known(zeven: World) -> None:
    incident = Incident("INC-000002", MONDAY, priority="P1")
    registered = incident.event()
    await deliver(zeven, [incident.answer(MONDAY + timedelta(minutes=5))])
    assert await rows(zeven, incident.id) == []
    await deliver(zeven, [registered])
    (response,) = (await zeven.admin.get(f"/service-level/v1/clocks?record_id={incident.id}&target=response")).json()[
        "items"
    ]
    assert (response["state"], response["verdict"], response["elapsed_seconds"]) == ("stopped", "met", 300)


async def test_only_public_answers_of_the_provider_stop_the_response_clock(zeven: World) -> None:
    incident = Incident("INC-000003", MONDAY, priority="P1")
    at = MONDAY + timedelta(minutes=5)
    await deliver(zeven, [incident.event(), incident.answer(at, public=False), incident.answer(at, by_provider=False)])
    found = await zeven.admin.get(f"/service-level/v1/clocks?record_id={incident.id}&target=response")
    assert found.json()["items"][0]["state"] == "running"


@pytest.mark.parametrize("state", ["cancelled", "closed", "rerouted"])
async def test_a_move_of_the_callers_side_is_no_answer(zeven: World, state: str) -> None:
    incident = Incident("INC-000004", MONDAY, priority="P1")
    at = MONDAY + timedelta(minutes=5)
    await deliver(zeven, [incident.event(), incident.event(at, state, by_client=True)])
    found = await zeven.admin.get(f"/service-level/v1/clocks?record_id={incident.id}&target=response")
    (response,) = found.json()["items"]
    assert (response["state"], response["verdict"]) == ("cancelled", "cancelled")
    shown = (await zeven.admin.get(f"/service-level/v1/clocks/{response['id']}")).json()
    assert (shown["ended_by"], shown["verdict"]) == (state, "cancelled")


async def test_a_rebuild_gives_the_same_rows_and_says_nothing(zeven: World) -> None:
    incident, events = story([{"minutes": 600, "state": "in_recovery"}, {"minutes": 900, "state": "pending"}])
    await deliver(zeven, events)
    while await zeven.running("service_level").run_job("update_clocks"):
        pass
    announced = await published(zeven)
    before = await rows(zeven, incident, WARNINGS)
    agreements = (await zeven.admin.get("/service-level/v1/agreements")).json()
    await zeven.rebuild("service_level")
    assert await rows(zeven, incident) == []
    rebuilt = await zeven.rebuild("service_level", events)
    assert sum(feed["handled"] for feed in rebuilt["feeds"]) == len(events)
    assert await rows(zeven, incident, WARNINGS) == before
    assert await published(zeven) == announced
    assert (await zeven.admin.get("/service-level/v1/agreements")).json() == agreements


async def test_whatever_changes_a_clock_moves_its_version_and_its_instant(zeven: World) -> None:
    incident = Incident("INC-000004", datetime.now(UTC) - timedelta(minutes=2), priority="P3")
    seen = []
    for change in (
        incident.event(),
        incident.event(datetime.now(UTC), "in_recovery"),
        incident.event(datetime.now(UTC), priority="P4"),
        incident.event(datetime.now(UTC), "recovered"),
    ):
        await deliver(zeven, [change])
        (clock,) = (await zeven.admin.get(f"/service-level/v1/clocks?record_id={incident.id}&target=restore")).json()[
            "items"
        ]
        seen.append((clock["version"], datetime.fromisoformat(clock["updated_at"])))
        assert seen[-1][1] == change.time
    # another priority and the end of the clock are announced, and each announcement counts as well
    assert [version for version, _ in seen] == [1, 2, 4, 6]


async def test_models_and_migrations_agree(zeven: World) -> None:
    async with zeven.running("service_level").engine.connect() as connection:
        lacking = await connection.run_sync(migrate.difference, "service_version", SERVICE.tables, [KERNEL])
    assert lacking.upgrade_ops is not None
    assert lacking.upgrade_ops.is_empty()
