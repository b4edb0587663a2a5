"""Releases: composite changes that end after their parts."""

from uuid_utils.compat import uuid7

from tests.change.desk import ALL_TESTS, NORMAL, desk
from tests.change.neighbours import WEBSHOP
from tests.change.test_requests import problem
from tests.world import World

RELEASE = {**NORMAL, "change_type": "release"}
WINDOW = {"planned_start": "2127-08-02T07:00:00Z", "planned_end": "2127-08-02T09:00:00Z"}


async def test_a_release_closes_after_its_last_part_has_ended(zeven: World) -> None:
    admin = desk(zeven)
    release = await admin.implemented(classes=RELEASE)
    parts = [await admin.planned(), await admin.accepted()]
    for part in parts:
        assert (await admin.correct(part, parent_id=release["id"]))["parent_id"] == release["id"]
    await admin.approve_all(parts[0])
    await admin.move("changes", parts[0], "prepare", "test")
    await admin.test(parts[0], *ALL_TESTS)
    await admin.move("changes", parts[0], "release", "implement", "complete")
    assert len((await admin.get("changes", parent_id=release["id"]))["items"]) == 2
    await admin.move("changes", release, "evaluate", goal_reached=True, evaluation="All of it works.")
    refused = await admin.try_move("changes", release, "close")
    assert problem(refused) == (409, "move-not-permitted")
    assert all(part["number"] in refused.json()["detail"] for part in parts)
    await admin.move("changes", parts[0], "evaluate", goal_reached=True, evaluation="It works.")
    await admin.move("changes", parts[0], "close")
    assert problem(await admin.try_move("changes", release, "close")) == (409, "move-not-permitted")
    await admin.move("changes", parts[1], "cancel", reason="Left for the next release.")
    assert (await admin.move("changes", release, "close"))["state"] == "closed"


async def test_the_parts_of_a_release_share_its_window(zeven: World) -> None:
    admin, request = desk(zeven), {"service_id": str(WEBSHOP)}
    release = await admin.authorised(request=request, classes=RELEASE, **WINDOW)
    parts = [await admin.accepted(**request) for _ in range(2)]
    for part in parts:
        await admin.correct(part, parent_id=release["id"], **WINDOW)
    outsider = await admin.planned(request=request, **WINDOW)
    for part in parts:
        await admin.move("changes", part, "classify", **NORMAL)
    assert (await admin.correct(outsider, **WINDOW))["conflicts"][0]["blocking"]
    texts = dict.fromkeys(("build_plan", "test_plan", "implementation_plan", "back_out_plan"), "As the release.")
    for part in parts:
        planned = await admin.move("changes", part, "plan", **texts, means_confirmed=True)
        assert [each["id"] for each in planned["conflicts"]] == [outsider["id"]]


async def test_only_an_open_release_has_parts(zeven: World) -> None:
    admin = desk(zeven)
    release, normal, part = [await admin.accepted() for _ in range(3)]
    await admin.move("changes", release, "classify", **RELEASE)
    closed = await admin.closed(classes=RELEASE)
    for parent in (normal, closed, part, {"id": str(uuid7())}):
        refused = await admin.try_correct(part, parent_id=parent["id"])
        assert problem(refused) == (422, "invalid")
        assert refused.json()["errors"][0]["pointer"] == "/parent_id"
    await admin.correct(part, parent_id=release["id"])
    assert problem(await admin.try_move("changes", part, "classify", **RELEASE)) == (422, "invalid")
    assert problem(await admin.try_move("changes", release, "classify", **NORMAL)) == (422, "invalid")
    other = await admin.accepted()
    await admin.move("changes", other, "classify", **RELEASE)
    assert problem(await admin.try_correct(release, parent_id=other["id"])) == (422, "invalid")
    assert (await admin.correct(part, parent_id=None))["parent_id"] is None
