"""Requests tell who called about the incident that asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("rfc", sa.Column("caller_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("rfc", "caller_id")
