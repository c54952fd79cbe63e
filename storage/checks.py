"""Cross-checks (勾稽) of a report: its own sums, and one year against the next.

Pure functions over cells, whether just read or stored. A check never changes a figure: a report whose printed totals do
not add up stays as printed, and the finding names the cells and both sums. Rules T3-1 to T4-1 are those of the
catalogue; T3-4 (上年结转 = last year's 结转下年度) follows from the labels; T2-1 (现行有效) is advisory, since
amendments, expiry and transfers break it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from storage.catalogue import CELLS, COLUMNS, OTHER_ALL_ROW, Edition, Meaning, Sum, sums
from storage.facts import Finding, Level

_SUM_CODES = {
    "T3-1": ("t3.sum.balance", "第一项加第二项应等于第三项（七）加第四项"),
    "T3-2": ("t3.sum.column", "第三项各行之和应等于（七）总计"),
    "T3-3": ("t3.sum.row", "各类申请人之和应等于总计"),
    "T4-1": ("t4.sum", "四种结果之和应等于总计"),
}
_JUMP_TIMES = 10
_JUMP_LEAST = 100
_JUMP_CELLS = (
    "t2.normative.valid",
    "t2.licence",
    "t2.penalty",
    "t2.coercion",
    "t2.fee",
    "t3.new.total",
    "t3.done.total",
)


class CellLike(Protocol):
    """What a check needs of a cell: a `CellReading` or a stored `Fact`."""

    @property
    def meaning(self) -> Meaning:
        """What the report says in the cell."""

    @property
    def value(self) -> Decimal | None:
        """The number, if it says one."""


@dataclass(frozen=True, slots=True)
class YearCells:
    """The cells of one year's report."""

    year: int
    edition: Edition
    cells: Mapping[str, CellLike]


def check_cells(cells: Mapping[str, CellLike]) -> list[Finding]:
    """Findings for every sum of tables three and four that does not hold, and for counts that cannot be counts."""
    return [_sum_finding(rule, cells) for rule in failed_sums(cells)] + _odd_numbers(cells)


def doubtful(cells: Mapping[str, CellLike]) -> frozenset[str]:
    """Ids of all cells that a failed sum names."""
    return frozenset(i for rule in failed_sums(cells) for i in (*rule.left, *rule.right))


def failed_sums(cells: Mapping[str, CellLike]) -> list[Sum]:
    """The sums that do not hold. A sum with an unreadable cell, or with nothing printed on one side, is not checked."""
    single = any(_stated(cells, f"t3.{OTHER_ALL_ROW.id}.{c.id}") for c in COLUMNS)
    failed = []
    for rule in sums(single_other_row=single):
        left, right = printed_sum(cells, rule.left), printed_sum(cells, rule.right)
        if left is not None and right is not None and left != right:
            failed.append(rule)
    return failed


def _stated(cells: Mapping[str, CellLike], cell_id: str) -> bool:
    return cell_id in cells and cells[cell_id].meaning in (Meaning.NUMBER, Meaning.BLANK)


def printed_sum(cells: Mapping[str, CellLike], ids: Sequence[str]) -> Decimal | None:
    """The sum of what is printed; `None` if a cell is unreadable or nothing is printed."""
    found = [cells.get(i) for i in ids]
    if any(c is None or c.meaning in (Meaning.UNREADABLE, Meaning.NOT_IN_EDITION) for c in found):
        return None
    numbers = [c.value for c in found if c is not None and c.value is not None]
    done = next((c for i, c in zip(ids, found, strict=True) if i.startswith("t3.done.")), None)
    if done is not None and done.value is None:
        return None
    return sum(numbers, Decimal(0)) if numbers else None


def _sum_finding(rule: Sum, cells: Mapping[str, CellLike]) -> Finding:
    code, words = _SUM_CODES[rule.rule]
    left, right = printed_sum(cells, rule.left), printed_sum(cells, rule.right)
    cell = rule.right[0]
    if rule.rule == "T3-1":
        column = CELLS[cell].column
        place = f"表三“{column.label if column else ''}”列"
        shown = (
            f"本年新收{_shown(cells, rule.left[0])}＋上年结转{_shown(cells, rule.left[1])}＝{left}，"
            f"办理结果总计{_shown(cells, rule.right[0])}＋结转下年度{_shown(cells, rule.right[1])}＝{right}"
        )
    else:
        place = CELLS[cell].place
        parts = [f"{_part_name(i, rule)}{cells[i].value}" for i in rule.left if cells[i].value]
        shown = f"{'＋'.join(parts) or '各项'}＝{left}，总计印为{right}"
    text = f"{place}：{words}，但{shown}，两边不等。已按原文照录，请核对是原文如此还是读取有误。"
    return Finding(Level.WARNING, code, text, cell)


