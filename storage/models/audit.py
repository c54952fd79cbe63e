"""The audit log: who changed what, when and from where, each entry chained to the one before it by a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """One change. Entries are only ever added: triggers of the database refuse to change or delete one."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject"), Index("ix_audit_entry_at", "at"))

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Counts from one without gaps."""
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=100)
    action: str = Field(max_length=60)
    subject: str = Field(max_length=200)
    before: str | None = Field(default=None, sa_column=Column(Text))
    """The state before as canonical JSON; `None` where there was none."""
    after: str | None = Field(default=None, sa_column=Column(Text))
    origin: str | None = Field(default=None, max_length=200)
    """Where the change came from: a network address, `command line`, a job."""
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)
