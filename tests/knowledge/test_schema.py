"""The migrations create the database that the models describe, and the README shows the table of moves."""

import re
from pathlib import Path

import services.knowledge
from services.knowledge.lifecycles import VERSIONS
from services.knowledge.manifest import SERVICE
from services.knowledge.models import KI_NUMBER
from shared import migrate
from shared.events import KERNEL
from tests.world import World

README = Path(services.knowledge.__file__).with_name("README.md")


async def test_models_and_migrations_agree(zeven: World) -> None:
    async with zeven.running("knowledge").engine.connect() as connection:
        script = await connection.run_sync(migrate.difference, "service_version", SERVICE.tables, [KERNEL])
        numbers = await connection.exec_driver_sql("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        assert KI_NUMBER.sequence.name in set(numbers.scalars())
    assert script.upgrade_ops
    assert script.upgrade_ops.is_empty()


def test_the_readme_draws_the_lifecycle_of_the_table() -> None:
    shown = re.search(r"<!-- lifecycle -->\n(.*?)\n<!-- /lifecycle -->", README.read_text("utf-8"), re.DOTALL)
    assert shown
    assert shown[1] == f"```mermaid\n{VERSIONS['known_error'].mermaid()}\n```"
