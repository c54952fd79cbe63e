"""Workbooks: XLSX cell by cell as shown on screen; XLS, XLSB, ODS and XLSX with broken styles by their values."""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Iterable
from typing import Any

import openpyxl
import python_calamine

from storage.facts import Finding, Level
from storage.reading.archive import Archive
from storage.reading.document import Document
from storage.reading.errors import Damaged, ReadingError, TooLarge
from storage.reading.flow import MAX_CELLS, MAX_SPAN, clean
from storage.reading.sheet import Sheet, sheet_blocks

_DECIMALS = re.compile(r"[#0?,]*(?:\.(0+))?(%?)(?:_.|\\.|\s)*")
UNCALCULATED = "[公式未计算]"
_ZIP = b"PK\x03\x04"


def read_workbook(content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
    """Read a workbook of Excel, WPS or OpenDocument; hidden sheets, rows and columns are left out.

    Raises:
        Damaged: broken, or locked with a password.
        TooLarge: it expands beyond the limits, or has more cells than any report.
    """
    sheets: list[Sheet] | None = None
    findings: list[Finding] = []
    if content.startswith(_ZIP):
        archive = Archive(content)
        archive.check_all()
        if "xl/workbook.xml" in archive.names:
            sheets = _by_cells(content, findings)
    if sheets is None:
        sheets = _by_values(content)
    return Document(tuple(sheet_blocks(sheets)), None, name, url, "xlsx", tuple(findings))


def _by_cells(content: bytes, findings: list[Finding]) -> list[Sheet] | None:
    """Sheets as the screen shows them; `None` where the library cannot take the file (odd styles of other editors)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    except (ReadingError, MemoryError):
        raise
    except Exception:  # the library raises anything on odd files; values alone can still be had
        return None
    visible = [s for s in shown.worksheets if s.sheet_state == "visible"] or shown.worksheets
    sheets = []
    for sheet in visible:
        if sheet.sheet_view.showZeros is False:
            message = f"工作表“{sheet.title}”设置了不显示零值，显示为空的格按空白读取。"
            findings.append(Finding(Level.WARNING, "read.hidden_zeros", message))
        sheets.append(_sheet(sheet, formulas[sheet.title]))
    return sheets


def _sheet(shown: Any, formulas: Any) -> Sheet:
    zeros = shown.sheet_view.showZeros is not False
    result = Sheet(
        shown.title,
        merged=[(r.min_row - 1, r.min_col - 1, r.max_row - 1, r.max_col - 1) for r in shown.merged_cells.ranges],
        hidden_rows=frozenset(n - 1 for n, d in shown.row_dimensions.items() if d.hidden),
        hidden_columns=frozenset(_hidden_columns(shown)),
    )
    for row in shown.iter_rows():
        for cell in row:
            text = ""
            if cell.value is not None:
                text = shown_text(cell.value, getattr(cell, "number_format", "General"), zeros=zeros)
            elif formulas.cell(cell.row, cell.column).data_type == "f":
                text = UNCALCULATED
            if text:
                result.texts[cell.row - 1, cell.column - 1] = text
    return result


def _hidden_columns(sheet: Any) -> Iterable[int]:
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min:
            yield from range(dimension.min - 1, min(dimension.max or dimension.min, MAX_SPAN))


def shown_text(value: object, number_format: str, *, zeros: bool = True) -> str:
    """A cell's value as the screen shows it: decimals by its format, dates as dates, hidden zeros as nothing."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, number_format or "General", zeros=zeros)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return clean(str(value))


def _number(value: float, number_format: str, *, zeros: bool) -> str:
    sections = number_format.split(";")
    if value == 0 and (not zeros or (len(sections) > 2 and not sections[2].strip('" '))):
        return ""
    code = re.sub(r"\[[^\]]*\]|_.|\*.|\"[^\"]*\"", "", sections[0]).strip()
    match = _DECIMALS.fullmatch(code)
    if match and code:
        scaled = value * 100 if match.group(2) else value
        return f"{scaled:.{len(match.group(1) or '')}f}{match.group(2)}"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}"


def _by_values(content: bytes) -> list[Sheet]:
    """Sheets by their values; the library panics on some broken files, with an exception that is no Exception."""
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        states = {m.name: m for m in workbook.sheets_metadata}
        names = [n for n in workbook.sheet_names if _is_visible(states.get(n))]
        return [_values(workbook.get_sheet_by_name(name), name) for name in names]
    except python_calamine.PasswordError as error:
        raise Damaged("文件设置了打开密码，无法读取。请取消密码后再上传。") from error
    except BaseException as error:
        if isinstance(error, python_calamine.CalamineError) or type(error).__name__ == "PanicException":
            raise Damaged("工作簿已损坏或格式异常，无法读取。请用Excel或WPS重新保存后再上传。") from error
        raise


def _is_visible(metadata: Any) -> bool:
    if metadata is None:
        return True
    shown = metadata.visible == python_calamine.SheetVisibleEnum.Visible
    return bool(shown and metadata.typ == python_calamine.SheetTypeEnum.WorkSheet)


def _values(sheet: Any, name: str) -> Sheet:
    if sheet.total_height * sheet.total_width > 20 * MAX_CELLS:
        raise TooLarge(f"工作簿中的单元格超过{MAX_CELLS}个，不像是年度报告，未读取。")
    result = Sheet(name, merged=[(a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or ()])
    for r, row in enumerate(sheet.to_python(skip_empty_area=False)):
        for c, value in enumerate(row):
            if value != "" and value is not None:
                result.texts[r, c] = shown_text(value, "General")
    return result
