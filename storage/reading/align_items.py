"""The blocks of a document as one sequence of items: label texts with the figures that stand after them.

Whatever the layout (ruled tables, pipes with or without merged cells, a row per line, a cell per line), a row becomes
an `Item` with its label cells and its value tokens in reading order. Nothing else is interpreted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto

from storage.facts import Place
from storage.reading.align_glued import pieces
from storage.reading.document import Document, GridCell, Line, Table, Word
from storage.reading.labels import GROUP_LABELS, ITEM_TITLE, T2_ROWS, T3_LABELS, fold, has_han

_NUMBER = re.compile(r"([+-]?)([1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(\.\d+)?(万元|元|件|条|项|宗|份|个|次|篇|件次|亿元)?")
_DASHES = frozenset("-/—–―─\\")
_NOTHING = frozenset({"无", "無"})
_ZEROS = frozenset({"〇", "零"})
LIKE_ZERO = frozenset({"O", "o", "○"})
"""What hasty typing and text recognition put for 0; read as 0, never without a warning."""
_SCALES = {"万元": Decimal(10_000), "亿元": Decimal(100_000_000), "元": Decimal(1)}
_PAGE_NUMBER = re.compile(
    r"[-—–·•~]+\d{1,3}[-—–·•~]+|第\d{1,3}页(?:[,/]?共\d{1,3}页)?|\d{1,3}/\d{1,3}(?:页)?|Page\d+(?:of\d+)?"
)
_RULE = re.compile(r"[|｜:+=\-—─━┃│┌┐└┘├┤┬┴┼\s]+")
_LONGEST_ROW = 40
_NOWHERE = -1.0
_PIPE = re.compile(r"[|｜│┃]")
_FEWEST_CELL_LINES = 8


@dataclass(frozen=True, slots=True)
class Token:
    """A value cell: a number, a blank, or (neither) something that is no figure.

    Attributes:
        raw: as printed.
        number: the figure, in `unit` if the cell names one.
        blank: nothing is printed, or a dash that stands for nothing.
        unit: the unit printed in the cell itself, else empty.
        column: grid column of the first covered position, `None` where the layout has no columns.
        left, right: extent on the line, where the file tells it.
    """

    raw: str
    place: Place
    number: Decimal | None = None
    blank: bool = False
    unit: str = ""
    column: int | None = None
    span: int = 1
    left: float | None = None
    right: float | None = None

    @property
    def empty(self) -> bool:
        """Nothing at all is printed."""
        return self.blank and not self.raw

    def in_yuan(self) -> Decimal | None:
        """The amount in yuan where the cell names a unit of money."""
        if self.number is None or self.unit not in _SCALES:
            return None
        return self.number * _SCALES[self.unit]


class Layout(Enum):
    """How far the places of values can be trusted."""

    EXACT = auto()
    LOOSE = auto()
    LINE = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a table, a line of text, or a run of lines that hold one value each.

    Attributes:
        texts: folded label cells in front of the values.
        values: value tokens in order.
        block: index of the block in the document, so that rows of one table can be told from their neighbours.
        row: grid row within the table.
        glued: figures that extraction ran together, to be split by proof; then `values` is empty.
        last: nothing stands after it in the document.
        final: neither figures nor the beginning of a row stand after it in the document.
        end: where the row ends, as a grid column or a count of cells; a shorter row has lost some.
        run: the values stood on lines of their own.
        spans: for each text the grid columns that its cell covers, first and past the last; empty without a grid.
    """

    texts: tuple[str, ...]
    values: tuple[Token, ...]
    place: Place
    layout: Layout
    block: int
    row: int = 0
    glued: str = ""
    last: bool = False
    final: bool = False
    run: bool = False
    end: int = 0
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """All label cells together."""
        return "".join(self.texts)


def token(text: str, place: Place, column: int | None = None, span: int = 1) -> Token:
    """Read one value cell; a note mark (①, ²) beside a figure leaves it unread, for it would pass for a digit."""
    raw = text.strip()
    if any(c.isnumeric() and not c.isdecimal() and c != "〇" and not has_han(c) for c in raw):
        return Token(raw, place, column=column, span=span)
    plain = re.sub(r"\s+$|^\s+", "", unicodedata.normalize("NFKC", raw).replace("−", "-").replace("，", ","))
    if not plain or plain in _NOTHING or (len(set(plain)) == 1 and plain[0] in _DASHES):
        return Token(raw, place, blank=True, column=column, span=span)
    if plain in _ZEROS or plain in LIKE_ZERO:
        return Token(raw, place, Decimal(0), column=column, span=span)
    found = _NUMBER.fullmatch(plain.replace(" ", "") if re.fullmatch(r"\S+ ?(?:[^\d\s]+)", plain) else plain)
    if found is None:
        return Token(raw, place, column=column, span=span)
    sign, whole, decimals, unit = found.groups()
    number = Decimal((sign if sign == "-" else "") + whole.replace(",", "") + (decimals or ""))
    return Token(raw, place, number, unit=unit or "", column=column, span=span)


