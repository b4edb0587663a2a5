"""A history is imported by the command line, and its figures equal those of an independent calculation."""

import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli.demo_data import write
from services.__main__ import SERVICES as MANIFESTS
from tests.data.calculator import TARGET_SECONDS, expected
from tests.life.books import everything
from tests.life.commandline import Ended, zeven
from tests.life.desk import Desk, json_of
from tests.life.embedded import embedded, signed_in
from tests.life.processes import SERVICES
from tests.life.story import known_error
from tests.serving import listening
from tests.world import token, world

REAL = os.environ.get("ZEVEN_TEST_HISTORY")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALENDARS = {
    "24x7": {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}},
    "office": {"zone": "Europe/Amsterdam", "hours": {day: [["08:00", "18:00"]] for day in DAYS[:5]}, "country": "NL"},
}
#: the name of the mapping, which begins the title of what it brings in
IN_EVERY_TITLE = "uci"
ASKED_ELSEWHERE = {"events", "restore_clock"}


@dataclass(frozen=True)
class History:
    """A file, and the figures that are right for it."""

    file: Path
    figures: dict[str, Any]

    @property
    def rows(self) -> int:
        """How many updates it contains."""
        return int(self.figures["events"])


@dataclass(frozen=True)
class Imported:
    """A platform that holds nothing but `history`, and a known error that speaks of every incident in it."""

    history: History
    address: str
    client: httpx2.AsyncClient
    ended: Ended

    async def again(self) -> Ended:
        """The same import once more."""
        return await bring_in(self.address, self.history)


async def bring_in(address: str, history: History, **who: str) -> Ended:
    """The ended import of `history` into the platform at `address`."""
    return await zeven(address, "import", "incidents", history.file, "--mapping", "uci", **who)


def invented(folder: Path, incidents: int = 1000) -> History:
    """A generated history."""
    file = folder / "history.csv.gz"
    write(file, incidents=incidents)
    return History(file, expected(file))


@pytest.fixture(scope="module", params=["invented", *(["real"] if REAL else [])])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> History:
    """The generated history, and the real sample where ZEVEN_TEST_HISTORY says where it is."""
    if request.param == "invented":
        return invented(tmp_path_factory.mktemp("history"))
    (file,) = Path(REAL or "").glob("*.csv.gz")
    return History(file, json.loads((Path(REAL or "") / "expected.json").read_text()))


@pytest.fixture(scope="module")
async def imported(history: History, logs: Path) -> AsyncIterator[Imported]:
    """`python -m services` on a fresh data folder, into which the history has been brought."""
    async with embedded(logs) as process, signed_in(process) as client:
        await known_error(Desk(client), IN_EVERY_TITLE)
        address = f"http://127.0.0.1:{process.port}"
        yield Imported(history, address, client, await bring_in(address, history))


async def the_figures_are_right(client: httpx2.AsyncClient, history: History) -> None:
    """Performance answers the right figures and no other; simulations under both calendars answer theirs."""
    figures = history.figures
    result = json_of(await client.get("/service-level/v1/performance"))
    assert {name: (result.get(name), right) for name, right in figures.items() if result.get(name) != right} == {
        name: (None, figures[name]) for name in ASKED_ELSEWHERE
    }
    assert set(figures) - set(result) == ASKED_ELSEWHERE
    assert set(result) <= set(figures)
    for name, calendar in CALENDARS.items():
        query = {"calendar": calendar, "targets_seconds": TARGET_SECONDS, "pause_reasons": ["user"]}
        simulated = json_of(await client.post("/service-level/v1/simulations", json=query))
        assert simulated == figures["restore_clock"][name], name


async def feeds(client: httpx2.AsyncClient) -> dict[str, list[str]]:
    """The types of all events of every service, in the order of its feed."""
    paths = {service: f"/{service.replace('_', '-')}/v1/events" for service in SERVICES}
    return {
        service: [event["type"] for event in await everything(client, path, limit=1000)]
        for service, path in paths.items()
    }


def test_the_report_balances(imported: Imported) -> None:
    ended, figures = imported.ended, imported.history.figures
    assert ended.code == 0, ended.complaint
    incidents, rows = f"{figures['incidents']:,}", f"{imported.history.rows:,}"
    assert f"read {incidents} {rows}" in ended.printed
    assert f"imported {incidents} unchanged (imported before) 0" in ended.printed
    assert "skipped 0 0 balance 0 0" in ended.printed


async def test_every_figure_can_be_asked_the_next_second(imported: Imported) -> None:
    await the_figures_are_right(imported.client, imported.history)


async def test_history_is_answered_by_nobody(imported: Imported) -> None:
    some = json_of(await imported.client.get("/incident/v1/incidents", params={"limit": 1}))["items"][0]
    matching = json_of(await imported.client.get("/knowledge/v1/search", params={"q": some["title"].split()[0]}))[
        "items"
    ]
    assert [item["ki_type"] for item in matching] == ["known_error"], "there is something that could be suggested"
    published = await feeds(imported.client)
    assert "suggestions.found.v1" not in published["knowledge"]
    assert not {"clock.at_risk.v1", "clock.breached.v1"} & set(published["service_level"])
    assert "rfc.registered.v1" not in published["change"]


async def test_a_second_import_changes_nothing(imported: Imported) -> None:
    before = await feeds(imported.client)
    ended = await imported.again()
    assert ended.code == 0, ended.complaint
    assert f"imported 0 unchanged (imported before) {imported.history.figures['incidents']:,}" in ended.printed
    after = await feeds(imported.client)
    assert after == {**before, "incident": [*before["incident"], "incident_import.completed.v1"]}
    await the_figures_are_right(imported.client, imported.history)


async def test_what_was_derived_is_built_again_with_the_same_figures(imported: Imported) -> None:
    before = await feeds(imported.client)
    ended = await zeven(imported.address, "rebuild", "service_level")
    assert (ended.code, "service_level is rebuilt." in ended.printed) == (0, True), ended.complaint
    own = [*before["service_level"], "rebuild.started.v1", "rebuild.completed.v1"]
    assert await feeds(imported.client) == {**before, "service_level": own}
    await the_figures_are_right(imported.client, imported.history)


@pytest.mark.connected
async def test_the_figures_are_the_same_by_way_of_a_broker(
    make_database: Callable[[str], Any], broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZEVEN_TEST_BUS_URL", broker_url)
    history = invented(tmp_path, incidents=300)
    async with world(MANIFESTS, make_database) as platform, listening(platform) as address:
        for times in (1, 2):
            ended = await bring_in(address, history, ZEVEN_TOKEN=token())
            assert ended.code == 0, ended.complaint
            await the_figures_are_right(platform.admin, history)
            completed = await everything(platform.admin, "/incident/v1/events", type="incident_import.completed.v1")
            assert len(completed) == times
