"""How figures are said: amount, unit, year and place, and what is offered next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.qa import query
from bot.qa.figures import Value, number
from bot.qa.query import Action, Query
from bot.qa.types import CitedFigure, Kind, Reply
from storage.facts import AgencyFacts


def topic(asked: Query) -> str:
    """The key of what was asked, for the log."""
    return asked.items[0]


def years_text(years: Sequence[int]) -> str:
    """Years as said: 2019年至2025年, 2021年、2023年."""
    ordered = sorted(years)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}年至{ordered[-1]}年"
    return "、".join(f"{y}年" for y in ordered)


def question(measure: str) -> str:
    """A measure as a question that the pipeline understands."""
    if measure.startswith("x."):
        return f"年报的{query.name(measure)}"
    unit = query.unit(measure)
    return f"{query.name(measure)}多少{unit}"


def suggest(asked: Query, facts: AgencyFacts) -> tuple[str, ...]:
    """What one is likely to ask next; each understood without the conversation."""
    if "+" in asked.items[0] or len(asked.items) > 1:
        return ()
    measure, year = asked.items[0], asked.years[-1]
    found = []
    if len(asked.years) == 1:
        if year - 1 in facts.reports:
            found.append(f"{year}年比{year - 1}年{query.name(measure)}相差多少")
        if len(facts.reports) > 2:
            found.append(f"历年{query.name(measure)}走势")
    if measure.startswith("t3.") and not measure.endswith((".total", ".orgs")):
        found.append(f"{year}年{query.name(measure)}占多少")
    return tuple(found[:3])


def citations(values: Sequence[Value]) -> tuple[CitedFigure, ...]:
    """Every stored figure behind the values, each once."""
    return tuple(dict.fromkeys(c for v in values for c in v.cited))


def amount(value: Value) -> str:
    """A value with its unit."""
    return f"{number(value.value)}{value.unit}" if value.value is not None else "（无数）"


def place_of(value: Value) -> str:
    """Where a value stands, with the year."""
    if len(value.cited) == 1:
        return value.cited[0].source
    tables = dict.fromkeys(query.place(c.cell).split("·")[0] for c in value.cited)
    return f"{value.year}年年报·{'、'.join(tables)}"


def addition(value: Value) -> str:
    """The addition behind a figure that the form does not print: 1 + 2 = 3."""
    if not value.terms or value.value is None:
        return ""
    return f"{' + '.join(number(t) for t in value.terms)} = {number(value.value)}"


def lacking(asked: Query, values: Sequence[Value]) -> Reply | None:
    """The reply where a figure that the answer needs is not there."""
    problems = [v for v in values if v.value is None]
    if not problems:
        return None
    clauses = [v.problem + (f"；{v.near}" if v.near else "") for v in problems]
    text = "。".join(dict.fromkeys(clauses)) + "。"
    if asked.action not in (Action.VALUE, Action.SERIES):
        text += "所以算不出来。"
    return Reply(Kind.NONE, text, suggestions=(), topic=topic(asked))


def sources(values: Sequence[Value]) -> str:
    """Where all the values stand."""
    return "；".join(dict.fromkeys(place_of(v) for v in values))


def where(values: Sequence[Value]) -> str:
    """Where values of one table stand, with the years said once."""
    places = dict.fromkeys(place_of(v).split("·", 1)[1] for v in values)
    return f"{'各年' if over_years(values) else f'{values[0].year}年'}年报·{'、'.join(places)}"


def over_years(group: Sequence[Value]) -> bool:
    """Whether the values are of several years."""
    return any(v.year != group[0].year for v in group)


def label(value: Value, group: Sequence[Value]) -> str:
    """What sets a value apart from the others of its group: its year, or its name."""
    return f"{value.year}年" if over_years(group) else query.name(value.measure)
