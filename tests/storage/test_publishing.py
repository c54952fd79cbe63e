"""Obligations and the ledger: imports that say where they fail, change nothing twice, and answer what was published."""

from __future__ import annotations

from datetime import date

import pytest

from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Refused
from storage.publishing import exporting, importing, ledger
from storage.publishing.fulfilment import first_publications
from storage.publishing.importing import Item, Plan
from storage.sheets import write_xlsx

HEAD = "编号,名称,栏目,类型,期限,起算日,依据\n"
GOOD = HEAD + (
    "C1,动态更新,工作动态,更新周期,14天,2024-01-01,检查指标\n"
    "D1,关于就业补贴的通知,政策文件,形成后限时,20个工作日,2024-03-01,条例第二十六条\n"
    "Q1,重大违法行为公布,社会公布,固定日期,每季度,2024-01-01,办法\n"
    "A1,年报,政府信息公开年报,固定日期,每年1月31日,2024-01-01,条例第四十九条\n"
)


async def load(database: Database, clock: FixedClock, content: bytes, name: str = "o.csv") -> Plan:
    values, problems = importing.read_obligations(name, content)
    async with database.write() as session:
        return await importing.import_obligations(session, values, problems, clock)


async def publish(database: Database, clock: FixedClock, *items: Item, origin: str = "file") -> Plan:
    async with database.write() as session:
        return await importing.record_items(session, items, origin=origin, actor="test", clock=clock)


async def test_importing_twice_changes_nothing(database: Database, clock: FixedClock) -> None:
    first = await load(database, clock, GOOD.encode("utf-8-sig"))
    again = await load(database, clock, GOOD.encode("gb18030"))
    assert (len(first.new), again.new, again.changed, again.same) == (4, [], [], 4)
    changed = await load(database, clock, GOOD.replace("14天", "10天").encode())
    assert changed.changed == ["C1"]


async def test_exported_obligations_come_back_the_same(sqlite: Database, clock: FixedClock) -> None:
    await load(sqlite, clock, GOOD.encode())
    for xlsx in (False, True):
        async with sqlite.read() as session:
            content, count = await exporting.obligations(session, xlsx=xlsx)
        again = await load(sqlite, clock, content, "o.xlsx" if xlsx else "o.csv")
        assert (count, again.same, again.new, again.changed, again.problems) == (4, 4, [], [], [])


