"""Indexes for people who see only what is theirs."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_call_caller_id", "call", ["caller_id"], unique=False, postgresql_where="caller_id IS NOT NULL")
    op.create_index("ix_call_party_id", "call", ["party_id"], unique=False, postgresql_where="party_id IS NOT NULL")
    op.create_index("ix_call_registered_by", "call", ["registered_by"], unique=False)
    op.create_index(
        "ix_incident_caller_id", "incident", ["caller_id"], unique=False, postgresql_where="caller_id IS NOT NULL"
    )
    op.create_index(
        "ix_incident_party_id", "incident", ["party_id"], unique=False, postgresql_where="party_id IS NOT NULL"
    )
    op.create_index("ix_incident_registered_by", "incident", ["registered_by"], unique=False)
    op.create_index(
        "ix_incident_team_id", "incident", ["team_id"], unique=False, postgresql_where="team_id IS NOT NULL"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_incident_team_id", table_name="incident", postgresql_where="team_id IS NOT NULL")
    op.drop_index("ix_incident_registered_by", table_name="incident")
    op.drop_index("ix_incident_party_id", table_name="incident", postgresql_where="party_id IS NOT NULL")
    op.drop_index("ix_incident_caller_id", table_name="incident", postgresql_where="caller_id IS NOT NULL")
    op.drop_index("ix_call_registered_by", table_name="call")
    op.drop_index("ix_call_party_id", table_name="call", postgresql_where="party_id IS NOT NULL")
    op.drop_index("ix_call_caller_id", table_name="call", postgresql_where="caller_id IS NOT NULL")
