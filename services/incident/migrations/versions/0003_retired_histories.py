"""retired histories"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "retired_history",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_key", name=op.f("pk_retired_history")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("retired_history")
