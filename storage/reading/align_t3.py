"""Table three: each row of figures finds its place in the form by its own label, or by order where order proves it.

The rule of order: rows whose labels extraction lost are placed only between two rows known by their labels (or the
table's ends), only if exactly as many rows stand there as the form prints, only if each is full and adds up to its own
总计, and only if no column of the whole table contradicts it. Then nothing else fits. Otherwise they are unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from storage.catalogue import COLUMNS, GROUPS, OTHER_ALL_ROW, ROWS_OF, T3_ROWS, Edition
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import blank_or_number, lost, row_name
from storage.reading.align_items import Item, Layout, Token
from storage.reading.document import Document, Table
from storage.reading.labels import APPLICANT_LABELS, GROUP_LABELS, T3_LABELS, key

WIDTH = len(COLUMNS)
LONG_FORM = tuple(t.id for t in T3_ROWS)
SHORT_FORM = tuple(dict.fromkeys(OTHER_ALL_ROW.id if t.group == OTHER_ALL_ROW.id else t.id for t in T3_ROWS))
"""The rows with (六)其他处理 as one row."""

_WEAK = frozenset({"other_handling", "done", "other_all"})
_GROUP_KEYS = (*(key(t.label) for t in GROUPS.values()), "本年度办理结果")
_HEAD_WORDS = re.compile(
    "|".join(
        (
            *(key(t.label) for t in COLUMNS),
            "法人或其他组织",
            "申请人情况",
            "本列数据的?勾稽关系为第一项加第二项之和等于第三项加第四项之和",
            "收到和处理政府信息公开申请情况",
            "件数|数量|单位件|[一二三四五六七]",
        )
    )
)
_AFTER_LINES = 3
_BEFORE_LINES = 5


@dataclass(slots=True)
class Row:
    """A row of figures in the region of table three, on its way to a place in the form."""

    item: Item
    tokens: tuple[Token, ...] | None
    label: str | None = None
    group: str | None = None
    strange: bool = False
    by_order: bool = False

    @property
    def full(self) -> bool:
        """Whether all seven cells are there."""
        return self.tokens is not None

    def adds_up(self) -> bool:
        """Whether the six kinds of applicant make the row's 总计 (T3-3)."""
        if self.tokens is None or any(t.number is None for t in self.tokens):
            return False
        numbers = [t.number or Decimal(0) for t in self.tokens]
        return sum(numbers[:-1], Decimal(0)) == numbers[-1]


@dataclass(frozen=True, slots=True)
class TableThree:
    """What was read of table three."""

    cells: Mapping[str, CellReading]
    findings: tuple[Finding, ...]
    single_other_row: bool
    found: bool
    rows: Mapping[str, Row] = field(default_factory=dict)


def read_table_three(region: Sequence[Item], document: Document, edition: Edition) -> TableThree:
    """Read table three from the items between its head and the next section."""
    rows = _rows(region, document)
    _keep_order(rows)
    form = _form(rows, region, edition)
    findings: list[Finding] = []
    placed = _place(rows, form, findings)
    single = OTHER_ALL_ROW.id in form
    cells: dict[str, CellReading] = {}
    if not placed:
        return TableThree({}, tuple(findings), single, found=False)
    for name in form:
        row = placed.get(name)
        if row is None or row.tokens is None:
            _lose(name, row, cells, findings)
            continue
        for column, token in zip(COLUMNS, row.tokens, strict=True):
            cell_id = f"t3.{name}.{column.id}"
            cells[cell_id] = blank_or_number(cell_id, token, findings)
    _cut(placed, form, cells, findings)
    return TableThree(cells, tuple(findings), single, found=True, rows=placed)


def _lose(name: str, row: Row | None, cells: dict[str, CellReading], findings: list[Finding]) -> None:
    raw = None if row is None else " ".join(t.raw for t in row.item.values) or None
    place = None if row is None else row.item.place
    for column in COLUMNS:
        cells[f"t3.{name}.{column.id}"] = lost(f"t3.{name}.{column.id}", raw, place)
    if row is None:
        text, code = f"{row_name(name)}一行没有读到，或者有数字而认不出是这一行，请对照原文填写。", "t3.row.lost"
    else:
        text = f"{row_name(name)}一行应有7个数，读到的是“{raw or '（空）'}”，不能确定各数属于哪一列，请对照原文填写。"
        code = "t3.row.width"
    findings.append(Finding(Level.ERROR, code, text, f"t3.{name}.total", place))


def _rows(region: Sequence[Item], document: Document) -> list[Row]:
    """All rows of figures with the labels that they themselves carry."""
    heads: dict[int, tuple[int, ...] | None] = {}
    rows: list[Row] = []
    before: list[str] = []
    for index, item in enumerate(region):
        if not item.values or _is_head(item):
            if item.layout is Layout.LINE:
                before.extend(item.texts)
            continue
        row = Row(item, None)
        _label(row, before, region[index + 1 : index + 1 + _AFTER_LINES])
        if item.layout is Layout.EXACT and item.block not in heads:
            heads[item.block] = head_columns(document.blocks[item.block])
        if _noise(row):
            continue
        before = []
        rows.extend(_chunks(row, heads.get(item.block)))
    return rows


