"""Of several processes exactly one works, another takes over, and a failure of the watch is itself told."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from scheduler import table
from scheduler.app import WatchProcess, run_job
from scheduler.jobs import Watch
from scheduler.lease import Leader
from scheduler.settings import SchedulerSettings
from scheduler.table import Job
from storage import jobs, migrate
from storage.clock import FixedClock
from storage.database import Database
from storage.models.outbox import JobRun, Lease, OutboxMessage


async def nothing() -> None:
    """What a process does that gains the lease."""


async def test_one_of_many_takes_the_lease_and_hands_it_on(database: Database) -> None:
    leaders = [Leader(database, f"p{n}", nothing) for n in range(5)]
    await asyncio.gather(*(leader.attempt() for leader in leaders))
    (first,) = [leader for leader in leaders if leader.holds]
    await asyncio.gather(*(leader.attempt() for leader in leaders))
    assert [leader for leader in leaders if leader.holds] == [first]
    await first.let_go()
    others = [leader for leader in leaders if leader is not first]
    await asyncio.gather(*(leader.attempt() for leader in others))
    assert sum(leader.holds for leader in leaders) == 1
    assert not first.holds


async def test_a_lease_that_ran_out_is_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE_LIFE", timedelta(0))
    assert await jobs.take_lease(database, "watch", "dead")
    monkeypatch.undo()
    assert await jobs.take_lease(database, "watch", "alive")
    assert not await jobs.take_lease(database, "watch", "dead")


def test_a_new_holder_is_found_within_half_a_minute() -> None:
    from scheduler.lease import RENEW_SECONDS

    assert jobs.LEASE_LIFE.total_seconds() + RENEW_SECONDS < 30


Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts schedulers on the data in `tmp_path`; none of them outlives the test."""
    env = {**os.environ, "GONGKAI_DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    env.pop("GONGKAI_DATABASE_URL", None)
    async with AsyncExitStack() as ends:

        async def run() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "scheduler", cwd=tmp_path, env=env, stderr=asyncio.subprocess.PIPE
            )
            ends.push_async_callback(ended, process)
            return process

        yield run


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def until_it_says(process: asyncio.subprocess.Process, word: str) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(120):
        while word not in (await process.stderr.readline()).decode():
            assert not process.stderr.at_eof(), f"ended without saying {word!r}"


async def test_two_real_processes_exactly_one_works(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "gongkai.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate.upgrade(database)
    await database.close()
    first = await start()
    await until_it_says(first, "job scan")
    second = await start()
    first.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(first.wait(), 120) == 0
    await until_it_says(second, "job scan")
    second.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(second.wait(), 120) == 0
    with sqlite3.connect(path) as connection:
        holders = [row[0] for row in connection.execute("SELECT DISTINCT holder FROM job_run ORDER BY id")]
    connection.close()
    assert [h.split(":")[1] for h in holders] == [str(first.pid), str(second.pid)]


async def test_the_second_takes_over_from_one_that_was_killed(tmp_path: Path, start: Start) -> None:
    """Instead of waiting for the lease to run out, the lease is put back by its life, as if that time had passed."""
    path = tmp_path / "gongkai.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate.upgrade(database)
    first = await start()
    await until_it_says(first, "job scan")
    second = await start()
    first.kill()
    assert await asyncio.wait_for(first.wait(), 120) == -signal.SIGKILL
    async with database.write() as session:
        lease = (await session.exec(select(Lease))).one()
        assert lease.holder.split(":")[1] == str(first.pid), "the dead process let go of nothing"
        assert lease.until <= datetime.now(UTC) + jobs.LEASE_LIFE, "what it holds runs out in time"
        lease.until -= jobs.LEASE_LIFE
        session.add(lease)
    await until_it_says(second, "job scan")
    second.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(second.wait(), 120) == 0
    async with database.read() as session:
        runs = (await session.exec(select(JobRun).where(JobRun.job == "scan").order_by("id"))).all()
    await database.close()
    assert [r.holder.split(":")[1] for r in runs] == [str(first.pid), str(second.pid)]


async def test_a_job_that_runs_at_the_end_is_finished_before_the_lease_goes(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def long(watch: Watch, *, dry_run: bool = False) -> dict[str, object]:
        begun.set()
        await may_end.wait()
        async with watch.database.read() as session:
            held = (await session.exec(select(Lease))).one()
        return {"lease_is_ours": held.holder == watch.holder and held.until > datetime.now(UTC)}

    job = Job("long", table.JOBS[0].when, timedelta(minutes=1), "nothing", long, at_start=True)
    monkeypatch.setattr(table, "JOBS", (job,))
    process = WatchProcess(SchedulerSettings(_env_file=None, data_dir=tmp_path), sqlite)
    await process.start()
    await begun.wait()
    stopping = asyncio.create_task(process.stop())
    await asyncio.sleep(0)
    may_end.set()
    await stopping
    async with sqlite.read() as session:
        (run,) = (await session.exec(select(JobRun))).all()
        lease = (await session.exec(select(Lease))).one()
    assert (run.ok, run.summary) == (True, {"lease_is_ours": True})
    assert lease.until <= datetime.now(UTC)


async def test_a_failed_job_is_recorded_and_told_once_a_day(bureau) -> None:
    async def broken(_watch: object, *, dry_run: bool = False) -> dict[str, object]:
        raise RuntimeError("boom")

    job = Job("scan", table.JOBS[0].when, timedelta(minutes=1), "nothing", broken)
    await run_job(bureau.watch, job)
    await run_job(bureau.watch, job)
    async with bureau.database.read() as session:
        runs = (await session.exec(select(JobRun))).all()
        (message,) = (await session.exec(select(OutboxMessage))).all()
    assert [(r.ok, r.error) for r in runs] == [(False, "RuntimeError: boom")] * 2
    assert (message.person_id, "没有正常完成" in message.subject) == (4, True)


async def test_a_silent_scheduler_is_noticed(bureau, clock: FixedClock) -> None:
    async def said() -> str | None:
        async with bureau.database.read() as session:
            return await jobs.silence(session, clock, timedelta(hours=2))

    assert "还没有运行过" in (await said() or "")
    scan = table.find("scan")
    assert scan is not None
    await run_job(bureau.watch, scan)
    assert await said() is None
    clock.move(timedelta(hours=5))
    assert "5小时没有运行" in (await said() or "")


def test_every_job_names_what_it_writes() -> None:
    assert len({j.id for j in table.JOBS}) == len(table.JOBS)
    assert all(j.writes and j.grace for j in table.JOBS)
