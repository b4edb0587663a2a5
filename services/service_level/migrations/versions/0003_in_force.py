"""Which version of an agreement was last told to have come into force."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("agreement", sa.Column("in_force", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE agreement SET in_force = current WHERE state <> 'agreed'")
    op.alter_column("agreement", "in_force", server_default=None)


def downgrade() -> None:
    """Take back."""
    op.drop_column("agreement", "in_force")
