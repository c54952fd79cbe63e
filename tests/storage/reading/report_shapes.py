"""Arrangements that offices give the statutory tables on their pages: split, repeated, stacked, turned, added to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from storage.catalogue import COLUMNS, GROUPS, OTHER_ALL_ROW, REMEDIES, RESULTS, T3_ROWS
from tests.storage.reading.report_layouts import Grid, grid_four, grid_three, grid_two, values_three
from tests.storage.reading.report_truth import Truth

_TERMS = {t.id: t for t in (*T3_ROWS, OTHER_ALL_ROW)}
_HEAD = 3
Tables = tuple[Sequence[Grid], Sequence[Grid], Sequence[Grid]]
"""Table two, three and four, each as one or several grids one after the other."""
Shape = Callable[[Truth, Random], Tables]


def _form(truth: Truth, *, two: Grid | None = None, three: Grid | None = None, four: Grid | None = None) -> Tables:
    return [two or grid_two(truth)], [three or grid_three(truth)], [four or grid_four(truth)]


def _sorted(grid: Iterable[tuple[str, int, int, int, int]]) -> Grid:
    return sorted(grid, key=lambda c: (c[1], c[2]))


def _cut(grid: Grid, at: int) -> tuple[Grid, Grid]:
    """A grid in two at a row; spans end at the cut and go on below without their text."""
    upper = [(t, r, c, min(h, at - r), w) for t, r, c, h, w in grid if r < at]
    lower = [(t, r - at, c, h, w) for t, r, c, h, w in grid if r >= at]
    lower += [("", 0, c, r + h - at, w) for _, r, c, h, w in grid if r < at < r + h]
    return upper, _sorted(lower)


def as_printed(truth: Truth, random: Random) -> Tables:
    """The form."""
    return _form(truth)


def heads_apart(truth: Truth, random: Random) -> Tables:
    """The head in a table of its own, as scrolling bodies need."""
    return [grid_two(truth)], _cut(grid_three(truth), _HEAD), _cut(grid_four(truth), _HEAD)


def head_again(truth: Truth, random: Random) -> Tables:
    """The head repeated inside the table, where a page ended."""
    grid, at = grid_three(truth), random.randint(5, len(truth.rows))
    upper, lower = _cut(grid, at)
    head = [(t, r + at, c, h, w) for t, r, c, h, w in grid if r < _HEAD]
    return _form(truth, three=_sorted([*upper, *head, *((t, r + at + _HEAD, c, h, w) for t, r, c, h, w in lower)]))


def spelled_out(truth: Truth, random: Random) -> Tables:
    """Merged cells repeated at every position that they cover."""

    def spell(grid: Grid) -> Grid:
        return _sorted((t, r + i, c + j, 1, 1) for t, r, c, h, w in grid for i in range(h) for j in range(w))

    return _form(truth, two=spell(grid_two(truth)), three=spell(grid_three(truth)), four=spell(grid_four(truth)))


def one_label_column(truth: Truth, random: Random) -> Tables:
    """All labels in one column: bare, behind their group's, or under rows with the groups' alone."""
    grid: Grid = [
        ("申请人情况", 0, 1, 1, 7),
        ("自然人", 1, 1, 2, 1),
        ("法人或其他组织", 1, 2, 1, 5),
        ("总计", 1, 7, 2, 1),
    ]
    grid += [(t.label, 2, 2 + i, 1, 1) for i, t in enumerate(COLUMNS[1:-1])]
    how, at, last = random.choice(["bare", "behind", "under"]), _HEAD, ""
    for row in truth.rows:
        term = _TERMS[row]
        group = GROUPS[term.group].label if term.group else ""
        if how == "under" and group and term.group != last:
            grid += [(group, at, 0, 1, 1), *(("", at, i, 1, 1) for i in range(1, 8))]
            at += 1
        joint = random.choice(["", "—", "：", "-"])
        label = f"{group}{joint}{term.label}" if how == "behind" and group else term.label
        grid += [(label, at, 0, 1, 1), *((v, at, 1 + i, 1, 1) for i, v in enumerate(values_three(truth, row)))]
        at, last = at + 1, term.group
    return _form(truth, three=grid)


def _with_rows(truth: Truth, added: Callable[[str], tuple[str, Sequence[str]] | None]) -> Grid:
    """Table three with one label column and, before the rows where `added` says so, rows that the form lacks."""
    grid = [cell for cell in grid_three(truth) if cell[1] < _HEAD]
    at = _HEAD
    for row in truth.rows:
        for label, values in filter(None, (added(row), (_TERMS[row].label, values_three(truth, row)))):
            grid += [(label, at, 0, 1, 3), *((v, at, 3 + i, 1, 1) for i, v in enumerate(values))]
            at += 1
    return grid


def with_subtotals(truth: Truth, random: Random) -> Tables:
    """A subtotal before each group or after it."""
    members = {g: [r for r in truth.rows if _TERMS[r].group == g and r != OTHER_ALL_ROW.id] for g in GROUPS}
    name, after = random.choice(["小计", "合计", "总计", "其他"]), random.random() < 0.5

    def subtotal(row: str) -> tuple[str, Sequence[str]] | None:
        before = truth.rows[truth.rows.index(row) - 1] if row != truth.rows[0] else row
        ends = [r for r in members.values() if r and (r[-1] == before if after else r[0] == row)]
        if not ends:
            return None
        texts = [[truth.printed[f"t3.{r}.{c.id}"] for r in ends[0]] for c in COLUMNS]
        return name, [str(sum(int(t) for t in column if t.isdigit())) for column in texts]

    return _form(truth, three=_with_rows(truth, subtotal))


def with_a_row_added(truth: Truth, random: Random) -> Tables:
    """A row of the province's own somewhere in 三."""
    where = random.choice(truth.rows[2:-2])
    label = random.choice(["9.法律法规规定的其他情形", "其中：涉及个人隐私", "4.其他情形", "5.其他", "其他"])
    values = [str(random.randint(0, 2)) for _ in COLUMNS]
    return _form(truth, three=_with_rows(truth, lambda row: (label, values) if row == where else None))


