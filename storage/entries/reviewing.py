"""Rules and answers in review."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.acting import By
from storage.entries.content import AnswerText
from storage.entries.drafts import get
from storage.entries.live import point, taken
from storage.errors import Conflict
from storage.models.entries import EntryKind
from storage.models.reports import VersionState
from storage.models.review import ItemState, ReviewItem

_STATES = {
    ItemState.IN_REVIEW: VersionState.IN_REVIEW,
    ItemState.RETURNED: VersionState.DRAFT,
    ItemState.APPROVED: VersionState.APPROVED,
    ItemState.DISCARDED: VersionState.DISCARDED,
}
KIND = "entry"
NAMES = {EntryKind.RULE: "规则条目", EntryKind.ANSWER: "常见问题"}


class Entries:
    """Versions of rules of disclosure and of answers to ways of asking."""

    kind = KIND
    at_once = False
    personal = False

    async def draft(self, session: AsyncSession, subject_id: int) -> str:
        """A version that is no draft any more is a conflict."""
        written = await get(session, subject_id, lock=True)
        if written.version.state != VersionState.DRAFT:
            raise Conflict("这份稿子已经不是草稿。")
        return f"{NAMES[EntryKind(written.entry.kind)]}“{written.title}”第{written.version.number}版"

    async def move(self, session: AsyncSession, subject_id: int, state: ItemState, by: By) -> None:
        """In review the text stands still."""
        version = (await get(session, subject_id, lock=True)).version
        version.state = _STATES[state].value
        session.add(version)
        await session.flush()

    async def fault(self, session: AsyncSession, subject_id: int, accepted: Collection[str]) -> str | None:
        """Another answer to the same way of asking."""
        written = await get(session, subject_id, lock=True)
        return await taken(session, written.entry, written.content) if isinstance(written.content, AnswerText) else None

    async def release(self, session: AsyncSession, item: ReviewItem, expected: int | None, by: By) -> None:
        """Move the entry's pointer to the version."""
        await self._live(session, item.subject_id, expected, by)

    async def withdraw(self, session: AsyncSession, subject_id: int, reason: str, by: By) -> None:
        """The question is a miss again; of a bundled rule the bundled text does not come back by itself."""
        written = await get(session, subject_id, lock=True)
        if not written.live:
            raise Conflict("这一版已经不在线了。")
        written.version.state = VersionState.WITHDRAWN
        session.add(written.version)
        off = written.entry.kind == EntryKind.RULE
        await point(session, written.entry, None, off=off, action="entry.withdraw", reason=reason, by=by)

    async def restore(self, session: AsyncSession, subject_id: int, expected: int | None, by: By) -> None:
        """Only a version that was live before."""
        if (await get(session, subject_id, lock=True)).version.published_at is None:
            raise Conflict("这一版没有发布过，要经审核才能发布。")
        await self._live(session, subject_id, expected, by)

    async def _live(self, session: AsyncSession, version_id: int, expected: int | None, by: By) -> None:
        written = await get(session, version_id, lock=True)
        version, entry = written.version, written.entry
        if entry.live != expected:
            raise Conflict("在线的内容刚刚被别人改动，请看过现在的内容再发布。")
        if written.live:
            raise Conflict("这一版已经在线了。")
        version.state, version.published_at = VersionState.PUBLISHED, version.published_at or by.now
        session.add(version)
        await point(session, entry, version.number, off=False, action="entry.publish", reason="", by=by)
