"""What people have allowed the account to send them: sending windows and consents to notices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class AllowanceKind(StrEnum):
    """What a person did that allows messages to them (客服消息下发规则)."""

    MESSAGE = "message"
    TAP = "tap"


class Allowance(SQLModel, table=True):
    """Customer-service messages that may still be sent to a person, who is a keyed hash.

    The openid, needed to send, is kept sealed beside it for just as long as something may be sent.
    """

    __tablename__ = "allowance"

    account: str = Field(max_length=40, primary_key=True)
    person: str = Field(max_length=64, primary_key=True)
    kind: str = Field(max_length=10, primary_key=True)
    left: int
    granted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    address: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    """The openid, sealed by the web process (`bot.sealing`); empty where it does not keep it."""


class NoticeConsent(SQLModel, table=True):
    """Subscription notices that a person has agreed to and that are not sent yet (订阅通知)."""

    __tablename__ = "notice_consent"

    account: str = Field(max_length=40, primary_key=True)
    person: str = Field(max_length=64, primary_key=True)
    template_id: str = Field(max_length=64, primary_key=True)
    left: int
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
