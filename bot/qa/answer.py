"""Query + published facts -> reply: figures with unit, year and place; every computation with its formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.qa import query
from bot.qa.figures import Value, look_up, number, rounded, source
from bot.qa.query import Action, Query
from bot.qa.types import CitedFigure, Kind, Reply
from storage.facts import AgencyFacts

_MANY = 3
"""From so many years on a list of years is a series with its source said once."""


def answer(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> Reply:
    """Answer a query.

    Args:
        asked: what was understood.
        facts: the agency's published reports.
        years: the years that may answer on the day of asking.
    """
    newest = years[-1] if years else 0
    held = tuple(y for y in asked.years if y in facts.reports and y <= newest)
    lost = tuple(y for y in asked.years if y not in held)
    if not held:
        return _no_year(asked, lost, years)
    if asked.action is Action.TEXT:
        return _passages(asked, facts, held, lost)
    if "f.info_fee" in asked.items:
        return _processing_fee(asked, facts, held)
    if lost and asked.action in (Action.DIFFERENCE, Action.GROWTH, Action.RATIO):
        return _no_year(asked, lost, years)
    values = [look_up(facts.reports[y], m) for y in held for m in asked.items]
    reply = _WRITERS[asked.action](asked, facts, values)
    notes = list(dict.fromkeys(n for v in values for n in v.notes))
    if lost:
        notes.append(f"{years_text(lost)}的年度报告没有载入，以上不含该年")
    if notes and reply.kind is Kind.ANSWER:
        text = reply.text + "\n" + "".join(f"注：{n}。" for n in notes)
        reply = Reply(reply.kind, text, reply.figures, reply.suggestions, reply.topic)
    return reply


def _topic(asked: Query) -> str:
    return asked.items[0]


def years_text(years: Sequence[int]) -> str:
    """Years as said: 2019年至2025年, 2021年、2023年."""
    ordered = sorted(years)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}年至{ordered[-1]}年"
    return "、".join(f"{y}年" for y in ordered)


def _no_year(asked: Query, lost: Sequence[int], years: Sequence[int]) -> Reply:
    held = f"目前可以查{years_text(years)}的年度报告。" if years else "目前还没有载入年度报告。"
    about = query.name(asked.items[0]) if len(asked.items) == 1 else ""
    text = f"{years_text(lost)}的年度报告没有载入，查不到{f'“{about}”' if about else '这些数'}。{held}"
    suggestions = (f"{years[-1]}年{question(asked.items[0])}",) if years else ()
    return Reply(Kind.NONE, text, suggestions=suggestions, topic="year")


def question(measure: str) -> str:
    """A measure as a question that the pipeline understands."""
    if measure.startswith("x."):
        return f"年报的{query.name(measure)}"
    unit = query.unit(measure)
    return f"{query.name(measure)}多少{unit}"


def _suggest(asked: Query, facts: AgencyFacts) -> tuple[str, ...]:
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


# --- figures ----------------------------------------------------------------------------------------


def _cited(values: Sequence[Value]) -> tuple[CitedFigure, ...]:
    return tuple(dict.fromkeys(c for v in values for c in v.cited))


def _amount(value: Value) -> str:
    return f"{number(value.value)}{value.unit}" if value.value is not None else "（无数）"


def _place(value: Value) -> str:
    if len(value.cited) == 1:
        return value.cited[0].source
    tables = dict.fromkeys(query.place(c.cell).split("·")[0] for c in value.cited)
    return f"{value.year}年年报·{'、'.join(tables)}"


def _working(value: Value) -> str:
    """The addition behind a figure that the form does not print: 1 + 2 = 3."""
    if not value.terms or value.value is None:
        return ""
    return f"{' + '.join(number(t) for t in value.terms)} = {number(value.value)}"


def _missing(asked: Query, values: Sequence[Value]) -> Reply | None:
    """The reply where a figure that the answer needs is not there."""
    problems = [v for v in values if v.value is None]
    if not problems:
        return None
    clauses = [v.problem + (f"；{v.near}" if v.near else "") for v in problems]
    text = "。".join(dict.fromkeys(clauses)) + "。"
    if asked.action not in (Action.VALUE, Action.SERIES):
        text += "所以算不出来。"
    return Reply(Kind.NONE, text, suggestions=(), topic=_topic(asked))


def _write_value(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    given = [v for v in values if v.value is not None]
    if not given:
        missing = _missing(asked, values)
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
    return Reply(Kind.ANSWER, text, _cited(given), _suggest(asked, facts), _topic(asked))


def _one(asked: Query, value: Value) -> str:
    lead = ""
    if asked.yes_no and value.value is not None:
        lead = "有。" if value.value else "没有。"
    basis = f"按最新的{value.year}年年报，" if asked.assumed else f"{value.year}年，"
    working = _working(value)
    if working:
        why = "，报告没有印这个合计，由各项相加" if not value.notes else ""
        return f"{lead}{basis}{query.name(value.measure)}共{_amount(value)}：{working}（{_place(value)}{why}）。"
    return f"{lead}{basis}{query.name(value.measure)}{_amount(value)}（{_place(value)}）。"


def _by_year(values: Sequence[Value]) -> str:
    name = query.name(values[0].measure)
    lines = [f"{v.year}年：{_amount(v) if v.value is not None else v.problem}" for v in values]
    places = {_place(v).split("·", 1)[1] for v in values if v.cited}
    return f"{name}：\n" + "\n".join(lines) + f"\n（各年年报·{'、'.join(sorted(places))}）"


def _by_item(asked: Query, values: Sequence[Value]) -> str:
    year = values[0].year
    lines = []
    for value in values:
        if value.value is None:
            lines.append(value.problem)
            continue
        working = _working(value)
        place = _place(value).split("·", 1)[1]
        lines.append(f"{query.name(value.measure)}：{_amount(value)}（{f'{working}，' if working else ''}{place}）")
    lead = f"按最新的{year}年年报" if asked.assumed else f"{year}年年报"
    tail = "\n您没有说具体是哪一项，所以都列出来。" if asked.unsaid else ""
    return f"{lead}：\n" + "\n".join(lines) + tail


def _table(asked: Query, values: Sequence[Value]) -> str:
    blocks = []
    for item in asked.items:
        of_item = [v for v in values if v.measure == item]
        blocks.append(_by_year(of_item))
    return "\n".join(blocks)


# --- computed ---------------------------------------------------------------------------------------


def _write_difference(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    missing = _missing(asked, values)
    if missing:
        return missing
    if len(values) < 2:
        return _write_value(asked, facts, values)
    if len(values) > 2:
        return _write_differences(asked, facts, values)
    first, second = values
    if _money(first) != _money(second):
        return _write_value(asked, facts, values)
    if first.measure == second.measure and first.year < second.year:
        first, second = second, first
    text = _difference(asked, first, second)
    return Reply(Kind.ANSWER, text, _cited(values), _suggest(asked, facts), _topic(asked))


def _write_differences(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """Several years or measures: all figures, and for two years each measure's difference."""
    if len(set(asked.years)) == 2:
        blocks = []
        for item in asked.items:
            older, newer = sorted((v for v in values if v.measure == item), key=lambda v: v.year)
            blocks.append(_difference(asked, newer, older))
        return Reply(Kind.ANSWER, "\n".join(blocks), _cited(values), (), _topic(asked))
    plain = _write_value(asked, facts, values)
    text = plain.text
    if len(asked.items) == 1:
        text += "\n" + _extremes(values)
        ordered = sorted(values, key=lambda v: v.year)
        text += "\n" + _difference(asked, ordered[-1], ordered[0])
    elif len({v.year for v in values}) == 1:
        text += "\n" + _extremes(values)
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
        named = f"{query.name(first.measure)}：{first.year}年{_amount(first)}，{second.year}年{_amount(second)}"
        verb = "增加" if change > 0 else "减少"
        said = f"{first.year}年比{second.year}年{verb}{number(abs(change))}{unit}" if change else "两年相同"
        return f"{named}；{working}，{said}{_percent(change, second)}（{_sources((first, second))}）。"
    named = f"{first.year}年{query.name(first.measure)}{_amount(first)}，"
    named += f"{f'{second.year}年' if second.year != first.year else ''}{query.name(second.measure)}{_amount(second)}"
    said = f"前者{'多' if change > 0 else '少'}{number(abs(change))}{unit}" if change else "两者相同"
    return f"{named}；{working}，{said}（{_sources((first, second))}）。"


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


