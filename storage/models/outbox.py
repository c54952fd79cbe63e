"""Messages waiting to be sent, the runs of jobs, and the lease that decides which process works."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class OutboxMessage(SQLModel, table=True):
    """A message to one person over one channel, stored in the transaction of the change that caused it."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_status_not_before", "status", "not_before"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120, unique=True)
    """What makes it the same message: storing it twice stores it once, and it is the API's idempotency key."""
    person_id: int = Field(foreign_key="watch_person.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="watch_case.id", index=True, ondelete="CASCADE")
    channel: str = Field(max_length=60)
    address: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    status: str = Field(max_length=20)
    not_before: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    attempts: int = 0
    receipt: str | None = Field(default=None, max_length=40, index=True)
    """The channel's own number of what was sent, where it tells later what became of it."""
    lease_holder: str | None = Field(default=None, max_length=100)
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    error: str = Field(default="", sa_column=Column(Text, nullable=False))


class JobRun(SQLModel, table=True):
    """One run of a job: proof that the watch was kept, or of what went wrong."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_job_started_at", "job", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(max_length=40)
    holder: str = Field(max_length=100)
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ok: bool = False
    summary: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    error: str = Field(default="", sa_column=Column(Text, nullable=False))


class Lease(SQLModel, table=True):
    """Who may do a kind of work until when; taken over when it runs out."""

    __tablename__ = "lease"

    name: str = Field(max_length=40, primary_key=True)
    holder: str = Field(max_length=100)
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
