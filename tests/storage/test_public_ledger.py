"""What citizens are told of the ledger: only public columns, newest first, annual reports by their year."""

from __future__ import annotations

from datetime import date

from storage.clock import FixedClock
from storage.database import Database
from storage.publishing.importing import Item, record_items
from storage.publishing.public import PublicLedger

ITEMS = (
    Item("就业创业", "招聘会公告", "https://e.cn/1", date(2026, 6, 1)),
    Item("就业创业", "创业培训通知", "https://e.cn/2", date(2026, 6, 9)),
    Item("政府信息公开年报", "某县人社局2025年政府信息公开工作年度报告", "https://e.cn/3", date(2026, 1, 20)),
    Item("内部通报", "不给群众看的一条", "https://e.cn/4", date(2026, 6, 10)),
)


async def filled(database: Database, clock: FixedClock, *columns: str) -> PublicLedger:
    async with database.write() as session:
        await record_items(session, ITEMS, origin="file", actor="t", clock=clock)
    ledger = PublicLedger(database, columns)
    await ledger.refresh()
    return ledger


async def test_a_named_column_gives_its_own_newest_items(database: Database, clock: FixedClock) -> None:
    ledger = await filled(database, clock, "就业创业", "政府信息公开年报")
    assert [p.title for p in ledger.latest("就业创业栏目最近更新了什么")] == ["创业培训通知", "招聘会公告"]
    assert [p.day for p in ledger.latest("最近发了什么")] == [date(2026, 6, 9), date(2026, 6, 1), date(2026, 1, 20)]


async def test_columns_that_are_not_public_are_never_told(sqlite: Database, clock: FixedClock) -> None:
    ledger = await filled(sqlite, clock, "就业创业")
    assert "不给群众看的一条" not in [p.title for p in ledger.latest("内部通报最近更新了什么")]
    assert ledger.report(2025) is None
    assert list((await filled(sqlite, clock)).latest("最近发了什么")) == []


async def test_an_annual_report_is_found_by_the_year_it_reports_on(sqlite: Database, clock: FixedClock) -> None:
    ledger = await filled(sqlite, clock, "政府信息公开年报")
    found = ledger.report(2025)
    assert found is not None
    assert found.day == date(2026, 1, 20)
    assert ledger.report(2024) is None


async def test_it_keeps_what_it_has_while_the_database_is_away(sqlite: Database, clock: FixedClock) -> None:
    ledger = await filled(sqlite, clock, "就业创业")
    await sqlite.close()
    async with ledger:
        assert ledger.latest("就业创业最近更新了啥")
