"""Queries about suggestions and uses: the items that fit several incidents, in one statement, and those that helped."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.knowledge.models import SuggestionSet
from services.knowledge.search.queries import RANK, any_word, candidates, measured
from shared import database
from shared.unit_of_work import Work

#: the largest number of items suggested for an incident
SUGGESTED = 5

# Incidents describe signs, so they are compared with signs. Without a current item no incident is read at all. Items that the
# incident names are always candidates.
SUGGEST = text(f"""
WITH wanted AS MATERIALIZED (
  SELECT incident_id, named, ({any_word("words")}) AS query
  FROM jsonb_to_recordset(CAST(:incidents AS jsonb)) AS incident(incident_id uuid, words text, named uuid[])
  WHERE EXISTS (SELECT FROM ki WHERE state = 'current')
)
SELECT wanted.incident_id, found.* FROM wanted CROSS JOIN LATERAL (
  SELECT ki.id AS ki_id, ki.number, ki.ki_type, ki.title, ki.public,
    CASE WHEN ki.id = ANY(wanted.named) THEN 1 ELSE {RANK} END AS rank
  FROM (
    {candidates("signs", "wanted.query", "ki_id <> ALL(wanted.named)")}
    UNION ALL SELECT id, ki_id, signs FROM ki_version WHERE state = 'current' AND ki_id = ANY(wanted.named)
  ) AS candidate JOIN ki ON ki.id = candidate.ki_id {measured("wanted.query", "ts_rank")}
  ORDER BY ki.ki_type <> 'known_error', rank DESC, ki.number LIMIT {SUGGESTED}
) AS found
ORDER BY wanted.incident_id, found.ki_type <> 'known_error', found.rank DESC, found.number
""")  # noqa: S608 - pieces of ours

# the items are locked in the order of their ids, so that two replicas cannot wait for each other
_COUNT = text("""
WITH used AS (
  SELECT DISTINCT ON (incident_id, ki_id) incident_id, ki_id, used_at
  FROM jsonb_to_recordset(CAST(:uses AS jsonb)) AS use(incident_id uuid, ki_id uuid, used_at timestamptz)
  ORDER BY incident_id, ki_id, used_at
), known AS (
  SELECT id FROM ki WHERE id IN (SELECT ki_id FROM used) ORDER BY id FOR UPDATE
), new AS (
  INSERT INTO ki_use (incident_id, ki_id, used_at)
  SELECT incident_id, ki_id, used_at FROM used JOIN known ON known.id = used.ki_id
  ON CONFLICT (incident_id, ki_id) DO NOTHING RETURNING ki_id
)
UPDATE ki SET use_count = use_count + counted.uses
FROM (SELECT ki_id, count(*) AS uses FROM new GROUP BY ki_id) AS counted WHERE ki.id = counted.ki_id AND NOT :rebuilding
""")
_COUNT_AGAIN = text("""
UPDATE ki SET use_count = uses
FROM (SELECT id, (SELECT count(*) FROM ki_use WHERE ki_id = ki.id) AS uses FROM ki) AS counted
WHERE counted.id = ki.id AND use_count <> uses
""")


async def fitting_items(work: Work, incidents: Iterable[dict[str, Any]]) -> dict[UUID, list[Any]]:
    """The items that fit each incident (`incident_id`, `words`, `named`), known errors first, then by rank."""
    found: dict[UUID, list[Any]] = {}
    for row in (await work.session.execute(SUGGEST, {"incidents": database.encode(list(incidents))})).mappings():
        found.setdefault(row["incident_id"], []).append(row)
    return found


async def earlier_sets(work: Work, incident_ids: Iterable[UUID]) -> dict[UUID, SuggestionSet]:
    """The last suggestions for these incidents, locked."""
    query = select(SuggestionSet).where(SuggestionSet.incident_id.in_(list(incident_ids)))
    rows = await work.session.scalars(query.order_by(SuggestionSet.incident_id).with_for_update())
    return {row.incident_id: row for row in rows.all()}


async def add_uses(work: Work, uses: Iterable[dict[str, Any]]) -> None:
    """Count these uses, each pair of incident and item once; items that are not known here do not count.

    A rebuild counts its uses once they have replaced those of before.
    """
    await work.session.execute(_COUNT, {"uses": database.encode(list(uses)), "rebuilding": work.replaying})


async def count_again(work: Work) -> None:
    """Correct the number of uses of every item."""
    await work.session.execute(_COUNT_AGAIN)
