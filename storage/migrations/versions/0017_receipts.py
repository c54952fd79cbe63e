"""By what number a channel knows a message, so that what becomes of it later finds it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("receipt", sa.String(length=40), nullable=True))
    op.create_index("ix_outbox_message_receipt", "outbox_message", ["receipt"])


def downgrade() -> None:
    op.drop_index("ix_outbox_message_receipt", "outbox_message")
    op.drop_column("outbox_message", "receipt")
