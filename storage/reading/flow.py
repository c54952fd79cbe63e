"""What markup readers build first: paragraphs and tables that may hold each other; and its flattening into blocks.

Pages and Word files use tables for layout too. A layout table gives its content in order as if it were not there; a
data table becomes one `Table`, and tables nested in it follow on their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storage.facts import Place
from storage.reading.document import Block, GridCell, Line, Table
from storage.reading.errors import TooLarge

MAX_SPAN = 200
MAX_ROWS = 20_000
MAX_CELLS = 200_000
LONGEST_CELL = 400
"""Characters; the longest label of the form has about 50. A longer cell holds running text, so its table is layout."""
PICTURE = "[图片]"
"""Stands for a picture in a cell that has no text: not a blank, and not readable."""

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")


@dataclass(slots=True)
class Para:
    """A paragraph; line breaks inside it separate lines."""

    text: str
    heading: bool = False


@dataclass(slots=True)
class FlowCell:
    """A table cell with its own content; rows and columns from zero."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    content: list[Flow] = field(default_factory=list)

    def text(self) -> str:
        """Its own text: nested tables left out, except those of a single cell."""
        return "\n".join(t for t in self._texts() if t)

    def _texts(self) -> Iterator[str]:
        for item in self.content:
            if isinstance(item, Para):
                yield item.text
            elif len(item.cells) == 1:
                yield item.cells[0].text()

    def nested(self) -> Iterator[FlowTable]:
        """Tables inside that have more than one cell."""
        for item in self.content:
            if isinstance(item, FlowTable):
                if len(item.cells) > 1:
                    yield item
                else:
                    for cell in item.cells:
                        yield from cell.nested()


@dataclass(slots=True)
class FlowTable:
    """A table as marked up: anchors in reading order."""

    cells: list[FlowCell]


Flow = Para | FlowTable


def clean(text: str) -> str:
    """The text without invisible characters, no-break spaces as spaces, ends stripped."""
    return _INVISIBLE.sub("", text.replace("\xa0", " ")).strip()


def raised(text: str) -> str:
    """Superscript or subscript text in brackets, so that the note mark of 12¹ never becomes a digit of the number."""
    text = text.strip()
    return f"[{text}]" if text and not (text[0] in "[【(（" and text[-1] in "]】)）") else text


def blocks(flow: Iterable[Flow]) -> tuple[Block, ...]:
    """Flatten into numbered lines and tables.

    Raises:
        TooLarge: more cells than any report has.
    """
    numbering = _Numbering()
    numbering.add(flow)
    return tuple(numbering.blocks)


class _Numbering:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.tables = 0
        self.lines = 0
        self.cells = 0

    def add(self, flow: Iterable[Flow]) -> None:
        for item in flow:
            if isinstance(item, Para):
                self._lines(item)
            elif _is_layout(item):
                for cell in item.cells:
                    self.add(cell.content)
            else:
                self._table(item)

    def _lines(self, para: Para) -> None:
        for text in para.text.split("\n"):
            if stripped := clean(text):
                self.lines += 1
                self.blocks.append(Line(stripped, Place(line=self.lines), para.heading))

    def _table(self, table: FlowTable) -> None:
        self.cells += len(table.cells)
        if self.cells > MAX_CELLS:
            raise TooLarge(f"文件中的表格单元格超过{MAX_CELLS}个，不像是年度报告，未读取。")
        if any(cell.text() for cell in table.cells):
            self.tables += 1
            self.blocks.append(_grid(table, self.tables))
        for cell in table.cells:
            self.add(cell.nested())


def _grid(table: FlowTable, number: int) -> Table:
    cells = (
        GridCell(
            clean(cell.text()),
            cell.row,
            cell.column,
            cell.row_span,
            cell.column_span,
            Place(table=number, row=cell.row + 1, column=cell.column + 1),
        )
        for cell in table.cells
    )
    return Table(tuple(cells), Place(table=number))


def _is_layout(table: FlowTable) -> bool:
    if max((cell.column + cell.column_span for cell in table.cells), default=0) < 2 or len(table.cells) < 2:
        return True
    filled: dict[int, int] = {}
    nested = False
    for cell in table.cells:
        text = cell.text()
        if len(text) > LONGEST_CELL:
            return True
        nested = nested or next(cell.nested(), None) is not None
        if text:
            filled[cell.row] = filled.get(cell.row, 0) + 1
    return nested and sum(n > 1 for n in filled.values()) < 3


def place(rows: Iterable[Iterable[tuple[list[Flow], int, int]]]) -> FlowTable:
    """Put (content, row span, column span) of each row into columns as browsers do; spans are clamped to the table.

    A row span of 0 reaches to the end of the table.
    """
    rows = [list(row) for row in rows][:MAX_ROWS]
    cells: list[FlowCell] = []
    free_from: dict[int, int] = {}
    for r, row in enumerate(rows):
        column = 0
        for content, row_span, column_span in row:
            while free_from.get(column, 0) > r:
                column += 1
            if column >= MAX_SPAN:
                break
            height = min(row_span if row_span > 0 else len(rows), len(rows) - r)
            width = 1
            limit = min(max(column_span, 1), MAX_SPAN - column)
            while width < limit and free_from.get(column + width, 0) <= r:
                width += 1
            cells.append(FlowCell(r, column, height, width, content))
            for c in range(column, column + width):
                free_from[c] = r + height
            column += width
    return FlowTable(cells)
