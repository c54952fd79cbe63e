"""Figures in lines of text whose columns only their positions tell, such as `pdftotext -layout` writes.

The columns are learnt from rows that have a figure in each. A row with fewer figures is placed only if every figure
stands in one of these columns, and if with nothing in the others the row still makes its 总计.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from storage.facts import Place
from storage.reading.align_items import Token

_FEWEST_ROWS = 3
Extent = tuple[float, float]


def column_extents(rows: Sequence[Sequence[Token]], width: int) -> tuple[Extent, ...] | None:
    """Left and right of each column over all rows with `width` figures; `None` if they overlap or are too few."""
    full = [row for row in rows if len(row) == width and all(t.left is not None for t in row)]
    if len(full) < _FEWEST_ROWS:
        return None
    extents = tuple(
        (min(row[i].left or 0.0 for row in full), max(row[i].right or 0.0 for row in full)) for i in range(width)
    )
    apart = all(a[1] < b[0] for a, b in pairwise(extents))
    return extents if apart else None


def by_position(values: Sequence[Token], columns: tuple[Extent, ...] | None) -> tuple[Token, ...] | None:
    """The row's cells with blanks between, if position and sum leave no other reading."""
    if columns is None or not 0 < len(values) < len(columns):
        return None
    cells: list[Token | None] = [None] * len(columns)
    for value in values:
        hits = [i for i, (left, right) in enumerate(columns) if _overlaps(value, left, right)]
        if len(hits) != 1 or cells[hits[0]] is not None:
            return None
        cells[hits[0]] = value
    if cells[-1] is None or cells[-1].number is None:
        return None
    parts = sum((c.number or Decimal(0) for c in cells[:-1] if c is not None), Decimal(0))
    if parts != cells[-1].number:
        return None
    place = values[0].place
    return tuple(c if c is not None else _blank(place) for c in cells)


def _overlaps(value: Token, left: float, right: float) -> bool:
    return value.left is not None and value.right is not None and value.left < right and value.right > left


def _blank(place: Place) -> Token:
    return Token("", place, blank=True)
