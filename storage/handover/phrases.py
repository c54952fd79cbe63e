"""Stock phrases (常用语) of the desk: texts that staff put into replies and then change as they need."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import NotFound, Refused
from storage.handover.replies import clean
from storage.models.handover import StockPhrase

MOST = 50


async def listed(session: AsyncSession) -> list[StockPhrase]:
    """All, in the order in which they were added."""
    return list((await session.exec(select(StockPhrase).order_by(col(StockPhrase.id)))).all())


async def add(session: AsyncSession, text: str, *, actor: str, now: datetime) -> StockPhrase:
    """Add one.

    Raises:
        Refused: empty, too long, there already, or there are enough.
    """
    text, known = clean(text), await listed(session)
    if any(p.text == text for p in known):
        raise Refused("已经有这条常用语了。")
    if len(known) >= MOST:
        raise Refused(f"最多{MOST}条常用语，请先删掉不用的。")
    row = StockPhrase(text=text, changed_by=actor, changed_at=now)
    session.add(row)
    await session.flush()
    return row


async def remove(session: AsyncSession, phrase_id: int) -> StockPhrase:
    """Remove one.

    Raises:
        NotFound: somebody removed it already.
    """
    row = await session.get(StockPhrase, phrase_id)
    if row is None:
        raise NotFound("这条常用语已经删掉了。")
    await session.delete(row)
    await session.flush()
    return row
