"""Rows of figures of table three with the labels that they themselves carry.

A label stands in the row's own cells, or, in plain text, in the lines around the figures. Lines before the figures
count only if nothing but heads and group labels stands between them and the row before: otherwise another row's label
may have been passed over, and the row stays without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from statistics import mode

from storage.catalogue import COLUMNS, GROUPS, OUTCOMES
from storage.reading.align_columns import by_position, column_extents
from storage.reading.align_items import Item, Layout, Token
from storage.reading.document import Document, Table
from storage.reading.labels import APPLICANT_LABELS, GROUP_LABELS, T3_LABELS, key
from storage.reading.proof import can_be_row, unique_plain, unique_row

WIDTH = len(COLUMNS)
_GROUP_PREFIX = re.compile(r"[一二三四五六、,.()]*(?:本年度办理结果|不予公开|无法提供|不予处理|其他处理)")
_GROUP_KEYS = (*(key(t.label) for t in GROUPS.values()), "本年度办理结果")
_HEAD_SENTENCE = "本列数据的勾稽关系为第一项加第二项之和等于第三项加第四项之和"
_RESULTS = "三本年度办理结果"
_HEAD_WORDS = re.compile(
    "|".join(
        (
            *(key(t.label) for t in COLUMNS),
            "法人或其他组织",
            "申请人情况",
            "收到和处理政府信息公开申请情况",
            "件数|数量|单位件|[一二三四五六七]",
        )
    )
)
_NUMBERED = re.compile(r"\d{1,2}[.、]|\([一二三四五六七]|[一二三四五六七][、)]")
"""A line that begins so begins a label, and no label goes on across it."""
_WRAPPED_MISPRINTS = 1
"""A label put together from lines may hold so few misprints, for a line too many looks like one."""
_AFTER_LINES = 12
_BEFORE_LINES = 12
_BROKEN = "＃"
"""Stands among the lines before a row for a lone figure, across which no label may be read."""


@dataclass(slots=True)
class Row:
    """A row of figures in the region of table three, on its way to a place in the form."""

    item: Item
    tokens: tuple[Token, ...] | None
    label: str | None = None
    group: str | None = None
    strange: bool = False

    @property
    def raw(self) -> str | None:
        """The row's figures as they stand in the file; `None` where there are none."""
        return " ".join(t.raw for t in self.item.values if t.raw) or self.item.glued or None

    @property
    def full(self) -> bool:
        """Whether all seven cells are there."""
        return self.tokens is not None

    def adds_up(self) -> bool:
        """Whether the six kinds of applicant make the row's 总计 (T3-3); a dash adds nothing."""
        if self.tokens is None or not all(_printed(t) for t in self.tokens):
            return False
        numbers = [t.number or Decimal(0) for t in self.tokens]
        return sum(numbers[:-1], Decimal(0)) == numbers[-1]


def find_rows(region: Sequence[Item], document: Document) -> list[Row]:
    """All rows of figures in the region of table three, with their labels and their seven cells."""
    rows: list[Row] = []
    before: list[str] = []
    skip = 0
    for index, item in enumerate(region):
        if not (item.values or item.glued) or _is_head(item):
            if skip:
                skip -= 1
            elif item.layout is Layout.LINE and not _is_head(item):
                before.extend(item.texts)
            continue
        if _lone(item):
            before.append(_BROKEN)
            continue
        row = Row(item, None)
        skip = _label(row, before, region[index + 1 : index + 1 + _AFTER_LINES])
        if not _noise(row):
            before = []
            rows.extend(_several(row))
    _fill(rows, region, document)
    return rows


