"""Performance and simulations equal an independent calculation of the same history."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cli.demo_data import write
from services.service_level.manifest import SERVICE
from shared.contracts import Envelope
from shared.contracts.defaults import OFFICE_HOURS_ID
from tests.data.calculator import expected
from tests.service_level.publishing import deliver, dispatch, events_of
from tests.world import World, token, world

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROUND_THE_CLOCK = {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}}
OFFICE = {"zone": "Europe/Amsterdam", "hours": {day: [["08:00", "18:00"]] for day in DAYS[:5]}, "country": "NL"}
TARGETS = {"P1": 14_400, "P2": 28_800, "P3": 86_400, "P4": 172_800}
PERFORMANCE, SIMULATIONS = "/service-level/v1/performance", "/service-level/v1/simulations"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred invented incidents; some are still open when it ends."""
    path = tmp_path_factory.mktemp("history") / "incidents.csv"
    write(path, incidents=400)
    return path


@pytest.fixture(scope="module")
def figures(history: Path) -> dict[str, Any]:
    return expected(history)


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any], history: Path) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        await deliver(zeven, events_of(history))
        yield zeven


async def test_every_figure_is_what_the_calculator_finds(zeven: World, figures: dict[str, Any]) -> None:
    answer = (await zeven.admin.get(PERFORMANCE)).json()
    assert answer == {name: figures[name] for name in answer}
    assert set(figures) - set(answer) == {"events", "restore_clock"}


@pytest.mark.parametrize(
    ("name", "calendar"), [("24x7", ROUND_THE_CLOCK), ("office", OFFICE), ("office", str(OFFICE_HOURS_ID))]
)
async def test_a_simulation_finds_what_the_calculator_finds(
    zeven: World, figures: dict[str, Any], name: str, calendar: Any
) -> None:
    body = {"calendar": calendar, "targets_seconds": TARGETS, "pause_reasons": ["user"]}
    assert (await zeven.admin.post(SIMULATIONS, json=body)).json() == figures["restore_clock"][name]


async def test_the_clocks_kept_agree_with_a_simulation_of_the_agreement(zeven: World) -> None:
    body = {"calendar": OFFICE, "targets_seconds": TARGETS, "pause_reasons": ["user"]}
    simulated = (await zeven.admin.post(SIMULATIONS, json=body)).json()
    address = "/service-level/v1/clocks?target=restore&state=stopped&limit=1&count=true"
    assert (await zeven.admin.get(f"{address}&verdict=met")).json()["total"] == simulated["met"]


async def delivered(zeven: World) -> list[Envelope]:
    """Every event that was delivered."""
    async with zeven.running("service_level").engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT envelope FROM inbox")).scalars().all()
    return [Envelope.model_validate(row) for row in rows]


async def test_the_same_events_again_change_nothing(zeven: World, history: Path) -> None:
    before = (await zeven.admin.get(PERFORMANCE)).json()
    await dispatch(zeven.running("service_level"), (await delivered(zeven))[:1000], replaying=True)
    assert (await zeven.admin.get(PERFORMANCE)).json() == before


async def test_filters_take_parts_that_add_up(zeven: World, figures: dict[str, Any]) -> None:
    async def counted(query: str) -> int:
        answer = await zeven.admin.get(f"{PERFORMANCE}?{query}")
        assert answer.status_code == 200, answer.text
        found: int = answer.json()["incidents"]
        return found

    for priority, number in figures["by_priority"].items():
        assert await counted(f"priority={priority}") == number
    middle = "2026-06-01T00:00:00Z"
    assert await counted(f"from={middle}") + await counted(f"to={middle}") == figures["incidents"]
    assert await counted("service_id=00000000-0000-7000-8000-000000000003") == 0
    assert await counted("team=nobody") == 0


async def test_nothing_to_count_gives_no_average_and_no_months(zeven: World) -> None:
    answer = (await zeven.admin.get(f"{PERFORMANCE}?team=nobody")).json()
    nothing = {"count": 0, "sum_seconds": 0, "mean_seconds": None, "median_seconds": None, "p90_seconds": None}
    assert answer["time_to_restore"] == nothing
    assert (answer["monthly"], answer["state_changes"]) == ({}, {})


async def test_a_client_sees_its_own_partys_figures_alone(zeven: World) -> None:
    client = zeven.as_(token("somebody", "client", party="00000000-0000-7000-8000-000000000002"))
    assert (await client.get(PERFORMANCE)).json()["incidents"] == 0
    assert (await zeven.as_(token("somebody", "user")).get(PERFORMANCE)).status_code == 403


async def test_a_simulation_lets_others_have_their_turn(zeven: World) -> None:
    body = {"calendar": OFFICE, "targets_seconds": TARGETS, "pause_reasons": ["user"]}
    running = asyncio.create_task(zeven.admin.post(SIMULATIONS, json=body))
    turns = 0
    while not running.done():
        turns += 1
        await asyncio.sleep(0)
    assert (await running).status_code == 200
    assert turns > 20


async def test_a_rebuild_gives_the_same_figures(zeven: World, history: Path) -> None:
    before = (await zeven.admin.get(PERFORMANCE)).json()
    await zeven.rebuild("service_level")
    assert (await zeven.admin.get(PERFORMANCE)).json()["incidents"] == 0
    await zeven.rebuild("service_level", await delivered(zeven))
    assert (await zeven.admin.get(PERFORMANCE)).json() == before
