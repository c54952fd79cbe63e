"""Workbooks: a cell is read as the screen shows it."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from storage.reading.document import Document, Line, Table
from storage.reading.parse import parse
from storage.reading.xlsx import shown_text


def book(fill: Callable[[Worksheet], object]) -> Document:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    fill(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return parse(out.getvalue())


def rows(document: Document) -> list[list[str]]:
    table = next(b for b in document.blocks if isinstance(b, Table))
    return [[c.text for c in table.cells if c.row == r] for r in range(table.size[0])]


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (0, "General", "0"),
        (12.0, "General", "12"),
        (21.659999999999997, "General", "21.66"),
        (21.659999999999997, "0.00", "21.66"),
        (1234.5, "#,##0.00_ ", "1234.50"),
        (0.5, "0%", "50%"),
        (0, "0;-0;;@", ""),
        (0, '#,##0;-#,##0;""', ""),
        (3, "[Red]0.0", "3.0"),
        (True, "General", "是"),
    ],
)
def test_numbers_as_shown(value: float, shape: str, shown: str) -> None:
    assert shown_text(value, shape) == shown


def test_a_formula_without_a_stored_value_is_not_a_blank() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["许可", "处罚"])
        sheet.append([1, "=A2*2"])

    assert rows(book(fill)) == [["许可", "处罚"], ["1", "[公式未计算]"]]


def test_hidden_rows_columns_and_sheets_are_left_out() -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (["项", "旧", "新"], ["许可", 1, 2], ["作废", 3, 4], ["处罚", 5, 6]):
            sheet.append(row)
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        assert sheet.parent is not None
        old = sheet.parent.create_sheet("去年")
        old.append(["许可", 99])
        old.sheet_state = "hidden"

    assert rows(book(fill)) == [["项", "新"], ["许可", "2"], ["处罚", "6"]]


def test_headings_and_text_between_tables_are_lines() -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (
            ["某局2024年政府信息公开工作年度报告"],
            ["二、主动公开政府信息情况"],
            ["第二十条第（五）项"],
            ["行政许可", 5],
            ["三、收到和处理政府信息公开申请情况"],
            ["一、本年新收政府信息公开申请数量", 1, 2],
            ["二、上年结转政府信息公开申请数量"],
        ):
            sheet.append(row)

    document = book(fill)
    kinds = [b.text if isinstance(b, Line) else "表" for b in document.blocks]
    assert kinds == [
        "某局2024年政府信息公开工作年度报告",
        "二、主动公开政府信息情况",
        "表",
        "三、收到和处理政府信息公开申请情况",
        "表",
    ]


def test_a_web_page_saved_as_xls_is_a_web_page() -> None:
    page = b"<html><table><tr><td>\xd0\xed\xbf\xc9</td><td>5</td></tr></table></html>"
    document = parse(page, name="年报.xls")
    assert document.format == "html"
    assert rows(document) == [["许可", "5"]]
