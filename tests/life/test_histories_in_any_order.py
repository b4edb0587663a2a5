"""Whatever the order of a file's rows and whatever its kind, a closed P1 is closed, and its target met after 7,200 s."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.__main__ import SERVICES
from tests.data.log import row, write_log
from tests.life.commandline import Ended, zeven
from tests.life.desk import json_of
from tests.serving import listening
from tests.world import token, world

#: a Monday morning in Amsterdam
OPENED = "2/3/2026 08:00"
HIGH = {"impact": "1 - High", "urgency": "1 - High", "assignment_group": "Desk"}
CLOSED_P1 = [
    row("P1", OPENED, "2/3/2026 08:00", "New", **HIGH),
    row("P1", OPENED, "2/3/2026 08:10", "Active", **HIGH),
    row("P1", OPENED, "2/3/2026 10:00", "Resolved", **HIGH),
    row("P1", OPENED, "6/3/2026 10:00", "Closed", **HIGH),
]
OTHERS = [
    row("A", OPENED, "2/3/2026 09:00", "New"),
    row("B", OPENED, "2/3/2026 09:30", "Active"),
    row("A", OPENED, "2/3/2026 11:00", "Resolved"),
    row("B", OPENED, "6/3/2026 11:00", "Closed"),
]
ROWS = [each for pair in zip(CLOSED_P1, OTHERS, strict=True) for each in pair]
SNAPSHOT = """
source = "tickets"
delimiter = ";"
[time]
format = "%d/%m/%Y %H:%M"
[columns]
key = "Ticket"
registered_at = "Opened"
[moments]
in_recovery = "Answered"
recovered = "Resolved"
closed = "Closed"
[values]
title = "Subject"
priority = "Priority"
"""


@dataclass(frozen=True)
class Platform:
    """All services, and the address at which the command line finds them."""

    client: httpx2.AsyncClient
    address: str

    async def bring_in(self, file: Path, source: str, *options: str | Path) -> Ended:
        """The ended import of `file` under a name of its own."""
        mapping = options if "--mapping" in options else ("--mapping", "uci", *options)
        return await zeven(self.address, "import", "incidents", file, "--source", source, *mapping, ZEVEN_TOKEN=token())

    async def incidents(self, source: str) -> dict[str, dict[str, Any]]:
        """The incidents imported from `source` by their foreign numbers."""
        answer = await self.client.get("/incident/v1/incidents", params={"source": source, "limit": 200})
        return {one["source_key"]: one for one in json_of(answer)["items"]}

    async def timeline(self, incident: dict[str, Any]) -> list[tuple[str, str]]:
        """Type and time of the incident's own events."""
        items = json_of(await self.client.get(f"/incident/v1/incidents/{incident['id']}/timeline"))["items"]
        return [(each["type"], each["time"]) for each in items if each["subject"] == incident["id"]]

    async def clock(self, incident: dict[str, Any]) -> dict[str, Any]:
        """The clock of its restoration."""
        query = {"record_id": incident["id"], "target": "restore"}
        (clock,) = json_of(await self.client.get("/service-level/v1/clocks", params=query))["items"]
        return dict(clock)

    async def p1_is_right(self, source: str) -> None:
        """The P1 of `source` is closed, and was recovered in time."""
        incident = (await self.incidents(source))["P1"]
        assert (incident["state"], incident["priority"]) == ("closed", "P1")
        assert (incident["recovered_at"], incident["closed_at"]) == ("2026-03-02T10:00:00Z", "2026-03-06T10:00:00Z")
        clock = await self.clock(incident)
        assert (clock["state"], clock["verdict"], clock["elapsed_seconds"]) == ("stopped", "met", 7200)


@pytest.fixture(scope="module")
async def platform(make_database: Callable[[str], Any]) -> AsyncIterator[Platform]:
    async with world(SERVICES, make_database) as running, listening(running) as address:
        yield Platform(running.admin, address)


