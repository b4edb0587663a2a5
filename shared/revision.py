"""Writes the migration that brings a service's database from its last migration to its models."""

import asyncio
import tempfile
from pathlib import Path

from embedded_postgres import EmbeddedPostgres
from shared import migrate
from shared.runtime import Service


def write(service: Service, message: str) -> Path | None:
    """The path of the new migration, found on a database made for this; `None` when models and migrations agree.

    Sequences are not seen by the comparison: write those by hand.
    """
    with tempfile.TemporaryDirectory(prefix="zeven-revision-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        return asyncio.run(_write(Path(folder) / "data", service, message))


async def _write(data: Path, service: Service, message: str) -> Path | None:
    postgres = EmbeddedPostgres(data)
    await postgres.start()
    try:
        await postgres.ensure_database(service.name)
        url = postgres.owner_url(service.name)
        await migrate.upgrade(url, service)
        return await migrate.write_revision(url, service, service.package, message)
    finally:
        await postgres.stop()
