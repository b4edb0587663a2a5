"""tables built beside those in use, discarded events, messages set apart"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None

# A service's login cannot create tables. These two let it have, for as long as a rebuild takes, empty ones in a schema of
# their own that are like some of its tables; nothing else can be made with them.
PREPARE_REBUILD = """
CREATE FUNCTION prepare_rebuild(tables text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE name text;
BEGIN
  SET LOCAL client_min_messages = warning;
  DROP SCHEMA IF EXISTS rebuilding CASCADE;
  CREATE SCHEMA rebuilding;
  EXECUTE format('GRANT USAGE ON SCHEMA rebuilding TO %I', session_user);
  FOREACH name IN ARRAY tables LOOP
    EXECUTE format('CREATE TABLE rebuilding.%I (LIKE public.%I INCLUDING ALL)', name, name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON rebuilding.%I TO %I', name, session_user);
  END LOOP;
END $$
"""
END_REBUILD = """
CREATE FUNCTION end_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SET LOCAL client_min_messages = warning;
  DROP SCHEMA IF EXISTS rebuilding CASCADE;
END $$
"""
FUNCTIONS = ("prepare_rebuild(text[])", "end_rebuild()")


def upgrade() -> None:
    """Apply."""
    for statement in (PREPARE_REBUILD, END_REBUILD):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.add_column("inbox", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rebuild", sa.Column("dead_letters", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_first_at"), "quarantine", ["first_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("quarantine")
    op.drop_column("rebuild", "dead_letters")
    op.drop_column("inbox", "discarded_at")
    op.execute("DROP SCHEMA IF EXISTS rebuilding CASCADE")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
