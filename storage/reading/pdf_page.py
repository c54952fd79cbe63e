"""One PDF page to lines and ruled tables in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from storage.reading.pdf_text import Char, TextLine, cell_text, characters, is_page_number, lines, mark_wrapped

_SETTINGS = {"snap_tolerance": 3, "join_tolerance": 3, "edge_min_length": 3, "intersection_tolerance": 3}
_SAME = 3.0
"""Points within which two edges are one."""
MAX_EDGES = 12_000
_THIN = 3.0


@dataclass(slots=True)
class PageCell:
    """A cell of a ruled table; rows and columns from zero; `box`: left, top, right, bottom as parts of the page."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    page: int
    box: tuple[float, ...] | None = None


@dataclass(slots=True)
class PageTable:
    """A ruled table: its cells and where its columns begin and end."""

    cells: list[PageCell]
    edges: list[float]
    rows: int
    top: float
    bottom: float
    page: int


@dataclass(slots=True)
class Page:
    """A page in reading order."""

    number: int
    height: float
    width: float
    items: list[TextLine | PageTable]
    characters: int
    unreadable: int
    picture: float = 0.0
    """Share of the page that the largest picture covers."""


def _without_page_number(found: list[TextLine], height: float) -> list[TextLine]:
    """The lines without the page's number, which stands apart; right below figures it is the rest of broken ones."""
    kept: list[TextLine] = []
    for line in found:
        above = kept[-1] if kept else None
        torn = above is not None and 0 < line.top - above.top < 1.6 * line.size and above.words[-1].text.isdigit()
        if torn or not is_page_number(line, height):
            kept.append(line)
    return kept


def read_page(page: Any, number: int) -> Page:
    """Read a page of pdfplumber."""
    chars = characters(page)
    tables, rest = _tables(page, chars, number)
    height = float(page.height)
    for cell in (c for t in tables for c in t.cells):
        cell.box = _parts(cell.box, page)
    found = _without_page_number(lines(rest), height)
    mark_wrapped(found)
    area = float(page.width) * height or 1.0
    pictures = [abs((i["x1"] - i["x0"]) * (i["bottom"] - i["top"])) / area for i in page.images]
    return Page(
        number,
        height,
        float(page.width),
        _ordered(found, tables, (float(page.width), height)),
        sum(not c.text.isspace() for c in chars),
        sum("\ufffd" in c.text for c in chars),
        max(pictures, default=0.0),
    )


def _parts(box: tuple[float, ...] | None, page: Any) -> tuple[float, ...] | None:
    """A box as parts of the page that is shown; `None` where only a cut of the page is shown."""
    size = float(page.width), float(page.height)
    if box is None or page.cropbox != page.mediabox or min(size) <= 0:
        return None
    return tuple(edge / size[n % 2] for n, edge in enumerate(box))


def _tables(page: Any, chars: list[Char], number: int) -> tuple[list[PageTable], list[Char]]:
    """The ruled tables of more than one column, and the characters outside of them."""
    if len(page.edges) > MAX_EDGES:
        return [], chars
    ruled = page.filter(_is_rule)
    found = ruled.find_tables({**_SETTINGS, "explicit_horizontal_lines": _open_ends(ruled.edges)})
    if not any(len({c[0] for c in t.cells}) > 1 for t in found):
        ruled = page
        found = page.find_tables(_SETTINGS)
    upright = [(float(e["x0"]), float(e["top"]), float(e["bottom"])) for e in ruled.edges if e["orientation"] == "v"]
    tables: list[PageTable] = []
    for candidate in found:
        table, chars = _table([tuple(map(float, box)) for box in candidate.cells], upright, chars, number)
        if table is not None:
            tables.append(table)
    return tables, chars


def _open_ends(edges: Sequence[Any]) -> list[dict[str, Any]]:
    """Rules across the open ends of a table: a page break may cut the uprights without a line there."""
    upright = [e for e in edges if e["orientation"] == "v"]
    closing = []
    for side, out in (("top", -1.0), ("bottom", 1.0)):
        for y in _edges(float(e[side]) for e in upright):
            ending = [e for e in upright if abs(e[side] - y) <= _SAME]
            left, right = min(e["x0"] for e in ending), max(e["x0"] for e in ending)
            beyond = y + out * (2 * _SAME)
            goes_on = any(left - 1 <= e["x0"] <= right + 1 and e["top"] < beyond < e["bottom"] for e in upright)
            if right - left > 2 * _SAME and not goes_on:
                closing.append(
                    {
                        "object_type": "line", "x0": left, "x1": right, "top": y, "bottom": y, "doctop": y,
                        "width": right - left, "height": 0, "orientation": "h",
                    }
                )  # fmt: skip
    return closing


def _is_rule(thing: Any) -> bool:
    """Shading is not a rule: a filled area without outline counts only where it is as thin as a line."""
    return (
        thing["object_type"] != "rect"
        or bool(thing.get("stroke"))
        or min(abs(thing["x1"] - thing["x0"]), abs(thing["bottom"] - thing["top"])) < _THIN
    )


