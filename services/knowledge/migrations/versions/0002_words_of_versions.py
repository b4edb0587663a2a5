"""words of versions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None

# How a text is cut into words is the same for what is stored and for what is looked for, so both use these functions.
FUNCTIONS = (
    # The parser of PostgreSQL reads a host name, a path or an address as one word, of which no part would be found.
    r"""
CREATE FUNCTION ki_plain(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(normalize(COALESCE(given, '')), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))
""",
    # A function word of one language that means something in the other ("door", "been", "it") is worth looking for.
    """
CREATE FUNCTION ki_meaning(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN ts_lexize('dutch_stem', word) <> '{}' AND ts_lexize('english_stem', word) <> '{}' THEN 'full'
  WHEN ts_lexize('dutch_stem', word) = '{}' AND ts_lexize('english_stem', word) = '{}' THEN 'none'
  WHEN word IN (
    'door', 'want', 'die', 'men', 'er', 'met', 'hem', 'tot', 'na', 'ben', 'dan', 'al', 'reeds', 'dat', 'toe', 'wie', 'haar',
    'meer', 'kan', 'zij', 'wil', 'mijn', 'moet', 'onder', 'tegen',
    'been', 'it', 'as', 'am', 'do', 'most', 'who', 'will', 'can', 'own', 'on', 'off', 'up', 'down', 'out', 'under', 'her',
    'we', 'he', 'be', 'no', 'same', 'being', 'once', 'few', 'here', 'below', 'above', 'against', 'until', 'don', 'an', 'at'
  ) THEN 'perhaps'
  ELSE 'none' END
""",
    # One form for a word in both languages; null for a word without meaning.
    """
CREATE FUNCTION ki_stem(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN word ~ '[0-9]' THEN word
  WHEN length(word) < 2 OR ki_meaning(word) = 'none' THEN NULL
  WHEN ts_lexize('dutch_stem', word) = '{}' THEN (ts_lexize('english_stem', word))[1]
  ELSE COALESCE((ts_lexize('english_stem', (ts_lexize('dutch_stem', word))[1]))[1], (ts_lexize('dutch_stem', word))[1])
END
""",
    # What people remember of a code: 42 of 000042, 5034441 and KB of KB5034441, 80070005 of 0x80070005.
    """
CREATE FUNCTION ki_parts(word text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT DISTINCT part FROM (
    SELECT ltrim(run[1], '0') AS part FROM regexp_matches(word, '[0-9]+|[^0-9]+', 'g') AS run WHERE word ~ '[0-9]'
  ) AS found
  WHERE part <> word
    AND length(part) >= CASE WHEN word ~ '^[0-9]+$' THEN 1 WHEN part ~ '[0-9]' THEN 3 ELSE 2 END;
END
""",
    """
CREATE FUNCTION ki_vector(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT to_tsvector('simple', plain) || to_tsvector('dutch', plain) || to_tsvector('english', plain)
  FROM (SELECT ki_plain(given) AS plain OFFSET 0) AS each;
END
""",
)
_PARTS = "number text, title text, symptom text, keywords jsonb, workaround text, body text, attributes jsonb"
_VERSION = (
    "(SELECT number FROM ki WHERE ki.id = {0}.ki_id), {0}.title, {0}.symptom, {0}.keywords, {0}.workaround, {0}.body, "
    "{0}.attributes"
)
WORDS_OF = (
    """
CREATE FUNCTION ki_list(given jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT string_agg(value, E'\\n') FROM jsonb_array_elements_text(given) AS each(value);
END
""",
    """
CREATE FUNCTION ki_pairs(given jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT string_agg(key || ' ' || value, E'\\n' ORDER BY key) FROM jsonb_each_text(given) AS each(key, value);
END
""",
    # What people search in: every word as it is written and its stems, weighted by the part of the version that it is in.
    f"""
CREATE FUNCTION ki_words({_PARTS}) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH found AS (
    SELECT setweight(ki_vector(concat_ws(E'\\n', number, title)), 'A') || setweight(ki_vector(concat_ws(E'\\n', symptom, ki_list(keywords))), 'B')
      || setweight(ki_vector(concat_ws(E'\\n', workaround, body, ki_pairs(attributes))), 'C') AS words
  )
  SELECT words || COALESCE((
    SELECT setweight(to_tsvector('simple', string_agg(part, ' ')), 'D')
    FROM unnest(tsvector_to_array(words)) AS each(word) CROSS JOIN LATERAL ki_parts(word) AS part
    WHERE word ~ '[0-9]'
  ), CAST('' AS tsvector))
  FROM found;
END
""",  # noqa: S608 - names of ours
    # What an incident is compared with: stems, and how often each occurs, where a word of the title counts three times, one of
    # the keywords twice, and all occurrences in the text that says what to do together less than one in a sign.
    f"""
CREATE FUNCTION ki_signs({_PARTS}, OUT signs text[], OUT weights real[], OUT length real)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH part AS (
    SELECT * FROM (VALUES
      (number, 1.0), (title, 3.0), (ki_list(keywords), 2.0), (symptom, 1.0), (ki_pairs(attributes), 1.0),
      (left(concat_ws(E'\\n', body, workaround), 2000), 0.5)
    ) AS each(given, weight)
  ), word AS (
    SELECT lexeme, weight, cardinality(positions) AS times
    FROM part CROSS JOIN LATERAL unnest(to_tsvector('simple', ki_plain(given)))
  ), stem AS (
    SELECT ki_stem(lexeme) AS sign, weight, times FROM word
    UNION ALL
    SELECT part, weight, times FROM word CROSS JOIN LATERAL ki_parts(lexeme) AS part WHERE lexeme ~ '[0-9]'
  ), counted AS (
    SELECT sign, COALESCE(sum(times * weight) FILTER (WHERE weight >= 1), 0)
      + LEAST(COALESCE(sum(times * weight) FILTER (WHERE weight < 1), 0), 0.9) AS weight
    FROM stem WHERE sign IS NOT NULL GROUP BY sign
  )
  SELECT COALESCE(array_agg(sign), '{{}}'), COALESCE(array_agg(CAST(weight AS real)), '{{}}'),
    COALESCE(CAST(sum(weight) AS real), 0)
  FROM counted;
END
""",  # noqa: S608 - names of ours
)
# What people ask for. Terms of one alternative must all be there, without the negated ones, in any of the alternatives. The parts
# of a code or a quoted text must follow each other; the last part of a code, and an unfinished word, may go on. Words that
# perhaps mean something are needed only when there are no others, and otherwise count in the rank.
QUERIES = (
    """
CREATE FUNCTION ki_query(terms jsonb) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH term AS (
    SELECT * FROM jsonb_to_recordset(terms)
      AS each(place int, alternative int, words text, negated bool, quoted bool, unfinished bool)
  ), token AS (
    SELECT place, at, lexeme, ki_meaning(lexeme) AS meaning,
      at = max(at) OVER (PARTITION BY place) AND lexeme ~ '[0-9]' AND length(lexeme) > 2 AS ends_code
    FROM term CROSS JOIN LATERAL unnest(to_tsvector('simple', ki_plain(words)))
      CROSS JOIN LATERAL unnest(positions) AS each(at)
  ), form AS (
    SELECT alternative, negated,
      CASE WHEN quoted THEN 'full' WHEN bool_and(meaning = 'none') THEN 'none'
        WHEN count(*) = 1 THEN min(meaning) ELSE 'full' END AS meaning,
      CAST(string_agg('''' || lexeme || '''', ' <-> ' ORDER BY at)
        || CASE WHEN NOT quoted AND (bool_or(ends_code) OR unfinished AND length(words) > 1) THEN ':*' ELSE '' END AS tsquery)
      || CASE WHEN numnode(phraseto_tsquery('dutch', ki_plain(words))) = 2 * count(*) - 1
        THEN phraseto_tsquery('dutch', ki_plain(words)) ELSE CAST('' AS tsquery) END
      || CASE WHEN numnode(phraseto_tsquery('english', ki_plain(words))) = 2 * count(*) - 1
        THEN phraseto_tsquery('english', ki_plain(words)) ELSE CAST('' AS tsquery) END
      || CASE WHEN count(*) = 1 AND min(lexeme) ~ '^0+[1-9][0-9]*$'
        THEN CAST('''' || ltrim(min(lexeme), '0') || '''' AS tsquery) ELSE CAST('' AS tsquery) END AS query
    FROM term JOIN token USING (place) GROUP BY place, alternative, words, negated, quoted, unfinished
  ), alternative AS (
    SELECT string_agg(format('(%s)', query), ' & ') FILTER (WHERE NOT negated AND meaning = 'full') AS needed,
      string_agg(format('(%s)', query), ' & ') FILTER (WHERE NOT negated AND meaning = 'perhaps') AS instead,
      string_agg(format('(%s)', query), ' | ') FILTER (WHERE NOT negated AND meaning = 'perhaps') AS more,
      string_agg(format('!(%s)', query), ' & ') FILTER (WHERE negated AND meaning <> 'none') AS absent
    FROM form GROUP BY alternative
  )
  SELECT CAST(string_agg(format('(%s)', CASE WHEN needed IS NULL THEN instead WHEN more IS NULL THEN needed
    ELSE format('(%s) | (%s) & (%s)', needed, needed, more) END) || COALESCE(' & ' || absent, ''), ' | ') AS tsquery)
  FROM alternative WHERE needed IS NOT NULL OR more IS NOT NULL;
END
""",
    # Any word, as it is written, as its stems, or as a part of a code; from four letters on also as the beginning of a longer
    # word, because Dutch writes compounds as one word, and its stemmer leaves the -t of verbs.
    """
CREATE FUNCTION ki_any_word(given text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH word AS (
    SELECT lexeme FROM unnest(to_tsvector('simple', ki_plain(given)))
    WHERE ki_meaning(lexeme) <> 'none' AND (length(lexeme) > 1 OR lexeme ~ '[0-9]')
  ), form AS (
    SELECT DISTINCT form, length(form) > 3 AS beginning FROM word CROSS JOIN LATERAL (
      SELECT unnest(ts_lexize('dutch_stem', lexeme) || ts_lexize('english_stem', lexeme) || lexeme) AS form
      UNION SELECT part FROM ki_parts(lexeme) AS part
    ) AS forms
  )
  SELECT CAST(string_agg(format('''%s''', form) || CASE WHEN beginning THEN ':*' ELSE '' END, ' | ') AS tsquery)
  FROM form WHERE NOT EXISTS (
    SELECT FROM form AS other WHERE other.beginning AND other.form <> form.form AND starts_with(form.form, other.form)
  );
END
""",
    # The same question, asked of titles only.
    r"""
CREATE FUNCTION ki_titled(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CAST(regexp_replace(CAST(query AS text), '''([^'']+)''(?::(\*))?', '''\1'':A\2', 'g') AS tsquery)
""",
)
_INDEX = """
  INSERT INTO ki_text (version_id, words, signs, weights, length)
  SELECT {0}.id, ki_words({1}), found.signs, found.weights, found.length
"""
_OF_CURRENT = "LEFT JOIN LATERAL (SELECT * FROM ki_signs({1}) WHERE {0}.state = 'current') AS found ON true"
# Triggers, so that the index is right for what any version of the program writes. Changes of counts are new rows, which a job
# adds up: nobody who approves an item waits for somebody else's.
TRIGGERS = (
    f"""
CREATE FUNCTION ki_index_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  was ki_text;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM ki_text WHERE version_id = OLD.id RETURNING * INTO was;
    INSERT INTO ki_word (word, items, length, summed)
    SELECT sign, -1, 0, false FROM unnest(was.signs) AS each(sign)
    UNION ALL SELECT '', -1, -was.length, false WHERE was.signs IS NOT NULL;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    {_INDEX.format("NEW", _VERSION.format("NEW"))}
    FROM (SELECT NEW.state) AS version {_OF_CURRENT.format("version", _VERSION.format("NEW"))}
    RETURNING * INTO was;
    INSERT INTO ki_word (word, items, length, summed)
    SELECT sign, 1, 0, false FROM unnest(was.signs) AS each(sign)
    UNION ALL SELECT '', 1, was.length, false WHERE was.signs IS NOT NULL;
  END IF;
  RETURN NULL;
END
$$
""",  # noqa: S608 - names of ours
    """
CREATE FUNCTION ki_forget_versions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  TRUNCATE ki_text, ki_word;
  RETURN NULL;
END
$$
""",
    """
CREATE TRIGGER ki_index_version
AFTER INSERT OR DELETE OR UPDATE OF state, title, symptom, keywords, workaround, body, attributes ON ki_version
FOR EACH ROW EXECUTE FUNCTION ki_index_version()
""",
    """
CREATE TRIGGER ki_forget_versions AFTER TRUNCATE ON ki_version
FOR EACH STATEMENT EXECUTE FUNCTION ki_forget_versions()
""",
)
# Indexes what is stored: at the upgrade, and whenever words are cut in another way. Only the owner of the tables may.
INDEX_ALL = f"""
CREATE FUNCTION ki_index_all() RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  TRUNCATE ki_text, ki_word;
  {_INDEX.format("version", _VERSION.format("version"))}
  FROM ki_version AS version {_OF_CURRENT.format("version", _VERSION.format("version"))};
  INSERT INTO ki_word (word, items, length, summed)
  SELECT sign, count(*), 0, true FROM ki_text CROSS JOIN LATERAL unnest(signs) AS each(sign) GROUP BY sign
  UNION ALL SELECT '', count(*), COALESCE(sum(length), 0), true FROM ki_text WHERE signs IS NOT NULL;
END
$$
"""  # noqa: S608 - names of ours


def upgrade() -> None:
    """Apply; what is stored is indexed too, and nothing is written in versions meanwhile."""
    op.create_table(
        "ki_text",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("signs", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("weights", postgresql.ARRAY(sa.REAL()), nullable=True),
        sa.Column("length", sa.REAL(), nullable=True),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_ki_text")),
    )
    op.create_table(
        "ki_word",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("length", sa.Double(), nullable=False),
        sa.Column("summed", sa.Boolean(), nullable=False),
    )
    op.create_index(op.f("ix_ki_word_word"), "ki_word", ["word"], unique=False)
    op.create_index("ix_ki_word_new", "ki_word", ["word"], unique=False, postgresql_where="NOT summed")
    for statement in (*FUNCTIONS, *WORDS_OF, *QUERIES, *TRIGGERS, INDEX_ALL, "SELECT ki_index_all()"):
        op.get_bind().exec_driver_sql(statement)
    for column in ("words", "signs"):
        op.create_index(
            f"ix_ki_text_{column}",
            "ki_text",
            [column],
            unique=False,
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER ki_index_version ON ki_version")
    op.execute("DROP TRIGGER ki_forget_versions ON ki_version")
    op.drop_table("ki_word")
    op.drop_table("ki_text")
    for function in (
        "ki_index_all()",
        "ki_index_version()",
        "ki_forget_versions()",
        "ki_query(jsonb)",
        "ki_any_word(text)",
        "ki_titled(tsquery)",
        "ki_words(text, text, text, jsonb, text, text, jsonb)",
        "ki_signs(text, text, text, jsonb, text, text, jsonb)",
        "ki_list(jsonb)",
        "ki_pairs(jsonb)",
        "ki_vector(text)",
        "ki_parts(text)",
        "ki_stem(text)",
        "ki_meaning(text)",
        "ki_plain(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
