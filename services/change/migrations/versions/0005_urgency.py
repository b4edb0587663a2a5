"""Requests keep the impact and urgency that were given for the call that asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("rfc", sa.Column("impact", sa.String(), nullable=True))
    op.add_column("rfc", sa.Column("urgency", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("rfc", "urgency")
    op.drop_column("rfc", "impact")
