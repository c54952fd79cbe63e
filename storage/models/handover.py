"""People served by people (转人工): conversations, what staff reply, stock phrases, and when somebody is there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class ConversationState(StrEnum):
    """Where a conversation stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"


class ReplyState(StrEnum):
    """Where a reply is on its way to the person."""

    DRAFT = "draft"
    """Returned by review, or about to be handed in."""
    REVIEW = "review"
    WAITING = "waiting"
    """Goes out as soon as the person's allowance lets it, else with the answer to their next message."""
    LEASED = "leased"
    SENT = "sent"
    """As a customer-service message."""
    GIVEN = "given"
    """With the answer to a message of the person."""
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Conversation(SQLModel, table=True):
    """A person who wants to speak to somebody. The person is a keyed hash; the openid is not stored."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_state_listening_until", "state", "listening_until"),
        Index(
            "uq_conversation_open_person",
            "person",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(max_length=40)
    """The official account that the person wrote to."""
    person: str = Field(max_length=64, index=True)
    state: str = Field(default=ConversationState.WAITING, max_length=10)
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    listening_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Until then what the person types goes to staff and the bot is silent; `None`: no longer."""
    as_message: bool = False
    """A message (留言): staff answer when they are back, the person does not wait in the chat."""
    heard_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Since when words of the person wait for a reply."""
    claimed_by: int | None = Field(default=None, foreign_key="staff_member.id")
    claimed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ended_by: str = Field(default="", max_length=10)
    """`staff`, `person` or `time`."""
    revision: int = 1


class ConversationLine(SQLModel, table=True):
    """What the person said in a conversation; a repeat of the same push is the same line."""

    __tablename__ = "conversation_line"
    __table_args__ = (UniqueConstraint("conversation_id", "push"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", ondelete="CASCADE")
    push: str = Field(max_length=64)
    text: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class StaffReply(SQLModel, table=True):
    """Words of staff to one person, on a question or in a conversation; without author they are the desk's own."""

    __tablename__ = "staff_reply"
    __table_args__ = (Index("ix_staff_reply_state_not_before", "state", "not_before"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(max_length=64, index=True)
    turn_id: int | None = Field(default=None, foreign_key="question_turn.id", index=True, ondelete="SET NULL")
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id", index=True, ondelete="SET NULL")
    author_id: int | None = Field(default=None, foreign_key="staff_member.id")
    text: str = Field(sa_column=Column(Text, nullable=False))
    """What staff wrote."""
    body: str = Field(sa_column=Column(Text, nullable=False))
    """What the person reads: the text with its mark."""
    state: str = Field(max_length=10)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    not_before: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    attempts: int = 0
    lease_holder: str | None = Field(default=None, max_length=100)
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When it was sent or given."""
    given_with: str | None = Field(default=None, max_length=64)
    """The push whose answer carried it: a repeat of that push carries it again."""
    error: str = Field(default="", sa_column=Column(Text, nullable=False))
    revision: int = 1


class StockPhrase(SQLModel, table=True):
    """A text that staff use again and again (常用语)."""

    __tablename__ = "stock_phrase"

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    changed_by: str = Field(max_length=100)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class HandOverSettings(SQLModel, table=True):
    """When somebody is there, one row: the desk keeps it, the web process reads it whenever somebody asks."""

    __tablename__ = "hand_over_settings"

    id: int = Field(default=1, primary_key=True)
    enabled: bool = False
    hours: str = Field(default="09:00-12:00,14:00-17:30", max_length=200)
    """On working days, by the bureau's clock."""
    idle_minutes: int = 30
    notify: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The watch's people that are told of a conversation."""
    revision: int = 1
