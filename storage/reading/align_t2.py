"""Table two: rows by label under the column heads of their own block, which tell the edition apart.

In plain text, figures after a label whose predecessor has none are nobody's for certain: the text may be written down
the columns, labels first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storage.catalogue import CELLS, Edition, cells_of
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import blank_or_number, lost
from storage.reading.align_items import Item, Layout, Token
from storage.reading.labels import COLUMN_PATTERNS, ITEM_TITLE, T2_ROWS
from storage.reading.proof import unique_plain

_HEADS_2021 = frozenset({"made", "repealed", "valid", "amount"})
_HEADS_2019 = frozenset({"created", "opened", "held", "items", "change", "items_bought", "amount_bought"})


ROW_ORDER = ("rules", "normative", "licence", "services", "penalty", "coercion", "fee", "procurement")
"""Rows of table two in the order of the form, both editions."""


@dataclass(frozen=True, slots=True)
class TableTwo:
    """What was read of table two."""

    cells: Mapping[str, CellReading]
    findings: tuple[Finding, ...]
    found: bool


def heads_in(text: str) -> list[str]:
    """Column heads that a folded text names, in its order."""
    hits = sorted((m.start(), name) for name, p in COLUMN_PATTERNS.items() for m in p.finditer(text))
    return [name for _, name in hits]


def edition_of(region: Sequence[Item]) -> Edition | None:
    """The edition whose column heads the table bears; `None` where it bears neither's or both."""
    seen = {name for item in region for name in heads_in(item.text)}
    if seen & _HEADS_2021 and not seen & (_HEADS_2019 - {"items_bought", "amount_bought"}):
        return Edition.E2021
    return Edition.E2019 if seen & _HEADS_2019 and not seen & _HEADS_2021 else None


def columns_of(edition: Edition, row: str) -> list[str]:
    """Cell ids of a row of table two in the order of the form."""
    if edition is Edition.E2019 and row in ("licence", "services", "penalty", "coercion"):
        return [f"t2.{row}.items", f"t2.{row}.change", f"t2.{row}"]
    return [c for c in cells_of(edition) if c == f"t2.{row}" or c.startswith(f"t2.{row}.")]


def read_table_two(region: Sequence[Item], edition: Edition, *, followed: bool = True) -> TableTwo:
    """Read table two from the items between its head and the next section; `followed` by a table or cut off."""
    region = tuple(_mended(region))
    cells: dict[str, CellReading] = {}
    findings: list[Finding] = []
    heads: list[str] = []
    columns: dict[str, tuple[int, int]] = {}
    head_end = 0
    fresh = False
    ends = _padded_ends(region, edition)
    bare = False
    followers = _followers(region)
    for index, item in enumerate(region):
        row = _row_of(item)
        if row is None:
            bare = False
            if ITEM_TITLE.search(item.text):
                heads, columns, head_end, fresh = [], {}, 0, True
            named = heads_in(item.text)
            if named and not any(t.number is not None for t in item.values):
                heads = [*heads, *named] if fresh else named
                columns = {**columns, **_head_columns(item)} if fresh else _head_columns(item)
                head_end = item.end if item.layout is not Layout.LINE else 0
                fresh = True
            continue
        fresh = False
        printed = sum(not t.empty for t in item.values) >= len(columns_of(edition, row))
        whole = (printed or item.end >= ends.get(item.block, 0)) and not bare
        whole = whole and not (item.run and followers[index] not in (_successor(row, edition), row))
        bare = item.layout is Layout.LINE and not (item.values or item.glued)
        whole = whole and _keeps_cells(item, heads, head_end, columns_of(edition, row))
        under = _under_heads(item, columns, row, edition) if item.layout is Layout.EXACT and whole else None
        _read_row(row, under or (item if whole else replace(item, values=())), heads, edition, cells, findings)
        if item.final and not followed:
            _cut(row, item, edition, cells, findings)
    return TableTwo(cells, tuple(findings), bool(cells))


