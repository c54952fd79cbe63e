"""What people have allowed the account to send them: sending windows and consents to notices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class AllowanceKind(StrEnum):
    """What a person did that allows messages to them (客服消息下发规则)."""

    MESSAGE = "message"
    TAP = "tap"


class Allowance(SQLModel, table=True):
    """Customer-service messages that may still be sent to a person. The person is a keyed hash, not an openid."""

    __tablename__ = "allowance"

    account: str = Field(max_length=40, primary_key=True)
    person: str = Field(max_length=64, primary_key=True)
    kind: str = Field(max_length=10, primary_key=True)
    left: int
    granted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class NoticeConsent(SQLModel, table=True):
    """Subscription notices that a person has agreed to and that are not sent yet (订阅通知)."""

    __tablename__ = "notice_consent"

    account: str = Field(max_length=40, primary_key=True)
    person: str = Field(max_length=64, primary_key=True)
    template_id: str = Field(max_length=64, primary_key=True)
    left: int
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
