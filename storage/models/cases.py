"""Cases (督办事项) with their history, and what binds staff to their WeChat user."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class WatchCase(SQLModel, table=True):
    """One lateness, or the approach of one: an obligation's episode from its first notice until it is closed."""

    __tablename__ = "watch_case"
    __table_args__ = (
        UniqueConstraint("obligation_id", "episode"),
        Index("ix_watch_case_status_due_on", "status", "due_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    obligation_id: int = Field(foreign_key="obligation.id", ondelete="CASCADE")
    episode: str = Field(max_length=20)
    status: str = Field(max_length=20)
    state: str = Field(max_length=20)
    """The obligation's state when last looked at: due soon, due today, overdue, serious."""
    stage: int = 0
    """How far notices have gone: see `scheduler.alerts.Stage`."""
    staged_on: date | None = None
    due_on: date
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    acknowledged_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    snoozed_until: date | None = None
    extended_until: date | None = None
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_how: str | None = Field(default=None, max_length=20)
    publication_id: int | None = Field(default=None, foreign_key="publication.id", ondelete="SET NULL")
    evidence: str | None = Field(default=None, sa_column=Column(Text))
    days_late: int | None = None
    version: int = 1
    """Counts the changes; every change names the version it saw."""


class CaseEvent(SQLModel, table=True):
    """Who did what to a case, and why."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="watch_case.id", index=True, ondelete="CASCADE")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=100)
    action: str = Field(max_length=20)
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))


class WatchHold(SQLModel, table=True):
    """A check that found far more lateness than before: nobody is told until the operator lets it pass."""

    __tablename__ = "watch_hold"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    overdue: int
    """How many obligations newly turned overdue."""
    usual: int
    """How many do in a check, at most, of late."""
    released_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    released_by: str | None = Field(default=None, max_length=100)
    passed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the check it let pass was carried out."""


class BindCode(SQLModel, table=True):
    """A one-time code that binds a WeChat user to a person; only its hash is kept."""

    __tablename__ = "bind_code"

    digest: str = Field(max_length=64, primary_key=True)
    person_id: int = Field(foreign_key="watch_person.id", index=True)
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class BindAttempt(SQLModel, table=True):
    """A wrong code typed by a WeChat user, kept an hour to slow guessing; the user only as a hash."""

    __tablename__ = "bind_attempt"

    id: int | None = Field(default=None, primary_key=True)
    user: str = Field(max_length=64, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ForwardedArticle(SQLModel, table=True):
    """An article that a person forwarded to the account and that waits for its column; the last one of each person."""

    __tablename__ = "forwarded_article"

    person_id: int = Field(foreign_key="watch_person.id", primary_key=True, ondelete="CASCADE")
    title: str = Field(max_length=500)
    url: str = Field(sa_column=Column(Text, nullable=False))
    forwarded_on: date


class UsedLink(SQLModel, table=True):
    """A one-tap link that has been used; kept until it would have expired."""

    __tablename__ = "used_link"

    digest: str = Field(max_length=64, primary_key=True)
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
