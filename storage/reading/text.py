"""Plain text: lines, and rows whose columns are marked by pipes, box-drawing characters or tabs.

Text extraction drops merged cells, so a piped table is never exact: only the order within a row can be trusted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from storage.facts import Place
from storage.reading.document import Block, GridCell, Line, Table, Word
from storage.reading.errors import TooLarge
from storage.reading.flow import MAX_CELLS, MAX_SPAN, clean

MAX_LINES = 400_000
_PIPE = re.compile(r"(?<!\\)[|｜│┃║]")
_BORDER = re.compile(r"[\s|｜│┃║+\-=:─━┄┅┈┉═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋]*")
_RULE = re.compile(r"--|==|[─━═]|:-|-:")
_LONE_PIPE = re.compile(r"[ \t\u3000]*[|｜][ \t\u3000]*")
_PIPE_AT_END = re.compile(r".*[|｜][ \t\u3000]*")
_SPACES = " \t\u3000"
_FEWEST_CELLS = 6
_FEWEST_PIPES = 3
_GAP = re.compile(r"(?:[ \t]{2,}|[ \t]*[\u3000\t][ \t\u3000]*)+")


def read_text(text: str) -> tuple[Block, ...]:
    """The blocks of plain text; place of a line and of a table row is the line number in the file."""
    lines = [line.rstrip("\r") for line in text.replace("\f", "\n").split("\n")]
    return tuple(line_blocks((number, line, False) for number, line in enumerate(lines, 1)))


def line_blocks(lines: Iterable[tuple[int, str, bool]]) -> Iterator[Block]:
    """Group (line number, text, heading) into lines and tables: contiguous piped or tabbed rows are one table.

    Raises:
        TooLarge: more lines or cells than any report has.
    """
    rows: list[tuple[int, list[str]]] = []
    tables = cells = 0
    for number, line, heading in _joined_rows(lines):
        if number > MAX_LINES:
            raise TooLarge(f"文件超过{MAX_LINES}行，不像是年度报告，未读取。")
        if _is_border(line):
            continue
        if fields := _fields(line, inside=bool(rows)):
            cells += len(fields)
            if cells > MAX_CELLS:
                raise TooLarge(f"文件中的表格单元格超过{MAX_CELLS}个，不像是年度报告，未读取。")
            rows.append((number, fields))
            continue
        if rows:
            tables += 1
            yield _table(rows, tables)
            rows = []
        if stripped := clean(line):
            yield Line(stripped, Place(line=number), heading, _words(line))
    if rows:
        yield _table(rows, tables + 1)


def _joined_rows(lines: Iterable[tuple[int, str, bool]]) -> Iterator[tuple[int, str, bool]]:
    """The lines; of tables with a line for each cell, whose rows begin with a lone pipe, one line for each row."""
    run: list[tuple[int, str, bool]] = []
    for line in lines:
        if _PIPE_AT_END.fullmatch(line[1]):
            run.append(line)
            continue
        yield from _rows_of_cells(run)
        run = []
        yield line
    yield from _rows_of_cells(run)


def _rows_of_cells(run: list[tuple[int, str, bool]]) -> Iterator[tuple[int, str, bool]]:
    """Such rows put together. An empty cell looks like the beginning of a row; one width for all rows tells them apart.

    Where there is none, no cell of the table has a certain column: its rows become lines of text.
    """
    if not run or not _LONE_PIPE.fullmatch(run[0][1]) or len(run) < _FEWEST_CELLS:
        yield from run
        return
    width = _one_width([line for _, line, _ in run])
    row: list[str] = []
    pipes, start = 0, run[0][0]
    for number, line, _ in run:
        begins = pipes >= width if width else _LONE_PIPE.fullmatch(line)
        if row and begins:
            yield start, _row_text(row, piped=bool(width)), False
            row, pipes = [], 0
        start = start if row else number
        row.append(line.strip(_SPACES))
        pipes += len(_PIPE.findall(line))
    yield start, _row_text(row, piped=bool(width)), False


def _row_text(row: list[str], *, piped: bool) -> str:
    return " ".join(row) if piped else _PIPE.sub(" ", " ".join(row))


def _one_width(lines: list[str]) -> int | None:
    """How many pipes every row has, each beginning with a lone one; the last row may be cut."""
    counts = [len(_PIPE.findall(line)) for line in lines]
    starts, total = set(), 0
    for line, count in zip(lines, counts, strict=True):
        if _LONE_PIPE.fullmatch(line):
            starts.add(total)
        total += count
    for width in range(_FEWEST_PIPES, min(MAX_SPAN, total // 3) + 1):
        if all(at in starts for at in range(0, total, width)):
            return width
    return None


def _is_border(line: str) -> bool:
    return bool(_BORDER.fullmatch(line)) and bool(_RULE.search(line)) and len(line.strip()) > 2


def _fields(line: str, *, inside: bool) -> list[str]:
    """The cells of a piped or tabbed row; empty for running text. An outer pipe on either side delimits nothing.

    `inside` a table a row may hold one text and empty cells.
    """
    if _PIPE.search(line):
        fields = _PIPE.split(line)
        if not line.replace("|", "").strip():
            return [""] * min(len(fields) - 1, MAX_SPAN)
        if not fields[0].strip():
            fields = fields[1:]
        if fields and not fields[-1].strip():
            fields = fields[:-1]
        return [clean(f.replace("\\|", "|")) for f in fields[:MAX_SPAN]]
    body = line.strip(" \r\n")
    if "\t" in (body if inside else body.strip("\t")) and len(body) < 2000:
        return [clean(f) for f in body.split("\t")[:MAX_SPAN]]
    return []


def _table(rows: list[tuple[int, list[str]]], number: int) -> Table:
    cells = (
        GridCell(text, r, c, place=Place(table=number, row=r + 1, column=c + 1, line=line))
        for r, (line, fields) in enumerate(rows)
        for c, text in enumerate(fields)
    )
    return Table(tuple(cells), Place(table=number, line=rows[0][0]), exact=False)


def _words(line: str) -> tuple[Word, ...]:
    """Positions in half-width characters where gaps of spaces set columns; empty for running text."""
    body = line.rstrip()
    if len(body) > 500 or not _GAP.search(body.lstrip()):
        return ()
    words, start, column = [], 0, 0
    for gap in [*_GAP.finditer(body), None]:
        end = gap.start() if gap else len(body)
        width = _width(body[start:end])
        if text := clean(body[start:end]):
            words.append(Word(text, float(column), float(column + width)))
        if gap:
            column += width + _width(gap.group())
            start = gap.end()
    return tuple(words)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
