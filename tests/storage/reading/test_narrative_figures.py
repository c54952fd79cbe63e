"""Figures of the narrative: read with unit and label, and given an indicator's id only where they mean the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.reading.narrative_figures import figures_in, han_number


@pytest.mark.parametrize(
    ("sentence", "indicator", "value", "approximate"),
    [
        ("县政府网站发布新闻稿件97条", "f.site_news", 97, False),
        ("重点领域信息公开发布信息61条", "f.key_area", 61, False),
        ("通过“某某人社”微信公众号推送信息1200余条", "f.wechat", 1200, True),
        ("微信公众号共发布信息三百五十六条", "f.wechat", 356, False),
        ("抖音号发布短视频49条", "f.video", 49, False),
        ("发布政策解读稿件８篇", "f.policy", 8, False),
        ("12333热线接听群众来电1.2万个", "f.hotline", 12000, False),
        ("办理网民留言1,050件", "f.petition_reply", 1050, False),
        ("开展业务培训两场", "f.training", 2, False),
        ("收取信息处理费约400元", "f.info_fee", 400, True),
    ],
)
def test_a_figure_that_means_what_the_indicator_means_has_its_id(
    sentence: str, indicator: str, value: int, approximate: bool
) -> None:
    figures = list(figures_in(sentence, 1))
    assert [(f.id, f.value, f.approximate) for f in figures] == [(indicator, Decimal(value), approximate)]


@pytest.mark.parametrize(
    "sentence",
    [
        "微信公众号关注人数1016823人",
        "制作政策解读视频5个",
        "微信公众号发布信息较上年增加56条",
        "县政府网站、微信公众号、微博等平台共发布信息2345条",
        "截至2023年12月31日，局微信公众号累计发布信息5600条",
        "全县各部门微信公众号共发布信息5600条",
        "办理“12345”热线工单326件",
        "开展职业技能培训32期",
        "参加培训120人次",
        "短视频观看量1924252次",
        "县政府网站发布各类信息326条",
        "办结人民网网民留言12条",
        "计划开展业务培训3场",
        "微信公众号累计发布信息1500条",
        "上半年，微信公众号发布信息80条",
        "微信公众号日均发布信息5条",
        "2021年至2023年，微信公众号发布信息900条",
        "两年来微信公众号发布信息500条",
        "下属单位某某中心微信公众号发布信息66条",
        "融媒体中心微信公众号采用我局发布的信息12条",
        "转发上级政策解读材料15篇",
        "应收信息处理费200元",
    ],
)
def test_a_figure_that_means_something_else_keeps_its_own_label(sentence: str) -> None:
    figures = list(figures_in(sentence, 1))
    assert [f.id for f in figures] == [None]
    assert figures[0].label
    assert figures[0].sentence == sentence


@pytest.mark.parametrize("sentence", ["2022年微信公众号发布信息80条", "2023年工作有序，微信公众号2022年发布信息120条"])
def test_a_figure_of_another_year_than_the_report_is_no_indicator(sentence: str) -> None:
    assert [f.id for f in figures_in(sentence, 1, 2023)] == [None]
    assert [f.id for f in figures_in(sentence, 1, 2022)] == ["f.wechat"]


def test_the_year_in_the_name_of_a_document_is_not_the_year_of_a_figure() -> None:
    sentence = "按照《2022年政务公开工作要点》，全年微信公众号累计发布信息151条"
    assert [f.id for f in figures_in(sentence, 1, 2023)] == ["f.wechat"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("三", 3), ("两", 2), ("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("三百五十六", 356), ("一万二千", 12000), ("二三", None)],
)  # fmt: skip
def test_chinese_numerals(text: str, number: int | None) -> None:
    assert han_number(text) == number


@pytest.mark.parametrize(
    "sentence", ["第三次修订公开指南", "国办公开办函〔2021〕30号", "形成统一的工作机制", "第二十条第（一）项"]
)
def test_numbers_that_count_nothing_are_no_figures(sentence: str) -> None:
    assert list(figures_in(sentence, 1)) == []