def _fill(rows: Sequence[Row], region: Sequence[Item], document: Document) -> None:
    """Find the seven cells of every row.

    A table written a cell per line whose figures follow each other for more than a row may be written down its columns
    (as `pdftotext` does): then no row of it is certain.
    """
    exact = {r.item.block for r in rows if r.item.layout is Layout.EXACT}
    heads = {block: head_columns(document.blocks[block]) for block in exact}
    doubted = {
        block for block, head in heads.items() if not _order_proved(head, [r for r in rows if r.item.block == block])
    }
    sides = _sides(rows)
    inside = {r.item.block for r in rows if r.label is not None and _spare_inside(r.item)}
    ends = _ends(rows)
    long = _overlong(rows)
    steady = _steady(rows)
    by_column = _down_columns(rows)
    columns = column_extents([r.item.values for r in rows if r.item.layout is Layout.LINE and not r.item.run], WIDTH)
    whole = all(can_be_row(r.item.glued, WIDTH) for r in rows if r.item.glued)
    after = {id(a): b for a, b in pairwise(region)}
    for row in rows:
        if row.label is not None and row.item.layout is Layout.EXACT:
            row.item = replace(row.item, values=tuple(_single_zeros(row.item.values)))
        if row.tokens is None and row.item.glued:
            row.tokens = _split(row.item, after.get(id(row.item)), whole)
        elif row.tokens is None and id(row) not in long:
            head, end = heads.get(row.item.block), ends.get(row.item.block, 0)
            row.tokens = None if row.item.block in doubted else _by_head(row, head, end)
            off = head is not None and (
                head != tuple(sorted(head)) or sum(not t.empty for t in row.item.values) != WIDTH
            )
            if row.tokens is None and not off and row.item.block not in inside:
                row.tokens = _by_count(row, sides.get(row.item.block), end)
        if row.tokens is None and row.item.layout is Layout.LINE and not row.item.run:
            row.tokens = by_position(row.item.values, columns)
        if row.item.run and (by_column or (not steady and not row.adds_up())):
            row.tokens = None
    _drop_torn(rows, region)


def _single_zeros(values: Sequence[Token]) -> Iterator[Token]:
    """The values with a 0 that is merged over several columns in each of them: no column of it can hold anything."""
    for value in values:
        if value.number == 0 and value.span > 1 and value.column is not None:
            yield from (replace(value, column=value.column + i, span=1) for i in range(value.span))
        else:
            yield value


def _drop_torn(rows: Sequence[Row], region: Sequence[Item]) -> None:
    """A number broken in a narrow cell leaves its last digits below the row: then the row above is not what it shows.

    One figure more (a page number) under a row that makes its own 总计 cannot be part of it.
    """
    at = {id(item): index for index, item in enumerate(region)}
    torn: set[int] = set()
    for row in rows:
        if row.item.run or id(row.item) not in at:
            continue
        holds = row.tokens is not None and _makes_total(row.tokens)
        below = list(_figures_below(region[at[id(row.item)] + 1 :], holds))
        figures = sum(t.number is not None for item in below for t in item.values)
        torn.update(id(item) for item in below if len(item.values) < WIDTH)
        if figures and not (figures == 1 and holds):
            torn.add(id(row.item))
    for row in rows:
        if id(row.item) in torn:
            row.tokens = None


def _figures_below(following: Sequence[Item], holds: bool) -> Iterator[Item]:
    """What holds figures between a row and the next label; a whole row is another one if the row above adds up."""
    for item in following:
        if item.glued or item.run or _NUMBERED.search(item.text) or any(map(_known, item.texts)) or _is_head(item):
            return
        if holds and len(item.values) >= WIDTH:
            return
        if (item.layout is Layout.LINE or not item.texts) and any(t.number is not None for t in item.values):
            yield item


def _known(text: str) -> bool:
    return (T3_LABELS.find(text) or GROUP_LABELS.find(text)) is not None


def _makes_total(tokens: Sequence[Token]) -> bool:
    numbers = [t.number or Decimal(0) for t in tokens]
    return sum(numbers[:-1], Decimal(0)) == numbers[-1]


def _is_head(item: Item) -> bool:
    """A row of column heads; pages repeat it."""
    named = {APPLICANT_LABELS.find(t) for t in item.texts} - {None}
    return len(named) >= 2 or "申请人情况" in item.text or "勾稽关系" in item.text


