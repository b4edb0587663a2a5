"""The migrations create the tables of the models."""

from services.governance.manifest import SERVICE
from shared import migrate
from shared.events import KERNEL
from tests.world import World


async def test_models_and_migrations_agree(zeven: World) -> None:
    async with zeven.running("governance").engine.connect() as connection:
        difference = await connection.run_sync(migrate.difference, "service_version", SERVICE.tables, [KERNEL])
    assert difference.upgrade_ops is not None
    assert difference.upgrade_ops.is_empty(), difference.upgrade_ops.as_diffs()
