"""plans of a change"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "change_plan",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("plan_round", sa.Integer(), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("ki_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("value_stream", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_type", sa.String(), nullable=True),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("likelihood", sa.String(), nullable=True),
        sa.Column("risk", sa.String(), nullable=True),
        sa.Column("build_plan", sa.String(), nullable=True),
        sa.Column("test_plan", sa.String(), nullable=True),
        sa.Column("implementation_plan", sa.String(), nullable=True),
        sa.Column("back_out_plan", sa.String(), nullable=True),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("means_confirmed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_change_plan_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_plan")),
        sa.UniqueConstraint("change_id", "plan_round", name=op.f("uq_change_plan_change_id_plan_round")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("change_plan")
