"""A backup that is made under calls, put into another platform as the manual says, holds everything and verifies."""

import asyncio
import stat
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.compose.composed import Composed
from tests.compose.load import calls_under_way
from tests.compose.test_work import nothing_is_left, one_of_each
from tests.life.desk import Desk, Json

LISTS = (
    "/incident/v1/calls",
    "/incident/v1/incidents",
    "/change/v1/rfcs",
    "/change/v1/changes",
    "/knowledge/v1/items",
    "/governance/v1/people",
    "/governance/v1/parties",
    "/service-level/v1/agreements",
)


async def figures(client: httpx2.AsyncClient) -> dict[str, Json]:
    """How many records there are, and what was delivered."""
    desk = Desk(client)
    found = {path: {"total": (await desk.get(path, limit=1, count="true"))["total"]} for path in LISTS}
    found["performance"] = await desk.get(
        "/service-level/v1/performance", **{"from": "2010-01-01T00:00:00Z", "to": "2035-01-01T00:00:00Z"}
    )
    return found


@pytest.fixture
async def restored(composed: Composed) -> AsyncIterator[Composed]:
    """Another platform with the secrets of the first one and its folder of backups; nothing of it is started."""
    other = Composed(suffix="-restored")
    for line in composed.env_file.read_text("utf-8").splitlines():
        name, _, value = line.partition("=")
        if name.startswith("ZEVEN_") and not name.endswith("_PORT"):
            other.set(name, value)
    try:
        yield other
    finally:
        other.remove()


async def test_a_backup_is_restored_with_equal_figures_and_verifies_with_an_anchor(
    composed: Composed, restored: Composed, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    for platform in (composed, restored):
        platform.set("ZEVEN_BACKUPS", str(backups))
    await nothing_is_left(Desk(admin))
    anchor = composed.compose("exec", "-T", "governance", "zeven", "audit", "anchor")
    name = composed.compose("run", "--rm", "-T", "backup", "now").split()[-1]
    modes = {stat.S_IMODE(each.stat().st_mode) & 0o077 for each in (backups, *backups.rglob("*"))}
    assert modes == {0}, "nobody but the owner reads a backup"

    restored.compose("run", "--rm", "-T", "restore", name)
    restored.up()
    async with await restored.signed_in() as client:
        await nothing_is_left(Desk(client))
        assert await figures(client) == await figures(admin)
    verify = ("sh", "-c", "cat >/tmp/anchor.json; zeven audit verify --anchor /tmp/anchor.json")
    restored.compose("exec", "-T", "governance", *verify, given=anchor)


async def test_a_backup_of_the_midst_of_calls_fits_together(
    composed: Composed, restored: Composed, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    for platform in (composed, restored):
        platform.set("ZEVEN_BACKUPS", str(tmp_path / "backups"))
    async with calls_under_way(admin) as load:
        made = await asyncio.to_thread(composed.compose, "run", "--rm", "-T", "backup", "now")
    assert (load.refused, load.cut) == (Counter(), 0), "nothing stops for a backup"
    name = made.split()[-1]
    restored.compose("run", "--rm", "-T", "restore", name)
    restored.up()
    async with await restored.signed_in() as client:
        desk = Desk(client)
        await nothing_is_left(desk)
        known = [call for call in load.registered if (await client.get(f"/incident/v1/calls/{call['id']}")).is_success]
        assert known, "the calls before the backup are in it"
        await one_of_each(desk, known)
    restored.compose("exec", "-T", "governance", "zeven", "audit", "verify")


def test_a_backup_is_not_put_over_a_database_that_is_there(composed: Composed, tmp_path: Path) -> None:
    composed.set("ZEVEN_BACKUPS", str(tmp_path))
    composed.compose("exec", "-T", "postgres", "true")
    (tmp_path / "zeven-20260101T000000Z").mkdir()
    (tmp_path / "zeven-20260101T000000Z" / "base.tar.gz").touch()
    command = ("run", "--rm", "-T", "--no-deps", "restore", "zeven-20260101T000000Z")
    assert "not empty" in composed.refused(*command)