def _is_head(item: Item) -> bool:
    """A row of column heads; pages repeat it."""
    named = [t for t in item.texts if APPLICANT_LABELS.find(t) is not None]
    return len(named) >= 2 or "申请人情况" in item.text or "勾稽关系" in item.text


def _noise(row: Row) -> bool:
    """A lone figure on a line, such as a page number; a head cell; a row of blanks without a label."""
    if row.label is not None or row.group is not None:
        return False
    numbers = [t for t in row.item.values if t.number is not None]
    return not numbers or (len(row.item.values) == 1 and not row.item.texts and row.item.layout is Layout.LINE)


def _label(row: Row, before: Sequence[str], after: Sequence[Item]) -> None:
    """Find the row's own label among its cells, or in the lines around it."""
    texts = row.item.texts
    for candidate in (*texts[-1:], "".join(texts), "".join(texts[-2:])):
        found = T3_LABELS.find(candidate) if candidate else None
        if found is not None:
            row.label = found
            return
    if row.item.layout is Layout.LINE:
        row.label = _wrapped_label(row.item, before, after)
        if row.label is not None:
            return
    for candidate in reversed(texts):
        found = GROUP_LABELS.find(candidate)
        if found is not None:
            row.group = found
            return
    row.strange = bool(texts) and row.item.layout is not Layout.LINE


def _wrapped_label(item: Item, before: Sequence[str], after: Sequence[Item]) -> str | None:
    """A label written over several lines, with the figures on one of them; the lines before must be its own alone."""
    following = [""]
    for line in after:
        if line.values or line.layout is not Layout.LINE:
            break
        following.append(following[-1] + line.text)
    for count in range(min(len(before), _BEFORE_LINES) + 1):
        split = len(before) - count
        text = "".join(before[split:]) + item.text
        if not text or not _explained("".join(before[:split])):
            continue
        for extra in following:
            for variant in _without_group(text + extra):
                found = T3_LABELS.find(variant)
                if found is not None:
                    return found
    return None


def _explained(text: str) -> bool:
    """Whether lines before a label are heads and group labels only, so that no other row's label is passed over."""
    plain = key(text)
    for group in _GROUP_KEYS:
        plain = plain.replace(group, "")
    return not _HEAD_WORDS.sub("", plain)


def _without_group(text: str) -> Iterable[str]:
    yield text
    plain = key(text)
    for group in _GROUP_KEYS:
        if plain.startswith(group) and plain != group:
            yield plain[len(group) :]
            for inner in _GROUP_KEYS:
                rest = key(text.split("办理结果", 1)[-1])
                if rest.startswith(inner) and rest != inner:
                    yield rest[len(inner) :]


def _chunks(row: Row, head: tuple[int, ...] | None) -> list[Row]:
    """The row with its seven cells; a run of lines with several rows' cells gives several rows."""
    values = row.item.values
    if row.item.run and len(values) > WIDTH and len(values) % WIDTH == 0:
        parts = [values[i : i + WIDTH] for i in range(0, len(values), WIDTH)]
        first = Row(row.item, parts[0], row.label, row.group)
        return [first, *(Row(row.item, part) for part in parts[1:])]
    row.tokens = _by_head(row, head) or _by_count(row)
    return [row]


def _by_head(row: Row, head: tuple[int, ...] | None) -> tuple[Token, ...] | None:
    """The seven cells that stand under the seven column heads, if the row keeps to them."""
    if head is None or row.label is None:
        return None
    by_column = {t.column: t for t in row.item.values}
    tokens = [by_column.pop(column, None) for column in head]
    if any(t is None or (t.span > 1 and not t.empty) for t in tokens) or any(not t.empty for t in by_column.values()):
        return None
    return tuple(t for t in tokens if t is not None)


def _by_count(row: Row) -> tuple[Token, ...] | None:
    """The seven cells of a row in the order of the form, where the count leaves one choice."""
    values = row.item.values
    spare = len(values) - WIDTH
    if row.label is None:
        return _unlabelled(values)
    if spare < 0:
        return None
    head, tail = values[:WIDTH], values[spare:]
    if spare == 0 or all(t.empty for t in values):
        return head
    fits = [part for part, rest in ((head, values[WIDTH:]), (tail, values[:spare])) if all(t.empty for t in rest)]
    return fits[0] if len(fits) == 1 else None


def _unlabelled(values: Sequence[Token]) -> tuple[Token, ...] | None:
    """Seven numbers at the end of a row whose label place may hold debris."""
    end = len(values)
    while end and values[end - 1].empty:
        end -= 1
    kept = tuple(values[:end])[-WIDTH:]
    return kept if len(kept) == WIDTH and all(t.number is not None for t in kept) else None


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


def _keep_order(rows: Sequence[Row]) -> None:
    """Labels that name a row only by their place (总计, 其他) hold where the rows before them are of the form's end."""
    position = {name: i for i, name in enumerate(LONG_FORM)}
    position[OTHER_ALL_ROW.id] = position["uncorrected"]
    latest = -1
    for row in rows:
        if row.label is None:
            continue
        if row.label in _WEAK and (latest < 0 or position[row.label] <= latest):
            row.label = None
            continue
        latest = max(latest, position[row.label])


