"""Query + published facts -> reply: figures with unit, year and place; every computation with its formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.qa import query
from bot.qa.computed import (
    write_average,
    write_difference,
    write_extreme,
    write_per_day,
    write_per_month,
    write_portion,
    write_rank,
    write_ratio,
    write_share,
    write_sum,
)
from bot.qa.figures import Value, look_up
from bot.qa.passages import passages, processing_fee
from bot.qa.query import Action, Query
from bot.qa.stated import write_series, write_value
from bot.qa.steepest import ACTIONS, changed, write_steepest
from bot.qa.types import Kind, Reply
from bot.qa.wording import (
    question,
    years_text,
)
from storage.facts import AgencyFacts


def answer(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> Reply:
    """Answer a query.

    Args:
        asked: what was understood.
        facts: the agency's published reports.
        years: the years that may answer on the day of asking.
    """
    newest = years[-1] if years else 0
    held = tuple(y for y in asked.years if y in facts.reports and y <= newest)
    lost = tuple(y for y in asked.years if y not in held) if len(held) < len(asked.years) else ()
    if not held:
        return _no_year(asked, lost, years)
    if asked.action is Action.TEXT:
        return passages(asked, facts, held, lost)
    if "f.info_fee" in asked.items:
        return processing_fee(asked, facts, held)
    if lost and asked.action in (Action.DIFFERENCE, Action.GROWTH, Action.RATIO, Action.PORTION):
        return _no_year(asked, lost, years)
    values = [look_up(facts.reports[y], m) for y in held for m in asked.items]
    reply = WRITERS[asked.action](asked, facts, values)
    notes = list(dict.fromkeys(n for v in values for n in v.notes))
    if lost:
        notes.append(f"{years_text(lost)}的年度报告没有载入，以上不含该年")
    if notes and reply.kind is Kind.ANSWER:
        text = reply.text + "\n" + "".join(f"注：{n}。" for n in notes)
        reply = Reply(reply.kind, text, reply.figures, reply.suggestions, reply.topic)
    return reply


def _no_year(asked: Query, lost: Sequence[int], years: Sequence[int]) -> Reply:
    held = f"目前可以查{years_text(years)}的年度报告。" if years else "目前还没有载入年度报告。"
    about = query.name(asked.items[0]) if len(asked.items) == 1 else ""
    text = f"{years_text(lost)}的年度报告没有载入，查不到{f'“{about}”' if about else '这些数'}。{held}"
    suggestions = (f"{years[-1]}年{question(asked.items[0])}",) if years else ()
    return Reply(Kind.NONE, text, suggestions=suggestions, topic="year")


_ENDS_ON_A_YEAR = frozenset({Action.MAXIMUM, Action.MINIMUM, *ACTIONS.values()})


def focus(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> int:
    """The one year that an answer about most or least ends on, 0 for none."""
    if asked.action not in _ENDS_ON_A_YEAR or len(asked.items) != 1:
        return 0
    held = set(years)
    values = [look_up(facts.reports[y], asked.items[0]) for y in asked.years if y in held]
    given = {v.year: v.value for v in values if v.value is not None}
    if len(given) < 2 or len(given) != len(values):
        return 0
    if asked.action in ACTIONS.values():
        largest = changed(values, asked.action)
        return largest[0].after.year if len(largest) == 1 else 0
    best = (max if asked.action is Action.MAXIMUM else min)(given.values())
    winners = [y for y, v in given.items() if v == best]
    return winners[0] if len(winners) == 1 else 0


def spoken_of(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> Query:
    """What the conversation is about after an answer: of the most or least among several measures, that one."""
    if asked.action is Action.PORTION:
        return Query(Action.VALUE, asked.items, asked.years[:1])
    if asked.action not in (Action.MAXIMUM, Action.MINIMUM) or len(asked.items) < 2 or len(asked.years) != 1:
        return asked
    if asked.years[0] not in years:
        return asked
    values = [look_up(facts.reports[asked.years[0]], m) for m in asked.items]
    given = [v for v in values if v.value is not None]
    if len(given) != len(values):
        return asked
    best = (max if asked.action is Action.MAXIMUM else min)(v.value or Decimal(0) for v in given)
    winners = [v.measure for v in given if v.value == best]
    return Query(Action.VALUE, (winners[0],), asked.years) if len(winners) == 1 else asked


WRITERS: dict[Action, Callable[[Query, AgencyFacts, Sequence[Value]], Reply]] = {
    Action.VALUE: write_value,
    Action.DIFFERENCE: write_difference,
    Action.GROWTH: write_difference,
    Action.SHARE: write_share,
    Action.PORTION: write_portion,
    Action.RATIO: write_ratio,
    Action.SUM: write_sum,
    Action.AVERAGE: write_average,
    Action.MAXIMUM: write_extreme,
    Action.MINIMUM: write_extreme,
    Action.EXTREMES: write_extreme,
    Action.RISE: write_steepest,
    Action.FALL: write_steepest,
    Action.SWING: write_steepest,
    Action.RANK: write_rank,
    Action.SERIES: write_series,
    Action.MONTHLY: write_per_month,
    Action.DAILY: write_per_day,
}
