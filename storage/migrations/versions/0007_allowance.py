"""What people have allowed the account to send them."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowance",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("granted_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", "kind", name=op.f("pk_allowance")),
    )
    op.create_index(op.f("ix_allowance_ends_at"), "allowance", ["ends_at"], unique=False)
    op.create_table(
        "notice_consent",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("changed_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", "template_id", name=op.f("pk_notice_consent")),
    )


def downgrade() -> None:
    op.drop_table("notice_consent")
    op.drop_index(op.f("ix_allowance_ends_at"), table_name="allowance")
    op.drop_table("allowance")
