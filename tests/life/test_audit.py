"""`zeven audit verify` verifies the history of a whole platform, and finds what somebody with the owner's rights changed."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.__main__ import SERVICES
from tests.life.commandline import Ended, zeven
from tests.life.desk import eventually
from tests.life.embedded import embedded
from tests.serving import listening
from tests.world import as_owner, world

NUMBERED = "SELECT count(*) FROM event WHERE position IS NULL"
ALTER = "UPDATE event SET actor = jsonb_set(actor, '{id}', $1::jsonb) WHERE position = 3"
SHIFT = "UPDATE event SET position = position + $1::bigint WHERE position >= $2::bigint"
INSERT = """
INSERT INTO event (id, subject, position, type, source, sequence, time, correlationid, actor, historical, data, data_salt,
  data_digest, hash)
SELECT gen_random_uuid(), gen_random_uuid(), 4, type, source, 1, time, correlationid, actor, historical, data, data_salt,
  data_digest, hash FROM event WHERE position = 2
"""


@dataclass(frozen=True)
class Audited:
    """A platform at an address, and the way of its database's owner into the history of governance."""

    address: str
    as_owner: Callable[..., Awaitable[list[Any]]]

    async def verify(self, *arguments: str | Path) -> Ended:
        """`zeven audit verify`, which always ends before it is killed."""
        return await zeven(self.address, "audit", "verify", *arguments)


@pytest.fixture(scope="module", params=["embedded", pytest.param("rabbit", marks=pytest.mark.connected)])
async def platform(
    request: pytest.FixtureRequest, make_database: Callable[[str], Any], logs: Path
) -> AsyncIterator[Audited]:
    """All services with their first records: by one command, and on PostgreSQL and RabbitMQ."""
    async with AsyncExitStack() as stack:
        if request.param == "embedded":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zeven-audit-")))
            folder.chmod(0o711)  # started by root, the server runs as somebody else who must get through
            process = await stack.enter_async_context(embedded(logs, folder / "data"))
            address = f"http://127.0.0.1:{process.port}"

            async def owner(sql: str, *values: object) -> list[Any]:
                socket = str(folder / "data" / "postgres-socket")
                connection = await asyncpg.connect(host=socket, user="postgres", database="governance")
                try:
                    return [row[0] for row in await connection.fetch(sql, *values)]
                finally:
                    await connection.close()
        else:
            environment = stack.enter_context(pytest.MonkeyPatch.context())
            environment.setenv("ZEVEN_TEST_BUS_URL", request.getfixturevalue("broker_url"))
            hosted = await stack.enter_async_context(world(SERVICES, make_database, own_issuer=False))
            address = await stack.enter_async_context(listening(hosted))

            async def owner(sql: str, *values: object) -> list[Any]:
                return await as_owner(hosted.running("governance"), sql, *values)

        async def numbered() -> bool:
            return await owner(NUMBERED) == [0]

        await eventually(numbered, "the first records to be numbered")
        yield Audited(address, owner)


async def test_what_was_done_to_the_history_is_named_and_its_end_is_guarded_by_an_anchor(
    platform: Audited, tmp_path: Path
) -> None:
    ended = await platform.verify()
    assert (ended.code, ended.complaint) == (0, "")
    assert ended.printed.count("as written") == len(SERVICES)
    anchor = tmp_path / "anchor.json"
    anchor.write_text((await zeven(platform.address, "audit", "anchor")).printed)
    assert (await platform.verify("--anchor", anchor)).code == 0

    (written,) = await platform.as_owner("SELECT actor->>'id' FROM event WHERE position = 3")
    await platform.as_owner(ALTER, '"somebody else"')
    ended = await platform.verify("governance")
    assert (ended.code, ended.printed.count("broken")) == (3, 1)
    assert ended.complaint.startswith("zeven: governance: event 3 was altered (")
    await platform.as_owner(ALTER, f'"{written}"')
    assert (await platform.verify()).code == 0

    await platform.as_owner(SHIFT, 1000, 4)
    await platform.as_owner(SHIFT, -999, 1000)
    await platform.as_owner(INSERT)
    ended = await platform.verify()
    assert ended.code == 3
    assert ended.complaint.startswith("zeven: governance: event 4 was inserted (")
    await platform.as_owner("DELETE FROM event WHERE position = 4")
    ended = await platform.verify("governance")
    assert (ended.code, ended.complaint) == (3, "zeven: governance: event 4 was removed. Event 4 is missing.")
    await platform.as_owner(SHIFT, 1000, 4)
    await platform.as_owner(SHIFT, -1001, 1000)
    assert (await platform.verify()).code == 0

    (end,) = await platform.as_owner("SELECT max(position) FROM event")
    await platform.as_owner("DELETE FROM event WHERE position = $1", end)
    assert (await platform.verify("governance")).code == 0
    ended = await platform.verify("governance", "--anchor", anchor)
    assert ended.code == 3
    assert ended.complaint.startswith(f"zeven: governance: event {end} was removed.")
