"""An operator upgrades by the manual's words from the earlier release with data, goes back, and upgrades again, under calls."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator

import httpx2
import pytest

from tests.compose.composed import ROOT, SERVICES
from tests.compose.earlier import EARLIER, Operated, earlier_commit, git, head
from tests.compose.load import Load, calls_under_way
from tests.compose.test_work import nothing_is_left, one_of_each
from tests.life.books import everything
from tests.life.desk import Desk
from tests.life.story import run_story

MANUAL = (ROOT / "docs" / "operations.md").read_text("utf-8")
SIDE_BY_SIDE_SECONDS = 15
#: the services that derive something from the events of others
REBUILT = ("change", "incident", "knowledge", "service-level")


def commands(heading: str) -> str:
    """The commands of the first block under a heading of the manual."""
    (chapter,) = re.findall(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", MANUAL, re.MULTILINE | re.DOTALL)
    block = re.search(r"```sh\n(.*?)```", chapter, re.DOTALL)
    assert block, heading
    return block[1]


@pytest.fixture
def operated() -> Iterator[Operated]:
    """The earlier release, started as its manual says."""
    platform = Operated()
    try:
        platform.compose("build", "incident")
        platform.compose("up", "--detach", "--wait")
        yield platform
    finally:
        platform.remove()


async def all_is_there(desk: Desk, *loads: Load) -> None:
    """Every call that was answered has one incident with two clocks, and no event waits or is dead."""
    calls = [call for load in loads for call in load.registered]
    assert len({call["id"] for call in calls}) == len(calls), "no call was registered twice"
    await asyncio.gather(*(one_of_each(desk, calls[begin::16]) for begin in range(16)))
    await nothing_is_left(desk)


async def clocks_shown(client: httpx2.AsyncClient) -> dict[tuple[str, str], str]:
    """What each clock says, by incident and target, without what changes as time passes."""
    lasting = (
        "priority",
        "target_seconds",
        "agreement_id",
        "agreement_version",
        "state",
        "started_at",
        "ended_at",
        "due_at",
    )
    clocks = await everything(client, "/service-level/v1/clocks")
    return {(each["record"]["id"], each["target"]): repr([each[name] for name in lasting]) for each in clocks}


@pytest.mark.timeout(1800)
async def test_the_manuals_upgrade_and_its_way_back_lose_nothing_and_answer_no_5xx(operated: Operated) -> None:
    async with await operated.signed_in() as client:
        desk = Desk(client)
        story = await run_story(client)
        async with calls_under_way(client) as before:
            await asyncio.sleep(3)
        target = head()
        operated.publish(target)

        # The database and the broker become containers of other images here, so that clients have to ask again.
        async with calls_under_way(client, rate=4) as upgrading:
            await asyncio.to_thread(operated.shell, commands("Upgrade, composed"))
        assert operated.versions("incident") == {target}
        assert (await desk.get(f"/incident/v1/incidents/{story['id']}"))["state"] == "closed"
        await all_is_there(desk, before, upgrading)

        async with calls_under_way(client) as together:
            for service in SERVICES:
                beside = ("up", "--detach", "--wait", "--no-recreate", "--no-deps", "--scale", f"{service}=2", service)
                await asyncio.to_thread(operated.compose, *beside, image="zeven:0.1.0")
            assert operated.versions("incident") == {target, None}, "two versions work side by side"
            await asyncio.sleep(SIDE_BY_SIDE_SECONDS)
            alone = [argument for service in SERVICES for argument in ("--scale", f"{service}=1")]
            await asyncio.to_thread(operated.compose, "up", "--detach", "--wait", "--no-recreate", "--no-deps", *alone)
        assert together.refused == Counter()
        await all_is_there(desk, together)

        async with calls_under_way(client) as back:
            words = commands("Going back").replace("zeven:0.1.0-1a2b3c4d5e6f", "zeven:0.1.0")
            await asyncio.to_thread(operated.shell, words)
        assert operated.versions("incident") == {None}
        assert back.refused == Counter()

        async with calls_under_way(client) as again:
            await asyncio.to_thread(operated.shell, commands("Upgrade, composed"))
        assert operated.versions("incident") == {target}
        assert again.refused == Counter()
        assert (back.cut, again.cut) == (0, 0), "the gateway stayed, and cut no connection"
        await all_is_there(desk, before, upgrading, together, back, again)

        shown = await clocks_shown(client)
        async with calls_under_way(client) as rebuilding:
            for service in REBUILT:
                rebuild = "exec", "-T", "governance", "zeven", "rebuild", service
                await asyncio.to_thread(operated.compose, *rebuild)
        assert rebuilding.refused == Counter()
        await all_is_there(desk, before, upgrading, together, back, again, rebuilding)
        assert shown.items() <= (await clocks_shown(client)).items(), "every clock is as it was"
    operated.compose("exec", "-T", "governance", "zeven", "audit", "verify")


def test_the_state_that_upgrades_start_from_lies_before_this_one() -> None:
    assert git(ROOT, "merge-base", EARLIER, "HEAD") == earlier_commit()