def _keeps_cells(item: Item, heads: Sequence[str], head_end: int, ids: Sequence[str]) -> bool:
    """Whether no cell that was lost or added can have moved the row's figures.

    A row with a figure for each column holds, unless heads over merged cells are repeated, and its figures with them.
    Any other holds only if it is empty, or has one column, or as many cells as its heads, of which none is lost.
    """
    printed = sum(not t.empty for t in item.values)
    if item.layout is Layout.LINE or printed == 0:
        return True
    named = len(set(heads))
    if printed == len(ids) and len(heads) == named:
        return True
    return (len(ids) == 1 and len(heads) == named) or (item.end == head_end and named == len(ids))


def _mended(region: Sequence[Item]) -> Iterator[Item]:
    """The items, with labels put together again that a cell of text broke over two or three lines."""
    waiting: list[Item] = []
    for item in region:
        bare = item.layout is Layout.LINE and not item.glued and not item.values
        if item.layout is Layout.LINE and item.texts and _row_of(item) is None:
            for count in range(1, min(2, len(waiting)) + 1):
                text = "".join(i.text for i in waiting[-count:]) + item.text
                if T2_ROWS.find(text) is not None:
                    del waiting[-count:]
                    item = replace(item, texts=(text,))
                    break
        known = _row_of(item) is not None or ITEM_TITLE.search(item.text) or heads_in(item.text)
        if bare and not known:
            waiting.append(item)
            continue
        yield from waiting
        waiting = []
        yield item
    yield from waiting


def _head_columns(item: Item) -> dict[str, tuple[int, int]]:
    """The grid columns under each column head of a row of heads; nothing where a head is not a cell of its own."""
    names = [heads_in(text) for text in item.texts]
    if len(names) != len(item.spans) or any(len(found) > 1 for found in names):
        return {}
    columns: dict[str, tuple[int, int]] = {}
    for found, (start, end) in zip(names, item.spans, strict=True):
        for name in found:
            first, last = columns.get(name, (start, end))
            columns[name] = min(first, start), max(last, end)
    return columns


def _under_heads(item: Item, columns: Mapping[str, tuple[int, int]], row: str, edition: Edition) -> Item | None:
    """The row with one value under each head of the form, where its grid says so; a repeated value counts once."""
    wanted = _heads_of(row, columns_of(edition, row))
    if not wanted or set(columns) != set(wanted):
        return None
    values: list[Token] = []
    for name in wanted:
        start, end = columns[name]
        own = [t for t in item.values if t.column is not None and t.column < end and t.column + t.span > start]
        if not own or len({t.raw for t in own}) > 1:
            return None
        values.append(own[0])
    placed = {id(t) for t in values}
    rest = [t for t in item.values if id(t) not in placed and not t.empty and t.raw not in {v.raw for v in values}]
    return None if rest or len(placed) < len(values) else replace(item, values=tuple(values))


def _followers(region: Sequence[Item]) -> list[str | None]:
    """For each item the next row of the table that has a label after it."""
    found: list[str | None] = []
    later: str | None = None
    for item in reversed(region):
        found.append(later)
        later = _row_of(item) or later
    return found[::-1]


def _successor(row: str, edition: Edition) -> str | None:
    """The row that the form prints after this one; where its label is lost, its figures may join this row's lines."""
    rows = list(dict.fromkeys(c.split(".")[1] for c in cells_of(edition) if c.startswith("t2.")))
    rows = [r for r in ROW_ORDER if r in rows]
    at = rows.index(row) + 1 if row in rows else len(rows)
    return rows[at] if at < len(rows) else None


def _padded_ends(region: Sequence[Item], edition: Edition) -> dict[int, int]:
    """Where the rows of a table padded to one width end: a row that ends before has lost a cell."""
    ends: dict[int, int] = {}
    padded: set[int] = set()
    for item in region:
        row = _row_of(item)
        if row is not None and item.layout is not Layout.LINE:
            ends[item.block] = max(item.end, ends.get(item.block, 0))
            if len(item.values) > len(columns_of(edition, row)):
                padded.add(item.block)
    return {block: end for block, end in ends.items() if block in padded}


