"""The floor: a bare FastAPI app on raw asyncpg that inserts one row and one event row; no login, no rules, no delivery."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel
from uuid_utils.compat import uuid7

from shared import database

TABLES = """
CREATE TABLE IF NOT EXISTS floor_row (id uuid PRIMARY KEY, title text, description text, impact text, urgency text, state text,
  created_at timestamptz DEFAULT now());
CREATE INDEX IF NOT EXISTS ix_floor_row_created_at ON floor_row (created_at, id);
CREATE TABLE IF NOT EXISTS floor_event (ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid, subject uuid, data text);
"""


class Make(BaseModel):
    """What the floor is sent."""

    type: str
    title: str
    description: str
    impact: str
    urgency: str


class Made(BaseModel):
    """What it answers."""

    id: UUID
    title: str
    description: str
    impact: str
    urgency: str
    state: str


@asynccontextmanager
async def pool(app: FastAPI) -> AsyncIterator[None]:
    """The app's connections."""
    arguments = database.connection_arguments(os.environ["FLOOR_DATABASE_URL"])
    async with asyncpg.create_pool(**arguments, min_size=10, max_size=10) as app.state.pool:
        await app.state.pool.execute(TABLES)
        yield


app = FastAPI(lifespan=pool)


@app.post("/rows", status_code=201)
async def make(body: Make, request: Request) -> Made:
    """One row and one event row in one transaction."""
    identity = uuid7()
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO floor_row (id, title, description, impact, urgency, state) VALUES ($1, $2, $3, $4, $5, 'new')",
            identity,
            body.title,
            body.description,
            body.impact,
            body.urgency,
        )
        await connection.execute(
            "INSERT INTO floor_event (id, subject, data) VALUES ($1, $2, $3)", uuid7(), identity, body.model_dump_json()
        )
    return Made(id=identity, state="new", **body.model_dump(exclude={"type"}))


@app.get("/rows/{identity}")
async def read(identity: UUID, request: Request) -> Made:
    """One row."""
    return Made(**dict(await request.app.state.pool.fetchrow("SELECT * FROM floor_row WHERE id = $1", identity)))


@app.get("/rows")
async def listed(request: Request) -> list[Made]:
    """The newest fifty."""
    rows: list[Any] = await request.app.state.pool.fetch(
        "SELECT * FROM floor_row ORDER BY created_at DESC, id DESC LIMIT 50"
    )
    return [Made(**dict(row)) for row in rows]


@app.post("/rows/{identity}/moves")
async def move(identity: UUID, request: Request) -> Made:
    """One row changed, one event row."""
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("UPDATE floor_row SET state = 'moved' WHERE id = $1 RETURNING *", identity)
        await connection.execute("INSERT INTO floor_event (id, subject, data) VALUES ($1, $2, '{}')", uuid7(), identity)
    return Made(**dict(row))


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
