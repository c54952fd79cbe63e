"""Whose staff people of the watch are, and the channel of each official account."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watch_person", sa.Column("account", sa.String(length=40), server_default="main", nullable=False))
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.alter_column("channel", existing_type=sa.String(length=20), type_=sa.String(length=60))


def downgrade() -> None:
    op.execute("DELETE FROM outbox_message WHERE channel LIKE 'wechat:%'")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.alter_column("channel", existing_type=sa.String(length=60), type_=sa.String(length=20))
    op.execute("ALTER TABLE watch_person DROP COLUMN account")
