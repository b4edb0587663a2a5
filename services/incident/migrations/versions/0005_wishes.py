"""Calls keep the impact and urgency that the caller gave."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("call", sa.Column("impact", sa.String(), nullable=True))
    op.add_column("call", sa.Column("urgency", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("call", "urgency")
    op.drop_column("call", "impact")
