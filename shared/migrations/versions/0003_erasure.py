"""erased data of events, erasures of people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None

# The only ways to change the data of an event. Only texts of these fields can be replaced, by one word, and nothing is
# replaced that an event of the same transaction does not record, with a digest of what is left (shared/adr/0008).
REDACTED = """
CREATE FUNCTION redacted(data jsonb, paths jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE place jsonb; path text[]; field text;
BEGIN
  FOR place IN SELECT jsonb_array_elements(paths) LOOP
    path := ARRAY(SELECT jsonb_array_elements_text(place));
    field := path[cardinality(path)];
    IF path[1] = 'changes' AND cardinality(path) = 3 AND field IN ('from', 'to') THEN
      field := data #>> ARRAY['changes', path[2], 'field'];
    END IF;
    IF jsonb_typeof(data #> path) IS DISTINCT FROM 'string' OR field IS NULL OR field NOT IN (
      'name', 'subject', 'title', 'description', 'reason', 'text', 'note', 'solution', 'evaluation',
      'build_plan', 'test_plan', 'implementation_plan', 'back_out_plan'
    ) THEN
      RAISE EXCEPTION 'no text that can be erased at %', path;
    END IF;
    data := jsonb_set(data, path, '"erased"', false);
  END LOOP;
  RETURN data;
END $$
"""
ERASE_TEXTS = """
CREATE FUNCTION erase_texts(record uuid, paths jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE recorded jsonb; one jsonb; place bigint; rest jsonb;
BEGIN
  SELECT e.data->'events' INTO recorded FROM event AS e
  WHERE e.id = record AND e.type = 'erasure.recorded.v1' AND e.position IS NULL AND e.xmin = pg_current_xact_id()::xid;
  IF NOT FOUND THEN RAISE EXCEPTION 'no event of this transaction records what is erased'; END IF;
  FOR one IN SELECT jsonb_array_elements(recorded) LOOP
    SELECT e.ordinal, redacted(e.data, paths->(one->>'id')) INTO place, rest FROM event AS e
    WHERE e.id = (one->>'id')::uuid AND e.position IS NOT NULL
      AND e.type NOT IN ('erasure.recorded.v1', 'records.retired.v1') FOR UPDATE;
    IF NOT FOUND OR encode(sha256(convert_to(rest::text, 'UTF8')), 'hex') IS DISTINCT FROM one->>'digest' THEN
      RAISE EXCEPTION 'what is left of event % is not what was recorded', one->>'id';
    END IF;
    UPDATE event SET data = rest, data_salt = NULL, erased_by = record WHERE ordinal = place;
  END LOOP;
END $$
"""
FUNCTIONS = ("redacted(jsonb, jsonb)", "erase_texts(uuid, jsonb)")


def upgrade() -> None:
    """Apply."""
    op.add_column("event", sa.Column("erased_by", sa.Uuid(), nullable=True))
    for statement in (REDACTED, ERASE_TEXTS):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.create_table(
        "erased",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_erased")),
    )
    op.create_table(
        "erasure_chain",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "correlation_id", name=op.f("pk_erasure_chain")),
    )
    op.create_table(
        "erasure_task",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("searched", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erasure_task")),
    )
    op.create_index(
        "ix_erasure_task_open", "erasure_task", ["updated_at"], unique=False, postgresql_where="answered_at IS NULL"
    )


def downgrade() -> None:
    """Take back."""
    for table in ("erasure_task", "erasure_chain", "erased"):
        op.drop_table(table)
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("event", "erased_by")