_Box = tuple[float, ...]


def _table(
    boxes: list[_Box], upright: Sequence[_Box], chars: list[Char], number: int
) -> tuple[PageTable | None, list[Char]]:
    columns, rows = _edges(x for b in boxes for x in (b[0], b[2])), _edges(y for b in boxes for y in (b[1], b[3]))
    if len(columns) < 3:
        return None, chars
    cells: list[tuple[PageCell, _Box]] = []
    for box in [*boxes, *_holes(boxes, columns, rows, upright)]:
        row, column = _nearest(rows, box[1]), _nearest(columns, box[0])
        height, width = _nearest(rows, box[3]) - row, _nearest(columns, box[2]) - column
        if height > 0 and width > 0:
            cells.append((PageCell(row, column, height, width, "", number, box), box))
    held: list[list[Char]] = [[] for _ in cells]
    rest: list[Char] = []
    for char in chars:
        at = _cell_at(cells, char)
        (rest if at is None else held[at]).append(char)
    for (cell, box), own in zip(cells, held, strict=True):
        cell.text = cell_text(own, box[2] - box[0])
    anchors = sorted((cell for cell, _ in cells), key=lambda c: (c.row, c.column))
    return PageTable(anchors, columns, len(rows) - 1, rows[0], rows[-1], number), rest


def _holes(boxes: list[_Box], columns: list[float], rows: list[float], upright: Sequence[_Box]) -> Iterator[_Box]:
    """Places of the grid that no closed cell covers, side by side taken together where no upright parts them."""
    for top, bottom in pairwise(rows):
        y = (top + bottom) / 2
        left: float | None = None
        for start, end in pairwise(columns):
            x = (start + end) / 2
            covered = any(b[0] < x < b[2] and b[1] < y < b[3] for b in boxes)
            parted = any(abs(u[0] - start) <= _SAME and u[1] < y < u[2] for u in upright)
            if left is not None and (covered or parted):
                yield left, top, start, bottom
                left = None
            if left is None and not covered:
                left = start
        if left is not None:
            yield left, top, columns[-1], bottom


def _cell_at(cells: Sequence[tuple[PageCell, _Box]], char: Char) -> int | None:
    x, y = char.middle
    for at, (_, (left, top, right, bottom)) in enumerate(cells):
        if left <= x <= right and top <= y <= bottom:
            return at
    return None


def _edges(values: Iterable[float]) -> list[float]:
    """Positions closer than the tolerance taken as one."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _SAME:
            edges.append(value)
    return edges


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def _ordered(found: list[TextLine], tables: list[PageTable], size: tuple[float, float]) -> list[TextLine | PageTable]:
    """Lines and tables from top to bottom; a page set in two columns is read column by column."""
    gutter = _gutter(found) or _sheet_gutter(found, tables, *size)
    if gutter is None:
        return sorted([*found, *tables], key=lambda item: item.top)
    parts = [half for line in found for half in _halves(line, gutter)]
    items: list[TextLine | PageTable] = sorted([*parts, *tables], key=lambda item: item.top)
    ordered: list[TextLine | PageTable] = []
    left: list[TextLine | PageTable] = []
    right: list[TextLine | PageTable] = []
    for item in items:
        start, end = _extent(item)
        if start < gutter < end:
            ordered += [*left, *right, item]
            left, right = [], []
        else:
            (left if end <= gutter else right).append(item)
    return [*ordered, *left, *right]


def _extent(item: TextLine | PageTable) -> tuple[float, float]:
    return (item.left, item.right) if isinstance(item, TextLine) else (item.edges[0], item.edges[-1])


def _gutter(found: list[TextLine]) -> float | None:
    """The middle of the gap between two columns of running text; `None` where there is one column."""
    split = [line for line in found if len(line.words) == 2 and all(len(w.text) >= 10 for w in line.words)]
    if len(split) < 8 or len(split) < 0.4 * len(found):
        return None
    left, right = max(line.words[0].right for line in split), min(line.words[1].left for line in split)
    return (left + right) / 2 if right - left > 8 else None


def _sheet_gutter(found: list[TextLine], tables: list[PageTable], width: float, height: float) -> float | None:
    """The middle of a wide sheet that carries two pages side by side, with a table on at least one of them."""
    middle = width / 2
    if width <= height or not tables or any(t.edges[0] < middle < t.edges[-1] for t in tables):
        return None
    words = [w for line in found for w in line.words]
    crossing = sum(w.left < middle < w.right for w in words)
    return None if not words or crossing > min(3, 0.1 * len(words)) else middle


def _halves(line: TextLine, gutter: float) -> list[TextLine]:
    left = [w for w in line.words if w.right <= gutter]
    right = [w for w in line.words if w.left >= gutter]
    if len(left) + len(right) < len(line.words):
        return [line]
    return [TextLine(words, line.top, line.bottom, line.size) for words in (left, right) if words]
