"""Rows of table three without a label: placed by proof, or unreadable with what stands there.

Such a row is placed between two rows known by their labels, where as many rows stand as the form prints there, in two
cases only. Either its label is in the file, torn from its row by extraction, and no sum of the table contradicts the
order of the form. Or the label is lost, the row is the only one missing there, and the table's sums hold with it and
would not without it. Where a label is lost zeros prove nothing, nor does order: the row is unreadable, and its figures
stand in the finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from storage.catalogue import COLUMNS
from storage.facts import CellReading, Finding, Level
from storage.reading.align_cells import lost, row_name
from storage.reading.align_t3_rows import WIDTH, Row

_ENDS = frozenset({"new", "carried_in", "done", "carried_out"})
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows of the form, one after the other, that found no figures, and the nameless rows that stand in their place."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The rows as a person reads it: 表三“（一）予以公开”至“（二）部分公开”共2行."""
        count = len(self.names)
        end = "一行" if count == 1 else f"至{row_name(self.names[-1])[2:]}共{count}行"
        return row_name(self.names[0]) + end


def find_gaps(rows: Sequence[Row], placed: Mapping[str, Row], form: Sequence[str]) -> Iterator[Gap]:
    """The rows of the form that found no figures, each stretch with the rows of figures between its neighbours."""
    where = {id(row): index for index, row in enumerate(rows)}
    for missing, run in groupby(form, key=lambda name: name not in placed):
        if not missing:
            continue
        names = tuple(run)
        first, last = form.index(names[0]), form.index(names[-1])
        above = where.get(id(placed[form[first - 1]]), -1) if first else -1
        below = where.get(id(placed[form[last + 1]]), -1) if last + 1 < len(form) else len(rows)
        between = rows[above + 1 : below] if above < below else ()
        nameless = tuple(r for r in between if r.label not in placed)
        plain = tuple(r for r in nameless if r.group is None)
        yield Gap(names, nameless if len(nameless) == len(names) else plain)


def fill(
    placed: Mapping[str, Row], rows: Sequence[Row], form: Sequence[str], printed: Set[str], findings: list[Finding]
) -> dict[str, Row]:
    """The rows by name with those of gaps that are proved; `printed` names the rows whose labels stand in the file."""
    gaps = [
        gap for gap in find_gaps(rows, placed, form) if len(gap.names) == len(gap.rows) and all(map(_orderly, gap.rows))
    ]
    torn = [gap for gap in gaps if all(name in printed for name in gap.names)]
    unnamed = [gap for gap in gaps if gap not in torn and len(gap.names) == 1 and _weighs(gap.rows[0])]
    for chosen in ([*torn, *unnamed], torn):
        trial = dict(placed) | {name: row for gap in chosen for name, row in zip(gap.names, gap.rows, strict=True)}
        if chosen and _sums_hold(trial, form, {name for gap in chosen for name in gap.names}):
            findings.extend(_note(gap, torn=gap in torn) for gap in chosen)
            return trial
    return dict(placed)


def _note(gap: Gap, *, torn: bool) -> Finding:
    named, cell_id, place = gap.name, f"t3.{gap.names[0]}.total", gap.rows[0].item.place
    if torn:
        text = f"{named}的行名在文件里与数字分开，已按表式的顺序对上，各项加总相符，请核对。"
        return Finding(Level.NOTICE, "t3.row.order", text, cell_id, place)
    text = (
        f"{named}的行名在文件里丢失；前后两行之间只缺这一行，各项加总也只有算上此处的“{gap.rows[0].raw}”才相符，"
        "已据此认定，请核对。"
    )
    return Finding(Level.NOTICE, "t3.row.proved", text, cell_id, place)


def _orderly(row: Row) -> bool:
    return row.full and not row.strange and row.adds_up()


def _weighs(row: Row) -> bool:
    return row.tokens is not None and bool(row.tokens[-1].number)


def _sums_hold(placed: Mapping[str, Row], form: Sequence[str], waiting: Set[str]) -> bool:
    """Whether in every column 三 makes (七)总计 (T3-2), and, where one of those waits, 一 + 二 = (七) + 四 (T3-1)."""
    outcomes = [name for name in form if name not in _ENDS]
    rules = [(outcomes, ["done"])]
    if waiting & {"new", "carried_in", "carried_out"}:
        rules.append((["new", "carried_in"], ["done", "carried_out"]))
    for left, right in rules:
        if any(name not in placed or not placed[name].full for name in (*left, *right)):
            return False
        if any(_column_sum(placed, left, c) != _column_sum(placed, right, c) for c in range(WIDTH)):
            return False
    return True


def _column_sum(placed: Mapping[str, Row], names: Sequence[str], column: int) -> Decimal:
    """What the rows have in a column; not a number where one of its cells is neither figure nor blank."""
    tokens = [(placed[name].tokens or ())[column] for name in names]
    readable = all(t.number is not None or t.blank for t in tokens)
    return sum((t.number or Decimal(0) for t in tokens), Decimal(0)) if readable else Decimal("NaN")


def lose_gap(gap: Gap, cells: dict[str, CellReading], findings: list[Finding]) -> None:
    """All its rows are unreadable; where as many stand there as the form prints, each keeps what stands in its turn."""
    even = len(gap.names) == len(gap.rows)
    for index, name in enumerate(gap.names):
        lose_row(name, gap.rows[index] if even else None, cells)
    cell_id, named = f"t3.{gap.names[0]}.total", gap.name
    if not gap.rows:
        text = f"{named}没有读到，或者有数字而认不出是{'这一行' if len(gap.names) == 1 else '这些行'}，请对照原文填写。"
        findings.append(Finding(Level.ERROR, "t3.row.lost", text, cell_id))
        return
    shown = "；".join(f"“{row.raw}”" for row in gap.rows[:_SHOWN]) + ("等" if len(gap.rows) > _SHOWN else "")
    text = (
        f"{named}的行名在文件里丢失或认不出，此处有{len(gap.rows)}行数没有行名：{shown}。"
        "不能确定哪一行的数属于哪一项，没有读取，请对照原文填写。"
    )
    findings.append(Finding(Level.ERROR, "t3.row.unnamed", text, cell_id, gap.rows[0].item.place))


def lose_row(name: str, row: Row | None, cells: dict[str, CellReading]) -> None:
    """All cells of a row are unreadable, with what stands in the row."""
    raw, place = (None, None) if row is None else (row.raw, row.item.place)
    for column in COLUMNS:
        cells[f"t3.{name}.{column.id}"] = lost(f"t3.{name}.{column.id}", raw, place)