def _lone(item: Item) -> bool:
    """One figure alone on its line, such as a page number; no label may be read across it."""
    alone = item.run or not item.texts
    return item.layout is Layout.LINE and len(item.values) == 1 and alone


def _noise(row: Row) -> bool:
    """A head cell; a row of blanks without a label."""
    if row.label is not None or row.group is not None or row.item.glued:
        return False
    return not any(map(_printed, row.item.values))


def _label(row: Row, before: Sequence[str], after: Sequence[Item]) -> int:
    """Find the row's own label; return how many of the following lines belong to it."""
    texts = row.item.texts
    for candidate in filter(None, (*texts[-1:], "".join(texts), "".join(texts[-2:]))):
        for variant in _without_group(candidate):
            row.label = None if _torn_other(row.item, variant, after) else T3_LABELS.find(variant)
            if row.label is not None:
                return 0
    if row.item.layout is Layout.LINE:
        row.label, consumed = _wrapped_label(row.item, before, after)
        if row.label is not None:
            return consumed
    row.group = next((g for g in map(GROUP_LABELS.find, reversed(texts)) if g is not None), None)
    row.strange = bool(texts) and row.group is None and row.item.layout is not Layout.LINE
    return 0


def _torn_other(item: Item, text: str, after: Sequence[Item]) -> bool:
    """Whether 其他 is not the row 3.其他: it has another number, or on a line of text 法律行政法规… goes on below."""
    if key(text) != "其他":
        return False
    numbered = re.search(r"(\d)[.、)]?其他$", text)
    goes_on = bool(after) and not after[0].values and after[0].text.startswith("法")
    return (goes_on and item.layout is Layout.LINE) or (numbered is not None and numbered.group(1) != "3")


def _wrapped_label(item: Item, before: Sequence[str], after: Sequence[Item]) -> tuple[str | None, int]:
    """A label written over several lines, with the figures on one of them; the lines before must be its own alone."""
    following = [""]
    for line in after:
        if line.values or line.glued or line.layout is not Layout.LINE or _NUMBERED.match(line.text):
            break
        following.append(following[-1] + line.text)
    best: tuple[int, str, int] | None = None
    for count in range(min(len(before), _BEFORE_LINES) + 1):
        split = len(before) - count
        window = [*before[split:], item.text]
        if any(_NUMBERED.match(line) for line in window[1:]):
            break
        text = "".join(before[split:]) + item.text
        if not text or _BROKEN in text or not all(map(_explained, before[:split])):
            continue
        for consumed, extra in enumerate(following):
            for variant in _without_group(text + extra):
                found = None if _torn_other(item, variant, after) else T3_LABELS.measure(variant)
                if found is not None and found[1] > _WRAPPED_MISPRINTS and (count or consumed):
                    continue
                if found is not None and (best is None or found[1] < best[0]):
                    best = (found[1], found[0], consumed)
    return (None, 0) if best is None else (best[1], best[2])


def _explained(line: str) -> bool:
    """Whether a line before a label is a head or a group's label, so that no other row's label is passed over."""
    plain = key(line)
    if line == _BROKEN or (_NUMBERED.match(line) and plain == "总计"):
        return False
    if plain in _RESULTS or (len(plain) >= 3 and plain in _HEAD_SENTENCE):
        return True
    for words in (*_GROUP_KEYS, _HEAD_SENTENCE):
        plain = plain.replace(words, "")
    return not _HEAD_WORDS.sub("", plain)


def _without_group(text: str) -> Iterator[str]:
    """The text, and what is left of it without the labels of groups in front."""
    yield text
    while (hit := _GROUP_PREFIX.match(text)) and hit.end() < len(text):
        text = text[hit.end() :].lstrip("-—–:·/、.")
        yield text


