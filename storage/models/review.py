"""Review before publishing (三审三校): items on their way, the signatures they carry, and what was said about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class ItemState(StrEnum):
    """Where an item stands."""

    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class ReviewItem(SQLModel, table=True):
    """Something that must be signed before citizens see it: a report version, a knowledge entry, an answer, a reply."""

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    subject_id: int
    title: str = Field(max_length=300)
    state: str = Field(default=ItemState.IN_REVIEW, max_length=20, index=True)
    author_id: int = Field(foreign_key="staff_member.id")
    steps: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The steps of this round in their order, as the setting was when it was submitted."""
    round: int = 1
    """Goes up each time the item comes back from its author; signatures of earlier rounds no longer count."""
    accepted: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Codes of errors for which the final reviewer took responsibility."""
    publish_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    expected: int | None = None
    """What was live when the publishing was ordered."""
    ordered_by: int | None = Field(default=None, foreign_key="staff_member.id")
    trouble: str | None = Field(default=None, sa_column=Column(Text))
    """Why an ordered publishing did not happen."""
    revision: int = 1
    submitted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ReviewEntry(SQLModel, table=True):
    """A line of an item's record: submitted, signed, returned, commented. Lines are only added.

    `slot` is the person's id where the line is a signature (the author's 一校 included): with it the database itself
    refuses that one person signs two steps of a round, or that one step is signed twice.
    """

    __tablename__ = "review_entry"
    __table_args__ = (UniqueConstraint("item_id", "round", "slot"), UniqueConstraint("item_id", "round", "signed_step"))

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="review_item.id", index=True)
    round: int
    act: str = Field(max_length=20)
    step: str | None = Field(default=None, max_length=20)
    signed_step: str | None = Field(default=None, max_length=20)
    slot: int | None = None
    staff_id: int = Field(foreign_key="staff_member.id")
    name: str = Field(max_length=60)
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
