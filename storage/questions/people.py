"""One person's data: the keyed hash that stands for them, export, deletion, and deletion of everybody's by age.

Personal Information Protection Law (个人信息保护法) articles 19 (kept no longer than needed), 45 (copy on request) and
47 (deletion on request).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import Database
from storage.handover import conversations
from storage.models.allowance import Allowance, NoticeConsent
from storage.models.handover import Conversation, ConversationLine, StaffReply
from storage.models.questions import Turn

_PURGED_AT_ONCE = 1000


def person_key(secret: bytes, openid: str) -> str:
    """What stands for a person: an HMAC-SHA256 of the openid, 32 hexadecimal digits."""
    return person_keys(secret)(openid)


def person_keys(secret: bytes) -> Callable[[str], str]:
    """`person_key` of many people, with the secret worked in once."""
    keyed = hmac.new(secret, digestmod="sha256")

    def key(openid: str) -> str:
        one = keyed.copy()
        one.update(openid.encode("utf-8", "surrogatepass"))
        return one.hexdigest()[:32]

    return key


async def export(session: AsyncSession, person: str) -> list[dict[str, Any]]:
    """Everything that is stored of a person, oldest first.

    Each question, conversation line, reply, consent to notices and window of what may be sent is a record.
    """
    turns = await session.exec(select(Turn).where(col(Turn.person) == person))
    lines = await session.exec(select(ConversationLine).join(Conversation).where(col(Conversation.person) == person))
    replies = await session.exec(select(StaffReply).where(col(StaffReply.person) == person))
    found = [(t.asked_at, "question", t.model_dump(mode="json", exclude={"id", "person"})) for t in turns]
    found += [(line.at, "said", line.model_dump(mode="json", include={"text", "at"})) for line in lines]
    kept = {"body", "state", "created_at", "done_at"}
    found += [(r.created_at, "reply", r.model_dump(mode="json", include=kept)) for r in replies]
    hidden = {"person", "address"}
    for consent in await session.exec(select(NoticeConsent).where(col(NoticeConsent.person) == person)):
        found.append((consent.changed_at, "consent", consent.model_dump(mode="json", exclude=hidden)))
    for window in await session.exec(select(Allowance).where(col(Allowance.person) == person)):
        found.append((window.granted_at, "allowance", window.model_dump(mode="json", exclude=hidden)))
    return [{"record": kind, **values} for _, kind, values in sorted(found, key=lambda f: f[:2])]


async def forget(session: AsyncSession, person: str) -> int:
    """Delete everything of a person; says how many records that were."""
    count = await conversations.forget(session, person)
    for owned in (Turn, Allowance, NoticeConsent):
        count += (await session.exec(sa.delete(owned).where(col(owned.person) == person))).rowcount
    return count


async def purge_all(database: Database, before: datetime) -> int:
    """Delete everybody's records from before a moment, a thousand at a time so that nobody waits; says how many."""
    total = 0
    while True:
        async with database.write() as session:
            gone = await purge(session, before) + await conversations.purge(session, before)
        if gone == 0:
            return total
        total += gone


async def purge(session: AsyncSession, before: datetime) -> int:
    """Delete some of the turns asked before a moment, oldest first; call again until it says 0."""
    oldest = sa.select(col(Turn.id)).where(col(Turn.asked_at) < before).order_by(col(Turn.asked_at))
    gone = sa.delete(Turn).where(col(Turn.id).in_(oldest.limit(_PURGED_AT_ONCE)))
    return (await session.exec(gone)).rowcount
