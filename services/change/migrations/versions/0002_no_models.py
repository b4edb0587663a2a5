"""A change names no model: every change is approved itself."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_column("change", "model")


def downgrade() -> None:
    """Take back."""
    op.add_column("change", sa.Column("model", sa.String(), nullable=True))
