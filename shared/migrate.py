"""Schema of every service: one Alembic tree for the kernel's tables, one per service, run strictly one after the other."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import structlog
from alembic.autogenerate import api as autogenerate
from alembic.config import Config
from alembic.operations.ops import MigrationScript
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared import rights
from shared.access import Verifier
from shared.bus import Bus
from shared.database import Databases
from shared.events import KERNEL
from shared.runtime import Running, Service, queues
from shared.settings import Settings

log = structlog.get_logger(__name__)
LOCK = 0x7A65_7664  # one migration at a time ("zevd")


@cache
def script(package: str) -> ScriptDirectory:
    """The migrations that lie in `package`."""
    config = Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def trees(service: Service) -> tuple[tuple[str, str, MetaData], ...]:
    """The two trees of a service's database: package, version table, tables."""
    return ("shared", "kernel_version", KERNEL), (service.package, "service_version", service.tables)


async def upgrade(url: str, service: Service, *, login: str | None = None) -> list[str]:
    """Bring one service's database to the newest schema, others who try meanwhile wait; answers the migrations that ran.

    `url` connects as the owner of the tables. `login`, the one that the service has, gets the rights that it needs.
    """
    ran: list[str] = []
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            for package, table, tables in trees(service):
                ran += await connection.run_sync(_upgrade, script(package), table, tables)
                await connection.commit()
            if login is not None:
                await rights.grant(connection, login)
                await connection.commit()
    finally:
        await engine.dispose()
    return ran


def _upgrade(connection: Connection, scripts: ScriptDirectory, table: str, tables: MetaData) -> list[str]:
    ran: list[str] = []

    def steps(revision: object, _: object) -> object:
        due = scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - what alembic's own command calls
        ran.extend(f"{table.removesuffix('_version')} {step.revision.revision}" for step in due)
        return due

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=tables, version_table=table)
        with environment.begin_transaction():
            environment.run_migrations()
    return ran


async def condition(connection: AsyncConnection, service: Service) -> Literal["at head", "behind"]:
    """Whether the database has the newest schema that this version knows."""
    for package, table, _ in trees(service):
        known = await connection.scalar(text("SELECT to_regclass(:table)"), {"table": table})
        version = await connection.scalar(text(f'SELECT version_num FROM "{table}"')) if known else None  # noqa: S608
        if version != script(package).get_current_head():
            return "behind"
    return "at head"


async def prepare(
    services: Sequence[Service], databases: Databases, bus: Bus, verifier: Verifier, config: Settings
) -> None:
    """Make everything exist that the services need before any of them starts: schemas, rights, queues, first records."""
    for service in services:
        login = await rights.login_of(databases.url_of(service.name))
        steps = await upgrade(databases.owner_url_of(service.name), service, login=login)
        log.info(
            "the schema was brought to head" if steps else "the schema is at head", service=service.name, steps=steps
        )
    await bus.declare(queues(services))
    for service in services:
        if service.seed is not None:
            running = Running(
                service, url=databases.url_of(service.name), bus=bus, verifier=verifier, config=config, pool=2
            )
            try:
                async with running.work(service.actor) as work:
                    await service.seed(work)
            finally:
                await running.engine.dispose()


def difference(connection: Connection, table: str, tables: MetaData, other: Sequence[MetaData]) -> MigrationScript:
    """What a database still lacks of `tables`; tables of `other` trees are none of its business."""
    foreign = {name for each in other for name in each.tables} | {"kernel_version", "service_version"}

    def ours(_: object, name: str | None, kind: str, __: bool, ___: object) -> bool:
        return not (kind == "table" and name in foreign)

    context = MigrationContext.configure(
        connection,
        opts={"version_table": table, "include_object": ours, "compare_type": True, "target_metadata": tables},
    )
    return autogenerate.produce_migrations(context, tables)


_REVISION = '''"""{message}"""

{imports}

revision = "{revision}"
down_revision = {down}
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
{upgrade}


def downgrade() -> None:
    """Take back."""
{downgrade}
'''
_IMPORTS = {
    "sa.": "import sqlalchemy as sa",
    "op.": "from alembic import op",
    "postgresql.": "from sqlalchemy.dialects import postgresql",
}


async def write_revision(url: str, service: Service, package: str, message: str) -> Path | None:
    """Write the migration that brings the database at `url` to the models of `package`; `None` when nothing differs."""
    engine = create_async_engine(url, poolclass=NullPool)
    ((_, table, tables),) = [tree for tree in trees(service) if tree[0] == package]
    other = [tree[2] for tree in trees(service) if tree[0] != package]
    async with engine.connect() as connection:
        wanted = await connection.run_sync(difference, table, tables, other)
    await engine.dispose()
    assert wanted.upgrade_ops
    if wanted.upgrade_ops.is_empty():
        return None
    head = script(package).get_current_head()
    revision = f"{int(head or 0) + 1:04d}"
    name = re.sub(r"\W+", "_", message.lower()).strip("_")[:40]
    path = Path(script(package).dir) / "versions" / f"{revision}_{name}.py"
    path.write_text(revision_text(wanted, message, revision, head), "utf-8")
    return path


def revision_text(wanted: MigrationScript, message: str, revision: str, down: str | None) -> str:
    """The migration as a file that passes `make check`: formatted by ruff where it is installed, with the imports it needs."""
    assert wanted.upgrade_ops
    assert wanted.downgrade_ops
    upgrade, downgrade = (
        _indented(autogenerate.render_python_code(ops, migration_context=None))
        for ops in (wanted.upgrade_ops, wanted.downgrade_ops)
    )
    used = [line for sign, line in _IMPORTS.items() if re.search(rf"\b{re.escape(sign)}", upgrade + downgrade)]
    text = _REVISION.format(
        message=message.replace('"', "'").replace("\\", "/"),
        imports="\n".join(used),
        revision=revision,
        down=f'"{down}"' if down else None,
        upgrade=upgrade,
        downgrade=downgrade,
    )
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if ruff is None:
        return text
    name = f"services/migrations/versions/{revision}.py"  # for the settings that hold for migrations
    return subprocess.run(  # noqa: S603 - the project's own formatter
        [ruff, "format", "--stdin-filename", name, "-"], input=text, capture_output=True, text=True, check=True
    ).stdout


def _indented(code: str) -> str:
    lines = [
        line for line in code.replace("astext_type=Text()", "astext_type=sa.Text()").splitlines() if "# ###" not in line
    ]
    return "\n".join(f"    {line}" if line.strip() and not line.startswith("    ") else line for line in lines)
