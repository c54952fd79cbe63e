"""Sections, problems and measures, agency and year, from the ways in which reports write them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from storage.facts import Place, Reading
from storage.reading.align import read_document
from storage.reading.document import Block, Document, GridCell, Line, Table


def report(*lines: str, name: str | None = None, title: str | None = None, blocks: Iterable[Block] = ()) -> Reading:
    return read_document(Document((*(Line(text, Place()) for text in lines), *blocks), title, name))


BODY = (
    "一、总体情况",
    "2023年，我局做好公开工作。",
    "五、存在的主要问题及改进情况",
    "公开不够及时。",
    "六、其他需要报告的事项",
    "无。",
)


@pytest.mark.parametrize(
    ("lines", "agency", "year"),
    [
        (("按照市里《关于做好年报编制工作的通知》要求，现将我局2021年政府信息公开工作报告如下：",), None, 2021),
        (("云岭县人社局2023年政府信息公开工作年度报告",), "云岭县人社局", 2023),
        (("云岭县人力资源和社会保障局", "2023年政府信息公开工作年度报告"), "云岭县人力资源和社会保障局", 2023),
        (("2023年度上海市某某委员会政府信息公开工作年度报告",), "上海市某某委员会", 2023),
        (("标题: 某镇人民政府2023年度政府信息公开年度报告",), "某镇人民政府", 2023),
        (("某 局 2023 年 政 府 信 息 公 开", "年 度 报 告"), "某局", 2023),
        (("本报告所列数据的统计期限为2023年1月1日至2023年12月31日。",), None, 2023),
        (("某县统计局", "二〇二三年政府信息公开工作年度报告"), "某县统计局", 2023),
        (("政府信息公开工作年度报告（2023年）", "某县统计局"), "某县统计局", 2023),
        (("根据要求，现公布某县统计局2023年政府信息公开工作年度报告。",), "某县统计局", 2023),
        (("关于印发2023年政府信息公开工作年度报告的通知",), None, 2023),
        (("发布机构：某县统计局", "2023年政府信息公开工作年度报告"), "某县统计局", 2023),
    ],
)
def test_agency_and_year_are_read_from_the_title_or_the_period(
    lines: tuple[str, ...], agency: str | None, year: int
) -> None:
    reading = report(*lines, *BODY)
    assert (reading.agency, reading.year) == (agency, year)
    assert ("agency.missing" in {f.code for f in reading.findings}) == (agency is None)


_NAVIGATION = (
    "首页",
    "云岭县教育局2022年政府信息公开工作年度报告",
    "云岭县水利局2023年政府信息公开工作年度报告",
    *("栏目",) * 40,
)


@pytest.mark.parametrize("title", [None, "云岭县人社局2023年政府信息公开工作年度报告_云岭县人民政府"])
def test_reports_that_a_page_only_links_to_are_not_the_one_it_holds(title: str | None) -> None:
    own = Line("云岭县人社局2023年政府信息公开工作年度报告", Place(), heading=True)
    period = Line("统计期限为2023年1月1日至2023年12月31日。", Place())
    text = (Line(line, Place()) for line in BODY)
    reading = report(*_NAVIGATION, title=title, blocks=(own, period, *text))
    assert (reading.agency, reading.year) == ("云岭县人社局", 2023)
    assert "year.conflict" not in {f.code for f in reading.findings}


def test_who_signs_is_the_agency_where_no_title_names_it() -> None:
    reading = report("2023年政府信息公开工作年度报告", *BODY, "某县统计局", "2024年1月15日")
    assert reading.agency == "某县统计局"
    assert "agency.signature" in {f.code for f in reading.findings}


def test_a_file_without_lines_has_no_agency_and_no_year() -> None:
    reading = report()
    assert (reading.agency, reading.year) == (None, None)


def test_years_that_disagree_are_said() -> None:
    reading = report(
        "某局2024年政府信息公开工作年度报告", "统计期限为2023年1月1日至2023年12月31日。", *BODY, name="2024.docx"
    )
    finding = next(f for f in reading.findings if f.code == "year.conflict")
    assert reading.year == 2024
    assert "2023年" in finding.message


def test_a_report_before_the_forms_has_no_cells_and_keeps_its_text() -> None:
    reading = report("某局2016年政府信息公开工作年度报告", *BODY)
    assert (reading.edition.value, dict(reading.cells)) == ("other", {})
    assert reading.texts["x.overview"] == "2023年，我局做好公开工作。"


def test_sections_are_known_by_title_when_numbers_are_wrong_or_missing() -> None:
    reading = report(
        "某局2023年政府信息公开工作年度报告",
        "总体情况",
        "（一）主动公开政府信息情况。全年公开信息12条。",
        "（二）依申请公开。收到申请0件。",
        "三是收到和处理政府信息公开申请情况",
        "五、政府信息公开工作存在的主要问题及改进情况",
        "（一）存在的主要问题",
        "一是公开不及时。",
        "二是形式单一。",
        "（二）改进情况",
        "一是加强学习。",
        "五、其他需要报告的事项",
        "本年度未收取信息处理费。",
        "某县某局",
        "2024年1月15日",
    )
    assert dict(reading.texts) == {
        "x.overview": "（一）主动公开政府信息情况。全年公开信息12条。\n（二）依申请公开。收到申请0件。",
        "x.problems": "一是公开不及时。\n二是形式单一。",
        "x.measures": "一是加强学习。",
        "x.other": "本年度未收取信息处理费。",
    }


def test_one_paragraph_is_parted_at_the_turn_to_what_comes_next() -> None:
    reading = report(*BODY[:3], "一是公开不及时。二是形式单一。下一步，我局将加强学习。", *BODY[4:])
    assert reading.texts["x.problems"] == "一是公开不及时。二是形式单一。"
    assert reading.texts["x.measures"] == "下一步，我局将加强学习。"


def test_a_table_of_contents_does_not_stand_for_the_sections() -> None:
    contents = ("一、总体情况", "二、主动公开政府信息情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项")
    reading = report(*contents, *BODY)
    assert reading.texts["x.overview"] == "2023年，我局做好公开工作。"
    assert reading.texts["x.other"] == "无。"


def test_lines_broken_by_the_page_become_paragraphs_again() -> None:
    reading = report(
        "一、总体情况", "我局认真落实政府信息公开条例的各项要求，不断提", "升工作水平。", "全年公开12条。", *BODY[2:]
    )
    assert reading.texts["x.overview"] == "我局认真落实政府信息公开条例的各项要求，不断提升工作水平。\n全年公开12条。"


def test_missing_texts_are_said() -> None:
    reading = report("某局2023年政府信息公开工作年度报告", *BODY[:2])
    missing = {f.cell for f in reading.findings if f.code == "text.missing"}
    assert missing == {"x.problems", "x.measures", "x.other"}


def test_text_and_table_that_disagree_are_shown_side_by_side() -> None:
    row = ["一、本年新收政府信息公开申请数量", "95", "0", "0", "0", "0", "0", "95"]
    table = Table(tuple(GridCell(t, 0, c) for c, t in enumerate(row)))
    reading = report(
        "一、总体情况", "全年收到政府信息公开申请17件。", "三、收到和处理政府信息公开申请情况", blocks=[table]
    )
    finding = next(f for f in reading.findings if f.code == "text.table.differ")
    assert (finding.cell, "17件" in finding.message, "95件" in finding.message) == ("t3.new.total", True, True)
    assert reading.cells["t3.new.total"].value == 95
