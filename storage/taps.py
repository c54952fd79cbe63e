"""One-tap links in reminders (一键办理): signed, expiring, single use.

A token names a case, a person, what is to be done and until when, under an HMAC; nothing is stored when it is made, and
the same message always carries the same token. It is spent when the step is carried out, not when the page is opened,
because mail programs and chat clients open links to preview them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.errors import Conflict, Refused
from storage.models.cases import UsedLink

LIFE = timedelta(days=14)
_FORM = struct.Struct(">IIBI")
_SIGNATURE = 16


class TapAction(IntEnum):
    """What a link does."""

    ACKNOWLEDGE = 1
    PUBLISHED = 2
    EXTEND = 3


TAP_NAMES = {TapAction.ACKNOWLEDGE: "收到", TapAction.PUBLISHED: "已发布", TapAction.EXTEND: "延期"}


@dataclass(frozen=True, slots=True)
class Tap:
    """What a valid token says."""

    case_id: int
    person_id: int
    action: TapAction
    expires_at: datetime


def make(secret: bytes, tap: Tap) -> str:
    """The token: 39 characters, fit for a link."""
    body = _FORM.pack(tap.case_id, tap.person_id, tap.action, int(tap.expires_at.timestamp()))
    return _encode(body + _sign(secret, body))


def read(secret: bytes, token: str, clock: Clock) -> Tap:
    """What a token says.

    Raises:
        Refused: it is not ours, was changed, or has expired; the message does not tell which for the first two.
    """
    try:
        raw = base64.urlsafe_b64decode(token[:80] + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    body, signature = raw[: _FORM.size], raw[_FORM.size :]
    whole = len(raw) == _FORM.size + _SIGNATURE and _encode(raw) == token  # one writing only, so that it is spent once
    if not whole or not hmac.compare_digest(_sign(secret, body), signature):
        raise Refused("这个链接无效，请使用最近一条提醒里的链接。")
    case_id, person_id, action, expires = _FORM.unpack(body)
    expires_at = datetime.fromtimestamp(expires, UTC)
    if expires_at <= clock.now():
        raise Refused("这个链接已过期，请使用最近一条提醒里的链接，或在公众号回复“我的待办”。")
    return Tap(case_id, person_id, TapAction(action), expires_at)


async def spend(session: AsyncSession, token: str, tap: Tap) -> None:
    """Mark a token as used, in the unit of work of what it does.

    Raises:
        Conflict: it has been used.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"digest": hashlib.sha256(token.encode()).hexdigest(), "expires_at": tap.expires_at}
    statement = insert(UsedLink).values(**values).on_conflict_do_nothing(index_elements=["digest"])
    if (await session.exec(statement)).rowcount != 1:
        raise Conflict("这个链接已经用过了。")


async def tidy(session: AsyncSession, clock: Clock) -> None:
    """Forget used tokens that would have expired."""
    await session.exec(delete(UsedLink).where(col(UsedLink.expires_at) < clock.now()))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, b"tap" + body, hashlib.sha256).digest()[:_SIGNATURE]
