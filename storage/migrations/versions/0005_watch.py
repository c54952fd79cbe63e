"""The watch: people, obligations, the publishing ledger, sources and holiday notices."""

import sqlalchemy as sa
from alembic import op

import storage.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holiday_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday_day")),
    )
    op.create_table(
        "holiday_notice",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("loaded_by", sa.String(length=100), nullable=False),
        sa.Column("loaded_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_holiday_notice")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("item_key", sa.String(length=64), nullable=False),
        sa.Column("formed_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("column_name", "item_key", name=op.f("uq_publication_column_name_item_key")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index("ix_publication_column_name_published_on", ["column_name", "published_on"], unique=False)

    op.create_table(
        "watch_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=True),
        sa.Column("bound_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("desk_account", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_person")),
        sa.UniqueConstraint("name", name=op.f("uq_watch_person_name")),
        sa.UniqueConstraint("openid", name=op.f("uq_watch_person_openid")),
    )
    with op.batch_alter_table("watch_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watch_person_desk_account"), ["desk_account"], unique=False)

    op.create_table(
        "watch_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("selectors", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=True),
        sa.Column("last_modified", sa.String(length=100), nullable=True),
        sa.Column("tried_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reached_at", storage.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("items_seen", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_source")),
        sa.UniqueConstraint("column_name", "url", name=op.f("uq_watch_source_column_name_url")),
    )
    with op.batch_alter_table("watch_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watch_source_column_name"), ["column_name"], unique=False)

    op.create_table(
        "obligation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("column_name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("supervisor_id", sa.Integer(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("serious_days", sa.Integer(), nullable=True),
        sa.Column("severe", sa.Boolean(), nullable=False),
        sa.Column("title_match", sa.String(length=100), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["watch_person.id"], name=op.f("fk_obligation_owner_id_watch_person")),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["watch_person.id"], name=op.f("fk_obligation_supervisor_id_watch_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint("code", name=op.f("uq_obligation_code")),
    )
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_obligation_column_name"), ["column_name"], unique=False)
        batch_op.create_index(batch_op.f("ix_obligation_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "publication_link",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("obligation_code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_publication_link_publication_id_publication"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", "obligation_code", name=op.f("pk_publication_link")),
    )
    with op.batch_alter_table("publication_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_link_obligation_code"), ["obligation_code"], unique=False)

    op.create_table(
        "obligation_standing",
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", storage.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligation.id"],
            name=op.f("fk_obligation_standing_obligation_id_obligation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("obligation_id", name=op.f("pk_obligation_standing")),
    )
    with op.batch_alter_table("obligation_standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_obligation_standing_due_on"), ["due_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("obligation_standing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_obligation_standing_due_on"))

    op.drop_table("obligation_standing")
    with op.batch_alter_table("publication_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_link_obligation_code"))

    op.drop_table("publication_link")
    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_obligation_owner_id"))
        batch_op.drop_index(batch_op.f("ix_obligation_column_name"))

    op.drop_table("obligation")
    with op.batch_alter_table("watch_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watch_source_column_name"))

    op.drop_table("watch_source")
    with op.batch_alter_table("watch_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watch_person_desk_account"))

    op.drop_table("watch_person")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index("ix_publication_column_name_published_on")

    op.drop_table("publication")
    op.drop_table("holiday_notice")
    op.drop_table("holiday_day")
