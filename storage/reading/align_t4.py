"""Table four: fifteen figures in three groups, by their heads where a grid holds them, else in the form's order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from storage.catalogue import REMEDIES, RESULTS
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import blank_or_number, lost
from storage.reading.align_items import Item, Layout, Token
from storage.reading.align_t4_grid import by_heads, remedy_of
from storage.reading.document import Document
from storage.reading.proof import unique_groups

IDS: tuple[str, ...] = tuple(f"t4.{g.id}.{r.id}" for g in REMEDIES for r in RESULTS)
WIDTH = len(RESULTS)
_ORDER = re.compile("".join(f".*{r.label}" for r in RESULTS))
_NAMES = re.compile("行政复议|行政诉讼")
_HEAD = re.compile("未经复议直接起诉|复议后起诉|结果维持|结果纠正|尚未审结")


@dataclass(frozen=True, slots=True)
class TableFour:
    """What was read of table four."""

    cells: Mapping[str, CellReading]
    findings: tuple[Finding, ...]
    found: bool


def is_head(item: Item) -> bool:
    """Whether an item belongs to the head of table four."""
    beside = remedy_of("".join(item.texts[:-1])) is not None
    figures = any(t.number is not None for t in item.values) and not beside
    return not figures and _HEAD.search(item.text) is not None


def start_of(sequence: Sequence[Item], first: int, end: int) -> int:
    """Where the table begins: its first head, or the titles that name a remedy right before it; `end` if nowhere."""
    start = next((i for i in range(first, end) if is_head(sequence[i])), end)
    while first < start < end and _is_title(sequence[start - 1]):
        start -= 1
    return start


def _is_title(item: Item) -> bool:
    return _NAMES.search(item.text) is not None and not any(t.number is not None for t in item.values)


def read_table_four(region: Sequence[Item], document: Document) -> TableFour:
    """Read table four from the items after its head."""
    heads = [i for i, item in enumerate(region) if is_head(item)]
    if not heads:
        return TableFour({}, (), found=False)
    findings: list[Finding] = []
    placed = by_heads(region, document) or _by_remedies(region)
    if placed is not None:
        cells = {i: blank_or_number(i, placed[i], findings) for i in IDS}
        _cut(region[-1], [placed[i] for i in IDS], cells, findings)
        return TableFour(cells, tuple(findings), found=True)
    glued = next((i for i in region if i.glued and len(re.findall(r"\d", i.glued)) >= len(IDS)), None)
    if glued is not None:
        numbers = unique_groups(glued.glued, len(REMEDIES), WIDTH)
        if numbers is None:
            return TableFour(*_nothing([glued]), found=True)
        split = [Token(glued.glued, glued.place, n) for n in numbers]
        return TableFour({i: blank_or_number(i, t, findings) for i, t in zip(IDS, split, strict=True)}, (), found=True)
    candidates = [item for item in region[heads[0] :] if len(_trim(item.values)) >= WIDTH and not is_head(item)]
    rows = [item for item in candidates if any(t.number is not None for t in item.values)] or candidates[:1]
    ends = {item.end for item in region if rows and item.block == rows[0].block and is_head(item)}
    tokens = _fifteen(rows[0], ends) if len({tuple(t.raw for t in r.values) for r in rows}) == 1 else None
    if tokens is None or _torn(region, rows[0], tokens):
        return TableFour(*_nothing(rows), found=True)
    cells = {i: blank_or_number(i, t, findings) for i, t in zip(IDS, tokens, strict=True)}
    _cut(rows[-1], tokens, cells, findings)
    return TableFour(cells, tuple(findings), found=True)


def _by_remedies(region: Sequence[Item]) -> dict[str, Token] | None:
    """A row of five figures for each remedy, under one row of heads in the form's order."""
    rows: dict[str, Sequence[Token]] = {}
    for item in region:
        remedy = remedy_of(item.text) if item.values else None
        if remedy is None:
            continue
        if remedy in rows or len(item.values) != WIDTH or item.run:
            return None
        rows[remedy] = item.values
    heads = [item.text for item in region if not item.values and "结果维持" in item.text]
    if len(rows) != len(REMEDIES) or len(heads) != 1 or not _ORDER.search(heads[0]):
        return None
    return {f"t4.{g}.{r.id}": t for g, values in rows.items() for r, t in zip(RESULTS, values, strict=True)}


def _torn(region: Sequence[Item], row: Item, tokens: Sequence[Token]) -> bool:
    """Whether figures stand under the row without a label: the last digits of numbers broken in narrow cells.

    One figure more (a page number) under a row whose three sums all hold cannot be part of it. Figures on lines of
    their own may be out of order, so their sums have to hold.
    """
    at = next(index for index, item in enumerate(region) if item is row)
    below = 0
    for item in region[at + 1 :]:
        if item.texts or item.glued:
            break
        below += sum(t.number is not None for t in item.values) if item.values != row.values else 0
    return below > 1 or ((below == 1 or row.run) and not _sums_hold(tokens))


def _trim(values: Sequence[Token]) -> Sequence[Token]:
    """The values without the empty cells of merged positions at the end, unless all are empty."""
    end = len(values)
    while end > len(IDS) and values[end - 1].empty:
        end -= 1
    return values[:end]


def _fifteen(row: Item, ends: Set[int]) -> Sequence[Token] | None:
    """The row's fifteen values; where cells are to spare or lost, only if all are printed and the sums show which."""
    values = list(_trim(row.values))
    while len(values) > len(IDS) and values[0].empty:
        values.pop(0)
    if len(values) != len(IDS):
        return None
    whole = len(row.values) == len(IDS) and (row.layout is not Layout.EXACT or ends <= {row.end})
    printed = not any(t.empty for t in values)
    sure = whole or all(t.empty for t in values) or (printed and _sums_hold(values))
    return values if sure else None


def _sums_hold(tokens: Sequence[Token]) -> bool:
    """Whether each group makes its total; no, where a cell is neither figure nor blank."""
    if any(t.number is None and not t.blank for t in tokens):
        return False
    groups = [[t.number or Decimal(0) for t in tokens[i : i + WIDTH]] for i in range(0, len(tokens), WIDTH)]
    return all(sum(group[:-1], Decimal(0)) == group[-1] for group in groups)


def _nothing(rows: Sequence[Item]) -> tuple[dict[str, CellReading], tuple[Finding, ...]]:
    raw = "；".join(" ".join(t.raw for t in r.values) or r.glued for r in rows) or None
    place = rows[0].place if rows else None
    text = f"表四应有15个数，读到的是“{raw or '（没有数）'}”，不能确定各数属于哪一列，请对照原文填写。"
    return {i: lost(i, raw, place) for i in IDS}, (Finding(Level.ERROR, "t4.row.width", text, IDS[0], place),)


def _cut(row: Item, tokens: Sequence[Token], cells: dict[str, CellReading], findings: list[Finding]) -> None:
    """The last number of a file may be cut: it must be its group's sum."""
    last = [t.number for t in tokens[-WIDTH:]]
    if not row.last or sum((n or Decimal(0) for n in last[:-1]), Decimal(0)) == last[-1]:
        return
    cells[IDS[-1]] = lost(IDS[-1], tokens[-1].raw, tokens[-1].place)
    text = "文件到表四的数字中断，最后一个数可能不完整，请对照原文填写。"
    findings.append(Finding(Level.ERROR, "t4.row.cut", text, IDS[-1], row.place))
