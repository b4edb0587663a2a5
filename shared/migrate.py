"""Schema of every service: one Alembic tree for the kernel's tables, one per service, run one after the other."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import structlog
from alembic.autogenerate import api as autogenerate
from alembic.config import Config
from alembic.operations.ops import MigrationScript
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared import rights
from shared.access import Verifier
from shared.bus import MIGRATOR, Bus
from shared.database import Databases, is_platform_fault
from shared.events import KERNEL
from shared.records import links, notes, timeline, watchers
from shared.runtime import Running, Service, queues
from shared.settings import Settings

log = structlog.get_logger(__name__)
#: beyond: a newer version of the code has migrated the database, and this version can work with it
Condition = Literal["at head", "beyond", "behind", "empty"]
READY: frozenset[Condition] = frozenset({"at head", "beyond"})
#: modules with tables of the kernel, imported only for those
WITH_TABLES = (links, notes, timeline, watchers)
LOCK = 0x7A65_7664  # one migration at a time ("zevd")
#: a table that each of the kernel's first migrations makes. Before 0.1.0 other migrations had the same numbers: a database with
#: the number and without the table comes from one of those states
MADE_BY_KERNEL = {"0001": "foreign_event", "0002": "quarantine"}


class DatabaseTooOld(Exception):
    """The migrations that made this database exist no more; the message says from which version on an upgrade is possible."""


@cache
def script(package: str) -> ScriptDirectory:
    """The migrations of `package`."""
    return ScriptDirectory.from_config(configuration(Path(str(resources.files(package))) / "migrations" / "versions"))


def configuration(versions: Path) -> Config:
    """What Alembic needs to read the migrations in the folder `versions`, and to write one from the kernel's template."""
    config = Config()
    for name, value in {
        "script_location": str(resources.files("shared") / "migrations"),
        "version_locations": str(versions),
        "path_separator": "newline",
        "file_template": "%(rev)s_%(slug)s",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config


def trees(service: Service) -> tuple[tuple[str, str, MetaData], ...]:
    """The two trees of a service's database: package, version table, tables."""
    return ("shared", "kernel_version", KERNEL), (service.package, "service_version", service.tables)


async def upgrade(url: str, service: Service, *, login: str | None = None) -> list[str]:
    """Upgrade one service's database to the newest schema, one process at a time; returns the migrations that ran.

    A schema that a newer version of the code has upgraded further stays as it is. `url` connects as the owner of the tables;
    `login`, the one that the service has, gets the rights that it needs. Raises `DatabaseTooOld`.
    """
    ran: list[str] = []
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            if await predates(connection):
                raise DatabaseTooOld(
                    f"The database of {service.name} comes from a state before 0.1.0 and cannot be upgraded: "
                    "begin with an empty one."
                )
            for package, table, tables in trees(service):
                ran += await connection.run_sync(_upgrade, script(package), table, tables)
                await connection.commit()
            if login is not None:
                await rights.grant(connection, login)
                await connection.commit()
    finally:
        await engine.dispose()
    return ran


async def predates(connection: AsyncConnection) -> bool:
    """Whether the database comes from before the first migration that this code has."""
    if not await connection.scalar(text("SELECT to_regclass('kernel_version')")):
        return False
    version = await connection.scalar(text("SELECT version_num FROM kernel_version"))
    for number, table in MADE_BY_KERNEL.items():
        if (version or "") >= number and not await connection.scalar(
            text("SELECT to_regclass(:table)"), {"table": table}
        ):
            return True
    return False


def _upgrade(connection: Connection, scripts: ScriptDirectory, table: str, tables: MetaData) -> list[str]:
    ran: list[str] = []
    current = MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()
    if compared(current, scripts) == "beyond":
        log.warning("the schema is newer than this version of Zeven and stays as it is", table=table, version=current)
        return ran

    def steps(revision: object, _: object) -> object:
        due = scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - what alembic's own command calls
        ran.extend(f"{table.removesuffix('_version')} {step.revision.revision}" for step in due)
        return due

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=tables, version_table=table)
        with environment.begin_transaction():
            environment.run_migrations()
    return ran


async def condition(connection: AsyncConnection, service: Service) -> Condition:
    """How the schema of a service's database compares to the one that this version of the code knows."""
    if await predates(connection):
        return "behind"
    found: set[Condition] = set()
    for package, table, _ in trees(service):
        exists = await connection.scalar(text("SELECT to_regclass(:table)"), {"table": table})
        version = await connection.scalar(text(f'SELECT version_num FROM "{table}"')) if exists else None  # noqa: S608
        found.add(compared(version, script(package)))
    if found == {"empty"}:
        return "empty"
    if found & {"empty", "behind"}:
        return "behind"
    return "beyond" if "beyond" in found else "at head"


async def wait(url: str, service: Service) -> None:
    """Return once another process has brought the service's database to this version or beyond; away, it is waited for too."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        while (found := await _condition_or_away(engine, service)) not in READY:
            log.info("waits for `migrate`", service=service.name, migrations=found)
            await asyncio.sleep(2)
    finally:
        await engine.dispose()


async def _condition_or_away(engine: AsyncEngine, service: Service) -> str:
    try:
        async with engine.connect() as connection:
            return await condition(connection, service)
    except Exception as error:
        if not is_platform_fault(error):
            raise
        return "away"


def compared(version: str | None, scripts: ScriptDirectory) -> Condition:
    """How `version`, the newest migration that a database has, compares to the newest one of `scripts`.

    Migrations are numbered without gaps and follow each other in one line, so an unknown number that is
    higher than all known ones comes from a newer version of the code, after every migration of this one.
    """
    if version is None:
        return "empty"
    head = scripts.get_current_head() or "0"
    if version == head:
        return "at head"
    return "beyond" if version.isdecimal() and int(version) > int(head) else "behind"


async def prepare(
    services: Sequence[Service],
    databases: Databases,
    bus_of: Callable[[str], Bus],
    verifier: Verifier,
    config: Settings,
) -> None:
    """Create everything that the services need before they start: schemas, rights, queues, first records."""
    for service in services:
        login = await rights.login_of(databases.url_of(service.name))
        steps = await upgrade(databases.owner_url_of(service.name), service, login=login)
        log.info(
            "the schema was migrated" if steps else "the schema needs no migration", service=service.name, steps=steps
        )
    bus = bus_of(MIGRATOR)
    await bus.declare([service.name for service in services], queues(services))
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
    """What a database still lacks of `tables`; tables of `other` trees are ignored."""
    context = MigrationContext.configure(connection, opts=comparison(table, tables, other))
    return autogenerate.produce_migrations(context, tables)


def comparison(table: str, tables: MetaData, other: Sequence[MetaData]) -> dict[str, Any]:
    """How Alembic compares a database to `tables`: without the tables of `other` trees and of Alembic itself."""
    foreign = {name for each in other for name in each.tables} | {"kernel_version", "service_version"}

    def ours(_: object, name: str | None, kind: str, __: bool, ___: object) -> bool:
        return not (kind == "table" and name in foreign)

    return {"version_table": table, "include_object": ours, "compare_type": True, "target_metadata": tables}
