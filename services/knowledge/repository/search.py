"""The search over what is current: in Dutch and English at once, bounded before it is ranked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from services.knowledge.domain.highlights import CLOSE, GREATER, LESS, OPEN
from services.knowledge.domain.questions import Question
from services.knowledge.repository.items import sees_everything
from services.knowledge.repository.words import RANK, any_word, candidates, measured
from shared.contracts.knowledge import KiType
from shared.unit_of_work import Work

# A question without a meaningful word (stop words in one of the languages, operators alone) has no query and finds nothing. The
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
) AS understood
"""
_SCOPE = "(CAST(:ki_type AS text) IS NULL OR ki_type = CAST(:ki_type AS text)) AND (:everything OR audience = 'public')"
_EXCERPT = (
    f'StartSel="{OPEN}", StopSel="{CLOSE}", MaxFragments=2, MinWords=12, MaxWords=30, ShortWord=2, '
    'FragmentDelimiter=" … "'
)
_WHOLE = f'StartSel="{OPEN}", StopSel="{CLOSE}", HighlightAll=true'


def _statement(query: str) -> str:
    asked = "(SELECT query FROM asked)"
    return f"""
WITH asked AS MATERIALIZED (SELECT ({query}) AS query),
candidate AS ({candidates("search", asked, _SCOPE)}),
best AS (
  SELECT candidate.id AS version_id, ki.id, ki.number, ki.ki_type, ki.use_count, {RANK} AS rank
  FROM candidate JOIN ki ON ki.id = candidate.ki_id {measured(asked, "ts_rank_cd")}
  ORDER BY rank DESC, ki.number LIMIT :limit
), shown AS (
  SELECT best.*, ki_version.number AS current_version, title, language, audience,
    translate(title, '<>' || :marks, :brackets) AS plain_title,
    translate(concat_ws(E'\\n', symptom, workaround, body,
      (SELECT string_agg(key || ' ' || value, E'\\n' ORDER BY key) FROM jsonb_each_text(attributes))
    ), '<>' || :marks, :brackets) AS plain_content
  FROM best JOIN ki_version ON ki_version.id = best.version_id
), read AS (
  SELECT shown.*, CASE
    WHEN ts_rank(to_tsvector('english', plain_title || ' ' || plain_content), {asked})
      > ts_rank(to_tsvector('dutch', plain_title || ' ' || plain_content), {asked})
    THEN 'english'::regconfig ELSE 'dutch'::regconfig END AS read_as
  FROM shown
)
SELECT id, number, ki_type, use_count, current_version, title, language, audience, rank,
  ts_headline(read_as, plain_title, {asked}, :whole) AS marked_title,
  ts_headline(read_as, plain_content, {asked}, :excerpt) AS excerpt
FROM read ORDER BY rank DESC, number
"""  # noqa: S608 - pieces of ours


SEARCH = text(_statement(_ALL_WORDS))
SEARCH_ANY_WORD = text(_statement(any_word("CAST(:text AS text)")))


async def search(work: Work, question: Question, ki_type: KiType | None, limit: int) -> Sequence[Any]:
    """The best `limit` current items that the caller may see, best first, with marked title and excerpt.

    All words must be there; when a plain question finds nothing so, any of them will do.
    """
    bound = {
        "text": question.text,
        "rest": question.rest,
        "beginning": question.beginning,
        "ki_type": ki_type,
        "everything": sees_everything(work.caller),
        "limit": limit,
        "marks": OPEN + CLOSE + LESS + GREATER,
        "brackets": LESS + GREATER,
        "whole": _WHOLE,
        "excerpt": _EXCERPT,
    }
    found = (await work.session.execute(SEARCH, bound)).all()
    if not found and question.plain:
        loose = {name: value for name, value in bound.items() if name not in ("rest", "beginning")}
        found = (await work.session.execute(SEARCH_ANY_WORD, loose)).all()
    return found