def _part_name(cell_id: str, rule: Sum) -> str:
    cell = CELLS[cell_id]
    if rule.rule == "T3-2" or cell.column is None:
        return cell.row.short
    return cell.column.short


def _shown(cells: Mapping[str, CellLike], cell_id: str) -> str:
    value = cells[cell_id].value
    return "（空）" if value is None else str(value)


def _odd_numbers(cells: Mapping[str, CellLike]) -> list[Finding]:
    """Counts that are negative or not whole (N-1)."""
    findings = []
    for cell_id, cell in cells.items():
        if cell.value is None or cell_id not in CELLS or cell_id.endswith(".change"):
            continue
        money = CELLS[cell_id].unit in ("万元", "元")
        if cell.value < 0 or (not money and cell.value != cell.value.to_integral_value()):
            text = f"{CELLS[cell_id].place}为{cell.value}，不是正常的{'金额' if money else '件数'}，请对照原文核对。"
            findings.append(Finding(Level.WARNING, "cell.odd", text, cell_id))
    return findings


# --- one year against the others ----------------------------------------------------------------------


def check_years(this: YearCells, others: Sequence[YearCells]) -> list[Finding]:
    """Findings that need other years of the same agency: T3-4, T2-1, jumps beyond reason and missing years."""
    findings: list[Finding] = []
    by_year = {o.year: o for o in others if o.year != this.year}
    before, after = by_year.get(this.year - 1), by_year.get(this.year + 1)
    if before is not None:
        findings += [*_carried(before, this), *_valid(before, this), *_jumps(before, this)]
    if after is not None:
        findings += _carried(after=after, before=this)
    earlier = [y for y in by_year if y < this.year]
    if earlier and before is None:
        missing = range(max(earlier) + 1, this.year)
        listed = "、".join(f"{y}年" for y in missing)
        text = f"前面最近一份报告是{max(earlier)}年的，中间缺{listed}的报告，跨年核对无法进行。"
        findings.append(Finding(Level.NOTICE, "years.missing", text))
    return findings


def _number(report: YearCells, cell_id: str) -> Decimal | None:
    cell = report.cells.get(cell_id)
    return None if cell is None else cell.value


def _carried(before: YearCells, after: YearCells) -> list[Finding]:
    findings = []
    for column in COLUMNS:
        carried_in = _number(after, f"t3.carried_in.{column.id}")
        carried_out = _number(before, f"t3.carried_out.{column.id}")
        if carried_in is not None and carried_out is not None and carried_in != carried_out:
            text = (
                f"{after.year}年表三“上年结转·{column.short}”是{carried_in}件，"
                f"{before.year}年表三“结转下年度·{column.short}”是{carried_out}件，前后不接，请核对。"
            )
            findings.append(Finding(Level.WARNING, "years.carried", text, f"t3.carried_in.{column.id}"))
    return findings


def _valid(before: YearCells, this: YearCells) -> list[Finding]:
    findings = []
    for row in ("rules", "normative"):
        last, valid, made, repealed = (
            _number(before, f"t2.{row}.valid"),
            *(_number(this, f"t2.{row}.{c}") for c in ("valid", "made", "repealed")),
        )
        if last is None or valid is None or made is None or repealed is None or valid == last + made - repealed:
            continue
        name = CELLS[f"t2.{row}.valid"].row.short
        text = (
            f"{name}现行有效{valid}件，而{before.year}年现行有效{last}件＋本年制发{made}件－本年废止{repealed}件"
            f"＝{last + made - repealed}件。修订、失效、机构调整都会造成差异，仅供参考。"
        )
        findings.append(Finding(Level.NOTICE, "years.valid", text, f"t2.{row}.valid"))
    return findings


def _jumps(before: YearCells, this: YearCells) -> list[Finding]:
    findings = []
    for cell_id in _JUMP_CELLS:
        old, new = _number(before, cell_id), _number(this, cell_id)
        if old is None or new is None or abs(new - old) < _JUMP_LEAST:
            continue
        if max(old, new) >= _JUMP_TIMES * max(min(old, new), Decimal(1)):
            cell = CELLS[cell_id]
            years = f"{before.year}年的{old}{cell.unit}变为{this.year}年的{new}{cell.unit}"
            text = f"{cell.place}从{years}，变化很大，请核对。"
            findings.append(Finding(Level.NOTICE, "years.jump", text, cell_id))
    return findings
