"""Rows stacked in one table row: the labels of several rows of the form in one cell, line under line, are taken apart.

Word tables and extracted tables have both kinds: only the labels share a cell that spans their rows, or the figures are
stacked too, as many in each cell as there are labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from storage.catalogue import T3_ROWS
from storage.reading.document import Document, GridCell, Table
from storage.reading.labels import GROUP_LABELS, T3_LABELS, has_han

_ORDER = {term.id: index for index, term in enumerate(T3_ROWS)}
_MOST_PIECES = 60
_LONGEST = 60
"""Characters of a label."""
_MARK = re.compile(r"\d{1,2}[.．、)）]|[(（]?[一二三四五六七][)）、]")
"""Begins a label, and no label goes on across it."""


def unstacked(document: Document) -> Document:
    """The same document with every stack of rows taken apart; a stack that does not come out even is left as it is."""
    blocks = tuple(_unstacked(b) if isinstance(b, Table) else b for b in document.blocks)
    return document if blocks == document.blocks else replace(document, blocks=blocks)


def _unstacked(table: Table) -> Table:
    stacks = {(c.row, c.column): parts for c in table.cells if (parts := labels_in(c.text))}
    if not stacks:
        return table
    cells: list[GridCell] = []
    rows: dict[int, int] = {}
    for cell in table.cells:
        parts = stacks.get((cell.row, cell.column), ())
        if parts and cell.row_span == len(parts) and not _overlaps(table, cell):
            cells += [replace(cell, text=text, row=cell.row + i, row_span=1) for i, text in enumerate(parts)]
            continue
        if parts and cell.row_span == 1 and _even(table, cell, len(parts)):
            rows[cell.row] = len(parts)
        cells.append(cell)
    return replace(table, cells=tuple(_spread(sorted(cells, key=lambda c: (c.row, c.column)), rows, stacks)))


def labels_in(text: str) -> Sequence[str]:
    """The labels stacked in a cell, in the order of the form; empty unless there are two or more and nothing else."""
    pieces = text.split()
    if not 2 <= len(pieces) <= _MOST_PIECES or not has_han(text):
        return ()
    found = {tuple(_ids(parts)): parts for parts in _cuts(pieces, -1)}
    return next(iter(found.values())) if len(found) == 1 else ()


def _ids(parts: Sequence[str]) -> Iterator[str]:
    return (T3_LABELS.find(p) or "" for p in parts)


def _cuts(pieces: Sequence[str], after: int) -> Iterator[list[str]]:
    """Every way to join the pieces into two or more labels of rows that follow one another in the form."""
    text = ""
    for index, piece in enumerate(pieces):
        text += piece
        if len(text) > _LONGEST or (index and _MARK.match(piece)):
            return
        place = _ORDER.get(T3_LABELS.find(text) or "", -1)
        if place <= after or (after >= 0 and place != after + 1):
            continue
        rest = pieces[index + 1 :]
        if not rest and after >= 0:
            yield [text]
        for tail in _cuts(rest, place) if rest else ():
            yield [text, *tail]


def _overlaps(table: Table, stack: GridCell) -> bool:
    """Whether a row beside the stack has a label of its own, so that one of the stack's rows is gone."""
    rows = range(stack.row, stack.row + stack.row_span)
    beside = (c.text for c in table.cells if c.row in rows and c.column > stack.column and has_han(c.text))
    return any(T3_LABELS.find(text) or GROUP_LABELS.find(text) or labels_in(text) for text in beside)


def _even(table: Table, label: GridCell, count: int) -> bool:
    """Whether every other cell of the row is empty, spans more rows, or holds as many figures as there are labels."""
    others = [c for c in table.cells if c.row == label.row and c is not label and c.row_span == 1]
    figures = [c for c in others if c.text.strip() and not has_han(c.text)]
    return bool(figures) and all(len(c.text.split()) == count for c in figures)


def _spread(
    cells: Sequence[GridCell], rows: dict[int, int], stacks: dict[tuple[int, int], Sequence[str]]
) -> Iterator[GridCell]:
    """The cells with each stacked row as several."""
    for cell in cells:
        shift = sum(count - 1 for row, count in rows.items() if row < cell.row)
        inside = [row for row in rows if cell.row <= row < cell.row + cell.row_span]
        if cell.row_span > 1 or cell.row not in rows:
            more = sum(rows[row] - 1 for row in inside)
            yield replace(cell, row=cell.row + shift, row_span=cell.row_span + more)
            continue
        count = rows[cell.row]
        parts = stacks.get((cell.row, cell.column)) or (() if has_han(cell.text) else cell.text.split())
        if len(parts) == count or not cell.text.strip():
            texts = parts or [""] * count
            yield from (replace(cell, text=text, row=cell.row + shift + i) for i, text in enumerate(texts))
        else:
            yield replace(cell, row=cell.row + shift, row_span=count)
