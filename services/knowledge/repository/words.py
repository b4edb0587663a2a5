"""The pieces of SQL that search and suggestions share: from text to query, from query to candidates, from candidate to rank."""

#: at most so many known errors and so many other items are ranked for one question; which, when more match, is left to the index
CANDIDATES = 100
#: at most so many words of a text are looked for, in the order in which they stand
WORDS = 12


def any_word(text: str) -> str:
    """SQL of the query that matches any meaningful word of the SQL expression `text`; null when there is none.

    Words that mean nothing in one of the languages are dropped. The others are looked for as they stand and as the stems of
    both languages; from four letters on what begins so matches too, for Dutch writes compounds as one word, and its stemmer
    leaves the -t of verbs.
    """
    return rf"""
SELECT CAST(string_agg(DISTINCT '''' || replace(replace(form, '\', '\\'), '''', '''''') || ''''
    || CASE WHEN length(form) >= 4 THEN ':*' ELSE '' END, ' | ') AS tsquery)
FROM (
  SELECT word FROM unnest(to_tsvector('simple', translate({text}, '<>', '  '))) AS found(word, places, weights)
  WHERE length(word) > 1 AND ts_lexize('dutch_stem', word) <> '{{}}' AND ts_lexize('english_stem', word) <> '{{}}'
  ORDER BY places[1] LIMIT {WORDS}
) AS words
CROSS JOIN LATERAL unnest(ts_lexize('dutch_stem', word) || ts_lexize('english_stem', word) || word) AS forms(form)
"""  # noqa: S608 - expressions of ours


def candidates(query: str, scope: str = "true") -> str:
    """SQL of the ids of current versions that match `query` within `scope`: known errors and all others, each bounded."""
    matching = f"SELECT id FROM ki_version WHERE state = 'current' AND {scope} AND search @@ {query}"  # noqa: S608
    return (
        f"({matching} AND ki_type = 'known_error' LIMIT {CANDIDATES}) UNION ALL "
        f"({matching} AND ki_type <> 'known_error' LIMIT {CANDIDATES})"
    )


def rank(query: str) -> str:
    """SQL of how well `ki_version` answers `query`, between 0 and 1.

    It counts where and how often the words stand, in proportion to the length of the text, and how often the item has helped.
    """
    score = f"(ts_rank_cd(ki_version.search, {query}, 1) * (1 + 0.1 * ln(1 + ki.use_count)))"
    return f"CAST(round(CAST({score} / (1 + {score}) AS numeric), 4) AS float8)"
