"""Reports on their way in: an upload or an address waiting to be read, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class LoadState(StrEnum):
    """Where a file stands on its way in."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class LoadTask(SQLModel, table=True):
    """One file or address to be read. Whichever process is free takes it; one that died gives it back by its lease."""

    __tablename__ = "load_task"

    id: int | None = Field(default=None, primary_key=True)
    state: str = Field(default=LoadState.WAITING, max_length=20, index=True)
    actor: str = Field(max_length=100)
    name: str = Field(max_length=300)
    url: str | None = Field(default=None, sa_column=Column(Text))
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The upload until it is a version; an address brings its own."""
    agency: str | None = Field(default=None, max_length=200)
    year: int | None = None
    """Agency and year as the person gave them, where the file does not say."""
    found_agency: str | None = Field(default=None, max_length=200)
    found_year: int | None = None
    error: str | None = Field(default=None, sa_column=Column(Text))
    version_id: int | None = Field(default=None, foreign_key="report_version.id")
    created: bool = True
    """False: the same file, read the same way, was a version already."""
    attempts: int = 0
    leased_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
