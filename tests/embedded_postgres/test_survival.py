"""The embedded database loses nothing that it answered in any kill, and never touches what is not its own."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from embedded_postgres import DataFolderInUse, EmbeddedPostgres, PostgresDidNotStart
from embedded_postgres.accounts import server_account
from tests.embedded_postgres.hosts import alive, begun, host_elsewhere, hosted, lines, until, write_line


async def test_a_second_start_finds_what_the_first_has_written(folder: Path) -> None:
    async with hosted(folder) as postgres:
        await write_line(postgres, "kept")
    assert postgres.pid is None
    async with hosted(folder) as postgres:
        assert postgres.running
        assert await lines(postgres) == ["kept"]


async def test_a_stop_needs_no_recovery_afterwards_and_may_be_repeated(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    await postgres.stop()
    await postgres.start()
    await postgres.stop()
    await postgres.stop()
    assert not postgres.running
    assert "database system is shut down" in (folder / "postgres.log").read_text().splitlines()[-1]
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_a_killed_server_comes_back_with_all_it_has_answered(folder: Path) -> None:
    async with hosted(folder) as postgres:
        await write_line(postgres, "answered")
        for _ in range(2):
            killed = postgres.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await until(lambda killed=killed: postgres.running and postgres.pid != killed)
        assert await lines(postgres) == ["answered"]
    assert "database system is shut down" in (folder / "postgres.log").read_text().splitlines()[-1]


async def test_a_stop_right_after_a_kill_leaves_no_process_behind(folder: Path) -> None:
    async with hosted(folder) as postgres:
        killed = postgres.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
    assert postgres.pid is None
    async with hosted(folder) as postgres:
        assert postgres.running


async def test_a_killed_host_does_not_hinder_the_next_one(folder: Path) -> None:
    async with host_elsewhere(folder, "from the first host") as (process, orphan):
        process.kill()
        await until(lambda: process.poll() is not None)
        assert alive(orphan)
        async with hosted(folder) as postgres:
            assert not alive(orphan)
            assert await lines(postgres) == ["from the first host"]
        assert postgres.pid is None


async def test_a_host_and_its_server_may_be_killed_together(folder: Path) -> None:
    async with host_elsewhere(folder, "before") as (process, server):
        process.kill()
        os.kill(server, signal.SIGKILL)
        await until(lambda: process.poll() is not None)
        async with hosted(folder) as postgres:
            assert await lines(postgres) == ["before"]


async def test_two_hosts_of_one_folder_are_refused_by_folder_and_process(folder: Path) -> None:
    async with host_elsewhere(folder, "mine") as (process, server):
        with pytest.raises(DataFolderInUse, match=f"{folder} is in use by process {process.pid}"):
            await EmbeddedPostgres(folder).start()
        assert alive(server)


async def test_a_pid_file_that_now_names_a_stranger_is_passed_over(folder: Path) -> None:
    async with hosted(folder):
        pass
    account = server_account(folder / "postgres")
    with begun(["/bin/sleep", "600"], **account.popen) as stranger:
        try:
            pid_file = folder / "postgres" / "postmaster.pid"
            pid_file.write_text(f"{stranger.pid}\n{folder}/postgres\n1\n5432\n\n\n0 0\nready   \n")
            os.chown(pid_file, account.uid, account.gid)
            async with hosted(folder) as postgres:
                assert postgres.running
            assert stranger.poll() is None
        finally:
            stranger.kill()


async def test_a_copy_of_a_folder_in_use_leaves_the_original_alone(folder: Path) -> None:
    async with hosted(folder / "original") as original:
        shutil.copytree(folder / "original", folder / "copy", ignore=lambda *_: {".s.PGSQL.5432", ".s.PGSQL.5432.lock"})
        account = server_account(folder / "original" / "postgres")
        for path in (
            folder / "copy" / "postgres",
            *(folder / "copy" / "postgres").rglob("*"),
            folder / "copy" / "postgres-socket",
        ):
            os.chown(path, account.uid, account.gid)
        async with hosted(folder / "copy") as copy:
            assert copy.running
            assert original.running
            assert copy.pid != original.pid
        assert "shutdown request" not in (folder / "original" / "postgres.log").read_text()


async def test_a_creation_that_was_interrupted_is_begun_again(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    async with hosted(folder) as postgres:
        assert postgres.running


async def test_a_damaged_database_is_refused_in_the_words_of_the_server(folder: Path) -> None:
    async with hosted(folder):
        pass
    (folder / "postgres" / "global" / "pg_control").unlink()
    postgres = EmbeddedPostgres(folder)
    for _ in range(2):
        with pytest.raises(PostgresDidNotStart, match="pg_control"):
            await postgres.start()
        assert postgres.pid is None


async def test_a_log_that_has_grown_is_put_aside(folder: Path) -> None:
    (folder / "postgres.log").write_bytes(b"x" * (11 * 1024 * 1024))
    async with hosted(folder):
        assert (folder / "postgres.log").stat().st_size < 100_000
    assert (folder / "postgres.log.1").stat().st_size >= 11 * 1024 * 1024
