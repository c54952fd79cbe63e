"""PDF: ruled tables by their rules, other text as lines with word positions; scans are refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from storage.facts import Finding, Level, Place
from storage.reading.document import Block, Document, GridCell, Line, Table, Word
from storage.reading.errors import Damaged, NoText, TooLarge
from storage.reading.flow import clean
from storage.reading.pdf_join import Item, paragraphs, running
from storage.reading.pdf_loose import rebuilt
from storage.reading.pdf_page import Page, PageTable, read_page
from storage.reading.pdf_text import TextLine

MAX_PAGES = 400
_SCAN = "PDF是扫描件或图片，里面没有文字可读。请上传Word、Excel、网页或由Word导出的PDF，或先做文字识别并核对。"


def read_pdf(content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
    """Read a PDF.

    Raises:
        NoText: pictures of pages only, or fonts that do not say what their characters are.
        Damaged: broken, or locked with a password.
        TooLarge: more pages than any report has.
    """
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise TooLarge(f"PDF超过{MAX_PAGES}页，不像是年度报告，未读取。")
            title = _title(pdf.metadata.get("Title"))
            pages = [_read(page, number) for number, page in enumerate(pdf.pages, 1)]
    except PdfminerException as error:
        if any(isinstance(a, PDFPasswordIncorrect) for a in error.args):
            raise Damaged("PDF设置了打开密码，无法读取。请取消密码后再上传。") from error
        raise Damaged("PDF已损坏或不完整，无法读取。请重新导出后再上传。") from error
    if not pages:
        raise Damaged("PDF里没有页面，可能已损坏。请重新导出后再上传。")
    findings = tuple(_doubts(pages))
    return Document(tuple(_blocks(rebuilt(running(pages)))), title, name, url, "pdf", findings)


def _title(value: object) -> str | None:
    """The title property, where it is Chinese and not garbled."""
    text = clean(str(value or ""))
    return text if re.search("[\u4e00-\u9fff]{4}", text) and "\ufffd" not in text else None


def _read(page: Any, number: int) -> Page:
    result = read_page(page, number)
    page.close()
    return result


def _doubts(pages: list[Page]) -> Iterator[Finding]:
    """Pages that are pictures, or pictures with recognised text behind them.

    Raises:
        NoText: all pages are.
    """
    total = sum(p.characters for p in pages)
    if total < 10 * len(pages) and total < 200:
        raise NoText(_SCAN)
    if sum(p.unreadable for p in pages) > 0.3 * total:
        raise NoText("PDF的字体没有文字编码，读不出文字。请上传Word原稿或网页，或重新导出PDF。")
    for page in pages:
        place = Place(page=page.number)
        if page.picture > 0.5 and page.characters < 20:
            yield Finding(
                Level.WARNING, "read.scan", f"第{page.number}页是图片，没有文字可读，其中的数字没有读取。", None, place
            )
        elif page.picture > 0.8:
            message = f"第{page.number}页是扫描图片，文字来自机器识别，可能认错，请逐个核对数字。"
            yield Finding(Level.ERROR, "read.ocr", message, None, place)


def _blocks(items: list[Item]) -> Iterator[Block]:
    tables = lines = 0
    for page, item in paragraphs(items):
        if isinstance(item, PageTable):
            tables += 1
            yield _table(item, page, tables)
        else:
            lines += 1
            yield _line(item, page, lines)


def _table(table: PageTable, page: int, number: int) -> Table:
    cells = sorted(table.cells, key=lambda c: (c.row, c.column))
    return Table(
        tuple(
            GridCell(
                c.text,
                c.row,
                c.column,
                c.row_span,
                c.column_span,
                Place(c.page, number, c.row + 1, c.column + 1),
                c.box,
            )
            for c in cells
        ),
        Place(page=page, table=number),
    )


def _line(lines: list[TextLine], page: int, number: int) -> Line:
    place = Place(page=page, line=number)
    if len(lines) == 1:
        words = tuple(lines[0].words) if len(lines[0].words) > 1 else ()
        return Line(lines[0].text, place, words=words)
    text = ""
    for line in lines:
        joint = " " if text and text[-1].isascii() and text[-1].isalpha() and line.text[0].isascii() else ""
        text += joint + _flat(line.words)
    return Line(text, place)


def _flat(words: list[Word]) -> str:
    return " ".join(w.text for w in words)
