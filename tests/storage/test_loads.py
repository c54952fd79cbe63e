"""The queue of reports to be read: nothing is lost, nothing is read into two versions."""

import asyncio
from datetime import timedelta

import pytest

from storage import loads
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Conflict, Refused
from storage.models.loads import LoadState, LoadTask


async def add(database: Database, clock: FixedClock, name: str = "a.docx") -> LoadTask:
    async with database.write() as session:
        return await loads.add(session, actor="staff:1 张敏", name=name, content=b"file", now=clock.now())


async def claim(database: Database, clock: FixedClock) -> LoadTask | None:
    async with database.write() as session:
        return await loads.claim(session, clock.now())


async def state(database: Database, task: LoadTask) -> LoadTask:
    async with database.read() as session:
        return await loads.get(session, task.id or 0)


async def test_workers_at_the_same_time_take_each_file_once(database: Database, clock: FixedClock) -> None:
    for n in range(3):
        await add(database, clock, f"{n}.pdf")
    claimed = await asyncio.gather(*(claim(database, clock) for _ in range(5)))
    assert sorted(t.name for t in claimed if t) == ["0.pdf", "1.pdf", "2.pdf"]


async def test_file_of_a_dead_worker_is_taken_up_and_the_dead_cannot_finish(
    sqlite: Database, clock: FixedClock
) -> None:
    await add(sqlite, clock)
    dead = await claim(sqlite, clock)
    assert await claim(sqlite, clock) is None
    clock.move(loads.LEASE + timedelta(seconds=1))
    second = await claim(sqlite, clock)
    assert second is not None
    assert second.content == b"file"

    async def finish_late() -> None:
        async with sqlite.write() as session:
            await loads.finish(session, dead, version_id=1, created=True, now=clock.now())

    with pytest.raises(Conflict):
        await finish_late()


async def test_file_that_kills_every_worker_is_given_up(sqlite: Database, clock: FixedClock) -> None:
    task = await add(sqlite, clock)
    for _ in range(loads.ATTEMPTS + 1):
        await claim(sqlite, clock)
        clock.move(loads.LEASE + timedelta(seconds=1))
    assert (await state(sqlite, task)).state == LoadState.FAILED
    assert await claim(sqlite, clock) is None


async def test_failed_file_is_read_again_with_what_was_missing(sqlite: Database, clock: FixedClock) -> None:
    task = await add(sqlite, clock)
    claimed = await claim(sqlite, clock)
    async with sqlite.write() as session:
        await loads.fail(session, claimed, "没有单位", now=clock.now(), found_year=2023)
    assert (await state(sqlite, task)).found_year == 2023
    async with sqlite.write() as session:
        await loads.retry(session, task.id, agency="某局", year=2023, now=clock.now())
    again = await claim(sqlite, clock)
    assert (again.agency, again.year, again.content) == ("某局", 2023, b"file")

    async def retry_while_reading() -> None:
        async with sqlite.write() as session:
            await loads.retry(session, task.id, agency=None, year=None, now=clock.now())

    with pytest.raises(Conflict):
        await retry_while_reading()


async def test_nothing_is_not_queued(sqlite: Database, clock: FixedClock) -> None:
    async def add_nothing() -> None:
        async with sqlite.write() as session:
            await loads.add(session, actor="a", name="", now=clock.now())

    with pytest.raises(Refused):
        await add_nothing()
