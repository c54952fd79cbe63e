"""Staff of the bureau, their sessions in the browser, and the one-time links that let them in the first time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, SQLModel

from storage.database import UtcDateTime


class StaffMember(SQLModel, table=True):
    """A person who works at the desk. Never deleted, for the audit log names them: switched off instead."""

    __tablename__ = "staff_member"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    active: bool = True
    password: str | None = Field(default=None, sa_column=Column(Text))
    """Argon2id hash; `None` until the person has used their link."""
    totp_secret: str | None = Field(default=None, max_length=64)
    totp_step: int = 0
    """The time step of the last code that was taken: no code is good twice."""
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revision: int = 1
    """Goes up with every change by an admin; a form that shows an older one is refused."""


class StaffSession(SQLModel, table=True):
    """A signed-in browser. The cookie's token itself is not stored, only its hash."""

    __tablename__ = "staff_session"

    id: str = Field(max_length=64, primary_key=True)
    staff_id: int = Field(foreign_key="staff_member.id", index=True)
    csrf: str = Field(max_length=64)
    complete: bool = True
    """False between the password and the one-time code."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    origin: str | None = Field(default=None, max_length=200)
    agent: str | None = Field(default=None, max_length=300)


class StaffLink(SQLModel, table=True):
    """A one-time link by which a person sets their password: the first admin's, an invitation or a reset."""

    __tablename__ = "staff_link"

    id: str = Field(max_length=64, primary_key=True)
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id", index=True)
    """`None`: the link makes the first admin."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class SignInAddress(SQLModel, table=True):
    """Failures to sign in from one network address, or with a name that nobody has; forgotten after a time."""

    __tablename__ = "sign_in_address"

    address: str = Field(max_length=64, primary_key=True)
    failures: int = 0
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    locked_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
