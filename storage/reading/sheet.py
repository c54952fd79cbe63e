"""A worksheet to blocks: a title, a section heading or running text alone in its row is a line, the rest are tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.catalogue import SECTIONS
from storage.facts import Place
from storage.reading.document import Block, GridCell, Line, Table
from storage.reading.errors import TooLarge
from storage.reading.flow import MAX_CELLS, clean

LONGEST_LABEL = 60
_HEADS = tuple(title[:8] for title in SECTIONS.values())
_PLAIN_NAME = re.compile(r"(?:sheet|工作表|表格?)\s*\d*", re.I)
_CHINESE = re.compile("[\u4e00-\u9fff]{2}")


@dataclass(slots=True)
class Sheet:
    """A worksheet as shown: texts by (row, column) from zero; merged areas as (row, column, last row, last column)."""

    name: str
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Anchor:
    row: int
    column: int
    row_span: int
    column_span: int
    text: str


def sheet_blocks(sheets: list[Sheet]) -> Iterator[Block]:
    """The blocks of all sheets; a place's page is the number of the sheet, its row and column are the sheet's own.

    Raises:
        TooLarge: more cells than any report has.
    """
    if sum(len(s.texts) for s in sheets) > MAX_CELLS:
        raise TooLarge(f"工作簿中的单元格超过{MAX_CELLS}个，不像是年度报告，未读取。")
    tables = lines = 0
    for page, sheet in enumerate(sheets, 1):
        name = clean(sheet.name)
        if len(sheets) > 1 and _CHINESE.search(name) and not _PLAIN_NAME.fullmatch(name):
            lines += 1
            yield Line(name, Place(page=page, line=lines), heading=True)
        for part in _parts(_rows(sheet)):
            if isinstance(part, _Anchor):
                for text in filter(None, map(clean, part.text.split("\n"))):
                    lines += 1
                    yield Line(text, Place(page=page, row=part.row + 1, line=lines))
            else:
                tables += 1
                yield _table(part, page, tables)


def _rows(sheet: Sheet) -> list[list[_Anchor]]:
    """Visible cells by row: merged areas as anchors, empty cells within the used width kept."""
    spans = {(r, c): (last_row - r + 1, last - c + 1) for r, c, last_row, last in sheet.merged}
    texts = {at: clean(text) for at, text in sheet.texts.items()}
    used = {at for at, text in texts.items() if text}
    if not used:
        return []
    covered = _covered(sheet, max(r for r, _ in used), max(c for _, c in used))
    columns = range(min(c for _, c in used), max(c for _, c in used) + 1)
    rows: list[list[_Anchor]] = []
    for r in sorted({r for r, _ in used} | {r for r, _ in covered}):
        if r in sheet.hidden_rows:
            continue
        row = [
            _Anchor(r, c, *spans.get((r, c), (1, 1)), texts.get((r, c), ""))
            for c in columns
            if (r, c) not in covered and c not in sheet.hidden_columns
        ]
        rows.append(row)
    return rows


def _covered(sheet: Sheet, last_row: int, last_column: int) -> set[tuple[int, int]]:
    """Positions inside merged areas other than their anchors, within the used part."""
    covered: set[tuple[int, int]] = set()
    for r, c, end_row, end_column in sheet.merged:
        for row in range(r, min(end_row, last_row) + 1):
            covered.update((row, column) for column in range(c, min(end_column, last_column) + 1))
            if len(covered) > MAX_CELLS:
                raise TooLarge("工作簿中的合并单元格过大，不像是年度报告，未读取。")
        covered.discard((r, c))
    return covered


def _parts(rows: list[list[_Anchor]]) -> Iterator[list[list[_Anchor]] | _Anchor]:
    """Runs of table rows, and the anchors that stand alone in their row as lines."""
    width = max((a.column + a.column_span for row in rows for a in row), default=0)
    run: list[list[_Anchor]] = []
    for row in rows:
        filled = [a for a in row if a.text]
        if len(filled) == 1 and _is_line(filled[0], width, first=not run):
            if run:
                yield run
            run = []
            yield filled[0]
        elif filled or run:
            run.append(row)
    while run and not any(a.text for a in run[-1]):
        run.pop()
    if run:
        yield run


def _is_line(only: _Anchor, width: int, *, first: bool) -> bool:
    """Whether the only text of a row is a title, a heading of the form or running text, not the label of a table row.

    `first`: no table has begun above it.
    """
    text = only.text
    if text.startswith("第") and text.endswith("项"):
        return False
    if first or len(text) > LONGEST_LABEL or "。" in text or "报告" in text:
        return True
    return only.column_span >= max(2, 0.9 * width) or any(head in text for head in _HEADS)


def _table(rows: list[list[_Anchor]], page: int, number: int) -> Table:
    index: dict[int, int] = {}
    for row in rows:
        index.setdefault(row[0].row if row else -1, len(index))
    filled = [a for row in rows for a in row if a.text]
    first, last = min(a.column for a in filled), max(a.column + a.column_span for a in filled)
    cells = [
        GridCell(
            a.text,
            at,
            a.column - first,
            sum(a.row <= r < a.row + a.row_span for r in index),
            a.column_span,
            Place(page, number, a.row + 1, a.column + 1),
        )
        for at, row in enumerate(rows)
        for a in row
        if first <= a.column < last
    ]
    return Table(tuple(cells), Place(page=page, table=number))
