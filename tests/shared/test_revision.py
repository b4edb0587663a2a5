"""The output of `python -m services revision` passes `make check` unchanged."""

import ast
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared import migrate, revision
from shared.events import KERNEL
from shared.runtime import Service
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.world import owner_url

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")


def having(*columns: sa.Column[Any]) -> Service:
    """The counter, whose parcels have these columns too."""
    tables = sa.MetaData(naming_convention=COUNTER.tables.naming_convention)
    for table in COUNTER.tables.tables.values():
        copied = table.to_metadata(tables)
        for column in columns if table.name == "parcel" else ():
            copied.append_column(column)
    return replace(COUNTER, tables=tables)


@pytest.fixture
async def url(make_database: Callable[[str], Any]) -> str:
    """A database on the counter's last migration."""
    made = owner_url(await make_database(f"counter_{uuid4().hex[:8]}"))
    await migrate.upgrade(made, COUNTER)
    return made


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A copy of the counter's migrations, in a folder whose name needs care."""
    folder = tmp_path / "100 % new" / "versions"
    folder.mkdir(parents=True)
    for path in Path(migrate.script(COUNTER.package).versions).glob("*.py"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return folder


def complaints(text: str) -> str:
    found = ""
    for command in (["check", "--quiet"], ["format", "--check", "--diff"]):
        name = "services/governance/migrations/versions/0002_add_remark.py"
        done = subprocess.run(
            [RUFF, *command, "--stdin-filename", name, "-"],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        found += (done.stdout + done.stderr) if done.returncode else ""
    return found


@pytest.mark.parametrize("kind", [sa.String(), JSONB()], ids=str)
async def test_a_new_migration_passes_the_checks(url: str, versions: Path, kind: Any) -> None:
    path = await revision.add(url, having(sa.Column("remark", kind)), 'Add "remark" to a parcel', versions)
    assert path == versions / "0002_add_remark_to_a_parcel.py"
    text = path.read_text("utf-8")
    assert complaints(text) == ""
    assert 'revision = "0002"\ndown_revision = "0001"\n' in text
    assert 'op.add_column("parcel"' in text
    assert ("postgresql" in text) == isinstance(kind, JSONB)


async def test_models_and_migrations_that_agree_need_no_migration(url: str, versions: Path) -> None:
    assert await revision.add(url, COUNTER, "nothing", versions) is None
    assert [path.name for path in versions.glob("*.py")] == ["0001_initial.py"]


async def test_without_the_formatter_the_migration_is_still_one(
    url: str, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    path = await revision.add(url, having(sa.Column("remark", JSONB())), "add remark", versions)
    assert path is not None
    ast.parse(path.read_text("utf-8"))


async def test_the_kernels_models_and_migrations_agree(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        lacking = await connection.run_sync(migrate.difference, "kernel_version", KERNEL, [COUNTER.tables])
    await engine.dispose()
    assert lacking.upgrade_ops is not None
    assert lacking.upgrade_ops.is_empty(), lacking.upgrade_ops.as_diffs()
