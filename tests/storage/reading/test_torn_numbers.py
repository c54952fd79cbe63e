"""Narrow cells: numbers broken over two lines, and labels of which only the first line stands beside the figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.catalogue import COLUMNS, REMEDIES, RESULTS, Meaning
from storage.facts import Level, Reading
from storage.reading.align import read_document
from storage.reading.document import Document
from storage.reading.reader import read_bytes
from storage.reading.text import read_text
from tests.storage.reading.read_forms import Cell, balanced, form, wrong
from tests.storage.reading.read_pdfs import as_pdf

HEAD = """三、收到和处理政府信息公开申请情况
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）   申请人情况
自然人   商业企业   科研机构   社会公益组织   法律服务机构   其他   总计
"""
TAIL = """四、政府信息公开行政复议、行政诉讼情况
行政复议   行政诉讼
未经复议直接起诉   复议后起诉
结果维持 结果纠正 其他结果 尚未审结 总计 结果维持 结果纠正 其他结果 尚未审结 总计 结果维持 结果纠正 其他结果 尚未审结 总计
"""
FOUR = "0 0 0 3 3 1 0 0 0 1 0 0 0 0 0\n"
END = "五、存在的主要问题及改进情况\n"


def read(three: str, four: str = FOUR) -> Reading:
    return read_document(Document(read_text(HEAD + three + TAIL + four + END), format="text"))


def row(reading: Reading, name: str) -> list[int | None]:
    values = [reading.cells[f"t3.{name}.{c.id}"].value for c in COLUMNS]
    return [None if v is None else int(v) for v in values]


@pytest.mark.parametrize("second", ["8", "                                  8", "公开申请数量                 8"])
def test_a_total_whose_last_digit_stands_below_is_not_read_without_it(second: str) -> None:
    reading = read(
        f"一、本年新收政府信息\n700 400 8 0 0 10 111\n{second}\n二、上年结转政府信息公开申请数量 1 0 0 0 0 0 1\n"
    )
    assert row(reading, "new") == [None] * 7
    assert row(reading, "carried_in") == [1, 0, 0, 0, 0, 0, 1]
    assert any(f.level is Level.ERROR and f.cell == "t3.new.total" for f in reading.findings)


def test_a_page_number_below_a_row_that_adds_up_changes_nothing() -> None:
    reading = read(
        "一、本年新收政府信息公开申请数量 7 4 0 0 0 0 11\n3\n二、上年结转政府信息公开申请数量 1 0 0 0 0 0 1\n"
    )
    assert row(reading, "new") == [7, 4, 0, 0, 0, 0, 11]


def test_a_row_of_which_two_numbers_are_broken_alike_is_not_read_by_halves() -> None:
    reading = read(
        "一、本年新收政府信息公开申请数量 110 0 0 0 0 0 110\n       2           2\n"
        "二、上年结转政府信息公开申请数量 1 0 0 0 0 0 1\n"
    )
    assert row(reading, "new") == [None] * 7


def test_the_first_line_of_a_label_is_not_taken_for_the_row_called_other() -> None:
    reading = read(
        "一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9\n二、上年结转政府信息公开申请数量 0 0 0 0 0 0 0\n"
        "     2.其他      5     0     0     0     0     0     5\n     法律行\n     政法规\n（六）  禁止公\n其他    开\n"
        "     3.其他      2     0     0     0     0     0     2\n（七）总计 9 0 0 0 0 0 9\n"
    )
    assert row(reading, "other_handling") in ([2, 0, 0, 0, 0, 0, 2], [None] * 7)
    assert reading.cells["t3.other_handling.natural"].value != Decimal(5)


def test_table_four_with_digits_below_its_row_is_in_doubt_even_if_the_upper_digits_add_up() -> None:
    reading = read("一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9\n", FOUR + "          4   7\n")
    assert {reading.cells[f"t4.{g.id}.{r.id}"].value for g in REMEDIES for r in RESULTS} == {None}


def test_table_four_above_a_page_number_is_read() -> None:
    reading = read("一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9\n", FOUR + "  12\n")
    assert reading.cells["t4.review.total"].value == 3


def laid_out(label: str, *figures: object) -> str:
    """A line as `pdftotext -layout` writes it: the label, then figures in columns of their own."""
    return "    " + label + " " * (40 - 2 * len(label)) + "".join(f"{f:<8}" for f in figures) + "\n"


def test_a_digit_below_a_row_that_is_not_known_is_no_row_of_its_own() -> None:
    reading = read(
        laid_out("一、本年新收政府信息公开申请数量", 9, 0, 0, 0, 0, 0, 9)
        + laid_out("二、上年结转政府信息公开申请数量", 0, 0, 0, 0, 0, 0, 0)
        + laid_out("（一）予以公开", 1, 0, 0, 0, 0, 0, 1)
        + laid_out("2.其", 0, 153, 899, 0, 0, 698, 175)
        + laid_out("他法", "", "", "", "", "", "", 0)
        + "      律行\n      政法\n      规禁\n      止公\n      开\n"
        + laid_out("（七）总计", 9, 0, 0, 0, 0, 0, 9)
    )
    assert row(reading, "new") == [9, 0, 0, 0, 0, 0, 9]
    assert {reading.cells[f"t3.forbidden.{c.id}"].meaning for c in COLUMNS} == {Meaning.UNREADABLE}


def test_figures_after_two_labels_belong_to_neither() -> None:
    reading = read("（七）总计\n四、结转下年度继续\n办理\n\n5 4 0 0 0 0 9\n2\n\n3\n")
    assert row(reading, "carried_out") == [None] * 7


def test_table_four_a_cell_per_line_whose_sums_fail_may_be_out_of_order() -> None:
    reading = read(
        "一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9\n", "0 - 2 0 2 0 0 0 - - 4 0 0 0 4".replace(" ", "\n") + "\n"
    )
    assert reading.cells["t4.review.total"].value == 2
    reading = read(
        "一、本年新收政府信息公开申请数量 9 0 0 0 0 0 9\n", "0 2 - 0 1 0 0 0 - - 4 0 0 0 4".replace(" ", "\n") + "\n"
    )
    assert reading.cells["t4.review.total"].value is None


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_a_pdf_without_rules_and_with_broken_numbers_gives_no_number_by_halves(seed: int) -> None:
    values = {k: v * 10_007 if k.startswith("t3.") else v for k, v in balanced(seed).items()}

    def larger(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple((*c[:4], str(int(c[4]) * 10_007) if c[4].isdigit() else c[4]) for c in cells)

    blocks = [larger(b) if isinstance(b, tuple) and b[0][4].startswith("（本列") else b for b in form(seed).blocks]
    assert not wrong(read_bytes(as_pdf(blocks, ruled=False), name="report.pdf"), values)
