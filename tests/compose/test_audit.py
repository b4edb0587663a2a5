"""The history in the composed containers: services can only add to it, and changes by the superuser are found."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.compose.composed import SERVICES, Composed

REFUSED = """
import asyncio, json, os, asyncpg
service = "%s"
async def main():
    url = os.environ["ZEVEN_DATABASE_URL"].replace("+asyncpg", "").replace("<", "{").replace(">", "}")
    connection = await asyncpg.connect(url.format(service=service, password=os.environ["ZEVEN_DATABASE_PASSWORD"]))
    told = []
    for statement in (
        "UPDATE event SET data = '{}'", "UPDATE event SET position = 1", "UPDATE event SET published_at = NULL",
        "DELETE FROM event", "TRUNCATE event", "DROP TABLE event", "ALTER TABLE event DISABLE TRIGGER ALL",
        "INSERT INTO event (position) VALUES (1)", f"SET ROLE {service}_owner",
    ):
        try:
            told.append(await connection.execute(statement))
        except asyncpg.PostgresError as error:
            told.append(type(error).__name__)
    print(json.dumps(told))
asyncio.run(main())
"""
ALTER = (
    "UPDATE event SET type = 'x' || type WHERE position = 2",
    "UPDATE event SET type = substr(type, 2) WHERE position = 2",
)
REMOVE = (
    "CREATE TABLE removed AS SELECT * FROM event WHERE position = 2; DELETE FROM event WHERE position = 2",
    "INSERT INTO event OVERRIDING SYSTEM VALUE SELECT * FROM removed; DROP TABLE removed",
)
INSERT = (
    """
    INSERT INTO event (id, subject, position, type, source, sequence, time, correlationid, actor, historical, data)
    SELECT gen_random_uuid(), gen_random_uuid(), 0, type, source, 1, time, correlationid, actor, historical, data
    FROM event WHERE position = 2
    """,
    "DELETE FROM event WHERE position = 0",
)


@pytest.fixture
def superuser(composed: Composed) -> Callable[[str], str]:
    """Runs SQL in governance's database as a role that no service uses."""
    psql = ("exec", "-T", "postgres", "psql", "--username=postgres", "--dbname=governance", "--quiet", "--command")
    return lambda sql: composed.compose(*psql, sql)


def verified(composed: Composed) -> tuple[int, dict[str, Any] | None]:
    """How `zeven audit verify governance` ended, and what it found broken."""
    command = "zeven audit verify governance --json; echo $?"
    output = composed.compose("exec", "-T", "governance", "sh", "-c", command).strip()
    answer, _, code = output.rpartition("\n")
    (found,) = json.loads(answer)
    assert found["protected"]
    assert found["verified"] >= 0
    return int(code), found["broken"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_only_add_to_its_history(composed: Composed, service: str) -> None:
    output = json.loads(composed.python(service, REFUSED % service.replace("-", "_")))
    assert set(output) == {"InsufficientPrivilegeError"}


@pytest.mark.parametrize(
    ("fault", "position", "change"), [("altered", 2, ALTER), ("removed", 2, REMOVE), ("inserted", 0, INSERT)]
)
def test_what_was_done_to_the_history_is_named(
    composed: Composed, superuser: Callable[[str], str], fault: str, position: int, change: tuple[str, str]
) -> None:
    assert verified(composed) == (0, None)
    done, undone = change
    superuser(done)
    try:
        code, broken = verified(composed)
    finally:
        superuser(undone)
    assert code == 3
    assert broken is not None
    assert (broken["fault"], broken["position"]) == (fault, position)
    assert verified(composed) == (0, None)
