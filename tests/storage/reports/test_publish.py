"""Publishing moves one pointer, whole or not at all, and never over somebody else's step."""

import asyncio
import signal
import sys
from decimal import Decimal

import pytest
from sqlmodel import select

from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Conflict, Refused, StorageError
from storage.facts import Finding, Level
from storage.models.audit import AuditEntry
from storage.reports.publish import live_version, publish, withdraw
from storage.reports.settling import Decision, settle
from storage.reports.versions import cells_of_version, list_versions
from storage.snapshot import load_agency
from tests.builders import AGENCY, add_draft, add_live, make_reading

ERROR = Finding(Level.ERROR, "lost-row", "这一行没有读出来。", cell="t3.new.total")


async def answered(database: Database, cell: str = "t3.new.total") -> Decimal | None:
    async with database.read() as session:
        report = (await load_agency(session, AGENCY)).reports.get(2023)
    return None if report is None else report.facts[cell].value


async def go_live(database: Database, clock: FixedClock, version_id: int, expected: int | None, **more: object) -> None:
    async with database.write() as session:
        await publish(session, version_id, expected=expected, actor="tester", now=clock.now(), **more)  # type: ignore[arg-type]


async def test_of_two_that_publish_at_once_one_wins(database: Database, clock: FixedClock) -> None:
    drafts = [await add_draft(database, clock, make_reading(cells={"t3.new.total": n})) for n in (5, 7)]
    outcomes = await asyncio.gather(
        *(go_live(database, clock, d.version_id, None) for d in drafts), return_exceptions=True
    )
    lost = [o for o in outcomes if o is not None]
    assert len(lost) == 1
    assert isinstance(lost[0], Conflict)
    assert await answered(database) == Decimal((5, 7)[outcomes.index(None)])


async def test_a_plan_made_before_somebody_published_is_refused(database: Database, clock: FixedClock) -> None:
    seen = await add_live(database, clock, make_reading(cells={"t3.new.total": 1}))
    mine = await add_draft(database, clock, make_reading(cells={"t3.new.total": 2}))
    await add_live(database, clock, make_reading(cells={"t3.new.total": 3}))
    with pytest.raises(Conflict):
        await go_live(database, clock, mine.version_id, seen.version_id)
    assert await answered(database) == 3


async def test_any_version_comes_back_and_all_stay_in_the_list(database: Database, clock: FixedClock) -> None:
    first = await add_live(database, clock, make_reading(cells={"t3.new.total": 1}))
    second = await add_live(database, clock, make_reading(cells={"t3.new.total": 2}))
    await go_live(database, clock, first.version_id, second.version_id)
    assert await answered(database) == 1
    async with database.read() as session:
        rows = await list_versions(session)
        actions = (await session.exec(select(AuditEntry.action))).all()
    assert [(r.number, r.live) for r in rows] == [(2, False), (1, True)]
    assert list(actions) == ["report.import", "report.publish"] * 2 + ["report.rollback"]


async def test_what_is_withdrawn_answers_nothing_until_it_is_published_again(
    database: Database, clock: FixedClock
) -> None:
    draft = await add_live(database, clock)
    async with database.write() as session:
        with pytest.raises(Refused):
            await withdraw(session, draft.report_id, expected=draft.version_id, actor="a", reason=" ", now=clock.now())
        await withdraw(
            session, draft.report_id, expected=draft.version_id, actor="a", reason="数字有误", now=clock.now()
        )
    assert await answered(database) is None
    await go_live(database, clock, draft.version_id, None)
    assert await answered(database) == 0


async def test_errors_block_until_settled_or_accepted(database: Database, clock: FixedClock) -> None:
    reading = make_reading(cells={"t3.new.total": "破损"}, findings=(ERROR,))
    draft = await add_draft(database, clock, reading)
    with pytest.raises(Refused, match="lost-row"):
        await go_live(database, clock, draft.version_id, None)
    assert await answered(database) is None
    await go_live(database, clock, draft.version_id, None, accept=["lost-row"])
    async with database.read() as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.action == "report.publish"))).one()
        assert "lost-row" in str(entry.after)

    other = await add_draft(database, clock, reading, content=b"other file")
    async with database.write() as session:
        await settle(
            session,
            other.version_id,
            "t3.new.total",
            Decision.CORRECT,
            actor="tester",
            value=Decimal(12),
            reason="原件第3页写着12",
        )
    await go_live(database, clock, other.version_id, draft.version_id)
    assert await answered(database) == 12


async def test_a_correction_stands_beside_what_was_read(database: Database, clock: FixedClock) -> None:
    draft = await add_draft(database, clock, make_reading(cells={"t3.new.total": 17}))
    for value in (18, 19):
        async with database.write() as session:
            await settle(
                session,
                draft.version_id,
                "t3.new.total",
                Decision.CORRECT,
                actor="张敏",
                value=Decimal(value),
                reason="核对原件",
            )
    async with database.read() as session:
        cell = (await cells_of_version(session, draft.version_id))["t3.new.total"]
    assert (cell.value, cell.raw, cell.read_value, cell.settled_by) == (19, "17", 17, "张敏")


async def test_a_published_version_never_changes(database: Database, clock: FixedClock) -> None:
    draft = await add_live(database, clock)
    for decision in Decision:
        async with database.write() as session:
            with pytest.raises(Conflict):
                await settle(
                    session, draft.version_id, "t3.new.total", decision, actor="a", value=Decimal(1), reason="x"
                )


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("t3.new.total", None, "x"),
        ("t3.new.total", Decimal(3), " "),
        ("t3.new.total", Decimal("1.5"), "x"),
        ("t3.new.total", Decimal(-1), "x"),
        ("t3.new.total", Decimal("NaN"), "x"),
        ("t3.new.nobody", Decimal(1), "x"),
    ],
)
async def test_impossible_corrections_are_refused(
    sqlite: Database, clock: FixedClock, cell: str, value: Decimal | None, reason: str
) -> None:
    draft = await add_draft(sqlite, clock)
    async with sqlite.write() as session:
        with pytest.raises(StorageError):
            await settle(session, draft.version_id, cell, Decision.CORRECT, actor="a", value=value, reason=reason)
    async with sqlite.read() as session:
        assert (await cells_of_version(session, draft.version_id))["t3.new.total"].value == 0


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from storage.database import Database
from storage.reports.publish import publish

async def main(url, version_id, last):
    database, count = Database(url), 0
    async with database.write() as session:
        def executed(*_):
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(database.engine.sync_engine, "after_cursor_execute", executed)
        if last == 0:
            event.listen(session.sync_session, "before_commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        await publish(session, version_id, expected=None, actor="a", now=datetime.now(UTC))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


async def test_kill_9_in_the_middle_of_publishing_leaves_all_as_it_was(database: Database, clock: FixedClock) -> None:
    draft = await add_draft(database, clock)
    url = database.url.render_as_string(hide_password=False)
    runs = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url, str(draft.version_id), str(last))
        for last in (3, 5, 0)  # the pointer has moved, the counter has, everything is written and not committed
    ]
    assert [await run.wait() for run in runs] == [-signal.SIGKILL] * 3
    async with database.read() as session:
        assert await live_version(session, draft.report_id) is None
        assert (await list_versions(session))[0].published_at is None
        assert (await session.exec(select(AuditEntry.action))).all() == ["report.import"]
    await go_live(database, clock, draft.version_id, None)
    assert await answered(database) == 0
