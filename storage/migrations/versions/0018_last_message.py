"""When staff last wrote is not kept: the allowance of customer-service messages has a ledger of its own."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watch_person", schema=None) as batch_op:
        batch_op.drop_column("last_message_at")


def downgrade() -> None:
    with op.batch_alter_table("watch_person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_message_at", storage.database.UtcDateTime(timezone=True), nullable=True))
