"""Articles that staff forwarded to the account and that wait for their column."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forwarded_article",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("forwarded_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["watch_person.id"],
            name=op.f("fk_forwarded_article_person_id_watch_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_forwarded_article")),
    )


def downgrade() -> None:
    op.drop_table("forwarded_article")