def _sources(values: Sequence[Value]) -> str:
    return "；".join(dict.fromkeys(_place(v) for v in values))


def _write_share(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    wholes = {y: look_up(facts.reports[y], asked.whole) for y in dict.fromkeys(v.year for v in values)}
    missing = _missing(asked, [*values, *wholes.values()])
    if missing:
        return missing
    lines = [_share_line(v, wholes[v.year]) for v in values]
    lead = f"按最新的{values[0].year}年年报：" if asked.assumed else ""
    cited = _cited([*values, *wholes.values()])
    return Reply(Kind.ANSWER, lead + "\n".join(lines), cited, _suggest(asked, facts), _topic(asked))


def _share_line(part: Value, whole: Value) -> str:
    assert part.value is not None
    assert whole.value is not None
    named = f"{part.year}年{query.name(part.measure)}{_amount(part)}"
    of = f"{query.name(whole.measure)}{_amount(whole)}"
    if not whole.value:
        return f"{named}，{of}，分母是0，算不出占比（{_sources((part, whole))}）。"
    ratio = rounded(part.value / whole.value * 100)
    working = f"{number(part.value)} ÷ {number(whole.value)} × 100% = {ratio}%"
    return f"{named}，{of}，占{ratio}%：{working}（{_sources((part, whole))}）。"


def _write_ratio(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """How many times as much: the first by the second, of two years the newer by the older."""
    missing = _missing(asked, values)
    if missing:
        return missing
    if len(values) != 2:
        return _write_value(asked, facts, values)
    first, second = values
    if first.measure == second.measure and first.year < second.year:
        first, second = second, first
    assert first.value is not None
    assert second.value is not None
    named = f"{first.year}年{query.name(first.measure)}{_amount(first)}，"
    named += f"{f'{second.year}年' if second.year != first.year else ''}{query.name(second.measure)}{_amount(second)}"
    if not second.value:
        text = f"{named}，后者是0，算不出倍数（{_sources(values)}）。"
    else:
        times = rounded(first.value / second.value)
        working = f"{number(first.value)} ÷ {number(second.value)} = {times}"
        text = f"{named}：{working}，前者是后者的{times}倍（{_sources(values)}）。"
    return Reply(Kind.ANSWER, text, _cited(values), _suggest(asked, facts), _topic(asked))


def _write_sum(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    missing = _missing(asked, values)
    if missing:
        return missing
    total = sum((v.value for v in values if v.value is not None), Decimal(0))
    working = f"{' + '.join(number(v.value) for v in values if v.value is not None)} = {number(total)}"
    each = "，".join(f"{v.year}年{_amount(v)}" for v in values)
    name = query.name(values[0].measure)
    span = years_text([v.year for v in values])
    text = f"{name}{span}合计{number(total)}{values[0].unit}：{working}。（{each}；{_where(values)}）"
    return Reply(Kind.ANSWER, text, _cited(values), _suggest(asked, facts), _topic(asked))


def _write_average(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    missing = _missing(asked, values)
    if missing:
        return missing
    lines = []
    for item in asked.items if len(asked.years) > 1 else ("",):
        chosen = [v for v in values if not item or v.measure == item]
        given = [v.value for v in chosen if v.value is not None]
        mean = sum(given, Decimal(0)) / len(given)
        working = f"({' + '.join(number(v) for v in given)}) ÷ {len(given)} = {rounded(mean)}"
        name = query.name(item) if item else "、".join(query.name(v.measure) for v in chosen)
        span = years_text([v.year for v in chosen]) if item else f"{chosen[0].year}年"
        each = "平均每年" if item else "平均每项"
        lines.append(f"{name}{span}{each}{rounded(mean)}{chosen[0].unit}：{working}（{_sources(chosen)}）。")
    return Reply(Kind.ANSWER, "\n".join(lines), _cited(values), _suggest(asked, facts), _topic(asked))


def _write_extreme(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    missing = _missing(asked, values)
    if missing:
        return missing
    if len(values) == 1:
        return _write_value(asked, facts, values)
    most = asked.action is Action.MAXIMUM
    pick: Callable[..., Decimal] = max if most else min
    lines = []
    for group in _groups(asked, values):
        best = pick(v.value for v in group if v.value is not None)
        winners = [v for v in group if v.value == best]
        word = "最多" if most else "最少"
        names = "、".join(_label(v, group) for v in winners)
        same = "（并列）" if len(winners) > 1 else ""
        each = "，".join(f"{_label(v, group)}{_amount(v)}" for v in group)
        title = f"{query.name(group[0].measure)}{years_text([v.year for v in group])}" if _over_years(group) else ""
        title = title or f"{group[0].year}年"
        lines.append(f"{title}{word}的是{names}{same}，{number(best)}{group[0].unit}。（{each}；{_where(group)}）")
    return Reply(Kind.ANSWER, "\n".join(lines), _cited(values), _suggest(asked, facts), _topic(asked))


def focus(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> int:
    """The one year that an answer about most or least ends on, 0 for none."""
    if asked.action not in (Action.MAXIMUM, Action.MINIMUM) or len(asked.items) != 1:
        return 0
    values = [look_up(facts.reports[y], asked.items[0]) for y in asked.years if y in years]
    given = {v.year: v.value for v in values if v.value is not None}
    if len(given) < 2 or len(given) != len(values):
        return 0
    best = (max if asked.action is Action.MAXIMUM else min)(given.values())
    winners = [y for y, v in given.items() if v == best]
    return winners[0] if len(winners) == 1 else 0


def spoken_of(asked: Query, facts: AgencyFacts, years: Sequence[int]) -> Query:
    """What the conversation is about after an answer: of the most or least among several measures, that one."""
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


def _where(values: Sequence[Value]) -> str:
    places = dict.fromkeys(_place(v).split("·", 1)[1] for v in values)
    return f"{'各年' if _over_years(values) else f'{values[0].year}年'}年报·{'、'.join(places)}"


def _over_years(group: Sequence[Value]) -> bool:
    return len({v.year for v in group}) > 1


def _label(value: Value, group: Sequence[Value]) -> str:
    return f"{value.year}年" if _over_years(group) else query.name(value.measure)


def _groups(asked: Query, values: Sequence[Value]) -> list[list[Value]]:
    """Over years for each measure; over the measures where there is one year."""
    if len({v.year for v in values}) == 1:
        return [list(values)]
    return [[v for v in values if v.measure == item] for item in asked.items]


def _extremes(values: Sequence[Value]) -> str:
    given = [v for v in values if v.value is not None]
    top = max(given, key=lambda v: v.value or Decimal(0))
    low = min(given, key=lambda v: v.value or Decimal(0))
    return f"最多：{_label(top, given)}{_amount(top)}；最少：{_label(low, given)}{_amount(low)}。"


def _write_rank(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    missing = _missing(asked, values)
    if missing:
        return missing
    lines = []
    for group in _groups(asked, values):
        ordered = sorted(group, key=lambda v: -(v.value or Decimal(0)))
        title = query.name(group[0].measure) if _over_years(group) else f"{group[0].year}年"
        rows = [f"{i}. {_label(v, group)}：{_amount(v)}" for i, v in enumerate(ordered, 1)]
        lines.append(f"{title}从多到少：\n" + "\n".join(rows) + f"\n（{_where(group)}）")
    return Reply(Kind.ANSWER, "\n".join(lines), _cited(values), _suggest(asked, facts), _topic(asked))


def _write_series(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    plain = _write_value(asked, facts, values)
    given = [v for v in values if v.value is not None]
    if plain.kind is not Kind.ANSWER or len(asked.items) > 1 or len(given) < _MANY:
        return plain
    text = plain.text + "\n" + _extremes(given)
    return Reply(Kind.ANSWER, text, plain.figures, plain.suggestions, plain.topic)


_WRITERS: dict[Action, Callable[[Query, AgencyFacts, Sequence[Value]], Reply]] = {
    Action.VALUE: _write_value,
    Action.DIFFERENCE: _write_difference,
    Action.GROWTH: _write_difference,
    Action.SHARE: _write_share,
    Action.RATIO: _write_ratio,
    Action.SUM: _write_sum,
    Action.AVERAGE: _write_average,
    Action.MAXIMUM: _write_extreme,
    Action.MINIMUM: _write_extreme,
    Action.RANK: _write_rank,
    Action.SERIES: _write_series,
}


# --- passages ---------------------------------------------------------------------------------------

_SENTENCE = re.compile(r"[^。；！？\n]*处理费[^。；！？\n]*[。；！？]?")


def _passages(asked: Query, facts: AgencyFacts, held: Sequence[int], lost: Sequence[int]) -> Reply:
    blocks, absent = [], []
    for year in held:
        for item in asked.items:
            passage = facts.reports[year].texts.get(item, "").strip()
            if passage:
                blocks.append(f"{year}年年报“{query.name(item)}”（{query.place(item)}）原文：\n{passage}")
            else:
                absent.append(f"{year}年年报没有单独写“{query.name(item)}”。")
    if not blocks:
        return Reply(Kind.NONE, "".join(absent), topic=_topic(asked))
    if lost:
        absent.append(f"{years_text(lost)}的年度报告没有载入。")
    other = {"x.problems": "x.measures", "x.measures": "x.problems", "x.overview": "x.problems"}.get(asked.items[0])
    suggestions = (f"{held[-1]}年{question(other)}",) if other else ()
    return Reply(Kind.ANSWER, "\n".join([*blocks, *absent]), suggestions=suggestions, topic=_topic(asked))


def _processing_fee(asked: Query, facts: AgencyFacts, held: Sequence[int]) -> Reply:
    """信息处理费: what the report says about it, word for word, with the figure where there is one."""
    lines: list[str] = []
    cited: list[CitedFigure] = []
    for year in held:
        report = facts.reports[year]
        said = next((m[0] for t in ("x.other", "x.overview") if (m := _SENTENCE.search(report.texts.get(t, "")))), "")
        value = look_up(report, "f.info_fee")
        if value.value is not None:
            cited += value.cited
            lines.append(f"{year}年信息处理费{_amount(value)}（{source(year, 'f.info_fee')}）。")
        if said:
            lines.append(f"{year}年年报原文：“{said.strip()}”")
        elif value.value is None:
            lines.append(f"{year}年年报没有写信息处理费。")
    kind = (
        Kind.ANSWER
        if any("原文" in line or ("信息处理费" in line and "没有写" not in line) for line in lines)
        else Kind.NONE
    )
    return Reply(kind, "\n".join(lines), tuple(cited), ("什么情况收信息处理费",), "f.info_fee")
