"""Layouts that real files leave of a report's three tables: as ruled tables, pipes, lines and lines without borders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from storage.catalogue import COLUMNS, GROUPS, OTHER_ALL_ROW, OUTCOMES, REMEDIES, RESULTS, T3_ROWS, Edition
from storage.facts import Place
from storage.reading.document import Block, Document, GridCell, Line, Table
from storage.reading.parse import parse
from storage.reading.text import read_text
from tests.storage.reading.report_truth import Truth

_TERMS = {t.id: t for t in (*T3_ROWS, OTHER_ALL_ROW)}
_OUTCOME_IDS = {t.id for t in OUTCOMES} | {OTHER_ALL_ROW.id}
SECTIONS = (
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
)
Relabel = Callable[[str], str]


def same(label: str) -> str:
    return label


# --- the form as grid cells: (text, row, column, row span, column span) ------------------------------

Grid = list[tuple[str, int, int, int, int]]

_BLOCKS_2021 = (
    (
        "第二十条第（一）项",
        ("本年制发件数", "本年废止件数", "现行有效件数"),
        ("rules", "normative"),
        ("made", "repealed", "valid"),
    ),
    ("第二十条第（五）项", ("本年处理决定数量",), ("licence",), ("",)),
    ("第二十条第（六）项", ("本年处理决定数量",), ("penalty", "coercion"), ("",)),
    ("第二十条第（八）项", ("本年收费金额（单位：万元）",), ("fee",), ("",)),
)
_THREE = ("上一年项目数量", "本年增/减", "处理决定数量")
_BLOCKS_2019 = (
    (
        "第二十条第（一）项",
        ("本年新制作数量", "本年新公开数量", "对外公开总数量"),
        ("rules", "normative"),
        ("created", "opened", "held"),
    ),
    ("第二十条第（五）项", _THREE, ("licence", "services"), ("items", "change", "")),
    ("第二十条第（六）项", _THREE, ("penalty", "coercion"), ("items", "change", "")),
    ("第二十条第（八）项", ("上一年项目数量", "本年增/减"), ("fee",), ("items", "change")),
    ("第二十条第（九）项", ("采购项目数量", "采购总金额"), ("procurement",), ("items", "amount")),
)
_T2_LABELS = {
    "rules": "规章", "normative": "行政规范性文件", "licence": "行政许可", "services": "其他对外管理服务事项", "penalty": "行政处罚",
    "coercion": "行政强制", "fee": "行政事业性收费", "procurement": "政府集中采购",
}  # fmt: skip


def grid_two(truth: Truth, relabel: Relabel = same) -> Grid:
    """Table two with its titles over the whole width."""
    grid: Grid = []
    at = 0
    for title, heads, rows, columns in _BLOCKS_2021 if truth.edition is Edition.E2021 else _BLOCKS_2019:
        grid.append((title, at, 0, 1, 4))
        grid.append(("信息内容", at + 1, 0, 1, 1))
        wide = 4 - len(heads)
        grid += [(h, at + 1, i + 1, 1, wide if i == len(heads) - 1 else 1) for i, h in enumerate(heads)]
        at += 2
        for row in rows:
            grid.append((relabel(_T2_LABELS[row]), at, 0, 1, 1))
            for i, column in enumerate(columns):
                text = truth.printed[f"t2.{row}.{column}" if column else f"t2.{row}"]
                grid.append((text, at, i + 1, 1, wide if i == len(columns) - 1 else 1))
            at += 1
    return grid


def _head_three() -> Grid:
    head: Grid = [
        ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 0, 0, 3, 3),
        ("申请人情况", 0, 3, 1, 7),
        ("自然人", 1, 3, 2, 1),
        ("法人或其他组织", 1, 4, 1, 5),
        ("总计", 1, 9, 2, 1),
    ]
    return head + [(t.label, 2, 4 + i, 1, 1) for i, t in enumerate(COLUMNS[1:-1])]


def values_three(truth: Truth, row: str) -> list[str]:
    return [truth.printed[f"t3.{row}.{c.id}"] for c in COLUMNS]


def grid_three(truth: Truth, relabel: Relabel = same) -> Grid:
    """Table three as the form prints it: 10 columns, groups over their rows."""
    grid = _head_three()
    outcomes = [r for r in truth.rows if r in _OUTCOME_IDS or r == "done"]
    for index, row in enumerate(truth.rows):
        at, term = index + 3, _TERMS[row]
        if row in ("new", "carried_in", "carried_out"):
            grid.append((relabel(term.label), at, 0, 1, 3))
        else:
            if row == outcomes[0]:
                grid.append(("三、本年度办理结果", at, 0, len(outcomes), 1))
            if term.group:
                members = [r for r in truth.rows if _TERMS[r].group == term.group]
                if row == members[0]:
                    grid.append((GROUPS[term.group].label, at, 1, len(members), 1))
                grid.append((relabel(term.label), at, 2, 1, 1))
            else:
                grid.append((relabel(term.label), at, 1, 1, 2))
        grid += [(text, at, 3 + i, 1, 1) for i, text in enumerate(values_three(truth, row))]
    return grid


def values_four(truth: Truth) -> list[str]:
    return [truth.printed[f"t4.{g.id}.{r.id}"] for g in REMEDIES for r in RESULTS]


def grid_four(truth: Truth) -> Grid:
    grid: Grid = [("行政复议", 0, 0, 1, 5), ("行政诉讼", 0, 5, 1, 10)]
    grid += [(r.label, 1, i, 2, 1) for i, r in enumerate(RESULTS)]
    grid += [("未经复议直接起诉", 1, 5, 1, 5), ("复议后起诉", 1, 10, 1, 5)]
    grid += [(r.label, 2, 5 + i, 1, 1) for i, r in enumerate((*RESULTS, *RESULTS))]
    return grid + [(text, 3, i, 1, 1) for i, text in enumerate(values_four(truth))]


def _grids(truth: Truth, relabel: Relabel) -> tuple[Grid, Grid, Grid]:
    return grid_two(truth, relabel), grid_three(truth, relabel), grid_four(truth)


# --- grids to documents ------------------------------------------------------------------------------


def ruled(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Ruled tables, merged cells intact, perhaps broken over pages with their heads repeated."""
    blocks: list[Block] = [Line("某县某局2023年政府信息公开工作年度报告", Place(line=1))]
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        blocks.append(Line(section, Place()))
        blocks += _pages(grid, random) if grid[0][0].startswith("（本列") and random.random() < 0.4 else [_table(grid)]
    return Document((*blocks, Line(SECTIONS[3], Place())), format="html")