ORDERS = {
    "by incident": CLOSED_P1 + OTHERS,
    "newest first": (CLOSED_P1 + OTHERS)[::-1],
    "interleaved": ROWS,
    "shuffled": random.Random(7).sample(ROWS, len(ROWS)),
}


@pytest.mark.parametrize("order", ORDERS)
async def test_a_closed_p1_stays_closed_and_met_in_any_order_of_rows(
    platform: Platform, tmp_path: Path, order: str
) -> None:
    ended = await platform.bring_in(write_log(tmp_path / "log.csv", ORDERS[order]), order)
    assert (ended.code, "imported 3" in ended.printed, "balance 0 0" in ended.printed) == (0, True, True), ended
    await platform.p1_is_right(order)
    others = await platform.incidents(order)
    assert {key: one["state"] for key, one in others.items()} == {"P1": "closed", "A": "recovered", "B": "closed"}
    assert len(await platform.timeline(others["P1"])) == 4


async def test_a_bad_row_at_the_end_of_a_file_leaves_nothing_half_imported(platform: Platform, tmp_path: Path) -> None:
    bad = row("Z", OPENED, "31/12/9999 00:00", "Closed")
    file = write_log(tmp_path / "log.csv", [*ROWS, bad])
    ended = await platform.bring_in(file, "bad end")
    assert ended.code == 1
    assert "line 10: sys_updated_at '31/12/9999 00:00' is not a time between the years 1970 and" in ended.printed
    assert "so nothing was sent" in ended.complaint
    assert await platform.incidents("bad end") == {}
    ended = await platform.bring_in(file, "bad end", "--allow-skips")
    assert ended.code == 0, ended
    await platform.p1_is_right("bad end")


async def test_a_grown_history_adds_its_further_steps(platform: Platform, tmp_path: Path) -> None:
    for rows, report in (
        (ROWS[:5], "imported before, more steps now 0 steps recorded 3"),
        (ROWS, "imported before, more steps now 3 steps recorded 3"),
        (ROWS[::-1], "imported before, more steps now 0 steps recorded 0"),
    ):
        ended = await platform.bring_in(write_log(tmp_path / "log.csv", rows), "grown")
        assert (ended.code, report in ended.printed, "balance 0 0" in ended.printed) == (0, True, True), ended
    await platform.p1_is_right("grown")
    await platform.bring_in(tmp_path / "log.csv", "at once")
    grown, at_once = await platform.incidents("grown"), await platform.incidents("at once")
    for key, one in grown.items():
        assert await platform.timeline(one) == await platform.timeline(at_once[key])
        clock, other = await platform.clock(one), await platform.clock(at_once[key])
        assert [clock[name] for name in ("state", "verdict", "elapsed_seconds")] == [
            other[name] for name in ("state", "verdict", "elapsed_seconds")
        ]


async def test_a_snapshot_has_the_figures_of_its_moments(platform: Platform, tmp_path: Path) -> None:
    mapping, file = tmp_path / "tickets.toml", tmp_path / "tickets.csv"
    mapping.write_text(SNAPSHOT)
    file.write_text(
        "Ticket;Opened;Answered;Resolved;Closed;Subject;Priority;;\r\n"
        f"P1;{OPENED};2/3/2026 08:10;2/3/2026 10:00;6/3/2026 10:00;Aucune lumière;P1;;\r\n"
        f"P3;{OPENED};;;;Encore là;P3;;\r\n",
        "utf-8-sig",
    )
    ended = await platform.bring_in(file, "tickets", "--mapping", mapping)
    assert (ended.code, "Warning" in ended.printed, "balance 0 0" in ended.printed) == (0, False, True), ended
    await platform.p1_is_right("tickets")
    found = await platform.incidents("tickets")
    assert (found["P1"]["title"], found["P3"]["priority"], found["P3"]["state"]) == (
        "Aucune lumière",
        "P3",
        "registered",
    )
