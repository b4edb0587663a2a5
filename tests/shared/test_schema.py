"""The migrations of the kernel match its tables."""

from typing import Any

from shared import migrate
from shared.events import KERNEL
from tests.shared.post_office.counter.service import TABLES
from tests.world import World


async def test_the_migrated_kernel_is_what_its_tables_say(office: World) -> None:
    async with office.running("counter").engine.connect() as connection:
        script: Any = await connection.run_sync(migrate.difference, "kernel_version", KERNEL, [TABLES])
    assert script.upgrade_ops.is_empty(), script.upgrade_ops.as_diffs()
