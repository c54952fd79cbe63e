"""Replies to one person in review: the last signature sends them."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.acting import By
from storage.errors import Conflict
from storage.handover import conversations, replies
from storage.models.handover import ReplyState
from storage.models.review import ItemState, ReviewItem

_STATES = {
    ItemState.IN_REVIEW: ReplyState.REVIEW,
    ItemState.RETURNED: ReplyState.DRAFT,
    ItemState.DISCARDED: ReplyState.WITHDRAWN,
}


class Replies:
    """Replies of staff to one citizen."""

    kind = replies.KIND
    at_once = True
    personal = True

    async def draft(self, session: AsyncSession, subject_id: int) -> str:
        """Its title tells nothing of the person: it outlives their data in the audit log."""
        row = await replies.get(session, subject_id)
        if row.state != ReplyState.DRAFT:
            raise Conflict("这条回复已经不是草稿。")
        return f"给群众的回复（{subject_id}号）"

    async def move(self, session: AsyncSession, subject_id: int, state: ItemState, by: By) -> None:
        """Approved it is released at once, so that it needs no state of its own."""
        if state in _STATES:
            wanted = (ReplyState.DRAFT, ReplyState.REVIEW)
            await replies.move(session, subject_id, wanted, _STATES[state], now=by.now)

    async def fault(self, session: AsyncSession, subject_id: int, accepted: Collection[str]) -> str | None:
        """Nothing but that it is gone, which `get` says."""
        await replies.get(session, subject_id)
        return None

    async def release(self, session: AsyncSession, item: ReviewItem, expected: int | None, by: By) -> None:
        """From now on it waits to be sent, or for the person's next message."""
        row = await replies.move(session, item.subject_id, [ReplyState.REVIEW], ReplyState.WAITING, now=by.now)
        if row.conversation_id is not None:
            await conversations.answered(session, row.conversation_id)

    async def withdraw(self, session: AsyncSession, subject_id: int, reason: str, by: By) -> None:
        """Only while it has not reached the person."""
        wanted = (ReplyState.WAITING, ReplyState.FAILED)
        await replies.move(session, subject_id, wanted, ReplyState.WITHDRAWN, now=by.now)

    async def restore(self, session: AsyncSession, subject_id: int, expected: int | None, by: By) -> None:
        """A reply that was taken back is written anew, never brought back."""
        raise Conflict("撤回的回复不能恢复，请重新写一条。")
