"""The pieces of SQL that search and suggestions share: from text to query, from query to candidates, from candidate to rank."""

#: at most so many known errors and so many other items are ranked for one question; which, when more match, is left to the index
CANDIDATES = 100
#: at most so many words of a text are looked for, in the order in which they stand
WORDS = 12
#: from so many letters on, what begins so matches too
BEGINNING = 4


def any_word(text: str) -> str:
    """SQL of the query that matches any meaningful word of the SQL expression `text`; null when there is none.

    Words that mean nothing in one of the languages are dropped. The others are looked for as they stand and as the stems of
    both languages; from four letters on what begins so matches too, for Dutch writes compounds as one word, and its stemmer
    leaves the -t of verbs.
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

    `ts_rank_cd` minds how near each other the words stand; `ts_rank` does not, and takes an eighth of the time.
    """
    return f"CROSS JOIN LATERAL (SELECT {by}(candidate.vector, {query}) AS fit OFFSET 0) AS measured"


_SCORE = "(measured.fit * (1 + 0.1 * ln(1 + ki.use_count)) / (1 + ln(1 + length(candidate.vector))))"
#: SQL of the rank of a candidate between 0 and 1: its fit in proportion to its length, and how often the item has helped
RANK = f"CAST(round(CAST({_SCORE} / (1 + {_SCORE}) AS numeric), 6) AS float8)"
