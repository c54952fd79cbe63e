"""Word files as people and WPS leave them: tracked changes, text boxes, nested and merged tables, automatic numbers."""

from __future__ import annotations

import io
import re
import zipfile

import docx

from storage.reading.document import Document, Line, Table
from storage.reading.parse import parse

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str, numbering: str = "") -> Document:
    """A Word file with this body."""
    plain = io.BytesIO()
    docx.Document().save(plain)
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            if name == "word/document.xml":
                names = re.search(r"<w:document[^>]*>", source.read(name).decode())
                assert names
                target.writestr(name, f"{names.group()}<w:body>{body}</w:body></w:document>")
            elif name == "word/numbering.xml" and numbering:
                target.writestr(name, f"<w:numbering {W}>{numbering}</w:numbering>")
            else:
                target.writestr(name, source.read(name))
    return parse(out.getvalue())


def para(text: str, run: str = "", properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else para(text)}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def lines(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Line)]


def texts(document: Document) -> list[list[str]]:
    return [[c.text for c in b.cells] for b in document.blocks if isinstance(b, Table)]


def test_what_was_deleted_is_not_read_and_what_was_inserted_is() -> None:
    change = (
        "<w:p><w:r><w:t>许可</w:t></w:r><w:del><w:r><w:delText>5</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>6</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>7</w:t></w:r></w:moveFrom></w:p>"
    )
    assert lines(word(change)) == ["许可6"]


def test_a_deleted_row_is_gone() -> None:
    body = (
        f"<w:tbl><w:tr>{cell('许可')}{cell('1')}</w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('处罚')}{cell('2')}</w:tr>"
        f"<w:tr>{cell('强制')}{cell('3')}</w:tr></w:tbl>"
    )
    assert texts(word(body)) == [["许可", "1", "强制", "3"]]


def test_hidden_struck_and_raised_characters_are_no_digits() -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    body = table(
        cell("甲") + cell(f"<w:p>{run('1', '<w:vanish/>')}{run('2', '<w:strike/>')}{run('3')}</w:p>"),
        cell("乙") + cell(f"<w:p>{run('12')}{run('1', raised)}</w:p>"),
    )
    assert texts(word(body)) == [["甲", "3", "乙", "12[1]"]]


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_merged_cells_cover_their_rectangle() -> None:
    body = table(
        cell("情况", '<w:gridSpan w:val="2"/>') + cell("合计", '<w:vMerge w:val="restart"/>'),
        cell("甲") + cell("乙") + cell("", "<w:vMerge/>"),
        cell("1") + cell("2") + cell("3"),
    )
    found = next(b for b in word(body).blocks if isinstance(b, Table))
    assert [(c.text, c.row, c.column, c.row_span, c.column_span) for c in found.cells] == [
        ("情况", 0, 0, 1, 2),
        ("合计", 0, 2, 2, 1),
        ("甲", 1, 0, 1, 1),
        ("乙", 1, 1, 1, 1),
        ("1", 2, 0, 1, 1),
        ("2", 2, 1, 1, 1),
        ("3", 2, 2, 1, 1),
    ]


def test_a_text_box_is_read_once() -> None:
    box = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps"><w:drawing><w:txbxContent>{para("框内文字")}</w:txbxContent></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><w:txbxContent>{para('框内文字')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>框外文字</w:t></w:r></w:p>"
    )
    assert lines(word(box)) == ["框外文字", "框内文字"]


def test_a_layout_table_gives_way_to_the_tables_inside() -> None:
    inner = table(cell("许可") + cell("5"), cell("处罚") + cell("6"))
    body = table(cell("二、主动公开政府信息情况"), cell(inner + "<w:p/>"))
    document = word(body)
    assert (lines(document), texts(document)) == (["二、主动公开政府信息情况"], [["许可", "5", "处罚", "6"]])


def test_automatic_numbers_are_read_as_shown() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        '<w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1">'
        '<w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )

    def numbered(text: str, level: int) -> str:
        return para(text, "", f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')

    body = numbered("总体情况", 0) + numbered("国家秘密", 1) + numbered("其他", 1) + numbered("主动公开", 0)
    body += numbered("又一", 1)
    assert lines(word(body, numbering)) == ["一、总体情况", "1.国家秘密", "2.其他", "二、主动公开", "1.又一"]


def test_content_controls_and_links_are_opened_and_field_codes_are_not() -> None:
    body = (
        f"<w:sdt><w:sdtPr/><w:sdtContent>{para('甲')}</w:sdtContent></w:sdt>"
        "<w:p><w:r><w:instrText>PAGE 99</w:instrText></w:r><w:hyperlink><w:r><w:t>乙</w:t></w:r></w:hyperlink></w:p>"
    )
    assert lines(word(body)) == ["甲", "乙"]


def test_a_picture_in_a_cell_is_not_a_blank() -> None:
    picture = "<w:p><w:r><w:drawing/></w:r></w:p>"
    assert texts(word(table(cell("许可") + cell(picture)))) == [["许可", "[图片]"]]
