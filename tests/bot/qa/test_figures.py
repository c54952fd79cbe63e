"""What a reply says about cells that hold no plain number: blank, unreadable, of another edition, doubtful, approximate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.qa import fees
from bot.qa.pipeline import Context, Pipeline
from bot.qa.types import Kind, Reply
from storage.catalogue import Edition, Meaning
from storage.facts import AgencyFacts, Fact
from tests.questions.world import build

WORLD = build().facts
PIPELINE = Pipeline()
TODAY = date(2026, 6, 15)


def _with(changes: dict[str, Fact], *, year: int = 2024, **more: object) -> AgencyFacts:
    report = WORLD.reports[year]
    changed = replace(report, facts={**report.facts, **changes}, **more)  # type: ignore[arg-type]
    return replace(WORLD, reports={**WORLD.reports, year: changed})


def _ask(question: str, facts: AgencyFacts = WORLD, context: Context | None = None) -> Reply:
    return PIPELINE.respond(question, facts, context, TODAY)[0]


def test_a_blank_cell_is_said_to_be_blank_and_no_figure_is_given() -> None:
    facts = _with({"t2.coercion": Fact(Meaning.BLANK, None)})
    reply = _ask("2024年行政强制有多少件", facts)
    assert reply.kind is Kind.NONE
    assert "空白" in reply.text
    assert not reply.figures


def test_a_figure_that_was_asked_before_is_given_anew_from_a_changed_report() -> None:
    question = "2024年公众号发了多少条"
    before = _ask(question)
    after = _ask(question, _with({"f.wechat": Fact(Meaning.NUMBER, Decimal(4711))}))
    assert "4711" in after.text
    assert _ask(question) == before


def test_a_sum_over_a_blank_cell_is_not_made_up() -> None:
    facts = _with({"t3.secret.total": Fact(Meaning.BLANK, None)})
    reply = _ask("2024年不予公开合计多少件", facts)
    assert reply.kind is Kind.NONE
    assert "空白" in reply.text


def test_a_missing_total_is_added_up_and_the_addition_is_shown() -> None:
    facts = _with({"t3.new.total": Fact(Meaning.BLANK, None)})
    reply = _ask("2024年新收多少件申请", facts)
    cells = [facts.reports[2024].facts[f"t3.new.{c}"].value or Decimal(0) for c in ("natural", "business")]
    assert reply.kind is Kind.ANSWER
    assert f"{cells[0]} + {cells[1]} + " in reply.text
    assert "总计格没有数" in reply.text


def test_an_unreadable_cell_is_said_to_be_unreadable() -> None:
    facts = _with({"f.wechat": Fact(Meaning.UNREADABLE, None)})
    reply = _ask("2024年公众号发了多少条", facts)
    assert reply.kind is Kind.NONE
    assert "无法辨认" in reply.text


def test_a_figure_that_failed_a_cross_check_is_given_with_a_warning() -> None:
    reply = _ask("2024年新收多少件", _with({}, doubtful=frozenset({"t3.new.total"})))
    assert reply.kind is Kind.ANSWER
    assert "勾稽" in reply.text


def test_an_approximate_figure_is_said_to_be_one() -> None:
    fact = replace(WORLD.reports[2024].facts["f.hotline"], approximate=True)
    assert "约数" in _ask("2024年12333接了多少电话", _with({"f.hotline": fact})).text


def test_the_2019_format_counts_something_else_and_the_reply_says_so() -> None:
    held = {k: v for k, v in WORLD.reports[2020].facts.items() if not k.startswith("t2.normative")}
    held["t2.normative.held"] = Fact(Meaning.NUMBER, Decimal(7))
    report = replace(WORLD.reports[2020], edition=Edition.E2019, facts=held)
    facts = replace(WORLD, reports={**WORLD.reports, 2020: report})
    reply = _ask("2020年现行有效的规范性文件有多少件", facts)
    assert reply.kind is Kind.NONE
    assert "对外公开总数量" in reply.text
    assert "口径不同" in reply.text


def test_a_growth_from_zero_has_no_percentage() -> None:
    zero = Fact(Meaning.NUMBER, Decimal(0))
    facts = _with({"t2.coercion": zero}, year=2023)
    reply = _ask("2024年行政强制比2023年增长百分之几", facts)
    assert "算不出" in reply.text
    assert "0件" in reply.text


def test_a_share_of_nothing_is_not_computed() -> None:
    zero = Fact(Meaning.NUMBER, Decimal(0))
    facts = _with({"t4.review.total": zero, "t4.review.upheld": zero})
    assert "分母是0" in _ask("2024年复议维持占复议总数的百分之几", facts).text


def test_every_figure_of_a_computation_is_cited() -> None:
    reply = _ask("2024年企业新收占新收总数的比例")
    assert {f.cell for f in reply.figures} == {"t3.new.business", "t3.new.total"}
    assert all(f.year == 2024 for f in reply.figures)


def test_yes_or_no_is_not_said_where_a_threshold_is_asked() -> None:
    reply = _ask("2025年推文有没有超过100000条")
    assert not reply.text.startswith(("有", "没有"))


def test_the_report_of_this_year_is_not_used_even_if_it_is_loaded() -> None:
    reply, _ = PIPELINE.respond("2025年新收多少件", WORLD, None, date(2025, 6, 1))
    assert reply.kind is Kind.NONE
    assert not reply.figures


@pytest.mark.parametrize("asked", ["你们几点下班", "你们几点下班？", "您好，你们几点下班，谢谢"])
def test_an_answer_that_people_reviewed_comes_first(asked: str) -> None:
    facts = replace(WORLD, reviewed_answers={"你们几点下班": "工作日17:30下班。"})
    assert _ask(asked, facts).text == "工作日17:30下班。"


def test_an_alias_is_read_as_what_it_stands_for() -> None:
    facts = replace(WORLD, alias_questions={"大喇叭喊了几回": "2024年公众号发了多少条信息"})
    assert [f.cell for f in _ask("大喇叭喊了几回", facts).figures] == ["f.wechat"]


@pytest.mark.parametrize(("number", "fee"), [(10, 0), (11, 100), (30, 2000), (35, 3000), (41, 4300)])
def test_the_fee_by_items_is_that_of_article_4(number: int, fee: int) -> None:
    assert fees.by_items(number)[0] == fee


@pytest.mark.parametrize(("pages", "fee"), [(30, 0), (31, 10), (100, 700), (250, 4700)])
def test_the_fee_by_pages_is_that_of_article_5(pages: int, fee: int) -> None:
    assert fees.by_pages(pages)[0] == fee


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("我一个月申请35件要交多少钱", "3000元"),
        ("申请三十五件要交多少钱", "3000元"),
        ("复印250页材料收多少钱", "4700元"),
    ],
)
def test_a_fee_is_worked_out_for_the_number_asked(question: str, said: str) -> None:
    assert said in _ask(question).text


PEAK = "公众号发得最少的那年，网站新闻发了几条"


def test_a_year_named_by_its_least_is_said_with_its_figure() -> None:
    least = min(WORLD.reports.values(), key=lambda r: r.facts["f.wechat"].value or Decimal(0))
    reply = _ask(PEAK)
    assert {(f.cell, f.year) for f in reply.figures} == {("f.wechat", least.year), ("f.site_news", least.year)}
    assert f"最少的是{least.year}年，{least.facts['f.wechat'].value}条" in reply.text


@pytest.mark.parametrize("fact", [Fact(Meaning.BLANK, None), Fact(Meaning.NUMBER, Decimal(268))])
def test_a_year_that_is_not_the_only_least_or_may_not_be_is_not_chosen(fact: Fact) -> None:
    reply = _ask(PEAK, _with({"f.wechat": fact}))  # 268 is the least of the others
    assert not [f for f in reply.figures if f.cell == "f.site_news"]


def test_times_are_in_the_order_said_and_a_year_s_part_is_of_the_years_named() -> None:
    first, second = (WORLD.reports[y].facts["t2.licence"].value for y in (2020, 2023))
    assert first is not None
    assert second is not None
    assert f"{first} ÷ {second}" in _ask("2020年的许可是2023年的几倍").text
    assert f"{second} ÷ {first}" in _ask("2020年和2023年的许可比是几倍").text
    portion = _ask("2021年处罚占历年总数的百分之几")
    assert len(portion.figures) == len(WORLD.reports)
    assert portion.text.startswith("2021年行政处罚")


def test_a_blank_year_has_no_part_of_several_years() -> None:
    reply = _ask("2021年处罚占历年总数的百分之几", _with({"t2.penalty": Fact(Meaning.BLANK, None)}))
    assert reply.kind is Kind.NONE
    assert "空白" in reply.text


def _set(measure: str, counts: dict[int, int]) -> AgencyFacts:
    reports = dict(WORLD.reports)
    for year, count in counts.items():
        facts = {**reports[year].facts, measure: Fact(Meaning.NUMBER, Decimal(count))}
        reports[year] = replace(reports[year], facts=facts)
    return replace(WORLD, reports=reports)


PENALTIES = _set("t2.penalty", {2019: 50, 2020: 40, 2021: 60, 2022: 10, 2023: 30, 2024: 100, 2025: 90})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("处罚哪一年降得最多", "减少最多的是2022年，比2021年减少50件（10 - 60 = -50，下降83.33%）。"),
        ("处罚增幅最大的是哪一年", "增加最多的是2024年，比2023年增加70件（100 - 30 = 70，上升233.33%）。"),
        ("处罚最大的降幅出现在哪年", "减少最多的是2022年"),
        ("行政处罚涨跌哪年最猛", "与上一年相差最大的是2024年"),
        ("2021年到2023年处罚哪年涨得最快", "增加最多的是2023年，比2022年增加20件（30 - 10 = 20，上升200%）。"),
    ],
)
def test_the_steepest_change_is_between_years_and_not_the_most(asked: str, expected: str) -> None:
    reply = _ask(asked, PENALTIES)
    assert expected in reply.text
    assert reply.kind is Kind.ANSWER


def test_the_largest_percentage_is_said_where_it_is_another_years() -> None:
    facts = _set("t2.penalty", {2019: 1, 2020: 5, 2021: 20, 2022: 18, 2023: 17, 2024: 40, 2025: 41})
    reply = _ask("处罚哪年涨得最快", facts)
    assert "增加最多的是2024年" in reply.text
    assert "按百分比算，最大的是2020年" in reply.text


def test_the_first_year_of_a_span_is_told_of_where_the_year_before_it_changes_the_answer() -> None:
    reply = _ask("2024年到2025年处罚哪年涨得最多", PENALTIES)
    assert "没有哪一年比上一年增加" in reply.text
    assert "若把2024年比2023年的变化也算上，最大的是2024年，比2023年增加70件" in reply.text
    assert {f.year for f in reply.figures} == {2023, 2024, 2025}


def test_the_steepest_change_needs_every_year_and_names_the_year_for_what_follows() -> None:
    report = PENALTIES.reports[2022]
    blank = replace(report, facts={**report.facts, "t2.penalty": Fact(Meaning.BLANK, None)})
    reply = _ask("处罚哪一年降得最多", replace(PENALTIES, reports={**PENALTIES.reports, 2022: blank}))
    assert reply.kind is Kind.NONE
    assert "空白" in reply.text
    _, context = PIPELINE.respond("处罚哪一年降得最多", PENALTIES, None, TODAY)
    assert "2022年，行政许可" in _ask("那年许可多少", PENALTIES, context).text


def test_years_that_do_not_follow_each_other_are_not_compared_as_if_they_did() -> None:
    reply = _ask("2021年和2024年处罚哪年涨得最快", PENALTIES)
    assert "年份不相连" in reply.text
    assert "没有哪一年" not in reply.text
    assert "2020" not in reply.text


@pytest.mark.parametrize("asked", ["规范性文件废止掉最多的是哪一年", "新增最多的是哪一年，申请"])
def test_what_came_in_and_what_was_done_with_it_are_no_change(asked: str) -> None:
    assert "比上一年" not in _ask(asked).text


@pytest.mark.parametrize("asked", ["2023年哪一项涨得最多", "处罚哪年增长最慢"])
def test_what_is_no_change_between_years_is_not_answered_so(asked: str) -> None:
    assert _ask(asked, PENALTIES).kind is not Kind.ANSWER