def _several(row: Row) -> list[Row]:
    """A run of lines with several rows' cells gives several rows, of which only the first has the label."""
    values = row.item.values
    if not row.item.run or len(values) <= WIDTH or len(values) % WIDTH:
        return [row]
    parts = [values[i : i + WIDTH] for i in range(0, len(values), WIDTH)]
    return [Row(row.item, parts[0], row.label, row.group), *(Row(row.item, part) for part in parts[1:])]


def _split(item: Item, after: Item | None, whole: bool) -> tuple[Token, ...] | None:
    """The seven numbers of figures run together, where the row's own sum leaves one split.

    Where some row of the table cannot be seven numbers with their sum, cells of others may be blank too, and only a
    split that no blank could change is taken.
    """
    lost = _lost_number(after.text) if after else ""
    numbers = unique_row(item.glued, WIDTH, lost) if whole else unique_plain(item.glued, WIDTH)
    if numbers is None:
        return None
    return tuple(Token(item.glued, item.place, n) for n in numbers)


def _lost_number(text: str) -> str:
    """The digit that the form prints before a label, where the text lacks it."""
    name = T3_LABELS.find(text)
    label = next((t.label for t in OUTCOMES if t.id == name), "")
    return label[0] if label[:1].isdigit() and not text[:1].isdigit() else ""


def _order_proved(head: tuple[int, ...] | None, rows: Sequence[Row]) -> bool:
    """Whether 总计 heads the last column, or the rows' sums show that the columns are moved as the heads say.

    A head cell over several columns that is gone moves 总计 to its left, and then the heads name the wrong columns.
    """
    if head is None or head[-1] == max(head):
        return True
    moved = all(len({t.raw for t in row.item.values}) < 2 for row in rows)
    for row in rows:
        tokens = _by_head(row, head, 0)
        if tokens is None or not all(map(_printed, tokens)):
            continue
        as_headed = _makes_total(tokens)
        as_printed = _makes_total(sorted(tokens, key=lambda t: t.column or 0))
        moved = moved or (as_headed and not as_printed)
        if as_printed and not as_headed:
            return False
    return moved


def _by_head(row: Row, head: tuple[int, ...] | None, end: int) -> tuple[Token, ...] | None:
    """The seven cells that stand under the seven column heads, if the row keeps to them and has lost none."""
    if head is None or row.label is None or row.item.end < end:
        return None
    by_column = {t.column: t for t in row.item.values}
    tokens = [by_column.pop(column, None) for column in head]
    if any(t is None or (t.span > 1 and not t.empty) for t in tokens) or any(not t.empty for t in by_column.values()):
        return None
    return tuple(t for t in tokens if t is not None)


def _fits(values: Sequence[Token]) -> Mapping[str, tuple[Token, ...]]:
    """The seven cells at the head and at the tail of a row, where the rest of it is empty."""
    spare = len(values) - WIDTH
    if spare < 0:
        return {}
    both = {"head": (values[:WIDTH], values[WIDTH:]), "tail": (values[spare:], values[:spare])}
    return {side: tuple(part) for side, (part, rest) in both.items() if all(t.empty for t in rest)}


def _spare_inside(item: Item) -> bool:
    """Whether a row of a grid has an empty cell too many between its figures, so that the table has an empty column."""
    figures = sum(not t.empty for t in item.values)
    return item.layout is Layout.EXACT and figures <= WIDTH < len(item.values) and not _fits(item.values)


def _sides(rows: Sequence[Row]) -> dict[int, str]:
    """On which side each table's rows put their spare cells, where the rows that leave no choice agree."""
    seen: dict[int, set[str]] = {}
    for row in rows:
        fits = _fits(row.item.values)
        if row.label is not None and len(fits) == 1 and len(row.item.values) > WIDTH:
            seen.setdefault(row.item.block, set()).update(fits)
    return {block: next(iter(sides)) for block, sides in seen.items() if len(sides) == 1}


