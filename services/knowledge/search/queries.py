"""The search in SQL: in Dutch and English at once, bounded before it is ranked. Suggestions use the same parts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import text

from services.knowledge import access
from services.knowledge.search.rules import CLOSE, GREATER, LESS, OPEN, Question
from shared.unit_of_work import Work

#: the largest number of known errors, and of other items, ranked for one question; the index chooses when more match
CANDIDATES = 100
#: the largest number of words of a text that are searched for, from its beginning
WORDS = 12
#: words of at least so many letters also match longer words that begin with them
BEGINNING = 4


def any_word(text: str) -> str:
    """SQL of the query that matches any meaningful word of the SQL expression `text`; null when there is none.

    Stop words of either language are left out. Of the others the stems of both languages match too, and from four letters on
    words that begin with them: Dutch writes compounds as one word, and its stemmer leaves the -t of verbs.
    """
    return rf"""
WITH word AS (
  SELECT word FROM unnest(to_tsvector('simple', translate({text}, '<>', '  '))) AS found(word, places, weights)
  WHERE length(word) > 1 AND ts_lexize('dutch_stem', word) <> '{{}}' AND ts_lexize('english_stem', word) <> '{{}}'
  ORDER BY places[1] LIMIT {WORDS}
), form AS (
  SELECT DISTINCT form, length(form) >= {BEGINNING} AS beginning
  FROM word CROSS JOIN LATERAL unnest(ts_lexize('dutch_stem', word) || ts_lexize('english_stem', word) || word) AS form
)
SELECT CAST(string_agg('''' || replace(replace(form, '\', '\\'), '''', '''''') || ''''
    || CASE WHEN beginning THEN ':*' ELSE '' END, ' | ') AS tsquery)
FROM form WHERE NOT EXISTS (
  SELECT FROM form AS other WHERE other.beginning AND other.form <> form.form AND starts_with(form.form, other.form)
)
"""  # noqa: S608 - expressions of ours


def candidates(vector: str, query: str, scope: str = "true") -> str:
    """SQL of the current versions whose `vector` matches `query` within `scope`: known errors and all others, each bounded."""
    matching = (
        f"SELECT id, ki_id, {vector} AS vector FROM ki_version "  # noqa: S608 - names and expressions of ours
        f"WHERE state = 'current' AND {scope} AND {vector} @@ {query}"
    )
    return (
        f"({matching} AND ki_type = 'known_error' LIMIT {CANDIDATES}) UNION ALL "
        f"({matching} AND ki_type <> 'known_error' LIMIT {CANDIDATES})"
    )


def measured(query: str, by: str) -> str:
    """SQL that joins to a `candidate` how well it answers `query`, computed once with a ranking function of PostgreSQL.

    `ts_rank_cd` counts how near the words are to each other; `ts_rank` does not, and takes an eighth of the time.
    """
    return f"CROSS JOIN LATERAL (SELECT {by}(candidate.vector, {query}) AS fit OFFSET 0) AS measured"


_SCORE = "(measured.fit * (1 + 0.1 * ln(1 + ki.use_count)) / (1 + ln(1 + length(candidate.vector))))"
#: SQL of the rank of a candidate between 0 and 1: its fit in proportion to its length, and how often the item has helped
RANK = f"CAST(round(CAST({_SCORE} / (1 + {_SCORE}) AS numeric), 6) AS float8)"

# A question without a meaningful word (only operators, or only stop words of one language) has no query and finds nothing. The
# unfinished last word counts as a beginning, unless it is a stop word.
_ALL_WORDS = """
SELECT CASE WHEN numnode(dutch) > 0 AND numnode(english) > 0 AND querytree(whole) NOT IN ('', 'T') THEN whole END
FROM (
  SELECT dutch, english, dutch || english || CASE
    WHEN ts_lexize('dutch_stem', beginning) <> '{}' AND ts_lexize('english_stem', beginning) <> '{}'
    THEN (websearch_to_tsquery('dutch', rest) && CAST('''' || beginning || ''':*' AS tsquery))
      || (websearch_to_tsquery('english', rest) && CAST('''' || beginning || ''':*' AS tsquery))
    ELSE CAST('' AS tsquery) END AS whole
  FROM (
    SELECT websearch_to_tsquery('dutch', CAST(:text AS text)) AS dutch,
      websearch_to_tsquery('english', CAST(:text AS text)) AS english,
      CAST(:rest AS text) AS rest, CAST(:beginning AS text) AS beginning
  ) AS read
) AS parsed
"""
_SCOPE = "(CAST(:ki_types AS text[]) IS NULL OR ki_type = ANY(CAST(:ki_types AS text[]))) AND (CAST(:internal AS bool) OR public)"
#: angle brackets become control characters, and control characters in a text are removed
_TAGS = f"'<>{OPEN}{CLOSE}{LESS}{GREATER}', '{LESS}{GREATER}'"
_MARKS = f'StartSel="{OPEN}", StopSel="{CLOSE}"'
_WHOLE = f"'{_MARKS}, HighlightAll=true'"
_EXCERPT = f"""'{_MARKS}, MaxFragments=2, MinWords=12, MaxWords=30, ShortWord=2, FragmentDelimiter=" … "'"""


def _statement(query: str) -> str:
    wanted = "(SELECT query FROM question)"
    return f"""
WITH question AS MATERIALIZED (SELECT ({query}) AS query),
candidate AS ({candidates("search", wanted, _SCOPE)}),
best AS (
  SELECT candidate.id AS version_id, ki.id, ki.number, ki.ki_type, ki.use_count, {RANK} AS rank
  FROM candidate JOIN ki ON ki.id = candidate.ki_id {measured(wanted, "ts_rank_cd")}
  ORDER BY rank DESC, ki.number LIMIT :limit
), hit AS (
  SELECT best.*, ki_version.number AS current_version, title, language, audience,
    translate(title, {_TAGS}) AS plain_title,
    translate(concat_ws(E'\\n', symptom, workaround, body,
      (SELECT string_agg(key || ' ' || value, E'\\n' ORDER BY key) FROM jsonb_each_text(attributes))
    ), {_TAGS}) AS plain_content
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


SEARCH = text(_statement(_ALL_WORDS))
SEARCH_ANY_WORD = text(_statement(any_word("CAST(:text AS text)")))


async def search(
    work: Work, questions: Sequence[Question], ki_types: Sequence[str] | None, limit: int
) -> Sequence[Mapping[str, Any]]:
    """The best `limit` current items that the caller may see, best first, with marked title and excerpt.

    `questions` is the same question in every form in which an item may be stored. All words must match; when a plain question
    finds nothing that way, any word may match.
    """
    bound = {"ki_types": ki_types, "internal": access.READ_INTERNAL.opens_all(work.caller), "limit": limit}
    for statement in (SEARCH, SEARCH_ANY_WORD) if questions[0].plain else (SEARCH,):
        found: dict[Any, Mapping[str, Any]] = {}
        for question in questions:
            for row in (await work.session.execute(statement, bound | asdict(question))).mappings():
                if row["id"] not in found or found[row["id"]]["rank"] < row["rank"]:
                    found[row["id"]] = dict(row)
        if found:
            return sorted(found.values(), key=lambda row: (-row["rank"], row["number"]))[:limit]
    return ()
