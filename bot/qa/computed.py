"""Figures worked out of stated ones, every computation with its formula."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from bot.qa import query
from bot.qa.figures import Value, look_up, number, rounded
from bot.qa.query import Action, Query
from bot.qa.stated import extremes, write_value
from bot.qa.types import Kind, Reply
from bot.qa.wording import (
    addition,
    amount,
    citations,
    label,
    lacking,
    over_years,
    sources,
    suggest,
    topic,
    where,
    years_text,
)
from storage.facts import AgencyFacts


def write_difference(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """Figures compared: the difference with its working."""
    missing = lacking(asked, values)
    if missing:
        return missing
    if len(values) < 2:
        return write_value(asked, facts, values)
    if len(values) > 2:
        return _write_differences(asked, facts, values)
    first, second = values
    if _money(first) != _money(second):
        return write_value(asked, facts, values)
    if first.measure == second.measure and first.year < second.year:
        first, second = second, first
    text = _difference(asked, first, second)
    return Reply(Kind.ANSWER, text, citations(values), suggest(asked, facts), topic(asked))


def _write_differences(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """Several years or measures: all figures, and for two years each measure's difference."""
    if len(set(asked.years)) == 2:
        blocks = []
        for item in asked.items:
            older, newer = sorted((v for v in values if v.measure == item), key=lambda v: v.year)
            blocks.append(_difference(asked, newer, older))
        return Reply(Kind.ANSWER, "\n".join(blocks), citations(values), (), topic(asked))
    plain = write_value(asked, facts, values)
    text = plain.text
    if len(asked.items) == 1:
        text += "\n" + extremes(values)
        ordered = sorted(values, key=lambda v: v.year)
        text += "\n" + _difference(asked, ordered[-1], ordered[0])
    elif len({v.year for v in values}) == 1:
        text += "\n" + extremes(values)
    return Reply(Kind.ANSWER, text, plain.figures, plain.suggestions, plain.topic)


_MONEY = frozenset({"元", "万元"})


def _money(value: Value) -> str:
    """The unit of a sum of money; what is counted has none, since reports change 条 and 篇, 场 and 次 at will."""
    return value.unit if value.unit in _MONEY else ""


def _difference(asked: Query, first: Value, second: Value) -> str:
    """The difference with its working; without a unit where the two counts are in different words."""
    assert first.value is not None
    assert second.value is not None
    change = first.value - second.value
    unit = first.unit if first.unit == second.unit else ""
    working = f"{number(first.value)} - {_bracketed(second.value)} = {number(change)}"
    if first.measure == second.measure:
        named = f"{query.name(first.measure)}：{first.year}年{amount(first)}，{second.year}年{amount(second)}"
        verb = "增加" if change > 0 else "减少"
        said = f"{first.year}年比{second.year}年{verb}{number(abs(change))}{unit}" if change else "两年相同"
        return f"{named}；{working}，{said}{_percent(change, second)}（{sources((first, second))}）。"
    named = f"{first.year}年{query.name(first.measure)}{amount(first)}，"
    named += f"{f'{second.year}年' if second.year != first.year else ''}{query.name(second.measure)}{amount(second)}"
    said = f"前者{'多' if change > 0 else '少'}{number(abs(change))}{unit}" if change else "两者相同"
    return f"{named}；{working}，{said}（{sources((first, second))}）。"


def _bracketed(value: Decimal) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _percent(change: Decimal, base: Value) -> str:
    if not base.value:
        return f"；{base.year}年为0，算不出增减百分比" if change else ""
    if not change:
        return "，变化0%"
    ratio = rounded(abs(change) / base.value * 100)
    verb = "上升" if change > 0 else "下降"
    return f"，{verb}{ratio}%（{number(change)} ÷ {number(base.value)} × 100%）"


