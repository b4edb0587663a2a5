"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    for name in ("cal_number", "svc_number", "agr_number"):
        op.execute(sa.schema.CreateSequence(sa.Sequence(name)))
    op.create_table(
        "calendar",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("holidays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("yearly_holidays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("subdivision", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("number", name=op.f("uq_calendar_number")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("target_seconds", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("elapsed_seconds", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("announced_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=True),
        sa.Column("confidential_team_id", sa.Uuid(), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_clock_caller_id", "clock", ["caller_id"], unique=False, postgresql_where="caller_id IS NOT NULL"
    )
    op.create_index(op.f("ix_clock_created_at_id"), "clock", ["created_at", "id"], unique=False)
    op.create_index("ix_clock_next_at", "clock", ["next_at"], unique=False, postgresql_where="next_at IS NOT NULL")
    op.create_index(op.f("ix_clock_record_id"), "clock", ["record_id"], unique=False)
    op.create_index(
        "ix_clock_registered_by", "clock", ["registered_by"], unique=False, postgresql_where="registered_by IS NOT NULL"
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pending_reason", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=True),
        sa.Column("confidential_team_id", sa.Uuid(), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopens", sa.Integer(), nullable=False),
        sa.Column("handovers", sa.Integer(), nullable=False),
        sa.Column("paused_for_user", sa.Boolean(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(op.f("ix_incident_registered_at"), "incident", ["registered_at"], unique=False)
    op.create_index("ix_incident_stale", "incident", ["id"], unique=False, postgresql_where="stale")
    op.create_table(
        "known_party",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_party")),
    )
    op.create_table(
        "observation",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=True),
        sa.Column("confidential_team_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "subject", "sequence", name=op.f("pk_observation")),
    )
    op.create_table(
        "service",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("number", name=op.f("uq_service_number")),
    )
    op.create_table(
        "agreement",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_agreement_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_agreement_number")),
    )
    op.create_index(op.f("ix_agreement_state_valid_from"), "agreement", ["state", "valid_from"], unique=False)
    op.create_table(
        "agreement_version",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("calendar", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("targets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pause_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_version_agreement_id")),
        sa.PrimaryKeyConstraint("agreement_id", "number", name=op.f("pk_agreement_version")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("agreement_version")
    op.drop_index(op.f("ix_agreement_state_valid_from"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_table("service")
    op.drop_table("observation")
    op.drop_table("known_party")
    op.drop_index("ix_incident_stale", table_name="incident", postgresql_where="stale")
    op.drop_index(op.f("ix_incident_registered_at"), table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_clock_registered_by", table_name="clock", postgresql_where="registered_by IS NOT NULL")
    op.drop_index(op.f("ix_clock_record_id"), table_name="clock")
    op.drop_index("ix_clock_next_at", table_name="clock", postgresql_where="next_at IS NOT NULL")
    op.drop_index(op.f("ix_clock_created_at_id"), table_name="clock")
    op.drop_index("ix_clock_caller_id", table_name="clock", postgresql_where="caller_id IS NOT NULL")
    op.drop_table("clock")
    op.drop_table("calendar")
    for name in ("agr_number", "svc_number", "cal_number"):
        op.execute(sa.schema.DropSequence(sa.Sequence(name)))
