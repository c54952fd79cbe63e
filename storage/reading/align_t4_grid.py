"""Table four by its heads: each figure belongs to the remedy and the result that stand over it or beside it.

So it is read in any arrangement that keeps its heads: the form's one row of fifteen, a row per remedy, a figure per
row, a table per remedy, empty columns in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage.catalogue import REMEDIES, RESULTS
from storage.reading.align_items import Item, Layout, Token, is_value, token
from storage.reading.document import Document, GridCell, Table
from storage.reading.labels import Vocabulary, fold, has_han

_RESULTS = Vocabulary({r.id: (r.label,) if r.id != "total" else (r.label, "合计") for r in RESULTS})
_LONGEST_TITLE = 24


@dataclass(frozen=True, slots=True)
class _Head:
    """A label cell: which remedy and which result it names, `None` where neither."""

    cell: GridCell
    remedy: str | None
    result: str | None


def by_heads(region: Sequence[Item], document: Document) -> Mapping[str, Token] | None:
    """The fifteen values by cell id; `None` unless the heads give each exactly one, and no figure is left over."""
    found: dict[str, list[Token]] = {}
    title: str | None = None
    rows: dict[int, set[int]] = {}
    for item in region:
        if item.layout is Layout.EXACT:
            rows.setdefault(item.block, set()).add(item.row)
    seen: set[int] = set()
    for item in region:
        if item.layout is not Layout.EXACT:
            title = (remedy_of(item.text) if len(item.text) <= _LONGEST_TITLE else None) or title
            continue
        table = document.blocks[item.block]
        if item.block in seen or not isinstance(table, Table):
            continue
        seen.add(item.block)
        ends = {i.end for i in region if i.block == item.block and i.values}
        if len(ends) > 1:
            return None
        for remedy, result, value in _values(table, rows[item.block]):
            remedy = remedy or title
            if remedy is not None and result is not None:
                found.setdefault(f"t4.{remedy}.{result}", []).append(value)
            elif value.number is not None:
                return None
    if len(found) != len(REMEDIES) * len(RESULTS) or any(len({t.raw for t in ts}) > 1 for ts in found.values()):
        return None
    return {cell_id: tokens[0] for cell_id, tokens in found.items()}


def remedy_of(text: str) -> str | None:
    """The remedy that a head or a title names; `None` for one that names both, or the section's own."""
    plain = fold(text)
    if "未经复议" in plain:
        return "direct" if "复议后起诉" not in plain else None
    if "复议后" in plain:
        return "after"
    return "review" if "行政复议" in plain and "诉讼" not in plain else None


def _values(table: Table, rows: set[int]) -> Iterator[tuple[str | None, str | None, Token]]:
    """Every value cell of these rows under or beside a head, with the remedy and the result that its heads name."""
    cells = [c for c in table.cells if rows & set(range(c.row, c.row + c.row_span))]
    labels = [c for c in cells if has_han(c.text) and not is_value(c.text)]
    heads = [h for h in (_Head(c, remedy_of(c.text), _RESULTS.find(c.text)) for c in labels) if h.remedy or h.result]
    named: dict[int, set[str]] = {}
    for head in heads:
        named.setdefault(head.cell.row, set()).update(filter(None, [head.result]))
    for cell in cells:
        if cell in labels or len(named.get(cell.row, ())) > 1:
            continue
        over = [h for h in heads if h.cell.row < cell.row and _covers_column(h.cell, cell)]
        beside = [h for h in heads if h.cell.column < cell.column and _covers_row(h.cell, cell)]
        over.sort(key=lambda h: -h.cell.row)
        beside.sort(key=lambda h: -h.cell.column)
        value = token(cell.text, cell.place, cell.column, cell.column_span)
        if over or beside:
            yield _one("remedy", over, beside), _one("result", over, beside), value


def _one(what: str, over: Sequence[_Head], beside: Sequence[_Head]) -> str | None:
    """What the nearest head over a cell and the nearest beside it name, if they do not contradict each other."""
    named = {next((v for h in heads if (v := getattr(h, what))), None) for heads in (over, beside)} - {None}
    return named.pop() if len(named) == 1 else None


def _covers_column(head: GridCell, cell: GridCell) -> bool:
    return head.column <= cell.column and cell.column + cell.column_span <= head.column + head.column_span


def _covers_row(head: GridCell, cell: GridCell) -> bool:
    return head.row <= cell.row and cell.row + cell.row_span <= head.row + head.row_span
