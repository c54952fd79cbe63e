"""One true report in every kind of file: each cell is right or in doubt, and in a sound file each is right."""

from __future__ import annotations

import shutil

import pytest

from storage.catalogue import Meaning
from storage.reading.document import Line, Table
from storage.reading.errors import NoText
from storage.reading.office import convert
from storage.reading.parse import parse
from storage.reading.reader import read_bytes
from tests.storage.reading.read_forms import AGENCY, as_docx, as_html, as_xlsx, form, missed, wrong
from tests.storage.reading.read_pdfs import Pages, as_pdf

FORM = form(3)
FILES = {
    "html": as_html(FORM.blocks),
    "html in a layout table": as_html(FORM.blocks, wrap="<table><tr><td>导航</td><td>{}</td></tr></table>"),
    "html pasted from word": as_html(
        FORM.blocks,
        cell="<p class=MsoNormal><span style='font-size:10pt'>{}<span lang=EN-US><o:p></o:p></span></span></p>",
    ),
    "docx": as_docx(FORM.blocks),
    "xlsx": as_xlsx(FORM.blocks),
    "xlsx with sheets": as_xlsx(FORM.blocks, sheets=True),
    "xlsx with text cells": as_xlsx(FORM.blocks, left=4, numbers=False),
    "pdf": as_pdf(FORM.blocks),
    "pdf broken in table three": as_pdf(FORM.blocks, start=300),
    "pdf broken without rules at the break": as_pdf(FORM.blocks, start=420, closed=False),
    "pdf on short pages": as_pdf(FORM.blocks, bottom=420),
    "pdf without rules": as_pdf(FORM.blocks, ruled=False),
}


@pytest.mark.parametrize("name", FILES)
def test_every_cell_is_right_in_a_sound_file(name: str) -> None:
    reading = read_bytes(FILES[name], name="上传的文件.bin")
    assert wrong(reading, FORM.values) == {}
    assert missed(reading, FORM.values) == []
    assert (reading.agency, reading.year) == (AGENCY, 2024)


def test_blanks_of_a_table_without_rules_are_told_by_their_column() -> None:
    gone = {"t3.secret.natural", "t3.secret.total", "t3.repeat.research"}
    three = FORM.blocks[6]
    assert isinstance(three, tuple)
    blank = {(7, 3), (7, 9), (19, 5)}
    cells = tuple((r, c, h, w, "" if (r, c) in blank else text) for r, c, h, w, text in three)
    reading = read_bytes(as_pdf((*FORM.blocks[:6], cells, *FORM.blocks[7:]), ruled=False, bottom=500))
    assert wrong(reading, FORM.values) == {}
    assert set(missed(reading, FORM.values)) == gone
    assert all(reading.cells[key].meaning is Meaning.BLANK for key in gone)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_word_97_file_is_read_through_libreoffice() -> None:
    rtf = b"{\\rtf1\\ansi\\ansicpg936 " + "".join(f"\\u{ord(c)}?" for c in "总体情况：许可12件").encode() + b"\\par}"
    assert [b.text for b in parse(rtf).blocks if isinstance(b, Line)] == ["总体情况：许可12件"]
    assert convert(rtf).startswith(b"PK")


def test_places_name_page_table_row_and_column() -> None:
    document = parse(as_pdf(FORM.blocks, bottom=420))
    three = [b for b in document.blocks if isinstance(b, Table)][1]
    pages = [c.place.page for c in three.cells if c.place.page is not None]
    assert min(pages) < max(pages)
    assert {(c.place.table, c.place.row, c.place.column) for c in three.cells} == {
        (2, c.row + 1, c.column + 1) for c in three.cells
    }


def test_a_scan_is_refused_in_words() -> None:
    pages = Pages()
    pages.picture()
    with pytest.raises(NoText, match="扫描件"):
        parse(pages.content())


def test_recognised_text_behind_a_scan_is_in_doubt() -> None:
    pages = Pages()
    pages.picture()
    for n in range(20):
        pages.text(70, 100 + 20 * n, "行政许可处理决定数量为12件，较上年增加。")
    assert [(f.level.value, f.code) for f in parse(pages.content()).findings] == [("error", "read.ocr")]


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    pages = Pages()
    for n in range(12):
        pages.text(60, 100 + 20 * n, f"左栏第{n:02}行的文字继续写下去直到栏边", 10)
        pages.text(320, 100 + 20 * n, f"右栏第{n:02}行的文字继续写下去直到栏边", 10)
    text = "".join(b.text for b in parse(pages.content()).blocks if isinstance(b, Line))
    assert text.index("左栏第11行") < text.index("右栏第00行")


def test_page_numbers_and_fake_bold_leave_no_trace() -> None:
    pages = Pages()
    for shift in (0, 0.4):
        pages.text(70 + shift, 100, "行政许可 12 件，共计一百二十件，详情见附表。")
    pages.text(290, 820, "- 1 -")
    assert [b.text for b in parse(pages.content()).blocks if isinstance(b, Line)] == [
        "行政许可12件，共计一百二十件，详情见附表。"
    ]
