"""Figures out of published reports: a measure of a year with everything that must be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bot.qa import query
from bot.qa.types import CitedFigure
from storage import catalogue
from storage.catalogue import Edition, Meaning
from storage.facts import Fact, ReportFacts

_NEAR_2019 = {"made": "created", "valid": "held"}
"""What the 2019 format counts instead of 制发 and 现行有效; not the same thing."""


@dataclass(frozen=True, slots=True)
class Value:
    """A measure's figure of one year.

    Attributes:
        measure: what was asked for.
        year: of the report.
        value: the figure; `None` where the report gives none.
        unit: its unit.
        cited: every stored figure used.
        terms: the addends of a sum that the form does not print, else empty.
        problem: why there is no figure, a clause without full stop.
        notes: what must be said beside the figure, each a sentence without full stop.
        near: a stored figure that counts something near but different, as text.
    """

    measure: str
    year: int
    value: Decimal | None
    unit: str
    cited: tuple[CitedFigure, ...] = ()
    terms: tuple[Decimal, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    near: str = ""


def look_up(report: ReportFacts, measure: str) -> Value:
    """The figure of a measure in a report; kept with the report, since people ask for the same few all day."""
    kept: Value | None = report.worked_out.get(measure)
    if kept is None:
        kept = _work_out(report, measure)
        if len(report.worked_out) < _KEPT:
            report.worked_out[measure] = kept
    return kept


_KEPT = 1000
"""Measures of a report; its cells are fewer, but sums of them are without end."""


def _work_out(report: ReportFacts, measure: str) -> Value:
    cells = query.parts(measure)
    if any(c.startswith(("t3.un", "t3.other_handling")) for c in cells) and len(cells) > 1:
        cells = _one_other_row(report, cells)
    found = [(cell, _fact(report, cell)) for cell in cells]
    bad = [(cell, fact) for cell, fact in found if fact is None or fact.value is None]
    if bad:
        return _without(report, measure, *bad[0], alone=len(cells) == 1)
    cited = tuple(_cite(report, cell, fact) for cell, fact in found if fact is not None)
    terms = tuple(c.value for c in cited)
    return Value(
        measure=measure,
        year=report.year,
        value=sum(terms, Decimal(0)),
        unit=cited[0].unit,
        cited=cited,
        terms=terms if len(terms) > 1 else (),
        notes=_notes(report, cells, [f for _, f in found if f is not None]),
    )


def _fact(report: ReportFacts, cell: str) -> Fact | None:
    return report.facts.get(cell)


def _one_other_row(report: ReportFacts, cells: tuple[str, ...]) -> tuple[str, ...]:
    """Cells with the three rows of 其他处理 replaced by the one row that the 2019 layout prints."""
    rows = set(catalogue.ROWS_OF["other_all"])
    changed: dict[str, None] = {}
    for cell in cells:
        table, row, column = (*cell.split("."), "", "")[:3]
        single = f"t3.other_all.{column}"
        fact = report.facts.get(cell)
        missing = fact is None or fact.meaning is Meaning.NOT_IN_EDITION
        changed[single if table == "t3" and row in rows and missing and single in report.facts else cell] = None
    return tuple(changed)


def _cite(report: ReportFacts, cell: str, fact: Fact) -> CitedFigure:
    value = fact.value if fact.value is not None else Decimal(0)
    unit = fact.unit or query.unit(cell) if cell.startswith("f.") else query.unit(cell)
    return CitedFigure(value, unit, report.agency, report.year, cell, source(report.year, cell))


def source(year: int, cell: str) -> str:
    """Where a figure stands: 2023年年报·表三·本年新收·总计."""
    return f"{year}年年报·{query.place(cell)}"


def _notes(report: ReportFacts, cells: tuple[str, ...], facts: list[Fact]) -> tuple[str, ...]:
    notes = []
    if any(c in report.doubtful for c in cells):
        notes.append(f"{report.year}年年报里这一数字与表内其他数字对不上（勾稽关系不符），请以本局核实为准")
    if any(f.approximate for f in facts):
        notes.append("报告原文写的是约数")
    if report.edition is Edition.E2019 and cells[0].startswith("t2."):
        notes.append(f"{report.year}年的报告用2019年版格式，口径与后来的年份不完全相同")
    return tuple(notes)


def _without(report: ReportFacts, measure: str, cell: str, fact: Fact | None, *, alone: bool) -> Value:
    """No figure, or one by stated arithmetic where only a total is missing."""
    added = _added_up(report, measure) if alone else None
    if added is not None:
        return added
    where = query.name(cell)
    if fact is not None and fact.meaning is Meaning.BLANK:
        problem = f"{report.year}年年报里“{where}”一格是空白，没有填数（空白不等于0）"
    elif fact is not None and fact.meaning is Meaning.UNREADABLE:
        problem = f"{report.year}年年报里“{where}”一格无法辨认"
    elif cell.startswith("f."):
        problem = f"{report.year}年年报没有写“{where}”"
    else:
        problem = f"{report.year}年年报的格式里没有“{where}”这一项"
    if not alone:
        problem += "，因此不能相加"
    return Value(measure, report.year, None, query.unit(measure), problem=problem, near=_near(report, measure))


def _added_up(report: ReportFacts, measure: str) -> Value | None:
    """A total that the report leaves out, from the addends that it prints."""
    table, row, *column = measure.split(".")
    if column != ["total"] or table not in {"t3", "t4"}:
        return None
    addends = catalogue.APPLICANTS if table == "t3" else [r for r in catalogue.RESULTS if r.id != "total"]
    cells = [f"{table}.{row}.{a.id}" for a in addends]
    facts = [report.facts.get(c) for c in cells]
    cited = [_cite(report, c, f) for c, f in zip(cells, facts, strict=True) if f is not None and f.value is not None]
    if len(cited) != len(cells):
        return None
    terms = tuple(c.value for c in cited)
    note = "报告的总计格没有数，这里由各列相加得出"
    return Value(measure, report.year, sum(terms, Decimal(0)), cited[0].unit, tuple(cited), terms, notes=(note,))


def _near(report: ReportFacts, measure: str) -> str:
    table, _, rest = measure.partition(".")
    row, _, column = rest.partition(".")
    if table != "t2" or column not in _NEAR_2019:
        return ""
    cell = f"t2.{row}.{_NEAR_2019[column]}"
    fact = report.facts.get(cell)
    if fact is None or fact.value is None:
        return ""
    return f"该年格式填的是“{catalogue.CELLS[cell].column.label}”{number(fact.value)}件，口径不同"  # type: ignore[union-attr]


def number(value: Decimal) -> str:
    """A figure without idle zeros: 12, 65.9."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal) -> str:
    """A computed figure with at most two decimals."""
    return number(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