def write_share(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """What part of the whole each figure is."""
    wholes = {y: look_up(facts.reports[y], asked.whole) for y in dict.fromkeys(v.year for v in values)}
    missing = lacking(asked, [*values, *wholes.values()])
    if missing:
        return missing
    lines = [_share_line(v, wholes[v.year]) for v in values]
    if len(wholes) == len(values) > 1:
        lines.append(_share_of_all(values, list(wholes.values())))
    if len(wholes) == len(values) == _TWO:
        lines += _points(values, list(wholes.values()))
    lead = f"按最新的{values[0].year}年年报：" if asked.assumed else ""
    cited = citations([*values, *wholes.values()])
    return Reply(Kind.ANSWER, lead + "\n".join(lines), cited, suggest(asked, facts), topic(asked))


def _share_line(part: Value, whole: Value) -> str:
    assert part.value is not None
    assert whole.value is not None
    named = f"{part.year}年{query.name(part.measure)}{amount(part)}{_worked(part)}"
    of = f"{query.name(whole.measure)}{amount(whole)}{_worked(whole)}"
    if not whole.value:
        return f"{named}，{of}，分母是0，算不出占比（{sources((part, whole))}）。"
    ratio = rounded(part.value / whole.value * 100)
    working = f"{number(part.value)} ÷ {number(whole.value)} × 100% = {ratio}%"
    return f"{named}，{of}，占{ratio}%：{working}（{sources((part, whole))}）。"


def _share_of_all(parts: Sequence[Value], wholes: Sequence[Value]) -> str:
    """The share over several years together, which is not the mean of the years' shares."""
    part, whole = (sum((v.value for v in group if v.value is not None), Decimal(0)) for group in (parts, wholes))
    said = f"{years_text([v.year for v in parts])}合计{number(part)}{parts[0].unit}"
    if not whole:
        return f"{said}，分母是0，算不出占比。"
    ratio = rounded(part / whole * 100)
    return f"{said}，占{number(whole)}{wholes[0].unit}的{ratio}%：{number(part)} ÷ {number(whole)} × 100% = {ratio}%。"


def write_portion(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """What part the first year has of all the years after it together."""
    missing = lacking(asked, values)
    if missing:
        return missing
    first, *every = values
    total = sum((v.value for v in every if v.value is not None), Decimal(0))
    span = years_text([v.year for v in every])
    named = f"{first.year}年{query.name(first.measure)}{amount(first)}，{span}合计{number(total)}{first.unit}"
    added = " + ".join(number(v.value) for v in every if v.value is not None)
    if not total or first.value is None:
        text = f"{named}，分母是0，算不出占比（{sources(every)}）。"
    else:
        ratio = rounded(first.value / total * 100)
        working = f"{number(first.value)} ÷ ({added}) = {number(first.value)} ÷ {number(total)} × 100% = {ratio}%"
        text = f"{named}，占{ratio}%：{working}（{where(every)}）。"
    return Reply(Kind.ANSWER, text, citations(every), suggest(asked, facts), topic(asked))


_TWO = 2


def _points(parts: Sequence[Value], wholes: Sequence[Value]) -> list[str]:
    """By how many percentage points the shares of two years differ; nothing where one cannot be worked out."""
    shares = sorted((p.year, (p.value or 0) / w.value * 100) for p, w in zip(parts, wholes, strict=True) if w.value)
    if len(shares) < _TWO:
        return []
    (before, old), (after, new) = shares
    change = rounded(abs(new - old))
    said = f"{'提高' if new > old else '下降'}{change}个百分点" if new != old else "比重相同"
    return [f"{after}年比{before}年{said}。"]


def _worked(value: Value) -> str:
    """How a figure was added up that the form does not print."""
    return f"（{addition(value)}）" if value.terms else ""


def write_ratio(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """How many times as much the first is as the second."""
    missing = lacking(asked, values)
    if missing:
        return missing
    if len(values) != 2:
        return write_value(asked, facts, values)
    first, second = values
    assert first.value is not None
    assert second.value is not None
    named = f"{first.year}年{query.name(first.measure)}{amount(first)}，"
    named += f"{f'{second.year}年' if second.year != first.year else ''}{query.name(second.measure)}{amount(second)}"
    if not second.value:
        text = f"{named}，后者是0，算不出倍数（{sources(values)}）。"
    else:
        times = rounded(first.value / second.value)
        working = f"{number(first.value)} ÷ {number(second.value)} = {times}"
        text = (
            f"{named}：{working}，前者是后者的{times}倍{_in_percent(first.value / second.value)}（{sources(values)}）。"
        )
    return Reply(Kind.ANSWER, text, citations(values), suggest(asked, facts), topic(asked))


def _in_percent(ratio: Decimal) -> str:
    """A number of times below two also as a percentage: 0.65倍，即65.26%."""
    return f"，即{rounded(ratio * 100)}%" if ratio < _TWO else ""


def write_sum(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """The figures added up."""
    missing = lacking(asked, values)
    if missing:
        return missing
    lines = [_added([v for v in values if v.measure == item]) for item in asked.items]
    return Reply(Kind.ANSWER, "\n".join(lines), citations(values), suggest(asked, facts), topic(asked))


def _added(values: Sequence[Value]) -> str:
    total = sum((v.value for v in values if v.value is not None), Decimal(0))
    working = f"{' + '.join(number(v.value) for v in values if v.value is not None)} = {number(total)}"
    each = "，".join(f"{v.year}年{amount(v)}" for v in values)
    name = query.name(values[0].measure)
    span = years_text([v.year for v in values])
    return f"{name}{span}合计{number(total)}{values[0].unit}：{working}。（{each}；{where(values)}）"


def write_average(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """The mean of the figures."""
    missing = lacking(asked, values)
    if missing:
        return missing
    lines = []
    for item in asked.items if len(asked.years) > 1 else ("",):
        chosen = [v for v in values if not item or v.measure == item]
        given = [v.value for v in chosen if v.value is not None]
        total = sum(given, Decimal(0))
        mean = total / len(given)
        added = f"({' + '.join(number(v) for v in given)}) ÷ {len(given)} = " if len(given) > 1 else ""
        working = f"{added}{number(total)} ÷ {len(given)} = {rounded(mean)}"
        name = query.name(item) if item else "、".join(query.name(v.measure) for v in chosen)
        span = years_text([v.year for v in chosen]) if item else f"{chosen[0].year}年"
        each = "平均每年" if item else "平均每项"
        lines.append(f"{name}{span}{each}{rounded(mean)}{chosen[0].unit}：{working}（{sources(chosen)}）。")
    return Reply(Kind.ANSWER, "\n".join(lines), citations(values), suggest(asked, facts), topic(asked))


def write_per_month(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """A year's figure spread over its months."""
    return _spread(asked, facts, values, "月", lambda year: 12)


def write_per_day(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """A year's figure spread over its days."""
    return _spread(asked, facts, values, "天", lambda year: 366 if isleap(year) else 365)


def _spread(asked: Query, facts: AgencyFacts, values: Sequence[Value], each: str, parts: Callable[[int], int]) -> Reply:
    missing = lacking(asked, values)
    if missing:
        return missing
    lines = []
    for v in values:
        assert v.value is not None
        mean = rounded(v.value / parts(v.year))
        working = f"{number(v.value)} ÷ {parts(v.year)} = {mean}"
        name = query.name(v.measure)
        lines.append(f"{v.year}年{name}{amount(v)}，平均每{each}{mean}{v.unit}：{working}（{sources((v,))}）。")
    lead = "按最新的年报：" if asked.assumed else ""
    text = f"{lead}{chr(10).join(lines)}\n年报没有分{each}的数，这是用全年的数平均的。"
    return Reply(Kind.ANSWER, text, citations(values), suggest(asked, facts), topic(asked))


_WANTED: Mapping[Action, Sequence[tuple[str, Callable[..., Decimal]]]] = {
    Action.MAXIMUM: (("最多", max),),
    Action.MINIMUM: (("最少", min),),
    Action.EXTREMES: (("最多", max), ("最少", min)),
}


def write_extreme(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """The most, the least, or both with what is between them."""
    missing = lacking(asked, values)
    if missing:
        return missing
    if len(values) == 1:
        return write_value(asked, facts, values)
    lines = []
    for group in _groups(asked, values):
        found = [(word, pick(v.value for v in group if v.value is not None)) for word, pick in _WANTED[asked.action]]
        said = "；".join(_reached(word, best, group) for word, best in found)
        if len(found) > 1:
            top, low = (best for _, best in found)
            said += f"；相差{number(top - low)}{group[0].unit}：{number(top)} - {number(low)} = {number(top - low)}"
        each = "，".join(f"{label(v, group)}{amount(v)}" for v in group)
        title = f"{query.name(group[0].measure)}{years_text([v.year for v in group])}" if over_years(group) else ""
        lines.append(f"{title or f'{group[0].year}年'}{said}。（{each}；{where(group)}）")
    return Reply(Kind.ANSWER, "\n".join(lines), citations(values), suggest(asked, facts), topic(asked))


def _reached(word: str, best: Decimal, group: Sequence[Value]) -> str:
    """Who has the most or the least."""
    winners = [label(v, group) for v in group if v.value == best]
    same = "（并列）" if len(winners) > 1 else ""
    return f"{word}的是{'、'.join(winners)}{same}，{number(best)}{group[0].unit}"


def _groups(asked: Query, values: Sequence[Value]) -> list[list[Value]]:
    """Over years for each measure; over the measures where there is one year."""
    if len({v.year for v in values}) == 1:
        return [list(values)]
    return [[v for v in values if v.measure == item] for item in asked.items]


def write_rank(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """The figures from the largest down."""
    missing = lacking(asked, values)
    if missing:
        return missing
    lines = []
    for group in _groups(asked, values):
        ordered = sorted(group, key=lambda v: -(v.value or Decimal(0)))
        title = query.name(group[0].measure) if over_years(group) else f"{group[0].year}年"
        rows = [f"{i}. {label(v, group)}：{amount(v)}" for i, v in enumerate(ordered, 1)]
        lines.append(f"{title}从多到少：\n" + "\n".join(rows) + f"\n（{where(group)}）")
    return Reply(Kind.ANSWER, "\n".join(lines), citations(values), suggest(asked, facts), topic(asked))
