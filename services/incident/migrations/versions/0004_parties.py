"""Copies of parties, for which the provider registers calls; `rebuild` fills in those heard before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "known_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_party")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("known_party")