def _ends(rows: Sequence[Row]) -> dict[int, int]:
    """Where the rows of each table end, for tables whose rows all end at one place when they are whole.

    Loose tables one after another are the pages of one; without a row of seven figures it ends where the widest does.
    """
    ends: dict[int, int] = {}
    full = {id(row) for row in rows if len(row.item.values) == WIDTH and all(map(_printed, row.item.values))}
    for row in rows:
        uniform = row.item.layout is Layout.EXACT or len(row.item.values) > WIDTH or id(row) in full
        if row.item.layout is not Layout.LINE and uniform:
            ends[row.item.block] = max(row.item.end, ends.get(row.item.block, 0))
    loose = {row.item.block for row in rows if row.item.layout is Layout.LOOSE}
    widest = max((end for block, end in ends.items() if block in loose), default=0)
    known = {row.item.block for row in rows if id(row) in full}
    return ends | dict.fromkeys(loose - known, widest)


def _overlong(rows: Sequence[Row]) -> set[int]:
    """Ids of rows with blanks among their figures that end after most rows of their table: a cell was added to them."""
    by_block: dict[int, list[Row]] = {}
    for row in rows:
        if row.label is not None and row.item.layout is not Layout.LINE and row.item.values:
            by_block.setdefault(row.item.block, []).append(row)
    long: set[int] = set()
    for table in by_block.values():
        usual = mode(row.item.end for row in table)
        long.update(id(r) for r in table if r.item.end > usual and 0 < sum(not t.empty for t in r.item.values) < WIDTH)
    return long


def _down_columns(rows: Sequence[Row]) -> bool:
    """Whether figures follow each other for more than a row and a page number, once or often."""
    lengths = [len(r.item.values) for r in rows if r.item.run]
    return any(n > WIDTH + 1 for n in lengths) or lengths.count(WIDTH + 1) > 2


def _steady(rows: Sequence[Row]) -> bool:
    """Whether a table written a cell per line gives every row its seven lines, so that no line was lost or doubled."""
    return all(len(r.item.values) == WIDTH for r in rows if r.item.run)


def _by_count(row: Row, side: str | None, end: int) -> tuple[Token, ...] | None:
    """The seven cells of a row in the order of the form, where the count leaves one choice.

    A row with a blank that ends before the others may have lost a cell, and where spare cells stand behind the figures,
    a missing 总计 may be a lost cell too: neither is placed.
    """
    values = row.item.values
    if row.label is None:
        return _unlabelled(values)
    fits = _fits(values)
    if all(t.empty for t in values):
        return fits.get("head")
    printed = sum(not t.empty for t in values) == WIDTH
    if not fits or (row.item.end < end and not printed):
        return None
    same = len(set(fits.values())) == 1
    chosen = next(iter(fits)) if same or len(fits) == 1 else side
    if chosen is None or (chosen == "head" and len(values) > WIDTH and fits[chosen][-1].empty):
        return None
    return fits[chosen]


def _unlabelled(values: Sequence[Token]) -> tuple[Token, ...] | None:
    """Seven numbers at the end of a row whose label place may hold debris."""
    end = len(values)
    while end and values[end - 1].empty:
        end -= 1
    kept = tuple(values[:end])[-WIDTH:]
    return kept if len(kept) == WIDTH and all(map(_printed, kept)) else None


def _printed(token: Token) -> bool:
    """Whether a number or a dash stands in the cell, so that it holds its place."""
    return token.number is not None or (token.blank and bool(token.raw))


def head_columns(block: object) -> tuple[int, ...] | None:
    """Grid columns of the seven kinds of applicant, in the order of the form, where the head names each once."""
    if not isinstance(block, Table):
        return None
    found: dict[str, set[int]] = {}
    for cell in block.cells:
        name = APPLICANT_LABELS.find(cell.text)
        if name is not None and cell.column_span == 1 and cell.row < 6 and cell.column > 0:
            found.setdefault(name, set()).add(cell.column)
    if len(found) != WIDTH or any(len(columns) != 1 for columns in found.values()):
        return None
    columns = tuple(next(iter(found[c.id])) for c in COLUMNS)
    return columns if len(set(columns)) == WIDTH else None
