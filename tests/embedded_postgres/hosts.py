"""Hosts of an embedded database, in this process and in another one that tests may kill."""

import asyncio
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from embedded_postgres import EmbeddedPostgres

HOST = """
import asyncio, sys
from pathlib import Path
from embedded_postgres import EmbeddedPostgres
from tests.embedded_postgres.hosts import write_line

async def host():
    postgres = EmbeddedPostgres(Path(sys.argv[1]))
    await postgres.start()
    await write_line(postgres, sys.argv[2])
    print(postgres.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(host())
"""


@asynccontextmanager
async def hosted(data: Path) -> AsyncIterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(data)
    await postgres.start()
    try:
        yield postgres
    finally:
        await postgres.stop()


async def answer(url: str, statement: str) -> list[object]:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


async def write_line(postgres: EmbeddedPostgres, words: str) -> None:
    await postgres.ensure_database("incident")
    await answer(postgres.owner_url("incident"), "CREATE TABLE IF NOT EXISTS line (words text)")
    await answer(postgres.owner_url("incident"), f"INSERT INTO line VALUES ('{words}')")


async def lines(postgres: EmbeddedPostgres) -> list[object]:
    await postgres.ensure_database("incident")
    return await answer(postgres.owner_url("incident"), "SELECT words FROM line ORDER BY words")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def begun(command: list[str], **account: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **account)


def owner(path: Path | str) -> int:
    return Path(path).stat().st_uid


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def exists(path: Path) -> bool:
    return path.exists()


@asynccontextmanager
async def host_elsewhere(data: Path, words: str) -> AsyncIterator[tuple[subprocess.Popen[str], int]]:
    """A host in a process of its own that has written `words`, and the process id of its server."""
    command = [sys.executable, "-c", HOST, str(data), words]
    with begun(command) as process:
        assert process.stdout is not None
        try:
            yield process, int(await asyncio.to_thread(process.stdout.readline))
        finally:
            process.kill()
