"""People served by people (转人工), and where a person is reached while something may be sent to them."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hand_over_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.String(length=200), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=False),
        sa.Column("notify", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_settings")),
    )
    op.create_table(
        "stock_phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_phrase")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("listening_until", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("as_message", sa.Boolean(), nullable=False),
        sa.Column("heard_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["staff_member.id"], name=op.f("fk_conversation_claimed_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(op.f("ix_conversation_opened_at"), "conversation", ["opened_at"], unique=False)
    op.create_index(op.f("ix_conversation_person"), "conversation", ["person"], unique=False)
    op.create_index("ix_conversation_state_listening_until", "conversation", ["state", "listening_until"], unique=False)
    op.create_index(
        "uq_conversation_open_person",
        "conversation",
        ["person"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )

    op.create_table(
        "conversation_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("push", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_line_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_line")),
        sa.UniqueConstraint("conversation_id", "push", name=op.f("uq_conversation_line_conversation_id_push")),
    )
    op.create_table(
        "staff_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("not_before", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(length=100), nullable=True),
        sa.Column("lease_until", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("given_with", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_staff_reply_author_id_staff_member")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_staff_reply_conversation_id_conversation"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["question_turn.id"], name=op.f("fk_staff_reply_turn_id_question_turn"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_reply")),
    )
    op.create_index(op.f("ix_staff_reply_conversation_id"), "staff_reply", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_staff_reply_created_at"), "staff_reply", ["created_at"], unique=False)
    op.create_index(op.f("ix_staff_reply_person"), "staff_reply", ["person"], unique=False)
    op.create_index("ix_staff_reply_state_not_before", "staff_reply", ["state", "not_before"], unique=False)
    op.create_index(op.f("ix_staff_reply_turn_id"), "staff_reply", ["turn_id"], unique=False)
    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.drop_column("address")
    op.drop_index(op.f("ix_staff_reply_turn_id"), table_name="staff_reply")
    op.drop_index("ix_staff_reply_state_not_before", table_name="staff_reply")
    op.drop_index(op.f("ix_staff_reply_person"), table_name="staff_reply")
    op.drop_index(op.f("ix_staff_reply_created_at"), table_name="staff_reply")
    op.drop_index(op.f("ix_staff_reply_conversation_id"), table_name="staff_reply")
    op.drop_table("staff_reply")
    op.drop_table("conversation_line")
    op.drop_index(
        "uq_conversation_open_person",
        table_name="conversation",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.drop_index("ix_conversation_state_listening_until", table_name="conversation")
    op.drop_index(op.f("ix_conversation_person"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_opened_at"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_table("stock_phrase")
    op.drop_table("hand_over_settings")
