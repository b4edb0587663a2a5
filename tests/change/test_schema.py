"""The migrations create the database that the models describe."""

from services.change.manifest import SERVICE
from services.change.models import CHANGE_NUMBER, RFC_NUMBER
from shared import migrate
from shared.events import KERNEL
from tests.world import World


async def test_models_and_migrations_agree(zeven: World) -> None:
    async with zeven.running("change").engine.connect() as connection:
        script = await connection.run_sync(migrate.difference, "service_version", SERVICE.tables, [KERNEL])
        numbers = await connection.exec_driver_sql("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        assert {RFC_NUMBER.sequence.name, CHANGE_NUMBER.sequence.name} <= set(numbers.scalars())
    assert script.upgrade_ops
    assert script.upgrade_ops.is_empty()