def _form(rows: Sequence[Row], region: Sequence[Item], edition: Edition) -> tuple[str, ...]:
    """Which of the two forms the table follows: (六)其他处理 as three rows, or as one."""
    labels = {r.label for r in rows}
    texts = {T3_LABELS.find(text) for item in region for text in item.texts}
    parts = set(ROWS_OF[OTHER_ALL_ROW.id]) - {"other_handling"}
    if labels & parts or texts & parts:
        return LONG_FORM
    if OTHER_ALL_ROW.id in labels or edition is Edition.E2019:
        return SHORT_FORM
    return LONG_FORM


def _place(rows: Sequence[Row], form: tuple[str, ...], findings: list[Finding]) -> dict[str, Row]:
    """Rows by name: first by label, then by order between labels."""
    known = [r for r in rows if r.label in form]
    placed: dict[str, Row] = {}
    for row in known:
        name = row.label or ""
        if name in placed and not _same(placed[name], row):
            placed[name] = _clash(name, placed[name], row, findings)
        elif name not in placed or not placed[name].full:
            placed[name] = row
    indexes = [form.index(r.label or "") for r in known]
    if not known or indexes != sorted(indexes) or len(set(indexes)) != len(indexes):
        return placed
    trial = dict(placed)
    waiting: list[str] = []
    marks = [(-1, -1), *((rows.index(r), form.index(r.label or "")) for r in known), (len(rows), len(form))]
    for (row_a, form_a), (row_b, form_b) in pairwise(marks):
        names = form[form_a + 1 : form_b]
        between = _slots(rows[row_a + 1 : row_b], len(names))
        if between is not None and names:
            waiting.extend(names)
            trial.update(zip(names, between, strict=True))
    if waiting and all(_orderly(trial[name]) for name in waiting) and _columns_agree(trial, form):
        for name in waiting:
            trial[name].by_order = True
        findings.append(_order_note(waiting, trial))
        return trial
    return placed


def _order_note(names: Sequence[str], placed: Mapping[str, Row]) -> Finding:
    listed = "、".join(row_name(n) for n in names[:3]) + ("等" if len(names) > 3 else "")
    text = (
        f"表三有{len(names)}行的行名在文件里丢失（{listed}）。前后两行的行名之间行数与表式完全一致，"
        "各行加总也相符，已按表式的顺序认定，请核对。"
    )
    return Finding(Level.NOTICE, "t3.row.order", text, f"t3.{names[0]}.total", placed[names[0]].item.place)


def _slots(between: Sequence[Row], wanted: int) -> Sequence[Row] | None:
    """The unlabelled rows of a gap if they are exactly as many as the form prints, subtotals of groups left out."""
    if len(between) == wanted:
        return between
    plain = [r for r in between if r.group is None]
    return plain if len(plain) == wanted else None


def _orderly(row: Row) -> bool:
    return row.full and not row.strange and row.adds_up()


def _columns_agree(placed: Mapping[str, Row], form: tuple[str, ...]) -> bool:
    """Whether in every column the rows of 三 make (七)总计 (T3-2)."""
    outcomes = [name for name in form if name not in ("new", "carried_in", "done", "carried_out")]
    if any(name not in placed or not placed[name].full for name in (*outcomes, "done")):
        return False
    for column in range(WIDTH):
        parts = [(placed[name].tokens or ())[column].number for name in outcomes]
        total = (placed["done"].tokens or ())[column].number
        if any(p is None for p in parts) or sum((p or Decimal(0) for p in parts), Decimal(0)) != total:
            return False
    return True


def _same(a: Row, b: Row) -> bool:
    return [t.raw for t in a.tokens or ()] == [t.raw for t in b.tokens or ()]


def _clash(name: str, a: Row, b: Row, findings: list[Finding]) -> Row:
    text = (
        f"{row_name(name)}一行在文件里出现两次，数字不同（“{' '.join(t.raw for t in a.item.values)}”与"
        f"“{' '.join(t.raw for t in b.item.values)}”），请对照原文确定。"
    )
    findings.append(Finding(Level.ERROR, "t3.row.twice", text, f"t3.{name}.total", b.item.place))
    return Row(a.item, None, name)


def _cut(
    placed: Mapping[str, Row], form: tuple[str, ...], cells: dict[str, CellReading], findings: list[Finding]
) -> None:
    """A row that ends the file before the table is whole may be cut inside a number: it must prove itself."""
    if form[-1] in placed and placed[form[-1]].full and not placed[form[-1]].item.last:
        return
    for name, row in placed.items():
        if row.item.last and row.full and not row.adds_up() and name != "":
            total = f"t3.{name}.total"
            if cells[total].value is None:
                continue
            cells[total] = lost(total, cells[total].raw, row.item.place)
            text = f"文件到{row_name(name)}一行中断，最后一个数可能不完整，请对照原文填写。"
            findings.append(Finding(Level.ERROR, "t3.row.cut", text, total, row.item.place))
