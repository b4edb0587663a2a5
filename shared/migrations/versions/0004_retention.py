"""rules of retention, retired records"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None

# Erases all data of events that have been published, where an event of the same transaction records it (shared/adr/0008).
ERASE_EVENTS = """
CREATE FUNCTION erase_events(record uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE recorded jsonb; one uuid;
BEGIN
  SELECT e.data->'events' INTO recorded FROM event AS e
  WHERE e.id = record AND e.type = 'records.retired.v1' AND e.position IS NULL AND e.xmin = pg_current_xact_id()::xid;
  IF NOT FOUND THEN RAISE EXCEPTION 'no event of this transaction records what is erased'; END IF;
  FOR one IN SELECT jsonb_array_elements_text(recorded)::uuid LOOP
    UPDATE event SET data = '{}', data_salt = NULL, erased_by = record
    WHERE id = one AND published_at IS NOT NULL AND type NOT IN ('erasure.recorded.v1', 'records.retired.v1');
    IF NOT FOUND THEN RAISE EXCEPTION 'event % cannot be erased', one; END IF;
  END LOOP;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(ERASE_EVENTS)
    op.execute("REVOKE ALL ON FUNCTION erase_events(uuid) FROM PUBLIC")
    op.create_table(
        "retention_rule",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "retired_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("here", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retired_record")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("retired_record")
    op.drop_table("retention_rule")
    op.execute("DROP FUNCTION erase_events(uuid)")
