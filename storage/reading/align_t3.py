"""Table three: each row of figures finds its place in the form by its own label, or by order where order proves it.

The rule of order: rows whose labels extraction lost are placed only between two rows known by their labels (or the
table's ends), only if exactly as many rows stand there as the form prints, only if each is full and adds up to its own
总计, and only if no column of the whole table contradicts it. Then nothing else fits. Otherwise they are unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from storage.catalogue import COLUMNS, OTHER_ALL_ROW, ROWS_OF, T3_ROWS, Edition
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import blank_or_number, lost, row_name
from storage.reading.align_items import Item
from storage.reading.align_t3_rows import WIDTH, Row, find_rows
from storage.reading.document import Document
from storage.reading.labels import T3_LABELS

LONG_FORM = tuple(t.id for t in T3_ROWS)
SHORT_FORM = tuple(dict.fromkeys(OTHER_ALL_ROW.id if t.group == OTHER_ALL_ROW.id else t.id for t in T3_ROWS))
"""The rows with (六)其他处理 as one row."""

_WEAK = frozenset({"other_handling", "done", "other_all"})


@dataclass(frozen=True, slots=True)
class TableThree:
    """What was read of table three."""

    cells: Mapping[str, CellReading]
    findings: tuple[Finding, ...]
    single_other_row: bool
    found: bool


def read_table_three(
    region: Sequence[Item], document: Document, edition: Edition, *, followed: bool = True
) -> TableThree:
    """Read table three from the items between its head and the next section; `followed` by table four or cut off."""
    rows = find_rows(region, document)
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
    if not followed:
        _cut(placed, cells, findings)
    return TableThree(cells, tuple(findings), single, found=True)


def _lose(name: str, row: Row | None, cells: dict[str, CellReading], findings: list[Finding]) -> None:
    raw = None if row is None else " ".join(t.raw for t in row.item.values) or row.item.glued or None
    place = None if row is None else row.item.place
    for column in COLUMNS:
        cells[f"t3.{name}.{column.id}"] = lost(f"t3.{name}.{column.id}", raw, place)
    if row is None:
        text, code = f"{row_name(name)}一行没有读到，或者有数字而认不出是这一行，请对照原文填写。", "t3.row.lost"
    else:
        text = f"{row_name(name)}一行应有7个数，读到的是“{raw or '（空）'}”，不能确定各数属于哪一列，请对照原文填写。"
        code = "t3.row.width"
    findings.append(Finding(Level.ERROR, code, text, f"t3.{name}.total", place))


def _keep_order(rows: Sequence[Row]) -> None:
    """Labels that name a row only by their place (总计, 其他) hold where the rows before them are of the form's end.

    其他处理 is a row of its own only if （七）总计 follows; otherwise it is the group's label, and the row's is lost.
    """
    position = {name: i for i, name in enumerate(LONG_FORM)}
    position[OTHER_ALL_ROW.id] = position["uncorrected"]
    latest = -1
    for index, row in enumerate(rows):
        if row.label is None:
            continue
        misplaced = row.label in _WEAK and (latest < 0 or position[row.label] <= latest)
        following = rows[index + 1].label if index + 1 < len(rows) else None
        if misplaced or (row.label == OTHER_ALL_ROW.id and following != "done"):
            row.group = row.label if row.label == OTHER_ALL_ROW.id else row.group
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
        parts = [(placed[name].tokens or ())[column] for name in outcomes]
        total = (placed["done"].tokens or ())[column]
        if any(t.number is None and not t.blank for t in (*parts, total)):
            return False
        if sum((t.number or Decimal(0) for t in parts), Decimal(0)) != (total.number or Decimal(0)):
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


def _cut(placed: Mapping[str, Row], cells: dict[str, CellReading], findings: list[Finding]) -> None:
    """The last row of a file that ends in the table may be cut inside a number: it must prove itself."""
    for name, row in placed.items():
        if not row.item.final or not row.full or row.adds_up():
            continue
        total = f"t3.{name}.total"
        cells[total] = lost(total, cells[total].raw, row.item.place)
        text = f"文件到{row_name(name)}一行中断，最后一个数可能不完整，请对照原文填写。"
        findings.append(Finding(Level.ERROR, "t3.row.cut", text, total, row.item.place))
