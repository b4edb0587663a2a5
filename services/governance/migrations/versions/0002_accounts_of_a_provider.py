"""accounts of a provider"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("role_assignment", sa.Column("provider", sa.String(), nullable=True))
    op.create_table(
        "provider_account",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("groups_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_provider_account_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_account")),
    )
    op.create_index("ix_provider_account_created_at_id", "provider_account", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_provider_account_person_id"), "provider_account", ["person_id"], unique=False)
    for column, name in (("subject", "uq_provider_account_subject"), ("person_id", "uq_provider_account_person")):
        op.create_index(
            name, "provider_account", ["issuer", column], unique=True, postgresql_where=sa.text("unlinked_at IS NULL")
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("provider_account")
    op.drop_column("role_assignment", "provider")
