"""Query plans of search and suggestions among many items: by index, and within their bounds."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.knowledge.manifest import SERVICE
from services.knowledge.search.queries import CANDIDATES, SEARCH
from services.knowledge.search.rules import parse_question
from services.knowledge.suggestions.queries import COUNT, SUGGEST
from services.knowledge.suggestions.rules import MOST
from shared import database
from tests.world import world

MANY = """
INSERT INTO ki (id, number, ki_type, state, title, language, audience, registered_by, current_version, use_count, version,
    correlation_id, created_at, updated_at)
SELECT gen_random_uuid(), 'KI-9' || lpad(n::text, 5, '0'), CASE WHEN n % 10 = 0 THEN 'known_error' ELSE 'solution_article' END,
    'current', 'Subject ' || n, 'en', 'internal', 'loader', 1, 0, 1, gen_random_uuid(), TIMESTAMPTZ '2026-01-01Z',
    TIMESTAMPTZ '2026-01-01Z'
FROM generate_series(1, 7000) AS n
"""
VERSIONS = """
INSERT INTO ki_version (id, ki_id, number, ki_type, state, title, body, keywords, attributes, language, audience, authors,
    created_at)
SELECT gen_random_uuid(), id, 1, ki_type, state, title, 'common text about ' || title, '[]', '{}', language, audience, '[]',
    created_at
FROM ki WHERE registered_by = 'loader'
"""


@pytest.fixture
async def connection(make_database: Callable[[str], Any]) -> AsyncIterator[AsyncConnection]:
    """A connection to a database of knowledge with nothing in it."""
    async with world((SERVICE,), make_database) as zeven, zeven.running("knowledge").engine.connect() as opened:
        yield opened


async def nodes_of(connection: AsyncConnection, statement: TextClause, bound: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan that a statement is carried out by."""
    explained = text(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement.text}")
    return list(walk((await connection.execute(explained, bound)).scalar_one()[0]["Plan"]))


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node of a plan and all below it."""
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)


def incident(*signs: str) -> dict[str, Any]:
    """What the statement of suggestions is asked for one incident with these signs."""
    weights = [1.0] * len(signs)
    wanted = {"incident_id": uuid4(), "named": [], "signs": signs, "weights": weights, "rare": signs, "beside": signs}
    return {"wanted": database.encode([wanted])}


async def test_among_many_items_the_indexes_are_used_and_the_ranked_are_bounded(connection: AsyncConnection) -> None:
    for statement in (MANY, VERSIONS, "ANALYZE ki", "ANALYZE ki_version", "ANALYZE ki_text"):
        await connection.exec_driver_sql(statement)
    terms = database.encode(parse_question("common").terms)
    searched = await nodes_of(connection, SEARCH, {"terms": terms, "ki_types": None, "internal": True, "limit": 50})
    suggested = await nodes_of(connection, SUGGEST, incident("subject"))
    for nodes, index, most in ((searched, "ix_ki_text_words", CANDIDATES), (suggested, "ix_ki_text_signs", MOST)):
        assert index in {node.get("Index Name") for node in nodes}
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "ki_version"]
        assert max(node["Actual Rows"] for node in nodes if node["Node Type"] == "Limit") == most


async def test_without_anything_current_no_incident_is_read(connection: AsyncConnection) -> None:
    words = {"incident_id": uuid4(), "title": "printer silent", "description": ""}
    nodes = await nodes_of(connection, COUNT, {"incidents": database.encode([words])})
    (read,) = [node for node in nodes if node["Node Type"] == "Function Scan" and node.get("Alias") == "each"]
    assert read["Actual Loops"] == 0
