"""Queries about use: which incidents an item solved."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, text, update

from services.knowledge.models import KnowledgeItem, Use
from shared import database
from shared.unit_of_work import Work

# the items are locked in the order of their ids, so that two replicas cannot wait for each other
_COUNT = text("""
WITH told AS (
  SELECT DISTINCT ON (incident_id, ki_id) incident_id, ki_id, used_at
  FROM jsonb_to_recordset(CAST(:uses AS jsonb)) AS use(incident_id uuid, ki_id uuid, used_at timestamptz)
  ORDER BY incident_id, ki_id, used_at
), known AS (
  SELECT id FROM ki WHERE id IN (SELECT ki_id FROM told) ORDER BY id FOR UPDATE
), new AS (
  INSERT INTO ki_use (incident_id, ki_id, used_at)
  SELECT incident_id, ki_id, used_at FROM told JOIN known ON known.id = told.ki_id
  ON CONFLICT (incident_id, ki_id) DO NOTHING RETURNING ki_id
)
UPDATE ki SET use_count = use_count + counted.uses
FROM (SELECT ki_id, count(*) AS uses FROM new GROUP BY ki_id) AS counted WHERE ki.id = counted.ki_id
""")


async def count_uses(work: Work, uses: Iterable[dict[str, Any]]) -> None:
    """Count these uses, each pair of incident and item once; items that are not ours do not count."""
    await work.session.execute(_COUNT, {"uses": database.encode(list(uses))})


async def forget_uses(work: Work) -> None:
    """Drop what was counted."""
    await work.session.execute(delete(Use))
    await work.session.execute(update(KnowledgeItem).values(use_count=0))
