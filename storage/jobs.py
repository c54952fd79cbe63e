"""Runs of jobs and the lease that decides which process works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.database import Database
from storage.models.outbox import JobRun, Lease

KEPT = timedelta(days=400)
"""How long runs are kept: a year of proof and a little."""
LONGEST_SILENCE = timedelta(hours=3)
"""Without a check for this long something is wrong; it runs every hour unless set otherwise."""
LEASE_LIFE = timedelta(seconds=20)
"""A process that dies is replaced after this long at the latest, and one renewal more: within 30 s."""


async def begin(database: Database, job: str, holder: str, clock: Clock) -> int:
    """Note that a job begins; the number of its run."""
    async with database.write() as session:
        run = JobRun(job=job, holder=holder, started_at=clock.now())
        session.add(run)
        await session.flush()
        assert run.id is not None
        return run.id


async def end(database: Database, run_id: int, clock: Clock, *, summary: dict[str, Any], error: str = "") -> None:
    """Note how a job ended."""
    async with database.write() as session:
        run = await session.get_one(JobRun, run_id)
        run.finished_at, run.ok, run.summary, run.error = clock.now(), not error, summary, error[:2000]
        session.add(run)


async def latest(session: AsyncSession, job: str) -> JobRun | None:
    """The last run of a job that ended well."""
    query = select(JobRun).where(col(JobRun.job) == job, col(JobRun.ok)).order_by(col(JobRun.started_at).desc())
    return (await session.exec(query.limit(1))).first()


async def recent(session: AsyncSession, job: str, limit: int = 30) -> list[JobRun]:
    """The last runs of a job, newest first."""
    query = select(JobRun).where(col(JobRun.job) == job).order_by(col(JobRun.started_at).desc()).limit(limit)
    return list((await session.exec(query)).all())


async def last_of_each(session: AsyncSession) -> list[JobRun]:
    """The last run of every job that leaves runs, by the job's name."""
    newest = select(func.max(JobRun.id)).group_by(col(JobRun.job))
    return list((await session.exec(select(JobRun).where(col(JobRun.id).in_(newest)).order_by(col(JobRun.job)))).all())


async def counted(session: AsyncSession, job: str, since: datetime) -> tuple[int, int]:
    """How many runs of a job ended well and how many did not, since a moment."""
    query = (
        select(JobRun.ok, func.count())
        .where(col(JobRun.job) == job, col(JobRun.started_at) >= since, col(JobRun.finished_at).is_not(None))
        .group_by(col(JobRun.ok))
    )
    found = dict((await session.exec(query)).all())
    return found.get(True, 0), found.get(False, 0)


async def silence(session: AsyncSession, clock: Clock, longest: timedelta = LONGEST_SILENCE) -> str | None:
    """What to say when the watch has fallen silent, for the web process to notice; `None` while it has not.

    A fresh installation that has never checked is silent too.
    """
    last = await latest(session, "scan")
    if last is None:
        return "监测任务还没有运行过，请确认 scheduler 进程已启动。"
    quiet = clock.now() - last.started_at
    if quiet <= longest:
        return None
    return f"监测任务已有{int(quiet.total_seconds() // 3600)}小时没有运行，请检查 scheduler 进程。"


async def tidy(session: AsyncSession, clock: Clock) -> None:
    """Forget runs that are older than is of use."""
    await session.exec(delete(JobRun).where(col(JobRun.started_at) < clock.now() - KEPT))


async def _database_time(session: AsyncSession) -> datetime:
    """One clock for all machines: PostgreSQL's; with SQLite there is but one machine."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = (await session.exec(select(func.clock_timestamp()))).one()
    return found


async def take_lease(database: Database, name: str, holder: str) -> bool:
    """Take or renew a lease; whether this holder has it now.

    1. Make the row where there is none.
    2. Take it where it is ours or has run out; one update, so of two that try at once one succeeds.
    """
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    async with database.write() as session:
        now = await _database_time(session)
        row = insert(Lease).values(name=name, holder=holder, until=now)
        await session.exec(row.on_conflict_do_nothing(index_elements=["name"]))
        taken = await session.exec(
            update(Lease)
            .where(col(Lease.name) == name, (col(Lease.holder) == holder) | (col(Lease.until) <= now))
            .values(holder=holder, until=now + LEASE_LIFE)
            .execution_options(synchronize_session=False)
        )
        return taken.rowcount == 1


async def give_up_lease(database: Database, name: str, holder: str) -> None:
    """Let go of a lease at once, at an orderly end."""
    async with database.write() as session:
        now = await _database_time(session)
        await session.exec(
            update(Lease)
            .where(col(Lease.name) == name, col(Lease.holder) == holder)
            .values(until=now)
            .execution_options(synchronize_session=False)
        )
