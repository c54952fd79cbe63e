"""Where the watch reads publications from (来源), and what became of each reading."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.clock import Clock
from storage.errors import NotFound, Refused
from storage.models.watch import WatchSource
from storage.publishing.importing import is_address

PAGE = "page"
"""The kind of source that is an address: a list page, a feed, a sitemap or a list interface."""
LONGEST_PAUSE = timedelta(hours=24)


async def add(
    session: AsyncSession, column: str, url: str, *, selector: str | None = None, actor: str, clock: Clock
) -> WatchSource:
    """Let the watch read a column from an address.

    Raises:
        Refused: not a web address, or the column is read from it already.
    """
    if not is_address(url):
        raise Refused("来源应为以 http:// 或 https:// 开头的网址。")
    if not column.strip() or len(column) > 100:
        raise Refused("请填写栏目名称（不超过100个字）。")
    known = select(WatchSource).where(col(WatchSource.column) == column, col(WatchSource.url) == url)
    if (await session.exec(known)).first() is not None:
        raise Refused(f"栏目“{column}”已经登记过这个网址。")
    source = WatchSource(
        column=column.strip(),
        kind=PAGE,
        url=url,
        selectors={"list": selector} if selector else {},
        created_at=clock.now(),
    )
    session.add(source)
    await session.flush()
    await audit.record(session, actor=actor, action="source.add", subject=f"source:{source.id}", after={"url": url})
    return source


async def remove(session: AsyncSession, source_id: int, *, actor: str) -> None:
    """Stop reading an address; what was read from it stays in the ledger.

    Raises:
        NotFound: no such source.
    """
    source = await session.get(WatchSource, source_id)
    if source is None:
        raise NotFound(f"没有编号为 {source_id} 的来源。")
    await session.delete(source)
    before = {"column": source.column, "url": source.url}
    await audit.record(session, actor=actor, action="source.remove", subject=f"source:{source_id}", before=before)


async def listed(session: AsyncSession) -> list[WatchSource]:
    """All sources by column."""
    return list((await session.exec(select(WatchSource).order_by(col(WatchSource.column), col(WatchSource.id)))).all())


async def due(session: AsyncSession, now: datetime, every: timedelta) -> list[WatchSource]:
    """Sources to read now: every `every`, after failures ever more rarely, up to once a day."""
    query = select(WatchSource).where(col(WatchSource.enabled), col(WatchSource.kind) == PAGE)
    found = (await session.exec(query.order_by(col(WatchSource.id)))).all()
    return [s for s in found if s.tried_at is None or s.tried_at + pause(s.failures, every) <= now]


def pause(failures: int, every: timedelta) -> timedelta:
    """How long to leave a source alone: doubled with each failure in a row."""
    doubled: timedelta = every * 2 ** min(failures, 10)
    return min(doubled, max(LONGEST_PAUSE, every))


async def note_success(
    session: AsyncSession,
    source_id: int,
    *,
    items: int | None,
    etag: str | None,
    last_modified: str | None,
    at: datetime,
) -> None:
    """Record that a source was reached; `items` is `None` where the page had not changed (304)."""
    source = await session.get(WatchSource, source_id)
    if source is None:
        return
    source.tried_at = source.reached_at = at
    source.failures, source.error = 0, ""
    if items is not None:
        source.items_seen, source.etag, source.last_modified = items, etag, last_modified
    session.add(source)


async def note_failure(session: AsyncSession, source_id: int, error: str, at: datetime) -> None:
    """Record that a source could not be read: a failure of the watch, never a gap of the column."""
    source = await session.get(WatchSource, source_id)
    if source is not None:
        source.tried_at, source.error = at, error[:500]
        source.failures += 1
        session.add(source)
