"""What narrows or turns a question: strangers beside a figure, everyday words of rows, the first of what was answered."""

from __future__ import annotations

from datetime import date

import pytest

from bot.qa.pipeline import Context, Pipeline
from bot.qa.types import Kind, Reply
from tests.questions.world import build

WORLD = build().facts
PIPELINE = Pipeline()


def _talk(*questions: str) -> Reply:
    """The last reply of a conversation."""
    context: Context | None = None
    for question in questions:
        reply, context = PIPELINE.respond(question, WORLD, context, date(2026, 6, 15))
    return reply


def _cells(reply: Reply) -> set[str]:
    return {f.cell for f in reply.figures}


@pytest.mark.parametrize(
    "question",
    [
        "去年对外贸企业的处罚有几件",
        "外资企业去年提了多少申请",
        "年轻人去年申请多少件",
        "去年留言有几条没回",
        "去年短视频播放多少次",
        "高新区去年收到多少申请",
        "去年收费项目有几个",
        "去年电话申请的有多少件",
        "去年规范性文件里讲养猪的有几件",
        "2023年手写的申请有多少件",
        "2023年新收的申请里超过十页的有几件",
        "关于社保的，2022年不予处理几件",
        "2023年部分公开了几件，网上提交的",
        "2023年重复申请中匿名的几件",
        "去年集体提出的行政复议维持了几件",
        "去年网上办理的行政处罚几件",
        "去年说方言的短视频发了几个",
        "去年被举报的公众号文章几条",
        "2023年大学生申请有多少件",
        "2023年结转下年度的匿名几件",
        "2022年复议后起诉，其中疫情几件",
        "2024年手写类申请多少",
        "2023年方言公众号文章多少条",
        "2023年五万元以上的行政处罚几件",
        "2023年除了不予公开以外的有多少件",
        "隔壁县人社局2024年收到多少申请",
    ],
)
def test_a_figure_is_not_given_for_a_part_that_the_form_does_not_count(question: str) -> None:
    reply = _talk(question)
    assert reply.kind in (Kind.NONE, Kind.CHOICE), reply.text
    assert not reply.figures


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("书报上买得到的还来申请的，2024年几件", "publication"),
        ("让人补正了还是含糊的，2024年几件", "unclear"),
        ("叫补正没动静就不管了的，2024年几件", "uncorrected"),
        ("该交的处理费没交就不办了的，2024年几件", "unpaid"),
        ("还在研究没敲定所以不给看的，2024年几件", "process"),
        ("人事后勤方面不给看的，2024年几件", "internal"),
        ("死缠着反复申请的，2024年几件", "excessive"),
        ("要过一次又来问一遍的，2024年几件", "repeat"),
        ("给过了又让再开一份的，2024年几件", "reconfirm"),
        ("去年新收申请里公开了多少", "granted"),
        ("拿国家秘密当挡箭牌不公开的，2024年几件", "secret"),
        ("2024年没按通知缴费所以不再处理的几件", "unpaid"),
    ],
)
def test_everyday_words_name_the_row_and_not_the_head_count(question: str, row: str) -> None:
    assert _cells(_talk(question)) == {f"t3.{row}.total"}


@pytest.mark.parametrize(
    "questions",
    [
        ("2021到2023年自然人累计申请多少件，企业累计申请多少件",),
        ("2021到2023年自然人累计申请多少件", "企业累计申请多少件呢"),
    ],
)
def test_a_second_sum_is_over_the_same_years(questions: tuple[str, ...]) -> None:
    reply = _talk(*questions)
    summed = {f.year for f in reply.figures if f.cell == "t3.new.business"}
    assert summed == {2021, 2022, 2023}
    assert "合计" in reply.text.splitlines()[-1]


