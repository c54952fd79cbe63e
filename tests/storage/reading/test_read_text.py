"""Plain text and Markdown, in the encodings and layouts that exports leave."""

from __future__ import annotations

import pytest

from storage.reading.document import Line, Table
from storage.reading.errors import UnknownFormat
from storage.reading.parse import parse


def test_contiguous_piped_rows_are_one_inexact_table() -> None:
    document = parse("一、总体情况\n规章 | 0 | |\n文件 | 5 | 1 |\n说明文字\n许可 | 7 |\n".encode())
    head, first, text, second = document.blocks
    assert isinstance(head, Line)
    assert isinstance(text, Line)
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert [c.text for c in first.cells] == ["规章", "0", "", "文件", "5", "1"]
    assert not first.exact
    assert (second.place.table, second.cells[1].place.line, second.cells[1].place.column) == (2, 5, 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_apart(encoding: str) -> None:
    text = "云岭县人力资源和社会保障局2023年政府信息公开工作年度报告\r\n规章 | 0 |\r\n" + "一二三，。12\r\n" * 20
    document = parse(text.encode(encoding))
    assert isinstance(document.blocks[0], Line)
    assert document.blocks[0].text == "云岭县人力资源和社会保障局2023年政府信息公开工作年度报告"


def test_traditional_text_in_big5_is_read() -> None:
    line = parse("政府資訊公開工作年度報告，規章零件，行政許可十二件。".encode("big5")).blocks[0]
    assert isinstance(line, Line)
    assert line.text == "政府資訊公開工作年度報告，規章零件，行政許可十二件。"


def test_binary_rubbish_is_refused() -> None:
    with pytest.raises(UnknownFormat):
        parse(bytes(range(128, 256)) * 40)


def test_columns_set_by_spaces_keep_their_positions() -> None:
    line = parse("许可    12     3".encode()).blocks[0]
    assert isinstance(line, Line)
    assert [(w.text, w.left, w.right) for w in line.words] == [("许可", 0, 4), ("12", 8, 10), ("3", 15, 16)]


def test_markdown_marks_are_markup_not_text() -> None:
    document = parse("## 一、**总体**情况\n\n| 项 | 数 |\n|---|---:|\n| **许可** | 5 |\n".encode())
    head, table = document.blocks
    assert isinstance(head, Line)
    assert (head.text, head.heading) == ("一、总体情况", True)
    assert isinstance(table, Table)
    assert [c.text for c in table.cells] == ["项", "数", "许可", "5"]


def test_html_tables_inside_markdown_are_exact() -> None:
    document = parse(
        "# 报\n\n<table><tr><td colspan=2>甲</td></tr><tr><td>乙</td><td>5</td></tr></table>\n\n完\n".encode()
    )
    table = document.blocks[1]
    assert isinstance(table, Table)
    assert table.exact
    assert table.size == (2, 2)
