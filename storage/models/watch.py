"""What the watch knows: people, obligations and how they stand, the publishing ledger, sources, holidays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime

MAIN_ACCOUNT = "main"
"""The name of the official account of the settings; further ones are named in the accounts file."""


class WatchPerson(SQLModel, table=True):
    """Somebody the watch speaks to (责任人, 监督人, 负责人, 运维), with the channels in the order to try."""

    __tablename__ = "watch_person"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    role: str = Field(max_length=20)
    channels: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    account: str = Field(default=MAIN_ACCOUNT, max_length=40)
    """The official account whose staff they are: it alone knows their WeChat user and reminds them."""
    openid: str | None = Field(default=None, max_length=64, unique=True)
    """The bound WeChat user of this account; messages are sent to it, so it is kept as it is, and deleted on 解绑."""
    bound_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    desk_account: int | None = Field(default=None, index=True)
    active: bool = True


class Obligation(SQLModel, table=True):
    """A duty to publish (公开义务), as imported; `storage.publishing.types.Duty` is its meaning."""

    __tablename__ = "obligation"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=60, unique=True)
    title: str = Field(max_length=300)
    column: str = Field(sa_column=Column("column_name", String(100), nullable=False, index=True))
    kind: str = Field(max_length=20)
    period: str = Field(max_length=40)
    starts_on: date | None = None
    basis: str = Field(default="", max_length=300)
    owner_id: int | None = Field(default=None, foreign_key="watch_person.id", index=True)
    supervisor_id: int | None = Field(default=None, foreign_key="watch_person.id")
    lead_days: int | None = None
    serious_days: int | None = None
    severe: bool = False
    title_match: str | None = Field(default=None, max_length=100)
    enabled: bool = True
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Standing(SQLModel, table=True):
    """How an obligation stood at the last check: derived by the scan, kept for pages that may not compute it."""

    __tablename__ = "obligation_standing"

    obligation_id: int = Field(foreign_key="obligation.id", primary_key=True, ondelete="CASCADE")
    state: str = Field(max_length=20)
    due_on: date | None = Field(default=None, index=True)
    last_on: date | None = None
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Publication(SQLModel, table=True):
    """One published item in one column (发布台账); the same item from two sources is one row."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("column_name", "item_key"),
        Index("ix_publication_column_name_published_on", "column_name", "published_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    column: str = Field(sa_column=Column("column_name", String(100), nullable=False))
    title: str = Field(max_length=500)
    url: str | None = Field(default=None, sa_column=Column(Text))
    item_key: str = Field(max_length=64)
    """What makes the item the same on re-reading: a hash of its address, or of title and day without one."""
    formed_on: date | None = None
    published_on: date
    origin: str = Field(max_length=20)
    recorded_by: str = Field(max_length=100)
    recorded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PublicationLink(SQLModel, table=True):
    """Which obligation a publication fulfils; the code may come before the obligation itself."""

    __tablename__ = "publication_link"

    publication_id: int = Field(foreign_key="publication.id", primary_key=True, ondelete="CASCADE")
    obligation_code: str = Field(max_length=60, primary_key=True, index=True)


class WatchSource(SQLModel, table=True):
    """Where a column's publications are read from, and how the last reading went."""

    __tablename__ = "watch_source"
    __table_args__ = (UniqueConstraint("column_name", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    column: str = Field(sa_column=Column("column_name", String(100), nullable=False, index=True))
    kind: str = Field(max_length=20)
    url: str = Field(sa_column=Column(Text, nullable=False))
    selectors: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    enabled: bool = True
    etag: str | None = Field(default=None, max_length=300)
    last_modified: str | None = Field(default=None, max_length=100)
    tried_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reached_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    failures: int = 0
    """Readings that failed in a row."""
    items_seen: int = 0
    """Items on the page at its last good reading: a page that suddenly shows none has changed its build."""
    error: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class HolidayNotice(SQLModel, table=True):
    """A year whose State Council holiday notice (放假安排的通知) has been loaded."""

    __tablename__ = "holiday_notice"

    year: int = Field(primary_key=True)
    title: str = Field(default="", max_length=300)
    loaded_by: str = Field(max_length=100)
    loaded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class HolidayDay(SQLModel, table=True):
    """A day on which a loaded notice departs from the week: a day off, or a weekend worked (调休上班)."""

    __tablename__ = "holiday_day"

    day: date = Field(primary_key=True)
    working: bool
    name: str = Field(default="", max_length=60)