@pytest.mark.parametrize(
    ("questions", "cells"),
    [
        (("2020年公众号多少", "22年呢", "加起来"), {("f.wechat", 2020), ("f.wechat", 2022)}),
        (("2024年行政许可多少", "处罚呢", "加起来"), {("t2.licence", 2024), ("t2.penalty", 2024)}),
    ],
)
def test_what_was_answered_one_after_the_other_is_added_up(
    questions: tuple[str, ...], cells: set[tuple[str, int]]
) -> None:
    assert {(f.cell, f.year) for f in _talk(*questions).figures} == cells


def test_a_word_for_turning_people_away_names_no_second_group() -> None:
    assert "不予公开" not in _talk("2023年被你们打发掉不予处理的有几件").text


def test_the_earliest_year_is_the_first_report() -> None:
    reply = _talk("2024年公众号发了多少条", "最早那年呢")
    assert {(f.cell, f.year) for f in reply.figures} == {("f.wechat", 2019)}


@pytest.mark.parametrize("question", ["2023年网民留言回没回", "网上留言2023年到底回没回，回了多少条"])
def test_whether_something_was_done_is_answered_with_its_figure(question: str) -> None:
    assert _cells(_talk(question)) == {"f.petition_reply"}


def test_the_first_and_the_second_of_what_was_answered_are_told_apart() -> None:
    before = ("2024年重复申请几件", "大量反复的呢")
    assert {"t3.repeat.total", "t3.petition.total"} < _cells(_talk(*before, "头一个占不予处理的多大比例"))
    assert _cells(_talk(*before, "第一个比第二个多几件")) == {"t3.repeat.total", "t3.excessive.total"}


def test_the_most_is_looked_for_among_what_was_asked_and_not_over_the_years() -> None:
    reply = _talk("2024年网站新闻多少", "公众号呢", "短视频呢", "哪项最多")
    assert _cells(reply) == {"f.site_news", "f.wechat", "f.video"}
    assert {f.year for f in reply.figures} == {2024}


def test_counts_in_different_unit_words_are_compared_and_money_is_not_compared_with_counts() -> None:
    assert "前者少" in _talk("2024年短视频比公众号少多少").text
    assert " - " not in _talk("2024年处罚和收费相差多少").text


def test_why_disclosure_was_late_is_answered_in_the_words_of_the_report() -> None:
    reply = _talk("为什么公开不及时")
    assert WORLD.reports[2025].texts["x.problems"] in reply.text


def test_what_was_taken_in_is_listed_both_ways_where_nothing_says_which() -> None:
    assert _cells(_talk("去年收了多少")) == {"t3.new.total", "t2.fee"}
    assert _cells(_talk("去年收了多少万的费")) == {"t2.fee"}


def test_after_a_refused_month_or_agency_the_whole_year_or_this_bureau_is_a_short_reply_away() -> None:
    assert _cells(_talk("2024年三月公众号发了多少", "那全年呢")) == {"f.wechat"}
    assert _cells(_talk("教育局2024年收到多少申请", "那你们局呢")) == {"t3.new.total"}
    assert not _talk("教育局2024年收到多少申请", "那2023年呢").figures


def test_the_two_kinds_of_suit_are_shares_of_the_suits() -> None:
    reply = _talk("2024年行政诉讼中未经复议直接起诉的占比")
    assert _cells(reply) == {"t4.direct.total", "t4.after.total"}


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("你们单位去年正式收到的老百姓递交的申请一共多少件", "t3.new.natural"),
        ("去年县里网上发布的公众号文章有多少条", "f.wechat"),
        ("去年你们实际作出的行政处罚决定一共多少", "t2.penalty"),
        ("去年不服你们答复引起的行政复议有几件", "t4.review.total"),
        ("去年全年办完的申请总共几件", "t3.done.total"),
        ("去年因信息公开引发的行政复议有几件", "t4.review.total"),
        ("最早能查到的2019年短视频多少个", "f.video"),
    ],
)
def test_words_before_a_measure_that_hold_for_all_of_it_change_nothing(question: str, cell: str) -> None:
    assert _cells(_talk(question)) == {cell}
