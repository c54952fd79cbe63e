"""Which years answer: the named, the spoken of, all for a trend, the latest where none is named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.qa import steepest
from bot.qa.query import Action
from bot.qa.recalled import SINGLE
from bot.qa.turn import Turn, available


def years(turn: Turn, action: Action, items: Sequence[str], continued: bool) -> tuple[tuple[int, ...], bool]:
    """The years that answer, and whether the latest was assumed because none was named."""
    read = turn.years
    open_years = available(turn.facts, turn.today)
    if read.against and action in (Action.DIFFERENCE, Action.GROWTH, Action.SUM, Action.RATIO):
        return _against(turn, read.years[0]), False
    if read.years and (read.said or not read.count):
        return read.years, False
    if "history" in turn.kinds and not read.count and len(items) == 1 and "+" not in items[0]:
        spoken = _spoken_years(turn, items)
        if len(spoken) > 1:
            return spoken[-2:], False
    if read.count:
        return _counted(turn, read.count, items, open_years), False
    over_years = (len(items) == 1 or turn.has("outdo", *steepest.ACTIONS)) and action in (
        Action.MAXIMUM,
        Action.MINIMUM,
        Action.EXTREMES,
        *steepest.ACTIONS.values(),
        Action.AVERAGE,
        Action.SERIES,
        Action.RANK,
    )
    if over_years and not (continued and len(turn.context.spoken[0]) > 1):
        spoken = _spoken_years(turn, items) if action is not Action.SERIES else ()
        return (spoken if len(spoken) > 2 else tuple(open_years)), False
    last, assumed = turn.context.spoken
    if last:
        if continued and action in SINGLE and len(items) == 1 and len(last) == 1:
            spoken = _spoken_years(turn, items)
            if len(spoken) > 1:
                return (spoken[-2:] if action in (Action.DIFFERENCE, Action.GROWTH) else spoken), False
        if (
            continued
            or len(last) == 1
            or len(turn.text) <= 8
            or _SAME_YEARS.search(turn.text)
            or (action is Action.SHARE and IN_THAT.match(turn.text))
        ):
            return last, assumed
    if action in (Action.DIFFERENCE, Action.GROWTH) and len(items) == 1 and turn.latest is not None:
        return (turn.latest, turn.latest - 1), True
    return ((turn.latest,), True) if turn.latest is not None else ((), True)


_SAME_YEARS = re.compile("年份(?:都)?(?:不变|不动|一样|照旧)|(?:还是|同样)(?:那|这)?(?:两年|几年|年份)")
IN_THAT = re.compile("[这那]?(?:里头|里面|里边|其中|当中|之中)")
"""这里头公司递的占百分之几 after a sum over years."""


def summed(turn: Turn, items: Sequence[str]) -> tuple[int, ...]:
    """企业累计多少 after 自然人三年累计多少: the years summed over before, for another measure."""
    if len(items) != 1 or not turn.has("sum") or turn.years.years or turn.years.count:
        return ()
    last = turn.context.query
    return last.years if last is not None and last.action is Action.SUM and len(last.years) > 1 else ()


def _against(turn: Turn, year: int) -> tuple[int, ...]:
    """比上年多几件: the year spoken of, or the one after, beside the year it is compared with."""
    last = turn.context.query
    if last is not None and last.years:
        base = last.years[0] if last.action in (Action.DIFFERENCE, Action.GROWTH) else last.years[-1]
        base = turn.context.focus or base
        if base != year:
            return base, year
    if turn.latest is not None and turn.latest != year:
        return turn.latest, year
    return year, year - 1


def _spoken_years(turn: Turn, items: Sequence[str]) -> tuple[int, ...]:
    """The years for which these measures were answered in this conversation, oldest utterance first."""
    return tuple(dict.fromkeys(y for i, y in turn.context.history if i in items))


def several_spoken(turn: Turn, items: Sequence[str]) -> bool:
    """加起来 after 2020年多少 and 22年呢, or after both at once: one measure of several years, none named now."""
    last = turn.context.query
    if last is None or len(items) > 1 or turn.years.years:
        return False
    return len(last.years) > 1 or [m for m, _ in turn.context.history[-2:]] == [items[0]] * 2


def _counted(turn: Turn, count: int, items: Sequence[str], open_years: Sequence[int]) -> tuple[int, ...]:
    last, _ = turn.context.spoken
    if len(last) == count:
        return last
    tail = turn.context.history[-count:] if "这两年" in turn.text or "那两年" in turn.text else ()
    if len({m for m, _ in tail}) == 1 and len({y for _, y in tail}) == count:
        return tuple(sorted(y for _, y in tail))
    if turn.parts.empty and len(_spoken_years(turn, items)) >= count:
        latest = tuple(dict.fromkeys(y for i, y in reversed(turn.context.history) if i in items))[:count]
        return tuple(sorted(latest))
    return tuple(open_years[-count:])
