"""What a question asks for, as data: measures, years and what is to be done with them.

A measure is a cell id of the catalogue (`t3.new.total`), an indicator (`f.wechat`), a passage (`x.problems`) or a sum
that the form does not print: a group's rows (`t3.refused.total`), 法人或其他组织 (`t3.new.orgs`), 行政诉讼
(`t4.suits.total`), both remedies (`t4.cases.total`), or measures joined by a plus sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from storage import catalogue
from storage.values import immutable


class Action(StrEnum):
    """What is to be done with the figures."""

    VALUE = "value"
    DIFFERENCE = "difference"
    GROWTH = "growth"
    SHARE = "share"
    PORTION = "portion"
    RATIO = "ratio"
    SUM = "sum"
    AVERAGE = "average"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    EXTREMES = "extremes"
    RISE = "rise"
    FALL = "fall"
    SWING = "swing"
    RANK = "rank"
    SERIES = "series"
    MONTHLY = "monthly"
    DAILY = "daily"
    TEXT = "text"


@immutable
class Query:
    """A question as understood.

    Attributes:
        action: what is to be done.
        items: measures, in the order of the question.
        years: years, in the order of the question; for a portion the year and then all those that it is a portion of.
        whole: for a share, what it is a share of.
        unsaid: the question left open which of the items it means; the answer lists them and says so.
        assumed: the year was not named and the latest report answers.
        yes_no: asked as 有没有.
        bound: of a series, which of its years are asked for: `>60`, `>=60`, `<60` or `<=60`; empty for all.
    """

    action: Action
    items: tuple[str, ...]
    years: tuple[int, ...]
    whole: str = ""
    unsaid: bool = False
    assumed: bool = False
    yes_no: bool = False
    bound: str = ""


@lru_cache(maxsize=4096)
def parts(measure: str) -> tuple[str, ...]:
    """The cells, indicators or passages that a measure adds up; the measure itself where it is one of them.

    Raises:
        KeyError: the catalogue has no such measure.
    """
    if "+" in measure:
        return tuple(dict.fromkeys(p for m in measure.split("+") for p in parts(m)))
    if measure in catalogue.CELLS and not measure.startswith("t3.other_all."):
        return (measure,)
    if measure in catalogue.INDICATORS or measure in catalogue.TEXTS:
        return (measure,)
    return _derived(measure)


def _derived(measure: str) -> tuple[str, ...]:
    table, _, rest = measure.partition(".")
    row, _, column = rest.partition(".")
    if table == "t3":
        group, _, but = row.partition(f"_{EXCEPT}")
        out = {r for name in but.split("-") for r in catalogue.ROWS_OF.get(name, (name,))}
        whole = _OUTCOMES if but and group == "done" else catalogue.ROWS_OF.get(group, (group,))
        rows = tuple(r for r in whole if r not in out)
        columns = _columns(column)
        cells = tuple(f"t3.{r}.{c}" for r in rows for c in columns)
    elif table == "t4" and row in {"suits", "cases"}:
        rows = ("direct", "after") if row == "suits" else ("review", "direct", "after")
        cells = tuple(c for r in rows for c in _decided(r, column))
    elif table == "t4":
        cells = _decided(row, column)
    else:
        cells = (measure,)
    for cell in cells:
        if cell not in catalogue.CELLS:
            raise KeyError(measure)
    return cells


EXCEPT = "but_"
"""Before kinds of applicants: all others together (`t3.new.but_business`, `t3.new.but_natural-business`)."""


_OUTCOMES = tuple(t.id for t in catalogue.OUTCOMES)
DECIDED = ("upheld", "corrected", "other")
"""The results of what is no longer pending; the form prints no total over them."""


def _decided(row: str, column: str) -> tuple[str, ...]:
    results: tuple[str, ...] = (column,)
    if column == "decided":
        results = DECIDED
    elif column.startswith(EXCEPT):
        out = (*column.removeprefix(EXCEPT).split("-"), "total")
        results = tuple(r.id for r in catalogue.RESULTS if r.id not in out)
    return tuple(f"t4.{row}.{c}" for c in results)


def _columns(column: str) -> tuple[str, ...]:
    if column == "orgs":
        return catalogue.ORGANISATIONS
    if column.startswith(EXCEPT):
        out = column.removeprefix(EXCEPT).split("-")
        return tuple(a.id for a in catalogue.APPLICANTS if a.id not in out)
    return (column,)


def known(measure: str) -> bool:
    """Whether the catalogue has the measure."""
    try:
        return bool(parts(measure))
    except KeyError:
        return False


@lru_cache(maxsize=4096)
def unit(measure: str) -> str:
    """The unit of a measure's figure by the catalogue."""
    first = parts(measure)[0]
    if first in catalogue.INDICATORS:
        return catalogue.INDICATORS[first].unit
    return catalogue.CELLS[first].unit if first in catalogue.CELLS else ""