def labels_stacked(truth: Truth, random: Random) -> Tables:
    """The labels of a group in one cell over its rows, line under line."""
    grid = grid_three(truth)
    for group in GROUPS:
        rows = [r for r in truth.rows if _TERMS[r].group == group and r != OTHER_ALL_ROW.id]
        if not rows or random.random() < 0.4:
            continue
        first = _HEAD + truth.rows.index(rows[0])
        grid = [c for c in grid if c[2] != 2 or not first <= c[1] < first + len(rows)]
        grid.append(("<br>".join(_TERMS[r].label for r in rows), first, 2, len(rows), 1))
    return _form(truth, three=_sorted(grid))


def rows_stacked(truth: Truth, random: Random) -> Tables:
    """The rows of a group in one row, labels and figures line under line."""
    grid, at = [c for c in grid_three(truth) if c[1] < _HEAD], _HEAD
    chosen = {g for g in GROUPS if random.random() < 0.6}
    stacks: list[list[str]] = []
    for row in truth.rows:
        group = _TERMS[row].group
        if group in chosen and stacks and _TERMS[stacks[-1][0]].group == group:
            stacks[-1].append(row)
        else:
            stacks.append([row])
    for rows in stacks:
        grid.append(("<br>".join(_TERMS[r].label for r in rows), at, 0, 1, 3))
        columns = zip(*(values_three(truth, r) for r in rows), strict=True)
        grid += [("<br>".join(column), at, 3 + i, 1, 1) for i, column in enumerate(columns)]
        at += 1
    return _form(truth, three=grid)


def zeros_merged(truth: Truth, random: Random) -> Tables:
    """A row of zeros as one 0 across all columns."""
    rows: dict[int, Grid] = {}
    for cell in grid_three(truth):
        rows.setdefault(cell[1], []).append(cell)
    for at, cells in rows.items():
        if at >= _HEAD and all(c[0] == "0" for c in cells if c[2] >= 3) and random.random() < 0.5:
            rows[at] = [*(c for c in cells if c[2] < 3), ("0", at, 3, 1, 7)]
    return _form(truth, three=[cell for cells in rows.values() for cell in cells])


