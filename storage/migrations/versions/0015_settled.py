"""What people settled about figures of the narrative and about doubts that no cell has."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.alter_column("confirmed", server_default=None)
    with op.batch_alter_table("report_figure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dropped", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("settled_by", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("settled_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("read", sa.JSON(), nullable=True))
    with op.batch_alter_table("report_figure", schema=None) as batch_op:
        batch_op.alter_column("dropped", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("report_figure", schema=None) as batch_op:
        batch_op.drop_column("read")
        batch_op.drop_column("settled_reason")
        batch_op.drop_column("settled_by")
        batch_op.drop_column("dropped")

    with op.batch_alter_table("report_version", schema=None) as batch_op:
        batch_op.drop_column("confirmed")
