"""The search in SQL: in Dutch and English at once, bounded before it is ranked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from services.knowledge import access
from services.knowledge.search.rules import CLOSE, IN_PLACE, JOINING, OPEN, Question
from shared import database
from shared.unit_of_work import Work

#: the largest number of items ranked for one question whose titles answer it, and of others
CANDIDATES = 200

_SCOPE = "(CAST(:ki_types AS text[]) IS NULL OR ki_type = ANY(CAST(:ki_types AS text[]))) AND (CAST(:internal AS bool) OR public)"
_MATCHING = f"""
SELECT version.id, version.ki_id, ki_text.words FROM ki_text JOIN ki_version AS version ON version.id = ki_text.version_id
WHERE version.state = 'current' AND {_SCOPE} AND ki_text.words @@ {{query}} LIMIT {CANDIDATES}
"""  # noqa: S608 - pieces of ours
# `ts_rank_cd` counts where words are, and how near they are to each other; a longer text needs more of them for the same rank
_SCORE = """(
  ts_rank_cd(candidate.words, question.query) * (1 + 0.1 * ln(1 + ki.use_count)) / (1 + ln(1 + length(candidate.words)))
)"""
_TAGS = f"'{JOINING}{OPEN}{CLOSE}{IN_PLACE}', '{IN_PLACE}'"
_MARKS = f'StartSel="{OPEN}", StopSel="{CLOSE}"'
_WHOLE = f"'{_MARKS}, HighlightAll=true'"
_EXCERPT = f"""'{_MARKS}, MaxFragments=2, MinWords=12, MaxWords=30, ShortWord=2, FragmentDelimiter=" … "'"""


def _statement(query: str) -> str:
    wanted = "(SELECT query FROM question)"
    return f"""
WITH question AS MATERIALIZED (SELECT {query} AS query),
candidate AS (
  ({_MATCHING.format(query=f"ki_titled({wanted})")}) UNION ({_MATCHING.format(query=wanted)})
),
best AS (
  SELECT candidate.id AS version_id, ki.id, ki.number, ki.ki_type, ki.use_count,
    CAST(round(CAST(score / (1 + score) AS numeric), 6) AS float8) AS rank
  FROM candidate JOIN ki ON ki.id = candidate.ki_id CROSS JOIN question CROSS JOIN LATERAL (SELECT {_SCORE} OFFSET 0) AS of(score)
  ORDER BY rank DESC, ki.number LIMIT :limit
), hit AS (
  SELECT best.*, ki_version.number AS current_version, title, language, audience,
    translate(title, {_TAGS}) AS plain_title,
    translate(concat_ws(E'\\n', symptom, workaround, body, ki_pairs(attributes)), {_TAGS}) AS plain_content
  FROM best JOIN ki_version ON ki_version.id = best.version_id
), read AS (
  SELECT hit.*, CASE
    WHEN ts_rank(to_tsvector('english', plain_title || ' ' || plain_content), {wanted})
      > ts_rank(to_tsvector('dutch', plain_title || ' ' || plain_content), {wanted})
    THEN 'english'::regconfig ELSE 'dutch'::regconfig END AS read_as
  FROM hit
)
SELECT id, number, ki_type, use_count, current_version, title, language, audience, rank,
  ts_headline(read_as, plain_title, {wanted}, {_WHOLE}) AS marked_title,
  ts_headline(read_as, plain_content, {wanted}, {_EXCERPT}) AS excerpt
FROM read ORDER BY rank DESC, number
"""  # noqa: S608 - pieces of ours


SEARCH = text(_statement("ki_query(CAST(:terms AS jsonb))"))
SEARCH_ANY_WORD = text(_statement("ki_any_word(CAST(:text AS text))"))

_ADD_UP = text("""
WITH changed AS (
  SELECT DISTINCT word FROM ki_word WHERE NOT summed LIMIT :limit
), gone AS (
  DELETE FROM ki_word USING changed WHERE ki_word.word = changed.word RETURNING ki_word.word, items, length
), sums AS (
  SELECT word, sum(items) AS items, sum(length) AS length FROM gone GROUP BY word
), added AS (
  INSERT INTO ki_word (word, items, length, summed) SELECT word, items, length, true FROM sums WHERE items <> 0
)
SELECT count(*) FROM sums
""")


async def search(work: Work, question: Question, ki_types: Sequence[str] | None, limit: int) -> Sequence[Any]:
    """The best `limit` current items that the caller may see, best first, with marked title and excerpt.

    All words must match; when a plain question finds nothing that way, any word may match.
    """
    bound = {"ki_types": ki_types, "internal": access.READ_INTERNAL.opens_all(work.caller), "limit": limit}
    terms, words = {"terms": database.encode(question.terms)}, {"text": question.text}
    ways = ((SEARCH, terms), (SEARCH_ANY_WORD, words)) if question.plain else ((SEARCH, terms),)
    for statement, asked in ways:
        if found := (await work.session.execute(statement, {**bound, **asked})).mappings().all():
            return found
    return ()


async def add_up(work: Work, limit: int) -> int:
    """Replace the rows of at most `limit` words' counts by their sums; returns how many words were summed."""
    summed: int = (await work.session.execute(_ADD_UP, {"limit": limit})).scalar_one()
    return summed
