"""calendars of versions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "public_holidays",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_public_holidays")),
    )
    op.add_column("agreement_version", sa.Column("holidays_digest", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_agreement_version_holidays_digest"),
        "agreement_version",
        "public_holidays",
        ["holidays_digest"],
        ["digest"],
    )
    open_days = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.add_column("calendar", sa.Column("open_days", open_days, nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("calendar", "open_days")
    op.drop_column("agreement_version", "holidays_digest")
    op.drop_table("public_holidays")
