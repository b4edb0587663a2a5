"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None

# A service's login may add rows to `event` and call these two functions; nothing else lets it change a row. What is hashed
# here is written down in shared/adr/0008, and `shared/audit.py` verifies it with a statement of its own.
# Both reach every row by its primary key alone: a condition on `position` beside it would let the planner read all rows
# without a number for each of them.
NUMBER_EVENTS = """
CREATE FUNCTION number_events(at_most integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE place bigint; chain bytea; digest bytea; next record;
BEGIN
  IF NOT EXISTS (SELECT FROM event WHERE position IS NULL) THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(x'7A65766E'::bigint);
  SELECT position, coalesce(hash, '') INTO place, chain FROM event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
  IF NOT FOUND THEN place := 0; chain := decode(repeat('00', 32), 'hex'); END IF;
  FOR next IN
    SELECT e.ordinal, gen_random_uuid() AS salt, convert_to(e.data::text, 'UTF8') AS data,
      json_build_array(
        e.ordinal, e.id, e.type, e.source, e.subject, e.about, e.sequence, extract(epoch FROM e.time), e.correlationid,
        e.causationid, e.actor, e.valuestream, e.historical, e.traceparent
      )::text AS envelope
    FROM event AS e WHERE e.position IS NULL ORDER BY e.historical, e.ordinal LIMIT at_most
  LOOP
    place := place + 1;
    digest := sha256(uuid_send(next.salt) || next.data);
    chain := sha256(chain || digest || convert_to(place || next.envelope, 'UTF8'));
    UPDATE event SET position = place, data_salt = next.salt, data_digest = digest, hash = chain WHERE ordinal = next.ordinal;
  END LOOP;
END $$
"""
MARK_PUBLISHED = """
CREATE FUNCTION mark_published(ordinals bigint[], instant timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE event SET published_at = CASE WHEN position IS NOT NULL THEN coalesce(published_at, instant) END
  WHERE ordinal = ANY (ordinals)
$$
"""
FUNCTIONS = ("number_events(integer)", "mark_published(bigint[], timestamptz)")


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("access_withdrawal_position")))
    op.create_table(
        "access_withdrawal",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_access_withdrawal")),
    )
    op.create_index("ix_access_withdrawal_position", "access_withdrawal", ["position"], unique=False)
    op.create_table(
        "confidential_access",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "opened_by", name=op.f("pk_confidential_access")),
    )
    op.create_table(
        "event",
        sa.Column("ordinal", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlationid", sa.Uuid(), nullable=False),
        sa.Column("causationid", sa.Uuid(), nullable=True),
        sa.Column("actor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valuestream", sa.Text(), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("data_salt", sa.Uuid(), nullable=True),
        sa.Column("data_digest", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
        sa.UniqueConstraint("position", name=op.f("uq_event_position")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_event_about", "event", ["about"], unique=False, postgresql_where="about IS NOT NULL")
    op.create_index("ix_event_correlationid", "event", ["correlationid"], unique=False)
    op.create_index(
        "ix_event_unnumbered", "event", ["historical", "ordinal"], unique=False, postgresql_where="position IS NULL"
    )
    op.create_index(
        "ix_event_unpublished",
        "event",
        ["historical", "position"],
        unique=False,
        postgresql_where="published_at IS NULL AND position IS NOT NULL",
    )
    op.create_index("uq_event_subject_sequence", "event", ["subject", "sequence"], unique=True)
    for statement in (NUMBER_EVENTS, MARK_PUBLISHED):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.create_table(
        "foreign_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("nextval('event_ordinal_seq')"), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("actor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlationid", sa.Uuid(), nullable=False),
        sa.Column("causationid", sa.Uuid(), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_event")),
    )
    op.create_index(op.f("ix_foreign_event_about"), "foreign_event", ["about"])
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("made", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_inbox_dead", "inbox", ["dead_at"], unique=False, postgresql_where="dead_at IS NOT NULL")
    op.create_index("ix_inbox_done", "inbox", ["done_at"], unique=False, postgresql_where="done_at IS NOT NULL")
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["historical", "arrival"],
        unique=False,
        postgresql_where="done_at IS NULL AND dead_at IS NULL",
    )
    op.create_table(
        "link",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("target_state", sa.String(), nullable=True),
        sa.Column("target_reason", sa.String(), nullable=True),
        sa.Column("target_sequence", sa.Integer(), nullable=True),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("record_id", "kind", "reference", name=op.f("uq_link_record_id_kind_reference")),
    )
    op.create_index(op.f("ix_link_record_id_created_at"), "link", ["record_id", "created_at"])
    op.create_table(
        "note",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("by_provider", sa.Boolean(), nullable=False),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_record_id_created_at"), "note", ["record_id", "created_at"])
    op.create_table(
        "rebuild",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("feeds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rebuild")),
    )
    op.create_index("ix_rebuild_created_at", "rebuild", ["created_at"], unique=False)
    op.create_table(
        "watcher",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "person_id", name=op.f("pk_watcher")),
    )
    op.create_index(op.f("ix_watcher_person_id"), "watcher", ["person_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("watcher", "note", "link", "foreign_event", "confidential_access"):
        op.drop_table(table)
    op.drop_index("ix_rebuild_created_at", table_name="rebuild")
    op.drop_table("rebuild")
    op.drop_index("ix_inbox_waiting", table_name="inbox", postgresql_where="done_at IS NULL AND dead_at IS NULL")
    op.drop_index("ix_inbox_done", table_name="inbox", postgresql_where="done_at IS NOT NULL")
    op.drop_index("ix_inbox_dead", table_name="inbox", postgresql_where="dead_at IS NOT NULL")
    op.drop_table("inbox")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("uq_event_subject_sequence", table_name="event")
    op.drop_index(
        "ix_event_unpublished", table_name="event", postgresql_where="published_at IS NULL AND position IS NOT NULL"
    )
    op.drop_index("ix_event_unnumbered", table_name="event", postgresql_where="position IS NULL")
    op.drop_index("ix_event_correlationid", table_name="event")
    op.drop_index("ix_event_about", table_name="event", postgresql_where="about IS NOT NULL")
    op.drop_table("event")
    op.drop_index("ix_access_withdrawal_position", table_name="access_withdrawal")
    op.drop_table("access_withdrawal")
    op.execute(sa.schema.DropSequence(sa.Sequence("access_withdrawal_position")))


def _record() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
