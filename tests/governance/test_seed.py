"""A fresh platform: usable at once, seeded once, its secrets readable only by their owner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from services.governance.first_start.commands import seed
from services.governance.manifest import SERVICE
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from shared.secret_files import secret_file
from tests.governance.conftest import PASSWORD, ask, give, move, person, sign_in
from tests.world import ADMIN_PASSWORD, World, world

ELSEWHERE = {"database_url": "postgresql+asyncpg://elsewhere/{service}"}


def modes_in(folder: Path) -> dict[str, int]:
    """The files of a folder and who may read them."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def seed_again(platform: World) -> None:
    running = platform.running("governance")
    async with running.work(running.service.actor) as work:
        await seed(work)


async def test_a_fresh_platform_has_two_parties_and_an_administrator(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database) as platform:
        parties = (await platform.admin.get("/governance/v1/parties")).json()["items"]
        assert {(party["id"], party["name"], party["kind"]) for party in parties} == {
            (str(PROVIDER_ID), "Own organisation", "provider"),
            (str(CLIENT_ID), "Client organisation", "client"),
        }
        (admin,) = (await platform.admin.get("/governance/v1/people")).json()["items"]
        assert (admin["id"], admin["username"], admin["party_id"]) == (str(ADMIN_ID), "admin", str(PROVIDER_ID))
        await platform.quiet()
        feed = (await platform.admin.get("/governance/v1/events")).json()["items"]
        assert [event["type"] for event in feed] == [
            "party.registered.v1",
            "party.registered.v1",
            "person.registered.v1",
            "role.assigned.v1",
            "person.password_set.v1",
        ]


async def test_what_was_renamed_or_retired_stays_so_at_the_next_start(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database) as platform:
        successor = await person(platform)
        await give(platform, successor["id"], "administrator")
        url = f"/governance/v1/people/{ADMIN_ID}"
        await platform.admin.put(f"{url}/password", json={"new_password": PASSWORD})
        await platform.admin.patch(url, json={"username": "root"}, headers={"If-Match": '"1"'})
        await move(platform, "people", {"id": str(ADMIN_ID)}, "retire")
        await move(platform, "parties", {"id": str(CLIENT_ID)}, "retire")
        await platform.admin.patch(
            f"/governance/v1/parties/{PROVIDER_ID}", json={"name": "Ours"}, headers={"If-Match": '"1"'}
        )
        await platform.quiet()
        before = (await platform.admin.get("/governance/v1/events", params={"limit": 1000})).json()
        await seed_again(platform)
        await platform.quiet()
        assert (await platform.admin.get("/governance/v1/events", params={"limit": 1000})).json() == before
        assert (
            await ask(platform, grant_type="password", username="admin", password=ADMIN_PASSWORD)
        ).status_code == 400


async def test_a_generated_password_lies_in_the_data_folder_and_opens_the_door(
    make_database: Callable[[str], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "data"
    with capture_logs() as logged:
        async with world(
            (SERVICE,), make_database, data=folder, admin_password=None, secret=None, own_issuer=False, **ELSEWHERE
        ) as platform:
            password = (folder / "admin-password").read_text().strip()
            assert len(password) >= 12
            tokens = await sign_in(platform, "admin", password)
            assert (await platform.as_(tokens["access_token"]).get("/governance/v1/parties")).status_code == 200
    assert modes_in(folder) == {"admin-password": 0o600, "secret": 0o600}
    assert password not in repr(logged)


async def test_a_given_password_is_not_written_down(make_database: Callable[[str], Any], tmp_path: Path) -> None:
    async with world((SERVICE,), make_database, data=tmp_path, **ELSEWHERE):
        pass
    assert not modes_in(tmp_path)


def test_of_many_who_make_a_secret_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda n: secret_file(tmp_path / "secret", lambda: f"made by {n}"), range(40)))
    assert len(got) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_what_is_kept_survives_and_is_read_without_white_space(tmp_path: Path) -> None:
    (tmp_path / "admin-password").write_text("typed by hand  \n\n")
    assert secret_file(tmp_path / "admin-password", lambda: "another") == "typed by hand"
