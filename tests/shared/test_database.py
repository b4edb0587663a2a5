"""Connections to a database: lost ones are replaced, and their loss is not counted as a mistake."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from shared import database

POOL = 3


async def test_connections_that_the_server_closed_are_replaced_before_they_are_used(
    make_database: Callable[[str], Any],
) -> None:
    url = await make_database("closing")
    engine, operator = database.engine(url, pool=POOL), await database.connect(url)
    connections = [engine.connect() for _ in range(POOL)]
    for connection in connections:
        await connection.start()
        await connection.execute(text("SELECT 1"))
    held = [(await connection.get_raw_connection()).driver_connection for connection in connections]
    for connection in connections:
        await connection.close()

    own = "datname = current_database() AND pid <> pg_backend_pid()"
    await operator.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")
    async with asyncio.timeout(10):
        while not all(each is not None and each.is_closed() for each in held):
            await asyncio.sleep(0.01)

    async with engine.connect() as one, engine.connect() as other, engine.connect() as third:
        for connection in (one, other, third):
            assert await connection.scalar(text("SELECT 1")) == 1
    await operator.close()
    await engine.dispose()


def test_a_driver_confused_by_a_lost_connection_is_the_platforms_fault_and_a_failed_statement_is_not() -> None:
    confused = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    assert database.is_platform_fault(confused)
    assert database.is_platform_fault(InternalError("SELECT 1", {}, confused))
    failed = asyncpg.InFailedSQLTransactionError("current transaction is aborted")
    assert not database.is_platform_fault(InternalError("SELECT 1", {}, failed))
