"""Calls and links tell why change returned a request or will not carry it out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("call", sa.Column("record_sequence", sa.Integer(), nullable=True))
    op.add_column("call", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("incident_link", sa.Column("target_reason", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("incident_link", "target_reason")
    op.drop_column("call", "reason")
    op.drop_column("call", "record_sequence")
