"""Agencies, reports, their immutable versions and what was read in them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import ExactDecimal, UtcDateTime


class VersionState(StrEnum):
    """The life of a version; only the pointer `LiveVersion` says which one is live."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class Agency(SQLModel, table=True):
    """A bureau whose reports are answered from (行政机关)."""

    __tablename__ = "agency"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200, unique=True)
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revision: int = Field(default=0, index=True)
    """The change counter's value when what is answered for this agency last changed."""


class ChangeCounter(SQLModel, table=True):
    """One row that every change of what is answered counts up; running processes poll it."""

    __tablename__ = "change_counter"

    id: int | None = Field(default=None, primary_key=True)
    value: int


class SourceFile(SQLModel, table=True):
    """The file a version was read from, kept for ever under its hash."""

    __tablename__ = "source_file"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=300)
    url: str | None = Field(default=None, sa_column=Column(Text))
    size: int
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Report(SQLModel, table=True):
    """One agency's report of one year (年度报告)."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("agency_id", "year"),)

    id: int | None = Field(default=None, primary_key=True)
    agency_id: int = Field(foreign_key="agency.id", index=True)
    year: int


class ReportVersion(SQLModel, table=True):
    """One reading of a report, immutable but for its state and the settled doubts of a draft."""

    __tablename__ = "report_version"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    number: int
    state: str = Field(default=VersionState.DRAFT, max_length=20)
    edition: str = Field(max_length=10)
    title: str | None = Field(default=None, sa_column=Column(Text))
    source_url: str | None = Field(default=None, sa_column=Column(Text))
    file_id: int | None = Field(default=None, foreign_key="source_file.id")
    reading_sha256: str = Field(max_length=64)
    """Hash of what was read: the same file read the same way is the same version."""
    sample: bool = False
    created_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    published_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    confirmed: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Doubts about no single cell that a person looked into: code, message, by, reason."""
    texts: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class LiveVersion(SQLModel, table=True):
    """The single pointer that publishing moves: which version of a report is live; no row, none is."""

    __tablename__ = "live_version"

    report_id: int = Field(foreign_key="report.id", primary_key=True)
    version_id: int = Field(foreign_key="report_version.id")
    published_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    published_by: str = Field(max_length=100)


class ReportCell(SQLModel, table=True):
    """A cell of a version: the raw text, what it means, and what a person settled where it was in doubt."""

    __tablename__ = "report_cell"

    version_id: int = Field(foreign_key="report_version.id", primary_key=True)
    cell: str = Field(max_length=60, primary_key=True)
    meaning: str = Field(max_length=20)
    value: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))
    raw: str | None = Field(default=None, sa_column=Column(Text))
    place: dict[str, int] | None = Field(default=None, sa_column=Column(JSON))
    settled_by: str | None = Field(default=None, max_length=100)
    settled_reason: str | None = Field(default=None, sa_column=Column(Text))
    read_meaning: str | None = Field(default=None, max_length=20)
    """What the reader said before a person settled it; `None` while nobody has."""
    read_value: Decimal | None = Field(default=None, sa_column=Column(ExactDecimal))


class ReportFigure(SQLModel, table=True):
    """A narrative figure of a version, in the order of the text."""

    __tablename__ = "report_figure"
    __table_args__ = (Index("ix_report_figure_indicator", "indicator"),)

    version_id: int = Field(foreign_key="report_version.id", primary_key=True)
    position: int = Field(primary_key=True)
    indicator: str | None = Field(default=None, max_length=60)
    label: str = Field(sa_column=Column(Text, nullable=False))
    value: Decimal = Field(sa_column=Column(ExactDecimal, nullable=False))
    unit: str = Field(max_length=20)
    sentence: str = Field(sa_column=Column(Text, nullable=False))
    approximate: bool = False
    raw: str = Field(default="", sa_column=Column(Text, nullable=False))
    section: int = 1
    dropped: bool = False
    """A person decided that it is no figure to answer with."""
    settled_by: str | None = Field(default=None, max_length=100)
    settled_reason: str | None = Field(default=None, sa_column=Column(Text))
    read: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What the reader said before a person settled it: value and indicator; `None` while nobody has."""
