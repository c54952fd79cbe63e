"""Figures as the report states them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from operator import ge, gt, le, lt

from bot.qa import query
from bot.qa.figures import Value, number
from bot.qa.query import Query
from bot.qa.types import Kind, Reply
from bot.qa.wording import (
    addition,
    amount,
    citations,
    label,
    lacking,
    place_of,
    suggest,
    topic,
)
from storage.facts import AgencyFacts

_MANY = 3
"""From so many years on a list of years is a series with its source said once."""


def write_value(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """The figures as they are, by year or by item."""
    given = [v for v in values if v.value is not None]
    if not given:
        missing = lacking(asked, values)
        assert missing is not None
        return missing
    if len(values) == 1:
        text = _one(asked, values[0])
    elif len(asked.items) == 1:
        text = _by_year(values)
    elif len(asked.years) == 1 or len({v.year for v in values}) == 1:
        text = _by_item(asked, values)
    else:
        text = _table(asked, values)
    return Reply(Kind.ANSWER, text, citations(given), suggest(asked, facts), topic(asked))


def _one(asked: Query, value: Value) -> str:
    lead = ""
    if asked.yes_no and value.value is not None:
        lead = "有。" if value.value else "没有。"
    basis = f"按最新的{value.year}年年报，" if asked.assumed else f"{value.year}年，"
    working = addition(value)
    if working:
        why = "，报告没有印这个合计，由各项相加" if not value.notes else ""
        return f"{lead}{basis}{query.name(value.measure)}共{amount(value)}：{working}（{place_of(value)}{why}）。"
    return f"{lead}{basis}{query.name(value.measure)}{amount(value)}{_in_yuan(value)}（{place_of(value)}）。"


def _in_yuan(value: Value) -> str:
    """The amount once more in 元, as people who ask for it may want it."""
    if value.unit != "万元" or not value.value:
        return ""
    return f"，即{number(value.value * 10000)}元"


def _by_year(values: Sequence[Value]) -> str:
    name = query.name(values[0].measure)
    lines = [f"{v.year}年：{amount(v) if v.value is not None else v.problem}" for v in values]
    places = {place_of(v).split("·", 1)[1] for v in values if v.cited}
    return f"{name}：\n" + "\n".join(lines) + f"\n（各年年报·{'、'.join(sorted(places))}）"


def _by_item(asked: Query, values: Sequence[Value]) -> str:
    year = values[0].year
    lines = []
    for value in values:
        if value.value is None:
            lines.append(value.problem)
            continue
        working = addition(value)
        place = place_of(value).split("·", 1)[1]
        lines.append(f"{query.name(value.measure)}：{amount(value)}（{f'{working}，' if working else ''}{place}）")
    lead = f"按最新的{year}年年报" if asked.assumed else f"{year}年年报"
    tail = "\n您没有说具体是哪一项，所以都列出来。" if asked.unsaid else ""
    return f"{lead}：\n" + "\n".join(lines) + tail


def _table(asked: Query, values: Sequence[Value]) -> str:
    blocks = []
    for item in asked.items:
        of_item = [v for v in values if v.measure == item]
        blocks.append(_by_year(of_item))
    return "\n".join(blocks)


def extremes(values: Sequence[Value]) -> str:
    """The largest and the smallest of the values."""
    given = [v for v in values if v.value is not None]
    top = max(given, key=lambda v: v.value or Decimal(0))
    low = min(given, key=lambda v: v.value or Decimal(0))
    return f"最多：{label(top, given)}{amount(top)}；最少：{label(low, given)}{amount(low)}。"


_BOUNDS: dict[str, tuple[Callable[[Decimal, Decimal], bool], str]] = {
    ">=": (ge, "达到{}的"),
    "<=": (le, "不超过{}的"),
    ">": (gt, "超过{}的"),
    "<": (lt, "不到{}的"),
}


def _within(asked: Query, given: Sequence[Value]) -> str:
    """Which of the years are within the bound that was asked for."""
    sign = asked.bound.rstrip("0123456789.")
    holds, words = _BOUNDS[sign]
    bound = Decimal(asked.bound.removeprefix(sign))
    held = [v.year for v in given if v.value is not None and holds(v.value, bound)]
    return _in_years(f"{query.name(asked.items[0])}{words.format(number(bound) + given[0].unit)}", held)


def _outdoing(asked: Query, given: Sequence[Value]) -> str:
    """In which years the one measure is over the other, or under it."""
    first, second = ({v.year: v.value for v in given if v.measure == item} for item in asked.items)
    holds = _BOUNDS[asked.bound][0]
    held = [y for y in first if holds(first[y] or Decimal(0), second[y] or Decimal(0))]
    word = "多于" if asked.bound == ">" else "少于"
    return _in_years(f"{query.name(asked.items[0])}{word}{query.name(asked.items[1])}的", held)


def _in_years(said: str, held: Sequence[int]) -> str:
    return f"{said}有{len(held)}年：{'、'.join(f'{y}年' for y in held)}。" if held else f"{said}一年也没有。"


def write_series(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """Figures over the years, with the largest and the smallest, or those within a bound first."""
    plain = write_value(asked, facts, values)
    given = [v for v in values if v.value is not None]
    if plain.kind is Kind.ANSWER and asked.bound in ("<", ">") and len(asked.items) == 2 and len(given) == len(values):
        return replace(plain, text=f"{_outdoing(asked, given)}\n{plain.text}")
    if plain.kind is Kind.ANSWER and asked.bound and len(asked.items) == 1:
        return replace(plain, text=f"{_within(asked, given)}\n{plain.text}")
    if plain.kind is not Kind.ANSWER or len(asked.items) > 1 or len(given) < _MANY:
        return plain
    return replace(plain, text=f"{plain.text}\n{extremes(given)}")
