"""What the desk writes for citizens beside reports: rules of disclosure and answers, in versions like reports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime
from storage.models.reports import VersionState


class EntryKind(StrEnum):
    """What an entry is: a rule of disclosure (规则条目), or the answer to some ways of asking (常见问题)."""

    RULE = "rule"
    ANSWER = "answer"


class Entry(SQLModel, table=True):
    """One rule or answer of an agency; `live` is the pointer that publishing moves."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("agency_id", "kind", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    agency_id: int = Field(foreign_key="agency.id")
    kind: str = Field(max_length=10)
    key: str = Field(max_length=200)
    """Of a bundled rule its id; else made when the entry was."""
    live: int | None = None
    """The number of the version that citizens get; `None`: the bundled rule, or nothing."""
    off: bool = False
    """Taken off: the bundled rule of that key does not answer either."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EntryVersion(SQLModel, table=True):
    """One version of an entry; only a draft changes."""

    __tablename__ = "entry_version"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id")
    number: int
    state: str = Field(default=VersionState.DRAFT, max_length=20)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    published_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    revision: int = 1
    """Goes up with every change of the draft; a form that shows an older one is refused."""
