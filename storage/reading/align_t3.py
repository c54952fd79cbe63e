"""Table three: each row of figures finds its place in the form by its own label; a row without one, by proof."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from storage.catalogue import COLUMNS, OTHER_ALL_ROW, ROWS_OF, T3_ROWS, Edition
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import blank_or_number, lost, row_name
from storage.reading.align_items import Item, Layout
from storage.reading.align_t3_gaps import fill, find_gaps, lose_gap, lose_row
from storage.reading.align_t3_labels import printed_labels
from storage.reading.align_t3_rows import Row, find_rows
from storage.reading.document import Document
from storage.reading.labels import T3_LABELS

LONG_FORM = tuple(t.id for t in T3_ROWS)
SHORT_FORM = tuple(dict.fromkeys(OTHER_ALL_ROW.id if t.group == OTHER_ALL_ROW.id else t.id for t in T3_ROWS))
"""The rows with (六)其他处理 as one row."""

_NUMBERED_OTHER = re.compile(r"3[.、)]*其他$")
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
    placed = _place(rows, form, printed_labels(region), findings)
    single = OTHER_ALL_ROW.id in form
    cells: dict[str, CellReading] = {}
    if not placed:
        return TableThree({}, tuple(findings), single, found=False)
    for name, row in placed.items():
        _read_row(name, row, cells, findings)
    for gap in find_gaps(rows, placed, form):
        lose_gap(gap, cells, findings)
    if not followed:
        _cut(placed, cells, findings)
    return TableThree(cells, tuple(findings), single, found=True)


def _read_row(name: str, row: Row, cells: dict[str, CellReading], findings: list[Finding]) -> None:
    if row.tokens is not None:
        for column, token in zip(COLUMNS, row.tokens, strict=True):
            cell_id = f"t3.{name}.{column.id}"
            cells[cell_id] = blank_or_number(cell_id, token, findings)
        return
    lose_row(name, row, cells)
    text = f"{row_name(name)}一行应有7个数，读到的是“{row.raw or '（空）'}”，不能确定各数属于哪一列，请对照原文填写。"
    findings.append(Finding(Level.ERROR, "t3.row.width", text, f"t3.{name}.total", row.item.place))


def _keep_order(rows: Sequence[Row]) -> None:
    """Labels that name a row only by their place (总计, 其他) hold only there; elsewhere they are subtotals, additions.

    总计 has no row after it but 结转下年度. 其他处理 is a row of its own only if （七）总计 follows.
    """
    _keep_numbered(rows)
    position = {name: i for i, name in enumerate(LONG_FORM)}
    position[OTHER_ALL_ROW.id] = position["uncorrected"]
    totals = [row for row in rows if row.label == "done"]
    latest, before = -1, None
    for index, row in enumerate(rows):
        if row.label is None:
            continue
        following = next((r.label for r in rows[index + 1 :] if r.label not in (None, row.label)), None)
        adjacent = rows[index + 1].label if index + 1 < len(rows) else None
        twice = row.label == before == "other_handling"
        holds = row.label not in _WEAK or twice or (latest >= 0 and position[row.label] > latest)
        if row.label == "other_handling":
            holds = holds and _ends_three(row, before, following)
        elif row.label == "done":
            alone = len(totals) == 1 or "七" in row.item.text
            holds = holds and alone and following in (None, "carried_out")
        elif row.label == OTHER_ALL_ROW.id:
            holds = holds and adjacent == "done"
        if not holds:
            row.group = row.label if row.label == OTHER_ALL_ROW.id else row.group
            row.strange = row.item.layout is not Layout.LINE and row.label != OTHER_ALL_ROW.id
            row.label = None
            continue
        latest, before = max(latest, position[row.label]), row.label


def _ends_three(row: Row, before: str | None, following: str | None) -> bool:
    """Whether 其他 stands where the form has 3.其他: after a row that it prints there, or numbered and before 总计."""
    if following == "done" and _NUMBERED_OTHER.search(row.item.text):
        return True
    return before in ("uncorrected", "unpaid", "other_handling") and following not in LONG_FORM[:-2]


def _keep_numbered(rows: Sequence[Row]) -> None:
    """Where rows called 其他 follow each other and one has the form's number, the others are an office's subtotals."""
    for label, run in groupby((r for r in rows if r.label is not None), key=lambda r: r.label):
        same = list(run)
        if label != "other_handling" or not any(_NUMBERED_OTHER.search(r.item.text) for r in same):
            continue
        for row in same:
            if not _NUMBERED_OTHER.search(row.item.text):
                row.label, row.strange = None, True


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


def _place(rows: Sequence[Row], form: tuple[str, ...], printed: Set[str], findings: list[Finding]) -> dict[str, Row]:
    """Rows by name: first by label, then rows without one; `printed` names the rows whose labels stand in the file."""
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
    return fill(placed, rows, form, printed, findings)


def _same(a: Row, b: Row) -> bool:
    return [t.raw for t in a.tokens or ()] == [t.raw for t in b.tokens or ()]


def _clash(name: str, a: Row, b: Row, findings: list[Finding]) -> Row:
    text = f"{row_name(name)}一行在文件里出现两次，数字不同（“{a.raw}”与“{b.raw}”），请对照原文确定。"
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
