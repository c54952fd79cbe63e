"""Whether a language model proposed how a question may be meant."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("question_turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("aided", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("question_turn", schema=None) as batch_op:
        batch_op.alter_column("aided", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("question_turn", schema=None) as batch_op:
        batch_op.drop_column("aided")
