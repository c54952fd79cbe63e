"""Failures to sign in by network address."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_address",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("locked_until", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sign_in_address")),
    )
    op.create_index(op.f("ix_sign_in_address_last_at"), "sign_in_address", ["last_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_address_last_at"), table_name="sign_in_address")
    op.drop_table("sign_in_address")
