"""Questions asked with the answers given, and what people decided about questions that were missed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class RulingKind(StrEnum):
    """What an admin decided: it means another question, it has a reviewed answer, or it is out of scope."""

    ALIAS = "alias"
    ANSWER = "answer"
    DISMISSED = "dismissed"


class Turn(SQLModel, table=True):
    """One question and its reply. The person is a keyed hash; the openid is not stored."""

    __tablename__ = "question_turn"
    __table_args__ = (Index("ix_question_turn_agency_id_kind_normalised", "agency_id", "kind", "normalised"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=32, unique=True)
    """What a vote names; made when the reply is, because the row comes later."""
    agency_id: int | None = Field(default=None, foreign_key="agency.id")
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    person: str = Field(max_length=64, index=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    normalised: str = Field(max_length=200)
    kind: str = Field(max_length=10)
    topic: str = Field(max_length=100)
    reply: str = Field(sa_column=Column(Text, nullable=False))
    figures: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    versions: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    elapsed_us: int
    """Microseconds from the question to the finished reply."""
    aided: bool = False
    """A language model proposed how the question may be meant."""
    useful: bool | None = None
    reason: str | None = Field(default=None, sa_column=Column(Text))
    voted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class Ruling(SQLModel, table=True):
    """What was decided about one way of asking, by its normalised text."""

    __tablename__ = "question_ruling"
    __table_args__ = (UniqueConstraint("agency_id", "normalised"),)

    id: int | None = Field(default=None, primary_key=True)
    agency_id: int = Field(foreign_key="agency.id")
    normalised: str = Field(max_length=200)
    phrase: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(max_length=20)
    content: str = Field(default="", sa_column=Column(Text, nullable=False))
    """The question it means, or the reviewed answer; empty where it is out of scope."""
    decided_by: str = Field(max_length=100)
    decided_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reviewed: bool = False
    """It came out of review (`storage.entries`), which alone may change it."""
