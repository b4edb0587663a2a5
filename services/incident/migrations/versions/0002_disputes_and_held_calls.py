"""disputes and held calls"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("incident", sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("call", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("call", "held_at")
    op.drop_column("incident", "disputed_at")
