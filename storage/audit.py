"""The audit log (操作日志): append-only and hash-chained, written in the same transaction as the change it tells of.

Each entry's hash covers its own content and the hash of the entry before it, so that changing, removing or inserting
one breaks the chain from there on. Entries cut off at the end leave no break; the head (number and hash of the newest
entry) is therefore part of every export, to be kept elsewhere and given to `verify` later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import Refused
from storage.models.audit import AuditEntry

START = "0" * 64
"""What stands for the previous hash in the first entry."""
_LOCK = 20080501  # the advisory lock that orders writers on PostgreSQL


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number (0: the log is empty) and hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry at which the chain does not hold, with the reason in Chinese for staff."""

    number: int
    reason: str


async def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject: str,
    before: Any = None,
    after: Any = None,
    origin: str | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Add an entry within the caller's unit of work: it is stored with the change, or neither is.

    Call it last in the unit of work. Writers take turns from here to their commit:

    1. On SQLite the writing transaction has locked the file since it began.
    2. On PostgreSQL an advisory lock is taken that goes with the transaction, and the head is read after it.

    Args:
        session: a session of `Database.write()`.
        actor: who did it, `staff:3 张敏`, `command line` or `scheduler`.
        action: what was done, as subject and verb: `report.publish`.
        subject: what it was done to: `report 5 version 12`.
        before: the state before, anything that JSON can hold (moments and decimals become text).
        after: the state after. Neither may hold a password, a token or a citizen's openid.
        origin: where it came from, for example the network address.
        at: the moment; now where it is not given.
    """
    if session.get_bind().dialect.name == "postgresql":
        connection = await session.connection()
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest = await head(session)
    entry = AuditEntry(
        number=newest.number + 1,
        at=(at or datetime.now(UTC)).astimezone(UTC),
        actor=actor,
        action=action,
        subject=subject,
        before=None if before is None else _canonical(before),
        after=None if after is None else _canonical(after),
        origin=origin,
        previous=newest.hash,
        hash="",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    await session.flush()
    return entry


async def head(session: AsyncSession) -> Head:
    """The newest entry's number and hash."""
    newest = (
        await session.exec(select(AuditEntry.number, AuditEntry.hash).order_by(col(AuditEntry.number).desc()).limit(1))
    ).first()
    return Head(*newest) if newest else Head(0, START)


async def entries(
    session: AsyncSession, *, subject: str | None = None, before: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """Entries, newest first: of one subject if given, older than number `before` if given."""
    query = select(AuditEntry).order_by(col(AuditEntry.number).desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    return list((await session.exec(query)).all())


async def verify(session: AsyncSession, *, known: Head | None = None) -> Broken | None:
    """Walk the whole chain; `None` when it holds.

    Args:
        session: any session.
        known: a head from an earlier export; entries cut off since then, or a chain written anew, show against it.
    """
    number, previous, met = 0, START, known is None or known.number == 0
    async for entry in _walk(session):
        number += 1
        if entry.number != number:
            return Broken(number, f"缺少第{number}条记录")
        if entry.previous != previous:
            return Broken(number, f"第{number}条记录与上一条接不上")
        if entry.hash != _hash(entry):
            return Broken(number, f"第{number}条记录的内容被改动过")
        if known is not None and number == known.number:
            if entry.hash != known.hash:
                return Broken(number, f"第{number}条记录与此前导出的不一致")
            met = True
        previous = entry.hash
    return None if met else Broken(number + 1, f"记录只到第{number}条，此前导出时已有{known.number if known else 0}条")


async def export(session: AsyncSession) -> AsyncIterator[str]:
    """The whole log as JSON lines, oldest first, and the head as the last line."""
    newest = Head(0, START)
    async for entry in _walk(session):
        newest = Head(entry.number, entry.hash)
        yield json.dumps(_content(entry) | {"hash": entry.hash}, ensure_ascii=False) + "\n"
    yield json.dumps({"head": asdict(newest)}, ensure_ascii=False) + "\n"


def read_head(line: str) -> Head:
    """The head out of the last line of an export.

    Raises:
        Refused: it is not such a line.
    """
    try:
        head = json.loads(line)["head"]
        number, hash_ = head["number"], head["hash"]
    except (ValueError, TypeError, KeyError):
        number, hash_ = None, None
    if not isinstance(number, int) or not isinstance(hash_, str) or number < 0:
        raise Refused('请粘贴导出文件的最后一行，以 {"head" 开头。')
    return Head(number, hash_)


async def _walk(session: AsyncSession, page: int = 500) -> AsyncIterator[AuditEntry]:
    last = 0
    while True:
        rows = (
            await session.exec(
                select(AuditEntry).where(AuditEntry.number > last).order_by(col(AuditEntry.number)).limit(page)
            )
        ).all()
        for entry in rows:
            yield entry
            last = entry.number
        if len(rows) < page:
            return
        session.expunge_all()


def _content(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "origin": entry.origin,
        "previous": entry.previous,
    }


def _hash(entry: AuditEntry) -> str:
    return hashlib.sha256(_canonical(_content(entry)).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot stand in the audit log")