def _row_of(item: Item) -> str | None:
    """The row that an item's label names, also where a gloss in brackets follows it: 规章(设区的市…)."""
    for text in (item.text, *item.texts[-1:], item.text.partition("(")[0]):
        found = T2_ROWS.find(text) if text else None
        if found is not None:
            return found
    return None


def _read_row(
    row: str,
    item: Item,
    heads: Sequence[str],
    edition: Edition,
    cells: dict[str, CellReading],
    findings: list[Finding],
) -> None:
    ids = columns_of(edition, row)
    if not ids:
        return
    tokens = None
    if _heads_fit(heads, row, ids):
        tokens = _tokens(item, len(ids)) or _repeated(item, heads, len(ids))
    for index, cell_id in enumerate(ids):
        if tokens is None:
            read = lost(cell_id, " ".join(t.raw for t in item.values) or item.glued or None, item.place)
        else:
            read = blank_or_number(cell_id, tokens[index], findings)
        before = cells.get(cell_id)
        if before is not None and (before.meaning, before.value) != (read.meaning, read.value):
            read = lost(cell_id, f"{before.raw}；{read.raw}", item.place)
            tokens = None
        cells[cell_id] = read
    if tokens is None:
        findings.append(_doubt(row, item, ids))


def _cut(row: str, item: Item, edition: Edition, cells: dict[str, CellReading], findings: list[Finding]) -> None:
    """The last number of a file that ends in the table may be cut."""
    cell_id = next((i for i in reversed(columns_of(edition, row))), None)
    if cell_id is None:
        return
    cells[cell_id] = lost(cell_id, cells[cell_id].raw, item.place)
    text = f"文件到表二“{CELLS[cell_id].row.label}”一行中断，最后一个数可能不完整，请对照原文填写。"
    findings.append(Finding(Level.ERROR, "t2.row.cut", text, cell_id, item.place))


def _doubt(row: str, item: Item, ids: Sequence[str]) -> Finding:
    raw = " ".join(t.raw for t in item.values) or item.glued or "（没有数）"
    name = CELLS[ids[0]].row.label
    text = f"表二“{name}”一行应有{len(ids)}个数，读到的是“{raw}”，不能确定，请对照原文填写。"
    return Finding(Level.ERROR, "t2.row.width", text, ids[-1], item.place)


def _heads_fit(heads: Sequence[str], row: str, ids: Sequence[str]) -> bool:
    """Whether the heads in force are those of the row, or are lost."""
    wanted = _heads_of(row, ids)
    return not heads or list(dict.fromkeys(heads)) == wanted or set(heads) < set(wanted)


def _heads_of(row: str, ids: Sequence[str]) -> list[str]:
    """The column heads over the cells of a row."""
    if row == "fee" and len(ids) == 1:
        return ["amount"]
    wanted = [c.split(".")[2] if c.count(".") == 2 else "decisions" for c in ids]
    return [f"{w}_bought" for w in wanted] if row == "procurement" else wanted


def _tokens(item: Item, width: int) -> Sequence[Token] | None:
    """The row's values if they are exactly as many as its columns, empty cells of merged positions left out."""
    if item.glued:
        numbers = unique_plain(item.glued, width)
        return None if numbers is None else [Token(item.glued, item.place, n) for n in numbers]
    values = list(item.values)
    if item.layout is Layout.LINE:
        return values if len(values) == width else None
    if values and all(t.empty for t in values):
        return values[:width] if len(values) >= width else None
    if item.layout is Layout.EXACT and len(values) > width and values[0].empty:
        return None
    while len(values) > width and values[-1].empty:
        values.pop()
    return values if len(values) == width else None


def _repeated(item: Item, heads: Sequence[str], width: int) -> Sequence[Token] | None:
    """One value per column where the file repeats a merged cell in every position, heads and values alike."""
    values = item.values
    if len(values) != len(heads) or len(set(heads)) != width:
        return None
    by_head: dict[str, list[Token]] = {}
    for head, value in zip(heads, values, strict=True):
        by_head.setdefault(head, []).append(value)
    if any(len({t.raw for t in tokens}) > 1 for tokens in by_head.values()):
        return None
    return [tokens[0] for tokens in by_head.values()]
