"""Copies of knowledge items tell their number and whether they are current; `rebuild` fills in what was heard before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("known_item", sa.Column("number", sa.String(), nullable=True))
    op.add_column("known_item", sa.Column("current", sa.Boolean(), nullable=True))
    op.execute("UPDATE known_item SET number = id::text, current = active")
    op.alter_column("known_item", "number", nullable=False)
    op.alter_column("known_item", "current", nullable=False)


def downgrade() -> None:
    """Take back."""
    op.drop_column("known_item", "current")
    op.drop_column("known_item", "number")