def is_value(text: str) -> bool:
    """Whether a word of a text line is a figure or a dash in place of one."""
    found = token(text, Place())
    return found.number is not None or (found.blank and bool(found.raw))


def is_page_number(text: str) -> bool:
    """Whether a line is a page number or a ruled line."""
    ruled = len(text.strip()) > 2 and _RULE.fullmatch(text) is not None
    return ruled or _PAGE_NUMBER.fullmatch(fold(text)) is not None


def items(document: Document) -> tuple[Item, ...]:
    """All items of a document in reading order, with runs of one-value lines joined."""
    found: list[Item] = []
    for index, block in enumerate(document.blocks):
        found.extend(_table_items(block, index) if isinstance(block, Table) else _line_items(block, index))
    joined = _join_runs(found)
    if joined:
        joined[-1] = replace(joined[-1], last=True)
    final = next((i for i in reversed(range(len(joined))) if joined[i].values or joined[i].glued), None)
    if final is not None and not any(_begins_row(item) for item in joined[final + 1 :]):
        joined[final] = replace(joined[final], final=True)
    return tuple(joined)


def _begins_row(item: Item) -> bool:
    """Whether a row or a block of the form begins here, so that the figures before it are whole."""
    text = item.text
    vocabularies = (T2_ROWS, T3_LABELS, GROUP_LABELS)
    return ITEM_TITLE.search(text) is not None or any(v.find(text) or v.begins(text) for v in vocabularies)


def _table_items(table: Table, index: int) -> Iterator[Item]:
    rows: dict[int, list[GridCell]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).append(cell)
    layout = Layout.EXACT if table.exact else Layout.LOOSE
    if layout is Layout.LOOSE and _is_cell_per_line(rows):
        yield from _cell_items(rows, index)
        return
    if layout is Layout.LOOSE and any(len(cells) > _LONGEST_ROW for cells in rows.values()):
        yield from _unrolled(table, index)
        return
    for number in sorted(rows):
        cells = sorted(rows[number], key=lambda c: c.column)
        if all(_RULE.fullmatch(c.text) or not c.text.strip() for c in cells) and any("--" in c.text for c in cells):
            continue
        place = cells[0].place if cells[0].place != Place() else table.place
        yield _row_item([(c.text, c.place, c.column, c.column_span) for c in cells], place, layout, index, number)


def _is_cell_per_line(rows: Mapping[int, Sequence[GridCell]]) -> bool:
    """Whether extraction broke the line after every pipe, so that a line holds one cell (`0 |`, `|`) and not a row."""
    single = sum(1 for cells in rows.values() if len(cells) == 1)
    return len(rows) >= _FEWEST_CELL_LINES and single >= len(rows) * 0.7


def _cell_items(rows: Mapping[int, Sequence[GridCell]], index: int) -> Iterator[Item]:
    """The rows of a table written a cell per line: labels, then values, up to the next label or a line of pipes."""
    row: list[tuple[str, Place, int | None, int]] = []
    valued = False
    for number in sorted(rows):
        cells = rows[number]
        ends = len(cells) > 1 and not any(c.text.strip() for c in cells)
        label = has_han(cells[0].text) and not is_value(cells[0].text)
        if row and (ends or (label and valued)):
            yield _row_item(row, row[0][1], Layout.LOOSE, index, number)
            row, valued = [], False
        if not ends:
            row.extend((c.text, c.place, None, 1) for c in cells)
            valued = valued or not label
    if row:
        yield _row_item(row, row[0][1], Layout.LOOSE, index, max(rows))


def _unrolled(table: Table, index: int) -> Iterator[Item]:
    """A whole report written with one separator between all its cells: a cell per line in all but name."""
    row: list[GridCell] = []
    for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
        label = has_han(cell.text) and not is_value(cell.text)
        if label and row and not (has_han(row[-1].text) and not is_value(row[-1].text)):
            yield from _unrolled_row(row, index)
            row = []
        row.append(cell)
    yield from _unrolled_row(row, index)


def _unrolled_row(row: Sequence[GridCell], index: int) -> Iterator[Item]:
    """Labels and the figures after them; an empty cell leaves nothing, since no row shows where it ends."""
    labels = [c for c in row if has_han(c.text) and not is_value(c.text)]
    figures = [c for c in row[len(labels) :] if c.text.strip()]
    for label in labels[: -1 if figures else None]:
        yield from _line_items(Line(label.text, label.place), index)
    if figures:
        cells = [(c.text, c.place, None, 1) for c in (*labels[-1:], *figures)]
        yield replace(_row_item(cells, row[0].place, Layout.LINE, index), run=True)


