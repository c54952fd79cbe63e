"""Questions asked, and what was decided about missed ones."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("normalised", sa.String(length=200), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_question_ruling_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_ruling")),
        sa.UniqueConstraint("agency_id", "normalised", name=op.f("uq_question_ruling_agency_id_normalised")),
    )
    op.create_table(
        "question_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("normalised", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("elapsed_us", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("voted_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_question_turn_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_turn")),
        sa.UniqueConstraint("key", name=op.f("uq_question_turn_key")),
    )
    with op.batch_alter_table("question_turn", schema=None) as batch_op:
        batch_op.create_index(
            "ix_question_turn_agency_id_kind_normalised", ["agency_id", "kind", "normalised"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_question_turn_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_turn_person"), ["person"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("question_turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_turn_person"))
        batch_op.drop_index(batch_op.f("ix_question_turn_asked_at"))
        batch_op.drop_index("ix_question_turn_agency_id_kind_normalised")

    op.drop_table("question_turn")
    op.drop_table("question_ruling")
