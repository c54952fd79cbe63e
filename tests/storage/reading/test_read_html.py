"""Web pages as government systems and pastes from Word leave them."""

from __future__ import annotations

import pytest

from storage.reading.document import Document, Line, Table
from storage.reading.parse import parse


def page(body: str) -> Document:
    return parse(f"<html><head><title>题</title></head><body>{body}</body></html>".encode())


def tables(document: Document) -> list[Table]:
    return [b for b in document.blocks if isinstance(b, Table)]


def lines(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Line)]


def grid(table: Table) -> list[tuple[int, int, int, int, str]]:
    return [(c.row, c.column, c.row_span, c.column_span, c.text) for c in table.cells]


def test_spans_place_cells_in_their_true_columns() -> None:
    document = page(
        "<table><tr><th rowspan=2>类</th><th colspan=2>情况</th></tr><tr><td>甲</td><td>乙</td></tr>"
        "<tr><td>行</td><td>1</td><td>2</td></tr></table>"
    )
    assert grid(tables(document)[0]) == [
        (0, 0, 2, 1, "类"),
        (0, 1, 1, 2, "情况"),
        (1, 1, 1, 1, "甲"),
        (1, 2, 1, 1, "乙"),
        (2, 0, 1, 1, "行"),
        (2, 1, 1, 1, "1"),
        (2, 2, 1, 1, "2"),
    ]


def test_layout_tables_vanish_and_inner_tables_stand_alone() -> None:
    document = page(
        "<table><tr><td>导航</td><td><h1>年度报告</h1><p>一、总体情况</p>"
        "<table><tr><td>规章</td><td>3</td></tr><tr><td>文件</td><td>4</td></tr></table></td></tr></table>"
    )
    assert [[c.text for c in t.cells] for t in tables(document)] == [["规章", "3", "文件", "4"]]
    assert lines(document) == ["导航", "年度报告", "一、总体情况"]


def test_scripts_hidden_and_struck_parts_are_not_read() -> None:
    document = page(
        "<script>var a='99'</script><style>p{}</style><p style='color:red;display: none'>旧</p>"
        "<table><tr><td>许可</td><td><s>5</s>6<script>7</script></td></tr></table><p>新</p>"
    )
    assert lines(document) == ["新"]
    assert tables(document)[0].cells[1].text == "6"


def test_a_note_mark_never_becomes_a_digit() -> None:
    document = page("<table><tr><td>许可</td><td>12<sup>1</sup></td></tr></table>")
    assert tables(document)[0].cells[1].text == "12[1]"


def test_a_picture_in_a_cell_is_not_a_blank() -> None:
    document = page("<table><tr><td>许可</td><td><img src=a.png></td></tr></table>")
    assert tables(document)[0].cells[1].text == "[图片]"


def test_word_paste_keeps_one_text_per_cell() -> None:
    document = page(
        "<table><tr><td><p class=MsoNormal><span lang=EN-US>1</span><span>2</span><o:p></o:p></p></td>"
        "<td><p>商业</p><p>企业</p></td></tr></table>"
    )
    assert [c.text for c in tables(document)[0].cells] == ["12", "商业\n企业"]


def test_gbk_pages_are_read_whatever_they_declare() -> None:
    for charset in ("gb2312", "utf-8", "x-unknown"):
        body = f"<html><meta charset={charset}><body><p>政府信息公开工作年度报告，规章0件</p></body></html>"
        assert lines(parse(body.encode("gb18030"))) == ["政府信息公开工作年度报告，规章0件"]


def test_pages_hidden_until_a_script_runs_are_read() -> None:
    document = page("<div style='display:none'><table><tr><td>许可</td><td>4</td></tr></table></div>")
    assert [c.text for c in tables(document)[0].cells] == ["许可", "4"]


@pytest.mark.parametrize(
    "content",
    [
        (
            "<html><body><div id=app></div><script>var c = '<p>文</p><table><tr><td>\\u8bb8可<\\/td><td>4</td></tr></table>'"
            "</script></body></html>"
        ),
        "<html><body><textarea style='display:none'>&lt;table&gt;&lt;tr&gt;&lt;td&gt;许可&lt;td&gt;4&lt;/table&gt;</textarea>",
        '{"data": {"title": "年报", "content": "<table><tr><td>\\u8bb8\\u53ef</td><td>4</td></tr></table>"}}',
    ],
)
def test_content_that_scripts_would_unfold_is_read(content: str) -> None:
    assert [c.text for c in tables(parse(content.encode()))[0].cells] == ["许可", "4"]


def test_the_article_title_of_government_pages_wins() -> None:
    content = "<html><head><meta name='ArticleTitle' content='某局年报'><title>某局</title></head><p>文</p></html>"
    assert parse(content.encode()).title == "某局年报"


def test_a_page_whose_report_is_attached_says_so() -> None:
    document = page("<p>年度报告见附件</p><a href='./P02024.docx'>2024年年度报告.docx</a>")
    assert [f.code for f in document.findings] == ["read.attachment"]
    assert "P02024.docx" in document.findings[0].message


def test_huge_spans_are_clamped() -> None:
    document = page("<table><tr><td rowspan=9999999 colspan=9999999>甲</td><td>1</td></tr><tr><td>乙</td></tr></table>")
    assert all(b.size[0] <= 2 and b.size[1] <= 200 for b in tables(document))