async def test_every_problem_is_located_and_nothing_is_stored(sqlite: Database, clock: FixedClock) -> None:
    bad = HEAD + (
        "C1,动态,工作动态,更新周期,两周左右,2024-01-01,\n"
        "C1,动态,工作动态,更新,14天,2024-01-01,\n"
        ",动态,工作动态,更新周期,14天,2024-02-30,\n"
        "D9,文件,政策文件,形成后限时,20个工作日,,\n"
    )
    plan = await load(sqlite, clock, bad.encode())
    assert {(p.row, p.column) for p in plan.problems} == {
        (2, "期限"),
        (3, "编号"),
        (3, "类型"),
        (4, "编号"),
        (4, "起算日"),
        (5, "起算日"),
    }
    with pytest.raises(Refused, match="第2行“期限”"):
        importing.refuse_problems(plan)
    async with sqlite.read() as session:
        assert await ledger.duties(session) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "是空的"),
        ("编号,名称\nC1,x\n".encode(), "表头缺少：栏目"),
        (HEAD.replace("依据", "依剧").encode(), "不认识的列：依剧"),
        (b"PK\x03\x04garbage", "XLSX"),
        (b"\x00\x01\x02\xff\xfe", "既不是CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(content: bytes, message: str) -> None:
    with pytest.raises(Refused, match=message):
        importing.read_obligations("f", content)


async def test_a_spreadsheet_formula_survives_as_text(sqlite: Database, clock: FixedClock) -> None:
    await load(sqlite, clock, GOOD.replace("动态更新", "=cmd()").encode())
    async with sqlite.read() as session:
        content, _ = await exporting.obligations(session)
    assert "'=cmd()" in content.decode("utf-8-sig")
    assert (await load(sqlite, clock, content)).same == 4


async def test_one_item_from_two_sources_is_one(database: Database, clock: FixedClock) -> None:
    page = Item("工作动态", "局召开会议", "https://a.gov.cn/1.html", date(2024, 3, 1))
    first = await publish(database, clock, page)
    same = Item("工作动态", "局召开会议", "http://A.gov.cn:80/1.html#top", date(2024, 3, 1))
    by_title = Item("工作动态", "局 召开“会议”", None, date(2024, 3, 1))
    other_column = Item("微信公众号", "局召开会议", "https://a.gov.cn/1.html", date(2024, 3, 1))
    assert len(first.new) == 1
    assert (await publish(database, clock, same, origin="site")).new == []
    assert (await publish(database, clock, by_title, origin="staff")).new == []
    assert len((await publish(database, clock, other_column)).new) == 1


async def test_an_item_without_address_gets_it_when_the_page_is_read(sqlite: Database, clock: FixedClock) -> None:
    await publish(sqlite, clock, Item("工作动态", "局召开会议", None, date(2024, 3, 1)))
    plan = await publish(sqlite, clock, Item("工作动态", "局召开会议", "https://a.gov.cn/1.html", date(2024, 3, 1)))
    assert (plan.new, len(plan.changed)) == ([], 1)


async def test_the_ledger_as_of_a_day(database: Database, clock: FixedClock) -> None:
    await load(database, clock, GOOD.encode())
    await publish(
        database,
        clock,
        Item("工作动态", "一", "https://a.gov.cn/1", date(2024, 1, 5)),
        Item("工作动态", "二", "https://a.gov.cn/2", date(2024, 2, 5)),
        Item("政策文件", "关于就业补贴的通知", "https://a.gov.cn/3", date(2024, 3, 9)),
        Item("政策文件", "别的通知", "https://a.gov.cn/4", date(2024, 3, 2)),
        Item("社会公布", "公布", "https://a.gov.cn/5", date(2024, 5, 2)),
        Item("其他栏目", "2023年年报", "https://a.gov.cn/6", date(2024, 2, 1), None, ("A1",)),
    )
    async with database.read() as session:
        listed = await ledger.duties(session)
        early, late = (
            await ledger.as_of(session, listed, date(2024, 2, 1)),
            await ledger.as_of(session, listed, date(2024, 6, 1)),
        )
    assert early.columns == {"工作动态": (date(2024, 1, 5),)}
    assert early.items == {"A1": date(2024, 2, 1)}
    assert late.columns == {"工作动态": (date(2024, 2, 5),)}
    assert late.items == {"A1": date(2024, 2, 1), "D1": date(2024, 3, 9)}
    assert dict(late.turns["Q1"]) == {"2024Q1": date(2024, 5, 2), "2024Q2": date(2024, 5, 2)}
    assert late.turns["A1"] == [("2024", date(2024, 2, 1))]


async def test_a_yearly_item_must_name_its_year(database: Database, clock: FixedClock) -> None:
    head = HEAD.strip() + ",标题含\n"
    row = "A1,年报,政府信息公开年报,固定日期,每年1月31日,2024-01-01,条例,{上年}年\n"
    await load(database, clock, (head + row).encode())
    await publish(
        database,
        clock,
        Item("政府信息公开年报", "某局2022年政府信息公开工作年度报告", "https://a.gov.cn/1", date(2024, 1, 3)),
        Item("政府信息公开年报", "某局2023年政府信息公开工作年度报告", "https://a.gov.cn/2", date(2024, 2, 3)),
    )
    async with database.read() as session:
        facts = await ledger.as_of(session, await ledger.duties(session), date(2024, 6, 1))
    assert facts.turns["A1"] == [("2024", date(2024, 2, 3))]


async def test_signs_of_a_pattern_in_a_title_mean_themselves(database: Database, clock: FixedClock) -> None:
    head = HEAD.strip() + ",标题含\n"
    row = "A1,办结率,办结公示,固定日期,每年1月31日,2024-01-01,条例,100%_a/b\n"
    await load(database, clock, (head + row).encode())
    unlike, like = ("办结率100分xa/b公示", "办结率100%_a/b公示")
    for number, title in enumerate((unlike, like), 1):
        day = date(2024, 2, number)
        await publish(database, clock, Item("办结公示", title, f"https://a.gov.cn/{number}", day))
    until = date(2024, 6, 1)
    async with database.read() as session:
        known = await ledger.duties(session)
        facts = await ledger.as_of(session, known, until)
        first = await first_publications(session, [(known[0], "2024")], until)
    assert facts.turns["A1"] == [("2024", date(2024, 2, 2))]
    assert [p.title for p in first.values()] == [like]


async def test_what_was_published_before_the_obligation_was_entered_counts(sqlite: Database, clock: FixedClock) -> None:
    await publish(sqlite, clock, Item("政策文件", "关于就业补贴的通知", "https://a.gov.cn/3", date(2024, 3, 9)))
    await load(sqlite, clock, GOOD.encode())
    async with sqlite.read() as session:
        facts = await ledger.as_of(session, await ledger.duties(session), date(2024, 6, 1))
    assert facts.items == {"D1": date(2024, 3, 9)}


def test_an_xlsx_with_real_dates_reads() -> None:
    header = ("栏目", "标题", "链接", "形成日期", "发布日期", "义务编号")
    content = write_xlsx(header, [("工作动态", "一", "https://a.gov.cn/1", "", "2024/3/1", "A1、A2")])
    items, problems = importing.read_publications("p.xlsx", content)
    assert problems == []
    assert items == [Item("工作动态", "一", "https://a.gov.cn/1", date(2024, 3, 1), None, ("A1", "A2"))]


def test_publication_problems_are_located() -> None:
    text = "栏目,标题,链接,发布日期\n工作动态,一,javascript:1,2024-03-01\n工作动态,,https://a.cn,昨天\n"
    _, problems = importing.read_publications("p.csv", text.encode())
    assert {(p.row, p.column) for p in problems} == {(2, "链接"), (3, "标题"), (3, "发布日期")}