def _row_item(
    cells: Sequence[tuple[str, Place, int | None, int]], place: Place, layout: Layout, block: int, row: int = 0
) -> Item:
    """One row: texts up to the last label cell, values after it."""
    labels = [i for i, cell in enumerate(cells) if has_han(cell[0]) and not is_value(cell[0])]
    split = labels[-1] + 1 if labels else 0
    if split == len(cells) and len(labels) > 1:
        split = _before_remark(cells, labels)
        cells = cells if split == len(cells) or layout is Layout.EXACT else cells[: labels[-1]]
    named = [c for c in cells[:split] if has_han(c[0]) and not is_value(c[0])]
    spans = tuple((at, at + span) for _, _, at, span in named if at is not None)
    values: list[Token] = []
    for text, at, column, span in cells[split:]:
        read = token(text, at, column, span)
        if read.empty and span > 1 and column is not None:
            values.extend(Token("", at, blank=True, column=column + i) for i in range(span))
        else:
            values.append(read)
    last = cells[-1]
    end = len(cells) if layout is not Layout.EXACT or last[2] is None else last[2] + last[3]
    return Item(tuple(fold(c[0]) for c in named), tuple(values), place, layout, block, row, end=end, spans=spans)


def _before_remark(cells: Sequence[tuple[str, Place, int | None, int]], labels: Sequence[int]) -> int:
    """Where values begin in a row that ends in a remark; the row's end if no figures stand before the remark."""
    before = labels[-2] + 1
    figures = [c for c in cells[before : labels[-1]] if token(c[0], c[1]).number is not None]
    return before if figures else len(cells)


def _line_items(line: Line, index: int) -> Iterator[Item]:
    folded = fold(line.text)
    if not folded or is_page_number(line.text):
        return
    if _PIPE.search(line.text):
        yield _row_item([(c, line.place, None, 1) for c in _pipe_cells(line.text)], line.place, Layout.LOOSE, index)
        return
    cuts = list(pieces(line.text))
    if cuts and not (len(cuts) == 1 and len(cuts[0][1].split()) > 1):
        for text, figures in cuts:
            folded = fold(text)
            yield Item((folded,) if folded else (), (), line.place, Layout.LINE, index, glued=figures.strip())
        return
    yield from _word_items(line, index)


def _pipe_cells(text: str) -> list[str]:
    cells = [c.strip() for c in _PIPE.split(text.strip())]
    if len(cells) > 1 and not cells[0]:
        cells = cells[1:]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _word_items(line: Line, index: int) -> Iterator[Item]:
    """A line of words: every run of figures belongs to the text before it."""
    text: list[str] = []
    run: list[Word] = []
    for position, word in enumerate(_single_words(line)):
        if is_value(word.text):
            run.append(word)
            continue
        if run and len(run) == 1 and position > 0:
            text.extend(w.text for w in run)
        elif run:
            yield _line_item(text, run, line, index)
            text = []
        run = []
        text.append(word.text)
    yield _line_item(text, run, line, index)


def _single_words(line: Line) -> list[Word]:
    """The words of a line between any white space; with their extents where the file tells those of its runs."""
    placed = []
    for word in line.words:
        scale = (word.right - word.left) / max(_width(word.text), 1)
        for hit in re.finditer(r"\S+", word.text):
            left = word.left + _width(word.text[: hit.start()]) * scale
            placed.append(Word(hit.group(), left, left + _width(hit.group()) * scale))
    plain = line.text.split()
    if [w.text for w in placed] == plain:
        return placed
    return [Word(text, _NOWHERE, _NOWHERE) for text in plain]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _line_item(text: Sequence[str], run: Sequence[Word], line: Line, index: int) -> Item:
    folded = fold("".join(text))
    values = tuple(
        replace(token(w.text, line.place), left=w.left, right=w.right)
        if w.left != _NOWHERE
        else token(w.text, line.place)
        for w in run
    )
    return Item((folded,) if folded else (), values, line.place, Layout.LINE, index)


def _join_runs(found: Sequence[Item]) -> list[Item]:
    """Lines that hold one value and nothing else, taken together: a table written a cell per line."""
    joined: list[Item] = []
    for item in found:
        before = joined[-1] if joined else None
        lone = item.layout is Layout.LINE and len(item.values) == 1 and not item.texts
        if lone and before is not None and before.layout is Layout.LINE and _grows(before):
            joined[-1] = replace(before, values=before.values + item.values, run=True)
        else:
            joined.append(item)
    return joined


def _grows(before: Item) -> bool:
    """Whether the next lone value continues this item: a label or a value alone on its line, or a run of them."""
    if before.glued:
        return False
    return not before.values or before.run or (len(before.values) == 1 and not before.texts)
