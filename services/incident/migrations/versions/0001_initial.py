"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("call_number")))
    op.execute(sa.schema.CreateSequence(sa.Sequence("incident_number")))
    op.create_table(
        "call",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("call_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("confidential_team_id", sa.Uuid(), nullable=True),
        sa.Column("record", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("record_sequence", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("number", name=op.f("uq_call_number")),
    )
    op.create_index("ix_call_caller_id", "call", ["caller_id"], unique=False, postgresql_where="caller_id IS NOT NULL")
    op.create_index(op.f("ix_call_created_at_id"), "call", ["created_at", "id"], unique=False)
    op.create_index("ix_call_party_id", "call", ["party_id"], unique=False, postgresql_where="party_id IS NOT NULL")
    op.create_index("ix_call_registered_by", "call", ["registered_by"], unique=False)
    op.create_table(
        "incident_import",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_import")),
    )
    op.create_table(
        "known_item",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_item")),
    )
    op.create_table(
        "known_party",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_party")),
    )
    op.create_table(
        "known_person",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_person")),
    )
    op.create_table(
        "known_service",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_service")),
    )
    op.create_table(
        "known_team",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("member_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_team")),
    )
    op.create_table(
        "incident",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pending_reason", sa.String(), nullable=True),
        sa.Column("pending_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("classification", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ki_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("confidential_team_id", sa.Uuid(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("solution", sa.String(), nullable=True),
        sa.Column("recovery", sa.String(), nullable=True),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.Column("source_digest", sa.String(), nullable=True),
        sa.Column("foreign", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_incident_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_number")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_incident_source_source_key")),
    )
    op.create_index(
        "ix_incident_caller_id", "incident", ["caller_id"], unique=False, postgresql_where="caller_id IS NOT NULL"
    )
    op.create_index(op.f("ix_incident_created_at_id"), "incident", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_incident_party_id", "incident", ["party_id"], unique=False, postgresql_where="party_id IS NOT NULL"
    )
    op.create_index("ix_incident_registered_by", "incident", ["registered_by"], unique=False)
    op.create_index(op.f("ix_incident_state_created_at"), "incident", ["state", "created_at"], unique=False)
    op.create_index(
        "ix_incident_team_id", "incident", ["team_id"], unique=False, postgresql_where="team_id IS NOT NULL"
    )
    op.create_index(
        "ix_incident_undisputed",
        "incident",
        ["recovered_at"],
        unique=False,
        postgresql_where="state = 'recovered' AND recovery IS NOT NULL",
    )
    op.create_index(
        "ix_incident_waiting",
        "incident",
        ["pending_until"],
        unique=False,
        postgresql_where="state = 'pending' AND pending_until IS NOT NULL",
    )
    op.create_table(
        "change_request",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_change_request_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
    )
    op.create_index(op.f("ix_change_request_incident_id"), "change_request", ["incident_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("ki_id", sa.Uuid(), nullable=False),
        sa.Column("ki_number", sa.String(), nullable=False),
        sa.Column("ki_type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_suggestion_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("incident_id", "ki_id", name=op.f("uq_suggestion_incident_id_ki_id")),
    )
    op.create_table(
        "suggestion_set",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_suggestion_set_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_set")),
    )
    op.create_index(op.f("ix_suggestion_set_incident_id"), "suggestion_set", ["incident_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_suggestion_set_incident_id"), table_name="suggestion_set")
    op.drop_table("suggestion_set")
    op.drop_table("suggestion")
    op.drop_index(op.f("ix_change_request_incident_id"), table_name="change_request")
    op.drop_table("change_request")
    op.drop_index(
        "ix_incident_waiting", table_name="incident", postgresql_where="state = 'pending' AND pending_until IS NOT NULL"
    )
    op.drop_index(
        "ix_incident_undisputed", table_name="incident", postgresql_where="state = 'recovered' AND recovery IS NOT NULL"
    )
    op.drop_index("ix_incident_team_id", table_name="incident", postgresql_where="team_id IS NOT NULL")
    op.drop_index(op.f("ix_incident_state_created_at"), table_name="incident")
    op.drop_index("ix_incident_registered_by", table_name="incident")
    op.drop_index("ix_incident_party_id", table_name="incident", postgresql_where="party_id IS NOT NULL")
    op.drop_index(op.f("ix_incident_created_at_id"), table_name="incident")
    op.drop_index("ix_incident_caller_id", table_name="incident", postgresql_where="caller_id IS NOT NULL")
    op.drop_table("incident")
    op.drop_table("known_team")
    op.drop_table("known_service")
    op.drop_table("known_person")
    op.drop_table("known_party")
    op.drop_table("known_item")
    op.drop_table("incident_import")
    op.drop_index("ix_call_registered_by", table_name="call")
    op.drop_index("ix_call_party_id", table_name="call", postgresql_where="party_id IS NOT NULL")
    op.drop_index(op.f("ix_call_created_at_id"), table_name="call")
    op.drop_index("ix_call_caller_id", table_name="call", postgresql_where="caller_id IS NOT NULL")
    op.drop_table("call")
    op.execute(sa.schema.DropSequence(sa.Sequence("incident_number")))
    op.execute(sa.schema.DropSequence(sa.Sequence("call_number")))
