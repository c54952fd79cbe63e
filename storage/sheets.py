"""Tables that people keep in Excel: CSV and XLSX files as rows under their header, every problem located.

A CSV may be UTF-8 with or without a byte order mark, or GBK as Excel writes it on a Chinese desktop; the separator may
be a comma, a semicolon or a tab. Of an XLSX the first sheet is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
import python_calamine
from lxml import etree
from openpyxl.utils import column_index_from_string

from storage.errors import Refused
from storage.reading.archive import Archive
from storage.reading.errors import Damaged

_ZIP = b"PK\x03\x04"
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MOST_CELLS = 2_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a table: row (counted from one, the header is row 1), column title, and what is wrong."""

    row: int | None
    column: str | None
    text: str

    def __str__(self) -> str:
        """The problem as an office worker reads it: 第5行“期限”：…."""
        place = (f"第{self.row}行" if self.row else "") + (f"“{self.column}”" if self.column else "")
        return f"{place}：{self.text}" if place else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header."""

    number: int
    cells: Mapping[str, Any]

    def text(self, column: str) -> str:
        """The cell as trimmed text, empty where the column or the cell is missing."""
        value = self.cells.get(column)
        if value is None:
            return ""
        if isinstance(value, datetime | date):
            return str(value)[:10]
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        text = str(value).replace("\u3000", " ").strip()
        return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text

    def problem(self, column: str | None, text: str) -> Problem:
        """A problem in this row."""
        return Problem(self.number, column, text)


def parse_day(text: str) -> date | None:
    """A day written 2024-01-31, 2024/1/31, 2024.1.31, 2024年1月31日 or 20240131; `None` where it is none of these.

    Raises:
        ValueError: it has the form of a day but there is no such day.
    """
    text = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$", "", text.strip())
    match = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    return date(*map(int, match.groups())) if match else None


def read_day(row: Row, column: str, problems: list[Problem], *, required: bool = True) -> date | None:
    """The day in a cell; what is wrong with it is added to `problems`."""
    text = row.text(column)
    if not text:
        if required:
            problems.append(row.problem(column, "不能为空"))
        return None
    try:
        day = parse_day(text)
    except ValueError:
        problems.append(row.problem(column, f"“{text}”不是存在的日期"))
        return None
    if day is None:
        problems.append(row.problem(column, f"“{text}”不是日期，应写成2024-01-31"))
    elif not 1990 <= day.year <= 2100:
        problems.append(row.problem(column, f"“{text}”的年份不合理"))
        return None
    return day


def read_table(name: str, content: bytes, required: Sequence[str], known: Iterable[str]) -> list[Row]:
    """The rows of a CSV or XLSX file; empty rows are left out.

    Args:
        name: the file's name, for messages.
        content: its bytes.
        required: titles that the header must have.
        known: every title that means something; another one is refused, because it is most often a slip.

    Raises:
        Refused: not a table, or its header is not the expected one.
    """
    lines = _xlsx(name, content) if content.startswith(_ZIP) else _csv(name, content)
    found = next(((n, line) for n, line in enumerate(lines, 1) if any(str(c or "").strip() for c in line)), None)
    if found is None:
        raise Refused(f"{name}是空的。")
    start, head = found
    titles = [str(c if c is not None else "").replace("\u3000", " ").strip() for c in head]
    _check_header(name, titles, required, set(known))
    rows = []
    for number, line in enumerate(lines[start:], start + 1):
        if any(c is not None and str(c).strip() for c in line):
            rows.append(Row(number, {t: c for t, c in zip(titles, line, strict=False) if t}))
    return rows


def _check_header(name: str, titles: list[str], required: Sequence[str], known: set[str]) -> None:
    missing = [t for t in required if t not in titles]
    if missing:
        raise Refused(f"{name}的表头缺少：{'、'.join(missing)}。现有表头：{'、'.join(filter(None, titles))}。")
    strange = [t for t in titles if t and t not in known]
    if strange:
        raise Refused(f"{name}的表头有不认识的列：{'、'.join(strange)}。可用的列：{'、'.join(sorted(known))}。")
    double = {t for t in titles if t and titles.count(t) > 1}
    if double:
        raise Refused(f"{name}的表头有重复的列：{'、'.join(sorted(double))}。")


def _csv(name: str, content: bytes) -> list[list[Any]]:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\x00" in text:
        raise Refused(f"{name}既不是CSV也不是XLSX文件。")
    first = text.lstrip().split("\n", 1)[0]
    separator = max(",\t;，", key=first.count)
    try:
        return [list(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)]
    except csv.Error as error:
        raise Refused(f"{name}不是完好的CSV文件（{error}）。") from error


def _refuse_wide(name: str, content: bytes) -> None:
    """Refuse a sheet whose outermost cell is far out: the reader makes room for every cell before it, or aborts.

    Raises:
        Refused: it has more room than any table needs, or is no XLSX.
    """
    try:
        archive = Archive(content)
        parts = [p for p in archive.names if p.startswith("xl/worksheets/") and p.endswith(".xml")]
        extents = [_extent(archive.read(part)) for part in parts]
    except (Damaged, etree.XMLSyntaxError, ValueError) as error:
        raise Refused(f"{name}不是完好的XLSX文件。") from error
    for rows, columns in extents:
        if rows * columns > _MOST_CELLS:
            raise Refused(f"{name}的表格太大（{rows}行、{columns}列）。请删去远处多余的内容，另存后再上传。")


def _extent(sheet: bytes) -> tuple[int, int]:
    """The outermost row and column of a sheet in which anything stands."""
    rows, columns = 1, 1
    for _, cell in etree.iterparse(io.BytesIO(sheet), tag="{*}c", resolve_entities=False):
        place = _CELL.fullmatch(cell.get("r") or "") if len(cell) else None
        if place is not None:
            rows, columns = max(rows, int(place[2])), max(columns, column_index_from_string(place[1]))
        cell.clear()
    return rows, columns


def _xlsx(name: str, content: bytes) -> list[list[Any]]:
    _refuse_wide(name, content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        return [list(line) for line in sheet.to_python(skip_empty_area=False)]
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise Refused(f"{name}不是完好的XLSX文件。") from error


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV that Excel opens with the right characters; what a spreadsheet would run as a formula is disarmed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as XLSX; every cell is text, so that nothing is taken for a formula or re-formatted."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("公开")
    for row in (header, *rows):
        cells = []
        for value in row:
            cell = openpyxl.cell.WriteOnlyCell(sheet, value="" if value is None else str(value))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