def columns_moved(truth: Truth, random: Random) -> Tables:
    """The kinds of applicant in another order under their heads, 总计 first or last."""
    order = random.sample(range(4, 9), 5)
    first = random.random() < 0.5

    def move(column: int) -> int:
        inner = order[column - 4] if 4 <= column <= 8 else column
        return {9: 3}.get(inner, inner + 1) if first else inner

    def moved(cell: tuple[str, int, int, int, int]) -> tuple[str, int, int, int, int]:
        text, row, column, height, width = cell
        if column < 3 or row == 0:
            return cell
        return (text, row, 4 + first, height, width) if width > 1 else (text, row, move(column), height, width)

    return _form(truth, three=_sorted(map(moved, grid_three(truth))))


def empty_column(truth: Truth, random: Random) -> Tables:
    """A column without anything in tables three and four."""

    def widen(grid: Grid, at: int) -> Grid:
        found = [(t, r, c + 1, h, w) if c >= at else (t, r, c, h, w + (c + w > at)) for t, r, c, h, w in grid]
        taken = {(r + i, c + j) for _, r, c, h, w in found for i in range(h) for j in range(w)}
        height = max(c[1] + c[3] for c in grid)
        return _sorted([*found, *(("", r, at, 1, 1) for r in range(height) if (r, at) not in taken)])

    three, four = (
        widen(grid_three(truth), random.randint(3, 10)),
        widen(grid_four(truth), random.choice([0, 5, 10, 15])),
    )
    return _form(truth, three=three, four=four)


def _result_row(truth: Truth, remedy: str) -> list[str]:
    return [truth.printed[f"t4.{remedy}.{r.id}"] for r in RESULTS]


def remedies_in_rows(truth: Truth, random: Random) -> Tables:
    """Table four with a row for each remedy."""
    names = random.choice(
        [
            ("行政复议", "未经复议直接起诉", "复议后起诉"),
            ("行政复议", "行政诉讼（未经复议直接起诉）", "行政诉讼（复议后起诉）"),
        ]
    )
    grid: Grid = [("类别", 0, 0, 1, 1), *((r.label, 0, 1 + i, 1, 1) for i, r in enumerate(RESULTS))]
    for at, (remedy, name) in enumerate(zip(REMEDIES, names, strict=True), 1):
        grid += [(name, at, 0, 1, 1), *((v, at, 1 + i, 1, 1) for i, v in enumerate(_result_row(truth, remedy.id)))]
    return _form(truth, four=grid)


def turned(truth: Truth, random: Random) -> Tables:
    """Table four down the page, a figure per row."""
    grid: Grid = [
        ("行政复议", 0, 0, 5, 2),
        ("行政诉讼", 5, 0, 10, 1),
        ("未经复议直接起诉", 5, 1, 5, 1),
        ("复议后起诉", 10, 1, 5, 1),
    ]
    values = [v for remedy in REMEDIES for v in _result_row(truth, remedy.id)]
    for at, value in enumerate(values):
        grid += [(RESULTS[at % 5].label, at, 2, 1, 1), (value, at, 3, 1, 1)]
    return _form(truth, four=_sorted(grid))


def remedies_apart(truth: Truth, random: Random) -> Tables:
    """Table four as a table for each remedy."""
    grids: list[Grid] = []
    for remedy, name in zip(REMEDIES, ("行政复议", "未经复议直接起诉", "复议后起诉"), strict=True):
        grid: Grid = [(name, 0, 0, 1, 5), *((r.label, 1, i, 1, 1) for i, r in enumerate(RESULTS))]
        grids.append([*grid, *((v, 2, i, 1, 1) for i, v in enumerate(_result_row(truth, remedy.id)))])
    return [grid_two(truth)], [grid_three(truth)], grids


SHAPES: tuple[Shape, ...] = (
    as_printed, heads_apart, head_again, spelled_out, one_label_column, with_subtotals, with_a_row_added, labels_stacked,
    zeros_merged, columns_moved, empty_column, remedies_in_rows, turned, remedies_apart,
)  # fmt: skip
"""Arrangements that hold every cell, blanks included."""

STACKED: tuple[Shape, ...] = (rows_stacked,)
"""Arrangements that hold every cell if none is blank."""
