"""Queries about suggestions and uses: the items that fit several incidents, in two statements, and those that helped."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.knowledge.models import SuggestionSet
from services.knowledge.suggestions.rules import (
    IN_TEXT,
    KNOWN_ERROR,
    LENGTH,
    LONGER,
    MOST,
    OFTEN,
    SHORTEST,
    SUGGESTED,
    TITLE,
    Counted,
    wanted_of,
)
from shared import database
from shared.unit_of_work import Work

# The signs of each incident with the number of current items that have them; for longer words also the words that begin with
# them, and those that they begin with. Without a current item no incident is read at all.
COUNT = text(f"""
WITH all_items AS MATERIALIZED (
  SELECT items FROM (SELECT sum(items) AS items FROM ki_word WHERE word = '') AS summed WHERE items > 0
), incident AS MATERIALIZED (
  SELECT incident_id, title, description
  FROM jsonb_to_recordset(CAST(:incidents AS jsonb)) AS each(incident_id uuid, title text, description text)
  WHERE EXISTS (SELECT FROM all_items)
), word AS (
  SELECT incident_id, lexeme, sum(part.times * cardinality(positions)) AS times
  FROM incident CROSS JOIN LATERAL (VALUES (title, {TITLE}), (description, 1)) AS part(given, times)
    CROSS JOIN LATERAL unnest(to_tsvector('simple', ki_plain(given)))
  GROUP BY incident_id, lexeme
), sign AS MATERIALIZED (
  SELECT incident_id, sign, CAST(sum(times) AS int) AS times FROM (
    SELECT incident_id, ki_stem(lexeme) AS sign, times FROM word
    UNION ALL SELECT incident_id, part, times FROM word CROSS JOIN LATERAL ki_parts(lexeme) AS part
  ) AS stem WHERE sign IS NOT NULL GROUP BY incident_id, sign
)
SELECT sign.incident_id, sign.sign, sign.times, known.word, known.items, all_items.items AS all_items
FROM sign CROSS JOIN all_items CROSS JOIN LATERAL (
  SELECT word, sum(items) AS items FROM ki_word
  WHERE word = ANY(sign.sign || ARRAY(SELECT left(sign.sign, letters) FROM generate_series(
    {SHORTEST}, CASE WHEN sign.sign ~ '^[0-9]+$' THEN 0 ELSE length(sign.sign) - 1 END) AS letters))
  GROUP BY word HAVING sum(items) > 0
  UNION ALL
  (SELECT word, sum(items) FROM ki_word
  WHERE word > sign.sign AND word < sign.sign || chr(1114111) AND length(sign.sign) >= {SHORTEST} AND sign.sign !~ '^[0-9]+$'
  GROUP BY word HAVING sum(items) > 0 ORDER BY length(word), word LIMIT {LONGER})
) AS known
""")  # noqa: S608 - numbers of ours

# Each word that an incident and an item share counts its weight in the incident, the more the more it weighs in the item, and less
# in a long item. Items that the incident names are always candidates.
SUGGEST = text(f"""
WITH usual AS MATERIALIZED (
  SELECT greatest(sum(length) / greatest(sum(items), 1), 1) AS length FROM ki_word WHERE word = ''
), incident AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(CAST(:wanted AS jsonb))
    AS each(incident_id uuid, named uuid[], signs text[], weights float8[], rare text[], beside text[])
)
SELECT incident.incident_id, best.* FROM incident CROSS JOIN LATERAL (
  SELECT ki_id, number, ki_type, title, public, CAST(round(CAST(rank AS numeric), 6) AS float8) AS rank FROM (
    SELECT ranked.*, ki_type = 'known_error' AND rank >= {KNOWN_ERROR} * max(rank) OVER ()
      AND row_number() OVER (PARTITION BY ki_type = 'known_error' ORDER BY rank DESC, number) = 1 AS first
    FROM (
      SELECT item.*, CASE WHEN item.ki_id = ANY(incident.named) THEN 1 ELSE fit / (10 + fit) END AS rank
      FROM (
        SELECT ki_id, max(score) AS score FROM (
          SELECT ki_id, score FROM (
            SELECT candidate.version_id, sum(wanted.weight * found.weight * {OFTEN + 1}
              / (found.weight + {OFTEN} * ({1 - LENGTH} + {LENGTH} * candidate.length / usual.length))) AS score
            FROM (
              SELECT version_id, signs, weights, length FROM ki_text
              WHERE signs && incident.rare AND signs && incident.beside
              UNION ALL SELECT version_id, signs, weights, length FROM ki_text
              WHERE signs && incident.rare AND NOT signs && incident.beside
              LIMIT {MOST}
            ) AS candidate CROSS JOIN usual
              CROSS JOIN LATERAL unnest(candidate.signs, candidate.weights) AS found(sign, weight)
              JOIN LATERAL unnest(incident.signs, incident.weights) AS wanted(sign, weight) ON wanted.sign = found.sign
            GROUP BY candidate.version_id HAVING bool_or(found.weight >= 1) OR count(*) >= {IN_TEXT}
            ORDER BY score DESC LIMIT {20 * SUGGESTED}
          ) AS scored JOIN ki_version ON ki_version.id = version_id
          UNION ALL SELECT id, 0 FROM ki WHERE id = ANY(incident.named)
        ) AS either GROUP BY ki_id
      ) AS fitting CROSS JOIN LATERAL (
        SELECT id AS ki_id, number, ki_type, title, public, score * (1 + 0.1 * ln(1 + use_count)) AS fit
        FROM ki WHERE id = fitting.ki_id AND state = 'current' LIMIT 1
      ) AS item
    ) AS ranked
  ) AS placed ORDER BY first DESC, rank DESC, number LIMIT {SUGGESTED}
) AS best
ORDER BY incident.incident_id, best.ki_type <> 'known_error', best.rank DESC, best.number
""")  # noqa: S608 - numbers of ours

# an external server may want to compile such a statement, which takes longer than to run it
_AS_IT_IS = text("SET LOCAL jit = off")

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


async def fitting_items(work: Work, incidents: Sequence[dict[str, Any]]) -> dict[UUID, list[Any]]:
    """The items that fit each incident (`incident_id`, `title`, `description`, `named`), known errors first, then by rank."""
    read = {each["incident_id"]: each["named"] for each in incidents}
    await work.session.execute(_AS_IT_IS)
    counted: dict[UUID, list[Counted]] = {}
    rows: Sequence[Any] = (await work.session.execute(COUNT, {"incidents": database.encode(incidents)})).all()
    for incident_id, *sign in rows:
        counted.setdefault(incident_id, []).append(Counted(*sign))
    wanted = [
        {"incident_id": identity, "named": named, **asdict(wanted_of(counted.get(identity, ())))}
        for identity, named in read.items()
        if named or identity in counted
    ]
    found: dict[UUID, list[Any]] = {}
    if wanted:
        for row in (await work.session.execute(SUGGEST, {"wanted": database.encode(wanted)})).mappings():
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