_NAMES3 = {
    "new": "本年新收申请",
    "carried_in": "上年结转申请",
    "done": "本年度办理结果总计",
    "carried_out": "结转下年度继续办理",
}
_COLUMNS = {t.id: t.short for t in catalogue.APPLICANTS} | {"orgs": "法人或其他组织"}
_ROWS3 = {t.id: t.short for t in (*catalogue.T3_ROWS, *catalogue.GROUPS.values())} | _NAMES3
_ROWS4 = {t.id: t.short for t in (*catalogue.REMEDIES, catalogue.SUITS, catalogue.CASES)}
_RESULTS = {t.id: t.short for t in catalogue.RESULTS} | {"decided": "已审结"}


def _column(column: str, names: Mapping[str, str]) -> str:
    if column.startswith(EXCEPT):
        return f"除{'、'.join(names[c] for c in column.removeprefix(EXCEPT).split('-'))}以外"
    return names[column]


@lru_cache(maxsize=4096)
def name(measure: str) -> str:
    """A measure's name as a citizen reads it: 本年新收申请（商业企业）."""
    if "+" in measure:
        return "、".join(name(m) for m in measure.split("+"))
    if measure in catalogue.INDICATORS:
        return catalogue.INDICATORS[measure].label
    if measure in catalogue.TEXTS:
        return catalogue.TEXTS[measure]
    table, row, *column = measure.split(".")
    if table == "t3":
        group, _, out = row.partition(f"_{EXCEPT}")
        label = "其他处理中的“其他”" if row == "other_handling" else _ROWS3[group]
        label += f"（除{'、'.join(_ROWS3[o] for o in out.split('-'))}以外）" if out else ""
        return label if column[0] == "total" else f"{label}（{_column(column[0], _COLUMNS)}）"
    if table == "t4":
        return _ROWS4[row] if column[0] == "total" else f"{_ROWS4[row]}·{_column(column[0], _RESULTS)}"
    cell = catalogue.CELLS[measure]
    if row == "fee" and not column:
        return "行政事业性收费金额"
    return f"{cell.row.short}{cell.column.short if cell.column else ''}"


PIECES = frozenset(("f.site_news", "f.key_area", "f.wechat", "f.video", "f.policy"))
"""What is published piece by piece, counted as 条, 篇 or 个: these may be added and be shares of each other."""
_SECTION = {"f.info_fee": 6}


@lru_cache(maxsize=4096)
def place(measure: str) -> str:
    """Where in the report a cell, indicator or passage stands: 表三·本年新收·总计."""
    if measure in catalogue.CELLS:
        return catalogue.CELLS[measure].place
    if measure in catalogue.INDICATORS:
        return f"第{'一二三四五六'[_SECTION.get(measure, 1) - 1]}部分 {catalogue.SECTIONS[_SECTION.get(measure, 1)]}"
    number = {"x.overview": 1, "x.problems": 5, "x.measures": 5, "x.other": 6}[measure]
    return f"第{'一二三四五六'[number - 1]}部分 {catalogue.SECTIONS[number]}"
