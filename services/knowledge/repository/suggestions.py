"""Queries about suggestions: what fits each of several incidents, in one statement, and what was suggested before."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.knowledge.models import SuggestionSet
from services.knowledge.repository.words import RANK, any_word, candidates, measured
from shared import database
from shared.unit_of_work import Work

#: at most so many items are suggested for an incident
SUGGESTED = 5

# Incidents describe signs, so signs are what they are compared with. Without anything current, no incident is even read. Items
# that the incident names are candidates whatever they say.
SUGGEST = text(f"""
WITH asked AS MATERIALIZED (
  SELECT incident_id, named, ({any_word("words")}) AS query
  FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS incident(incident_id uuid, words text, named uuid[])
  WHERE EXISTS (SELECT FROM ki WHERE state = 'current')
)
SELECT asked.incident_id, found.* FROM asked CROSS JOIN LATERAL (
  SELECT ki.id, ki.number, ki.ki_type, ki.title, CASE WHEN ki.id = ANY(asked.named) THEN 1 ELSE {RANK} END AS rank
  FROM (
    {candidates("signs", "asked.query", "ki_id <> ALL(asked.named)")}
    UNION ALL SELECT id, ki_id, signs FROM ki_version WHERE state = 'current' AND ki_id = ANY(asked.named)
  ) AS candidate JOIN ki ON ki.id = candidate.ki_id {measured("asked.query", "ts_rank")}
  ORDER BY ki.ki_type <> 'known_error', rank DESC, ki.number LIMIT {SUGGESTED}
) AS found
ORDER BY asked.incident_id, found.ki_type <> 'known_error', found.rank DESC, found.number
""")  # noqa: S608 - pieces of ours


async def suggestions(work: Work, asked: Iterable[dict[str, Any]]) -> dict[UUID, list[Any]]:
    """What fits each incident (`incident_id`, `words`, `named`): known errors first, then by rank; nothing for most."""
    found: dict[UUID, list[Any]] = {}
    for row in (await work.session.execute(SUGGEST, {"asked": database.encode(list(asked))})).all():
        found.setdefault(row.incident_id, []).append(row)
    return found


async def suggested_before(work: Work, incident_ids: Iterable[UUID]) -> dict[UUID, SuggestionSet]:
    """What was suggested for these incidents until now, locked."""
    query = select(SuggestionSet).where(SuggestionSet.incident_id.in_(list(incident_ids)))
    rows = await work.session.scalars(query.order_by(SuggestionSet.incident_id).with_for_update())
    return {row.incident_id: row for row in rows.all()}
