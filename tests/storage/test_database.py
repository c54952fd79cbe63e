"""A unit of work is whole or undone, however it ends."""

import asyncio
from typing import Any

from sqlalchemy import event, text
from sqlmodel import select

from storage.database import Database
from storage.models.outbox import Lease

SLOW = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n WHERE i > 1500000"
)
"""Long on its way to the first row, and then with more to come."""


async def test_work_given_up_in_the_middle_of_a_query_holds_no_lock(database: Database) -> None:
    """The error is kept, as a log or a task's result may keep it: so are the frames in which the cursor lives."""
    asked = asyncio.Event()

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == SLOW.text:
            asked.set()

    async def work() -> None:
        async with database.write() as session:
            await session.exec(text("INSERT INTO lease (name, holder, until) VALUES ('a', 'first', '2026-01-01')"))
            await session.exec(SLOW)

    task = asyncio.create_task(work())
    await asked.wait()
    task.cancel()
    kept = await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20), database.write() as session:
        assert (await session.exec(select(Lease))).all() == []
    assert isinstance(kept[0], asyncio.CancelledError)
