"""Report versions in review: what signing, returning, publishing and taking off means for a version."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.acting import By
from storage.errors import Conflict, NotFound
from storage.models.reports import ReportVersion, VersionState
from storage.models.review import ItemState, ReviewItem
from storage.reports.discarding import let_file_go
from storage.reports.plan import make_plan
from storage.reports.publish import live_version, publish, unaccepted, withdraw
from storage.reports.versions import get_version

KIND = "version"

_STATES = {
    ItemState.IN_REVIEW: VersionState.IN_REVIEW,
    ItemState.RETURNED: VersionState.DRAFT,
    ItemState.APPROVED: VersionState.APPROVED,
    ItemState.DISCARDED: VersionState.DISCARDED,
}


class Versions:
    """Versions of annual reports."""

    kind = KIND
    at_once = False
    personal = False

    async def draft(self, session: AsyncSession, subject_id: int) -> str:
        """A version that is no draft any more is a conflict."""
        version = await _version(session, subject_id)
        if version.state != VersionState.DRAFT or version.published_at is not None:
            raise Conflict(f"第{version.number}版已经不是草稿。")
        row = await get_version(session, subject_id)
        return f"{row.agency}{row.year}年年报第{row.number}版"

    async def move(self, session: AsyncSession, subject_id: int, state: ItemState, by: By) -> None:
        """The version's cells stand still in review; discarded, it lets its file go."""
        version = await _version(session, subject_id)
        version.state = _STATES[state].value
        session.add(version)
        await session.flush()
        if state is ItemState.DISCARDED:
            await let_file_go(session, version)

    async def fault(self, session: AsyncSession, subject_id: int, accepted: Collection[str]) -> str | None:
        """Errors that the signer does not accept by their codes."""
        open_ = unaccepted((await make_plan(session, subject_id)).findings, accepted)
        return f"还有{len(open_)}处错误。请退回更正，或逐项勾选确认原文如此。" if open_ else None

    async def release(self, session: AsyncSession, item: ReviewItem, expected: int | None, by: By) -> None:
        """Move the report's pointer to the version."""
        await publish(
            session,
            item.subject_id,
            expected=expected,
            actor=by.actor,
            now=by.now,
            accept=item.accepted,
            origin=by.origin,
        )

    async def withdraw(self, session: AsyncSession, subject_id: int, reason: str, by: By) -> None:
        """Nothing of the report answers until a version is published again."""
        version = await _version(session, subject_id)
        if await live_version(session, version.report_id) != subject_id:
            raise Conflict("这一版已经不在线了。")
        await withdraw(
            session,
            version.report_id,
            expected=subject_id,
            actor=by.actor,
            reason=reason,
            now=by.now,
            origin=by.origin,
        )

    async def restore(self, session: AsyncSession, subject_id: int, expected: int | None, by: By) -> None:
        """Only a version that was live before: its errors were accepted then."""
        version = await _version(session, subject_id)
        if version.published_at is None:
            raise Conflict(f"第{version.number}版没有发布过，要经审核才能发布。")
        await publish(session, subject_id, expected=expected, actor=by.actor, now=by.now, origin=by.origin)


async def _version(session: AsyncSession, version_id: int) -> ReportVersion:
    version = await session.get(ReportVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    return version
