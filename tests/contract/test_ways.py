"""The lists of files in CONTRIBUTING.md are those that a call and an event use."""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from services.change.manifest import SERVICE as CHANGE
from services.incident.manifest import SERVICE as INCIDENT
from services.service_level.manifest import SERVICE as SERVICE_LEVEL
from shared import clock
from tests.service_level.publishing import Incident
from tests.world import token, world

ROOT = Path(__file__).parents[2]
#: give the time, JSON, a trace, the caller and a unit of work to everything alike
SERVING = {f"shared/{name}.py" for name in ("clock", "database", "observability", "access/callers", "runtime")}
#: what the commit wakes
AFTERWARDS = {"shared/events.py", "shared/security_log.py"}
CALL = {
    "type": "incident",
    "title": "It does not print",
    "description": "Since today.",
    "impact": "low",
    "urgency": "low",
}


def listed(heading: str) -> list[str]:
    """The files that a chapter of CONTRIBUTING.md numbers."""
    chapter = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([^`]+)`", chapter, flags=re.MULTILINE)


@contextmanager
def entered() -> Iterator[list[str]]:
    """The files of services and kernel whose functions this task calls, in order."""
    found: list[str] = []
    task = asyncio.current_task()

    def note(frame: Any, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT) and asyncio.current_task() is task:
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("services/", "shared/")):
                found.append(name)

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


def way(files: list[str]) -> list[str]:
    """The files of a way, each once: without what serves everything, and what only waits around it."""
    counted = (name for name in files if name not in SERVING | AFTERWARDS)
    return list(dict.fromkeys(name for name in counted if not name.startswith("shared/http/")))


async def way_of(desk: httpx2.AsyncClient, address: str, body: dict[str, str]) -> list[str]:
    """The files between the route and the commit of what it registers."""
    for _ in range(2):  # the first time statements are built
        with entered() as files:
            answer = await desk.post(address, json=body)
            assert answer.status_code == 201, answer.text
    first = next(place for place, name in enumerate(files) if name.startswith("services/"))
    last = max(place for place, name in enumerate(files) if name == "shared/unit_of_work.py")
    return way(files[first : last + 1])


async def test_a_call_takes_the_way_that_is_listed(make_database: Callable[[str], Any]) -> None:
    async with world((INCIDENT,), make_database) as zeven:
        desk = zeven.as_(token("desk", "professional"))
        files = await way_of(desk, "/incident/v1/calls", CALL)
    assert sorted(files) == sorted(listed("The way of a call"))


async def test_a_request_for_change_takes_ten_files_and_three_of_its_own(make_database: Callable[[str], Any]) -> None:
    async with world((CHANGE,), make_database) as zeven:
        desk = zeven.as_(token("desk", "professional"))
        files = await way_of(desk, "/change/v1/rfcs", {"title": "A second printer", "description": "For the hall."})
    own = ("rfcs/api.py", "rfcs/commands.py", "changes/commands.py")
    assert len(files) == 10
    assert {name for name in files if name.startswith("services/")} == {f"services/change/{name}" for name in own}


async def test_an_event_takes_the_way_that_is_listed(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE_LEVEL,), make_database) as zeven:
        inbox = zeven.running("service_level").inbox
        await inbox.stop()
        for number in range(2):
            event = Incident(f"INC-00000{number}", clock.now(), priority="P1").event()
            with entered() as files:
                await inbox.deliver([event])
                assert await inbox.handle_due() == 1
    assert sorted(way(files)) == sorted(listed("The way of an event"))