def _table(grid: Iterable[tuple[str, int, int, int, int]], *, exact: bool = True) -> Table:
    cells = sorted(grid, key=lambda c: (c[1], c[2]))
    return Table(
        tuple(GridCell(t, r, c, rs, cs, Place(row=r + 1, column=c + 1)) for t, r, c, rs, cs in cells), Place(), exact
    )


def _pages(grid: Grid, random: Random) -> list[Block]:
    """The table on two pages: spans end at the break, the head may be repeated, a page number stands between."""
    last = max(c[1] for c in grid)
    cut = random.randint(4, last - 1)
    head = [c for c in grid if c[1] < 3]
    first = [(t, r, c, min(rs, cut - r), cs) for t, r, c, rs, cs in grid if r < cut]
    again = random.random() < 0.5
    shift = 3 - cut if again else -cut
    second = [(t, r + shift, c, rs, cs) for t, r, c, rs, cs in grid if r >= cut]
    for text, row, column, row_span, span in grid:
        if row < cut < row + row_span:
            label = text if random.random() < 0.5 else ""
            second.append((label, cut + shift, column, row + row_span - cut, span))
    return [_table(first), Line("— 3 —", Place(page=3)), _table([*(head if again else []), *second])]


def unmerged(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Worksheets: covered positions are empty cells of their own."""
    blocks: list[Block] = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        flat = [
            (text if (i, j) == (0, 0) else "", row + i, column + j, 1, 1)
            for text, row, column, rows, columns in grid
            for i in range(rows)
            for j in range(columns)
        ]
        blocks += [Line(section, Place()), _table(flat)]
    return Document((*blocks, Line(SECTIONS[3], Place())), format="xlsx")


def _rows(grid: Grid) -> list[list[str]]:
    rows: dict[int, list[str]] = {}
    for text, row, _, _, _ in sorted(grid, key=lambda c: (c[1], c[2])):
        rows.setdefault(row, []).append(text)
    return [rows[r] for r in sorted(rows)]


def _text(parts: Iterable[str]) -> Document:
    return Document(read_text("\n".join(parts)), format="text")


def pipes(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Pipes with merged cells dropped, rows padded to one width or not."""
    pad, outer = random.random() < 0.5, random.random() < 0.3
    lines = ["某县某局2023年政府信息公开工作年度报告"]
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines.append(section)
        width = max(c[2] + c[4] for c in grid)
        for row in _rows(grid):
            cells = row + [""] * (width - len(row)) if pad else row
            line = " | ".join(cells) + " |"
            lines.append(f"| {line}" if outer else line)
    return _text([*lines, SECTIONS[3]])


def full_pipes(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Pipes with an empty cell for every covered position, as Markdown converters write."""
    lines = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines.append(section)
        width = max(c[2] + c[4] for c in grid)
        filled = {(row, column): text for text, row, column, _, _ in grid}
        for row in range(max(c[1] for c in grid) + 1):
            lines.append("| " + " | ".join(filled.get((row, c), "") for c in range(width)) + " |")
            if row == 0:
                lines.append("|" + "---|" * width)
    return _text([*lines, SECTIONS[3]])


def row_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """A row per line, cells divided by a space; blank cells leave nothing."""
    lines = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines += [section, *(" ".join(cell for cell in row if cell) for row in _rows(grid))]
    return _text([*lines, SECTIONS[3]])


def cell_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """A cell per line, perhaps with empty lines between; blank cells leave nothing."""
    gap = ["", ""] if random.random() < 0.3 else [""]
    lines: list[str] = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines += [section, *(cell for row in _rows(grid) for cell in row if cell)]
    return _text(("\n" * (len(gap) - 1) + "\n").join([*lines, SECTIONS[3]]).split("\n"))


def layout_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """What `pdftotext -layout` writes: long labels wrap around the figures' line, page numbers in between."""
    lines = ["二、主动公开政府信息情况"]
    lines += ["     ".join(c for c in row if c) for row in _rows(grid_two(truth, relabel))]
    lines += [SECTIONS[1], "（本列数据的勾稽关系为：第一项加第二项之和，等         申请人情况"]
    lines += ["于第三项加第四项之和）", "          自然人        法人或其他组织        总计"]
    lines.append("   商业企业   科研机构  社会公益组织  法律服务机构  其他")
    wrap = random.randint(8, 30)
    for row in truth.rows:
        label = relabel(_TERMS[row].label)
        parts = [label[i : i + wrap] for i in range(0, len(label), wrap)]
        middle = len(parts) // 2
        figures = "    ".join(v for v in values_three(truth, row) if v)
        lines += ["      " + p for p in parts[:middle]]
        lines.append(f"   {parts[middle]}          {figures}")
        lines += ["      " + p for p in parts[middle + 1 :]]
        if random.random() < 0.1:
            lines += [f"                 — {random.randint(2, 9)} —", ""]
    lines += [SECTIONS[2], "      行政复议          行政诉讼", "  未经复议直接起诉      复议后起诉"]
    lines += ["结果维持 结果纠正 其他结果 尚未审结 总计 " * 3, "  ".join(v for v in values_four(truth) if v)]
    return _text([*lines, SECTIONS[3]])


def down_columns(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """What `pdftotext` writes by default: of some blocks of rows first all labels, then the figures down each column."""
    lines = [SECTIONS[0], *(cell for row in _rows(grid_two(truth, relabel)) for cell in row if cell), SECTIONS[1]]
    rows = list(truth.rows)
    while rows:
        count = random.choice([1, 1, 1, 2, 3, 7, 9])
        block, rows = rows[:count], rows[count:]
        labels = [relabel(_TERMS[r].label) for r in block]
        values = [values_three(truth, r) for r in block]
        figures = [v for column in zip(*values, strict=True) for v in column if v]
        lines += [*labels, *figures] if random.random() < 0.7 else [*labels[:-1], *figures, labels[-1]]
    lines += [SECTIONS[2], *(cell for row in _rows(grid_four(truth)) for cell in row if cell)]
    return _text([*lines, SECTIONS[3]])


def separated(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """All cells of the report in one line with one separator."""
    cells = [cell for grid in _grids(truth, relabel) for row in _rows(grid) for cell in row if cell]
    return _text(["|".join(cells)])


def wreck(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """What a table extractor makes of borders it half sees: wrapped labels leave their rows and stand before them."""
    blocks: list[Block] = [Line(SECTIONS[0], Place()), _table(grid_two(truth, relabel), exact=False)]
    blocks += [Line(t, Place()) for t in (SECTIONS[1], "申请人情况", "自然人总计", "商业企业科研机构")]
    wrap = random.randint(7, 14)
    rows: list[Sequence[str]] = []
    for row in truth.rows:
        label = relabel(_TERMS[row].label)
        values = values_three(truth, row)
        if len(label) <= wrap:
            rows.append([label, *values])
            continue
        fragments = [label[i : i + wrap] for i in range(0, len(label), wrap)]
        if rows and random.random() < 0.6:
            blocks.append(_loose(rows))
            rows = []
        blocks += [Line(f, Place()) for f in fragments]
        rows.append(values)
    blocks += [_loose(rows), Line(SECTIONS[2], Place()), _table(grid_four(truth), exact=False)]
    return Document((*blocks, Line(SECTIONS[3], Place())), format="markdown")


def _loose(rows: Sequence[Sequence[str]]) -> Table:
    cells = tuple(GridCell(text, r, c) for r, row in enumerate(rows) for c, text in enumerate(row))
    return Table(cells, Place(), exact=False)


def glued(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """All borders lost: labels and figures in one line, some with a space between."""
    text = ""
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        text += section
        for row in _rows(grid):
            loose = random.random() < 0.1
            text += (" " if loose else "").join(row)
    return _text([text + SECTIONS[3]])


def glued_rows(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """A row per line with no space between label and figures."""
    lines: list[str] = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines += [section, *("".join(row) for row in _rows(grid))]
    return _text([*lines, SECTIONS[3]])


def narrow_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """`pdftotext -layout` of a narrow label column: labels of many short lines, the figures on one of them."""
    lines = [SECTIONS[0], *("     ".join(c for c in row if c) for row in _rows(grid_two(truth, relabel))), SECTIONS[1]]
    lines += [
        "（本列数据的勾稽关系        申请人情况",
        "为：第一项加第二项之",
        "和，等于第三项加第四",
        "项之和）",
        "自然   法人或其他组织    总计",
    ]
    wrap, where = random.randint(2, 9), random.choice(["top", "middle", "bottom"])
    groups = {g.label: list(_pieces(g.label, 3)) for g in GROUPS.values()}
    for row in truth.rows:
        parts = list(_pieces(relabel(_TERMS[row].label), wrap))
        at = {"top": 0, "middle": len(parts) // 2, "bottom": len(parts) - 1}[where]
        side = groups.pop(GROUPS[_TERMS[row].group].label, []) if _TERMS[row].group else []
        for index, part in enumerate(parts):
            group = side.pop(0) + "   " if side and random.random() < 0.8 else ""
            figures = "    ".join(v for v in values_three(truth, row) if v) if index == at else ""
            lines.append(f"{group}{part}     {figures}".rstrip())
    lines += [
        SECTIONS[2],
        "行政复议  行政诉讼  未经复议直接起诉  复议后起诉",
        "结果维持 结果纠正 其他结果 尚未审结 总计",
    ]
    return _text([*lines, "  ".join(v for v in values_four(truth) if v), SECTIONS[3]])


def _pieces(text: str, size: int) -> Iterable[str]:
    return (text[i : i + size] for i in range(0, len(text), size))


def aligned_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """`pdftotext -layout` with every figure centred in its column, so that a blank leaves a gap."""
    lines = [SECTIONS[0], *("     ".join(c for c in row if c) for row in _rows(grid_two(truth, relabel))), SECTIONS[1]]
    lines += ["申请人情况", "          自然人   商业企业  科研机构  社会公益组织  法律服务机构  其他   总计"]
    wide = max(len(v) for row in truth.rows for v in values_three(truth, row)) + random.randint(2, 6)
    for row in truth.rows:
        label = relabel(_TERMS[row].label)
        figures = "".join(v.center(wide) for v in values_three(truth, row))
        lines.append(label + " " * (2 * (48 - len(label))) + figures.rstrip())
    lines += [
        SECTIONS[2],
        "行政复议  行政诉讼  未经复议直接起诉  复议后起诉",
        "结果维持 结果纠正 其他结果 尚未审结 总计",
    ]
    return _text([*lines, "  ".join(v for v in values_four(truth) if v), SECTIONS[3]])


def _filled(grid: Grid) -> list[list[str]]:
    """Rows with an empty text at every position that a merged cell covers."""
    width = max(c[2] + c[4] for c in grid)
    texts = {(row, column): text for text, row, column, _, _ in grid}
    return [[texts.get((r, c), "") for c in range(width)] for r in range(max(c[1] for c in grid) + 1)]


def cells_on_lines(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """A line for each cell, a lone pipe before each row, rows padded to one width with pipes at their end."""
    lines = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines.append(section)
        width = max(c[2] + c[4] for c in grid)
        for row in _rows(grid):
            cells = [f" {cell}  | " for cell in row]
            cells[-1] += "|" * (width - len(row))
            lines += ["| ", *cells]
    return _text([*lines, SECTIONS[3]])


def tabbed(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Columns divided by tabs, as a spreadsheet copies them."""
    lines = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        lines += [section, *("\t".join(row) for row in _filled(grid))]
    return _text([*lines, SECTIONS[3]])


def markdown_breaks(truth: Truth, relabel: Relabel, random: Random) -> Document:
    """Markdown from a converter: line breaks inside labels as tags, pages as tables of their own."""

    def broken(text: str) -> str:
        at = random.randint(1, len(text)) if len(text) > 5 and not text[0].isdigit() and random.random() < 0.4 else 0
        return f"{text[:at]}<br>{text[at:]}" if at else text

    lines = []
    for section, grid in zip(SECTIONS, _grids(truth, relabel), strict=False):
        rows = _filled(grid)
        lines += [f"## {section}", ""]
        cuts = {0, *random.sample(range(4, len(rows)), 2)} if len(rows) > 6 else {0}
        for at, row in enumerate(rows):
            if at in cuts and at:
                lines += ["", f"— {random.randint(2, 9)} —", ""]
            lines.append("| " + " | ".join(map(broken, row)) + " |")
            if at in cuts:
                lines.append("|" + " --- |" * len(row))
    return parse("\n".join([*lines, "", SECTIONS[3], "- 无。", "**完**"]).encode())


CLEAN = (ruled, unmerged, full_pipes)
"""Layouts that hold every cell, blanks included."""

FULL_LINES = (
    pipes, row_lines, cell_lines, layout_lines, aligned_lines, cells_on_lines, tabbed, markdown_breaks,
)  # fmt: skip
"""Layouts that hold every cell if none is blank."""

BROKEN = (wreck, glued, glued_rows, down_columns, separated, narrow_lines)
"""Layouts of which some cells may be beyond proof."""
