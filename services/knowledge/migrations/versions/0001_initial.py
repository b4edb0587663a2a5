"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("ki_number")))
    op.create_table(
        "ki",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("ki_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=True),
        sa.Column("current_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft_version", sa.Integer(), nullable=True),
        sa.Column("draft_state", sa.String(), nullable=True),
        sa.Column("use_count", sa.Integer(), nullable=False),
        sa.Column(
            "public",
            sa.Boolean(),
            sa.Computed("state::text = 'current'::text AND audience::text = 'public'::text", persisted=True),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ki")),
        sa.UniqueConstraint("number", name=op.f("uq_ki_number")),
    )
    op.create_index(op.f("ix_ki_created_at_id"), "ki", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_ki_state_created_at"), "ki", ["state", "created_at"], unique=False)
    op.create_index(
        "ix_ki_unfinished",
        "ki",
        ["draft_state", "created_at"],
        unique=False,
        postgresql_where="draft_state IS NOT NULL",
    )
    op.create_table(
        "ki_use",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("ki_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "ki_id", name=op.f("pk_ki_use")),
    )
    op.create_table(
        "known_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_person")),
    )
    op.create_table(
        "suggestion_set",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("incident_sequence", sa.BigInteger(), nullable=False),
        sa.Column("ki_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_set")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_suggestion_set_incident_id")),
    )
    op.create_table(
        "ki_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ki_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ki_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("symptom", sa.Text(), nullable=True),
        sa.Column("workaround", sa.Text(), nullable=True),
        sa.Column("keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("authors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "public",
            sa.Boolean(),
            sa.Computed("state::text = 'current'::text AND audience::text = 'public'::text", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "signs",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(title, ''::text), '<>'::text, '  '::text)), 'A'::\"char\") || setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(symptom, ''::text), '<>'::text, '  '::text)), 'B'::\"char\") || setweight(to_tsvector('dutch'::regconfig, keywords), 'B'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(title, ''::text), '<>'::text, '  '::text)), 'A'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(symptom, ''::text), '<>'::text, '  '::text)), 'B'::\"char\") || setweight(to_tsvector('english'::regconfig, keywords), 'B'::\"char\")",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(title, ''::text), '<>'::text, '  '::text)), 'A'::\"char\") || setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(symptom, ''::text), '<>'::text, '  '::text)), 'B'::\"char\") || setweight(to_tsvector('dutch'::regconfig, keywords), 'B'::\"char\") || setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(workaround, ''::text), '<>'::text, '  '::text)), 'C'::\"char\") || setweight(to_tsvector('dutch'::regconfig, translate(COALESCE(body, ''::text), '<>'::text, '  '::text)), 'C'::\"char\") || setweight(jsonb_to_tsvector('dutch'::regconfig, attributes, '[\"string\", \"key\"]'::jsonb), 'C'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(title, ''::text), '<>'::text, '  '::text)), 'A'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(symptom, ''::text), '<>'::text, '  '::text)), 'B'::\"char\") || setweight(to_tsvector('english'::regconfig, keywords), 'B'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(workaround, ''::text), '<>'::text, '  '::text)), 'C'::\"char\") || setweight(to_tsvector('english'::regconfig, translate(COALESCE(body, ''::text), '<>'::text, '  '::text)), 'C'::\"char\") || setweight(jsonb_to_tsvector('english'::regconfig, attributes, '[\"string\", \"key\"]'::jsonb), 'C'::\"char\")",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["ki_id"], ["ki.id"], name=op.f("fk_ki_version_ki_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ki_version")),
        sa.UniqueConstraint("ki_id", "number", name=op.f("uq_ki_version_ki_id_number")),
    )
    op.create_index("ix_ki_version_search", "ki_version", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_ki_version_signs", "ki_version", ["signs"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_ki_version_signs", table_name="ki_version", postgresql_using="gin")
    op.drop_index("ix_ki_version_search", table_name="ki_version", postgresql_using="gin")
    op.drop_table("ki_version")
    op.drop_table("suggestion_set")
    op.drop_table("known_person")
    op.drop_table("ki_use")
    op.drop_index("ix_ki_unfinished", table_name="ki", postgresql_where="draft_state IS NOT NULL")
    op.drop_index(op.f("ix_ki_state_created_at"), table_name="ki")
    op.drop_index(op.f("ix_ki_created_at_id"), table_name="ki")
    op.drop_table("ki")
    op.execute(sa.schema.DropSequence(sa.Sequence("ki_number")))
