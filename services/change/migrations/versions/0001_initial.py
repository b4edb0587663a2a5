"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    for name in ("rfc_number", "change_number"):
        op.execute(sa.schema.CreateSequence(sa.Sequence(name)))
    op.create_table(
        "known_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_item")),
    )
    op.create_table(
        "known_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_party")),
    )
    op.create_table(
        "known_person",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_person")),
    )
    op.create_table(
        "known_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_service")),
    )
    op.create_table(
        "rfc",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("ki_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("value_stream", sa.String(), nullable=True),
        sa.Column("origin", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rfc")),
        sa.UniqueConstraint("number", name=op.f("uq_rfc_number")),
        sa.UniqueConstraint("request_id", name=op.f("uq_rfc_request_id")),
    )
    op.create_index(op.f("ix_rfc_created_at_id"), "rfc", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_rfc_origin_id"), "rfc", ["origin_id"], unique=False)
    op.create_index(op.f("ix_rfc_state_created_at"), "rfc", ["state", "created_at"], unique=False)
    op.create_table(
        "change",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("rfc_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_state", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("change_type", sa.String(), nullable=True),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("likelihood", sa.String(), nullable=True),
        sa.Column("risk", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("build_plan", sa.String(), nullable=True),
        sa.Column("test_plan", sa.String(), nullable=True),
        sa.Column("implementation_plan", sa.String(), nullable=True),
        sa.Column("back_out_plan", sa.String(), nullable=True),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("means_confirmed", sa.Boolean(), nullable=True),
        sa.Column("plan_round", sa.Integer(), nullable=False),
        sa.Column("test_round", sa.Integer(), nullable=False),
        sa.Column("goal_reached", sa.Boolean(), nullable=True),
        sa.Column("evaluation", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("ki_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("value_stream", sa.String(), nullable=True),
        sa.Column("origin", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["change.id"], name=op.f("fk_change_parent_id")),
        sa.ForeignKeyConstraint(["rfc_id"], ["rfc.id"], name=op.f("fk_change_rfc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("number", name=op.f("uq_change_number")),
        sa.UniqueConstraint("rfc_id", name=op.f("uq_change_rfc_id")),
    )
    op.create_index(op.f("ix_change_created_at_id"), "change", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_change_origin_id"), "change", ["origin_id"], unique=False)
    op.create_index(op.f("ix_change_parent_id"), "change", ["parent_id"], unique=False)
    op.create_index(op.f("ix_change_planned_start_id"), "change", ["planned_start", "id"], unique=False)
    op.create_index(op.f("ix_change_service_id_planned_start"), "change", ["service_id", "planned_start"], unique=False)
    op.create_index(op.f("ix_change_state_created_at"), "change", ["state", "created_at"], unique=False)
    op.create_table(
        "approval",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("plan_round", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_approval_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("change_id", "plan_round", "role", name=op.f("uq_approval_change_id_plan_round_role")),
    )
    op.create_table(
        "test_run",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("test_round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_test_run_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_run")),
        sa.UniqueConstraint("change_id", "ordinal", name=op.f("uq_test_run_change_id_ordinal")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("test_run")
    op.drop_table("approval")
    op.drop_index(op.f("ix_change_state_created_at"), table_name="change")
    op.drop_index(op.f("ix_change_service_id_planned_start"), table_name="change")
    op.drop_index(op.f("ix_change_planned_start_id"), table_name="change")
    op.drop_index(op.f("ix_change_parent_id"), table_name="change")
    op.drop_index(op.f("ix_change_origin_id"), table_name="change")
    op.drop_index(op.f("ix_change_created_at_id"), table_name="change")
    op.drop_table("change")
    op.drop_index(op.f("ix_rfc_state_created_at"), table_name="rfc")
    op.drop_index(op.f("ix_rfc_origin_id"), table_name="rfc")
    op.drop_index(op.f("ix_rfc_created_at_id"), table_name="rfc")
    op.drop_table("rfc")
    op.drop_table("known_service")
    op.drop_table("known_person")
    op.drop_table("known_party")
    op.drop_table("known_item")
    for name in ("rfc_number", "change_number"):
        op.execute(sa.schema.DropSequence(sa.Sequence(name)))
