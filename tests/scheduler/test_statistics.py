"""On-time rates, the draft paragraph and the ledger beside the report: every figure from counted occurrences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from storage.catalogue import Edition, Meaning
from storage.facts import Fact, ReportFacts
from storage.publishing import statistics

FIRST, LAST = date(2024, 1, 1), date(2024, 6, 3)


async def fill(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 3, 1))  # due 03-21, in time
    await bureau.publish(date(2024, 3, 20), title="一", codes=("D1",))
    await bureau.oblige("D2", "形成后限时", "20天", date(2024, 3, 1), owner_id=None)  # five days late
    await bureau.publish(date(2024, 3, 26), title="二", codes=("D2",))
    await bureau.oblige("D3", "形成后限时", "20天", date(2024, 5, 1))  # due 05-21, still open
    await bureau.oblige("D4", "形成后限时", "20天", date(2024, 5, 31))  # not due yet
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 4, 1), column="工作动态")
    for day in (10, 20):
        await bureau.publish(date(2024, 4, day), "工作动态", f"动态{day}")


async def test_each_occurrence_is_counted_once_where_it_was_decided(bureau) -> None:
    await fill(bureau)
    async with bureau.database.read() as session:
        found = await statistics.outcomes(session, FIRST, LAST)
    assert sorted((o.duty.code, o.decided.isoformat()[5:], o.days_late) for o in found) == [
        ("C1", "04-10", 0),
        ("C1", "04-20", 0),
        ("C1", "05-05", 30),
        ("D1", "03-20", 0),
        ("D2", "03-22", 5),
        ("D3", "05-22", 13),
    ]
    rates = {r.name: (r.total, r.on_time, r.percent) for r in statistics.rates(found, statistics.by_column)}
    assert rates == {"政策文件": (3, 1, "33.3%"), "工作动态": (3, 2, "66.7%")}
    assert [r.name for r in statistics.rates(found, statistics.by_owner)] == ["（未指定责任人）", "张敏"]
    assert {r.name: r.total for r in statistics.rates(found, statistics.by_month)} == {
        "2024-03": 2,
        "2024-04": 2,
        "2024-05": 2,
    }
    assert statistics.paragraph(found, FIRST, LAST) == (
        "经逐项核对2024年1月1日至2024年6月3日的公开义务，到期6项次，按时3项次，按时率50.0%。"
        "存在信息公开不及时、超期发布的情况：逾期3项次，主要集中在“政策文件”（2项次）、“工作动态”（1项次）；"
        "逾期最长的是“C1号文件”，30天；其中2项次截至期末仍未公开。"
    )


async def test_nothing_due_is_said_as_nothing_due(bureau) -> None:
    assert "没有到期" in statistics.paragraph([], FIRST, LAST)


async def test_the_ledger_beside_the_report(bureau) -> None:
    await fill(bureau)
    facts = {"f.site_news": Fact(Meaning.NUMBER, Decimal(97)), "f.wechat": Fact(Meaning.BLANK, None)}
    report = ReportFacts("某局", 2024, Edition.E2021, 1, facts)
    async with bureau.database.read() as session:
        found = await statistics.compare(session, report, {"工作动态": "f.site_news", "微信公众号": "f.wechat"})
    assert [(c.counted, c.claimed, c.difference) for c in found] == [(2, 97, -95), (0, None, None)]
