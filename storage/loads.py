"""The queue of reports to be read: kept in the database, so that a reload or a crash loses none.

lease, read, store: a task is claimed for a time; a process that dies gives it back when the time is over. The version
is stored in the same unit of work that closes the task, so that no file becomes two versions.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import Conflict, NotFound, Refused
from storage.models.loads import LoadState, LoadTask

LEASE = timedelta(minutes=4)
"""Longer than fetching and reading may take together."""
ATTEMPTS = 3
KEEP_FAILED = timedelta(days=7)


async def add(
    session: AsyncSession,
    *,
    actor: str,
    name: str,
    now: datetime,
    content: bytes | None = None,
    url: str | None = None,
    agency: str | None = None,
    year: int | None = None,
) -> LoadTask:
    """Put a file or an address in the queue; uploads that failed long ago are let go.

    Raises:
        Refused: there is neither a file nor an address.
    """
    if not content and not url:
        raise Refused("请选择文件，或填写网址。")
    old = col(LoadTask.state) == LoadState.FAILED, col(LoadTask.changed_at) < now - KEEP_FAILED
    await session.exec(update(LoadTask).where(*old).values(content=None))
    task = LoadTask(
        actor=actor, name=name[:300], url=url, content=content, agency=agency, year=year, created_at=now, changed_at=now
    )
    session.add(task)
    await session.flush()
    return task


async def claim(session: AsyncSession, now: datetime) -> LoadTask | None:
    """The oldest task that nobody works on, leased to the caller; `None` where there is none."""
    free = or_(
        col(LoadTask.state) == LoadState.WAITING,
        (col(LoadTask.state) == LoadState.READING) & (col(LoadTask.leased_until) <= now),
    )
    query = select(LoadTask).where(free).order_by(col(LoadTask.id)).limit(1).with_for_update(skip_locked=True)
    task = (await session.exec(query)).first()
    if task is None:
        return None
    task.attempts += 1
    task.changed_at = now
    if task.attempts > ATTEMPTS:
        task.state, task.error = LoadState.FAILED.value, "读取多次中断，已停止。请换一种格式的文件再试。"
    else:
        task.state, task.leased_until = LoadState.READING.value, now + LEASE
    session.add(task)
    await session.flush()
    return task


async def finish(session: AsyncSession, task: LoadTask, *, version_id: int, created: bool, now: datetime) -> None:
    """The task became a version; call it in the unit of work that stores the version.

    Raises:
        Conflict: the lease was lost meanwhile; the unit of work must not be committed.
    """
    done = await session.exec(
        update(LoadTask)
        .where(
            col(LoadTask.id) == task.id,
            col(LoadTask.state) == LoadState.READING,
            col(LoadTask.attempts) == task.attempts,
        )
        .values(
            state=LoadState.DONE.value, version_id=version_id, created=created, content=None, error=None, changed_at=now
        )
    )
    if done.rowcount != 1:
        raise Conflict("这份文件已由另一个进程读取。")


async def fail(
    session: AsyncSession,
    task: LoadTask,
    error: str,
    *,
    now: datetime,
    found_agency: str | None = None,
    found_year: int | None = None,
) -> None:
    """The file could not become a version; the message says why."""
    await session.exec(
        update(LoadTask)
        .where(col(LoadTask.id) == task.id, col(LoadTask.attempts) == task.attempts)
        .values(
            state=LoadState.FAILED.value,
            error=error,
            found_agency=found_agency,
            found_year=found_year,
            changed_at=now,
        )
    )


async def retry(session: AsyncSession, task_id: int, *, agency: str | None, year: int | None, now: datetime) -> None:
    """Read a failed task again, with agency and year as given.

    Raises:
        Conflict: it did not fail, or its file is gone.
    """
    done = await session.exec(
        update(LoadTask)
        .where(col(LoadTask.id) == task_id, col(LoadTask.state) == LoadState.FAILED)
        .where(or_(col(LoadTask.content).is_not(None), col(LoadTask.url).is_not(None)))
        .values(state=LoadState.WAITING.value, agency=agency, year=year, error=None, attempts=0, changed_at=now)
    )
    if done.rowcount != 1:
        raise Conflict("这份文件已经在处理了，或者已不再保存，请重新上传。")


async def get(session: AsyncSession, task_id: int) -> LoadTask:
    """One task.

    Raises:
        NotFound: there is none of that id.
    """
    task = await session.get(LoadTask, task_id)
    if task is None:
        raise NotFound("没有这次载入。")
    return task


async def unfinished(session: AsyncSession, limit: int = 20) -> list[LoadTask]:
    """Tasks that are not versions yet, newest first."""
    query = select(LoadTask).where(LoadTask.state != LoadState.DONE).order_by(col(LoadTask.id).desc()).limit(limit)
    return list((await session.exec(query)).all())
