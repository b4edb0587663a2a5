"""Who called and who registered an incident, for those who see only what is theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("fact", "incident"):
        op.add_column(table, sa.Column("caller_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("registered_by", sa.String(), nullable=True))
    for name in ("caller_id", "registered_by"):
        op.create_index(f"ix_incident_{name}", "incident", [name], unique=False, postgresql_where=f"{name} IS NOT NULL")


def downgrade() -> None:
    """Take back."""
    for name in ("registered_by", "caller_id"):
        op.drop_index(f"ix_incident_{name}", table_name="incident", postgresql_where=f"{name} IS NOT NULL")
    for table in ("incident", "fact"):
        op.drop_column(table, "registered_by")
        op.drop_column(table, "caller_id")
