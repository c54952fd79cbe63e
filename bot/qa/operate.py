"""From the words of a question to a `Query`: which operation, over which measures and which years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.qa import bounds, compose, measures, periods, recalled, shares, steepest
from bot.qa.query import PIECES, Action, Query, parts, unit
from bot.qa.turn import Turn, available

_CHANGES = frozenset(
    (
        "增加",
        "减少",
        "增加了",
        "减少了",
        "增长",
        "增长了",
        "上升",
        "下降",
        "变化",
        "变动",
        "增加多少",
        "减少多少",
        "涨了",
        "降了",
        "涨",
        "降",
        "多了",
        "少了",
        "上涨",
        "变了",
    )
)

_THRESHOLD = re.compile(
    r"超过|不到|达到|过百|过千|过万|上百|上千|低于|高于|多于|少于|突破|满|破|[0-9]+(?:件|条|篇|个|起|次|场)"
)


_BY_HOW_MUCH = re.compile(r"[多少高低差][了出]?(?:几|多少)(?!年)")
"""哪年多，多几件: the distance beside the answer to which."""


_MORE_DONE = re.compile(
    r"(?:(?:20)?\d\d年|[去前今]年)?那?是?[多少](?:接|发|收|办|罚|批|拍|推|登|写|开|申请|公开|处罚|许可)了?(?:多少|几)"
)
"""少接了多少 after two years."""


_TWO = 2


def query(turn: Turn) -> Query | None:
    """The query of a question about the reports, completed from the conversation; `None` where there is none."""
    ordered = len(turn.years.years) == _TWO and turn.has("percent", "share") and _IN_ORDER.search(turn.text)
    if measures.is_share(turn) and not ordered:
        found = shares.portion(turn) or shares.share(turn)
        if found is not None:
            return found
    items, unsaid = measures.items(turn)
    continued = False
    if not items:
        items, continued = recalled.from_conversation(turn), True
        if not items:
            return None
        last = turn.context.query
        unsaid = bool(last and last.unsaid and items == last.items)
    special = _both_extremes(turn, items) if continued else _by_shape(turn, items)
    if special is not None:
        return special
    action = Action.RATIO if ordered and len(items) == 1 else _action(turn, items)
    again = recalled.elliptic(turn, continued) if action is Action.VALUE else None
    if again is not None:
        action = again.action
        if action is Action.SHARE:
            return shares.share_again(turn, items, again)
    if continued and action is Action.VALUE and turn.has("sum") and periods.several_spoken(turn, items):
        action = Action.SUM
    if unsaid and continued and action is Action.SUM:
        return None
    return _over_years(turn, Query(action, items, (), unsaid=unsaid), continued=continued)


def _by_shape(turn: Turn, items: tuple[str, ...]) -> Query | None:
    """What is named is added to what was spoken of, subtracted, or compared with it."""
    added = recalled.added(turn, items)
    if added:
        return Query(Action.VALUE, ("+".join(added),), turn.context.spoken[0])
    left = _subtracted(turn)
    if left:
        return _over_years(turn, Query(Action.DIFFERENCE, left, ()), continued=False)
    other = _against_last(turn, items)
    return None if other is None else Query(Action.DIFFERENCE, (other.items[0], items[0]), other.years[-1:])


_AMONG_YEARS = frozenset({Action.MAXIMUM, Action.MINIMUM, Action.EXTREMES, *steepest.ACTIONS.values()})


def _over_years(turn: Turn, found: Query, *, continued: bool) -> Query | None:
    """The query with the years that answer; `None` where there are none."""
    action, items = found.action, found.items
    years, assumed = periods.years(turn, action, items, continued)
    if action in _AMONG_YEARS and len(items) == len(years) == 1:
        years = _among(years[0], available(turn.facts, turn.today))
    summed = periods.summed(turn, items) if action is Action.VALUE else ()
    if summed:
        action, years, assumed = Action.SUM, summed, False
    if not years:
        return None
    yes_no = turn.has("yesno") and not _THRESHOLD.search(turn.text)
    bound = bounds.bound(turn.text, unit(items[0])) if turn.has("bound") else ""
    if turn.has("outdo") and len(items) > 1:
        bound = bounds.outdoing(turn.text)
    return _settled(turn, replace(found, action=action, years=years, assumed=assumed, yes_no=yes_no, bound=bound))


def _subtracted(turn: Turn) -> tuple[str, ...]:
    """新收加上年结转减去办结: the sum of what stands before 减 and of what stands after it."""
    cut = turn.text.find("减")
    anchors = [a for a in turn.parts.anchors if a.end and a.family == "t3"]
    before, after = ([a for a in anchors if (a.start < cut) is first] for first in (True, False))
    if cut < 0 or not after or len(anchors) < 3 or len(anchors) != len(turn.parts.anchors) or not turn.has("diff"):
        return ()
    return tuple("+".join(compose.measures(side, turn.parts)[0]) for side in (before, after)) if before else ()


def _among(year: int, held: tuple[int, ...]) -> tuple[int, ...]:
    """2023年是不是最少的: the years among which one is the most or the least; itself alone where no report has it."""
    return held if year in held else (year,)


_THAN = re.compile("那?(?:比|跟|和|较)")


def _against_last(turn: Turn, items: Sequence[str]) -> Query | None:
    """比许可少几件 after 处罚: what was spoken of, that the measure named is compared with."""
    if len(items) > 1 or turn.years.said or items[0].startswith("x.") or _THAN.match(turn.text) is None:
        return None
    if not turn.has("diff", "compare") and _BY_HOW_MUCH.search(turn.text) is None:
        return None
    last = turn.context.query
    if last is None or len(last.items) > 1 or last.items[0].startswith("x.") or last.items == tuple(items):
        return None
    return last


def _action(turn: Turn, items: Sequence[str]) -> Action:
    if all(i.startswith("x.") for i in items):
        return Action.TEXT
    several = len(items) > 1 or len(turn.years.years) > 1 or turn.years.count > 1 or turn.years.span
    named = _named_action(turn, items, several) if turn.ops else None
    if named is not None:
        return named
    if not several and _changing(turn) and (turn.years.years or turn.context.query):
        return Action.DIFFERENCE
    with_spoken = turn.years.against and turn.parts.empty and turn.has("sum")  # 跟去年加起来
    summing = (turn.parts.total or turn.has("sum") or _totals(turn)) and (several or "history" in turn.kinds)
    summing = summing or with_spoken
    over_years = len(turn.years.years) > 1 or turn.years.count > 1
    if summing and (not turn.has("each") or (len(items) > 1 and over_years and turn.has("sum"))):
        return Action.SUM
    if turn.has("which_year"):
        return Action.DIFFERENCE if len(turn.years.years) == 2 and _BY_HOW_MUCH.search(turn.text) else Action.SERIES
    return Action.VALUE


_ALONE = {"monthly": Action.MONTHLY, "daily": Action.DAILY, "bound": Action.SERIES, **steepest.ACTIONS}
"""Operations that nothing else in a question changes."""


def _named_action(turn: Turn, items: Sequence[str], several: bool) -> Action | None:
    """What a word for an operation says by itself."""
    alone = next((action for op, action in _ALONE.items() if turn.has(op)), None)
    if alone is not None:
        return alone
    if turn.has("outdo") and len(items) > 1:
        return Action.SERIES
    if turn.has("max", "min") and not turn.has("rank"):
        if (turn.has("max") and turn.has("min")) or (_apart(turn) and _other_extreme(turn)):
            return Action.EXTREMES
        return Action.MINIMUM if turn.has("min") and not turn.has("max") else Action.MAXIMUM
    if turn.has("avg"):
        return Action.AVERAGE
    if turn.has("ratio"):
        return Action.RATIO
    if turn.has("growth") or (turn.has("percent") and (turn.has("diff", "compare") or len(turn.years.years) == 2)):
        return Action.GROWTH
    if turn.has("rank"):
        return Action.RANK
    one_year = len(turn.years.years) == 1 and not turn.years.span
    if turn.has("series") and not _totalled(turn) and not (turn.has("diff") and one_year and len(items) > 1):
        return Action.SERIES
    if turn.has("diff", "compare", "versus") and (
        several or turn.years.against or turn.parts.empty or "同比" in turn.text
    ):
        return Action.DIFFERENCE
    return None


_ALL_YEARS = frozenset({"历年", "历年来", "历次"})


def _totalled(turn: Turn) -> bool:
    """历年合计: all years together, and not one by one."""
    return turn.has("sum") and _ALL_YEARS.issuperset(_said(turn, "series"))


def _said(turn: Turn, op: str) -> set[str]:
    return {t.text for t in turn.tokens if any(s.kind == "op" and s.id == op for s in t.senses)}


def _totals(turn: Turn) -> bool:
    """2019—2025年申请总量: over several years a word for the total asks for their sum."""
    return any(t.text.endswith(("总量", "总数")) and "quantity" not in t.kinds for t in turn.tokens)


def _apart(turn: Turn) -> bool:
    return turn.has("diff") or _BY_HOW_MUCH.search(turn.text) is not None


def _both_extremes(turn: Turn, items: tuple[str, ...]) -> Query | None:
    """两年相差几件 after 哪年最多 and 最少的呢."""
    if not _apart(turn) or turn.years.said or turn.years.count > 2:
        return None
    last, before = turn.context.query, turn.context.previous
    if last is None or before is None or last.items != before.items:
        return None
    both = {last.action, before.action} == {Action.MAXIMUM, Action.MINIMUM}
    return Query(Action.EXTREMES, items, turn.context.spoken[0]) if both else None


def _other_extreme(turn: Turn) -> bool:
    """最少的那年比它少多少 after 哪年最多."""
    other = Action.MAXIMUM if turn.has("min") else Action.MINIMUM
    return turn.context.action is other


def _changing(turn: Turn) -> bool:
    """Whether a word says that a number became another one."""
    named = not _CHANGES.isdisjoint(turn.present) and any(t.text in _CHANGES for t in turn.tokens)
    return named or turn.has("compare") or _MORE_DONE.match(turn.text) is not None


def _settled(turn: Turn, found: Query) -> Query | None:
    """The query in the form that answers expect: a sum of measures of one year is one measure."""
    if found.action is Action.TEXT or found.action is Action.VALUE:
        return found
    items = found.items
    if found.action is Action.SUM and (_either(turn) or len({_kind_of(i) for i in items}) > 1):
        return replace(found, action=Action.VALUE, unsaid=True)
    totals = {i.rpartition(".")[0] for i in items if i.endswith(".total")}
    if found.action is Action.SUM and any(i.rpartition(".")[0] in totals and not i.endswith(".total") for i in items):
        return replace(found, action=Action.VALUE)  # 维持、纠正、总计: a total is not added to its parts
    if found.action is Action.SUM and len(items) == len(found.years) == 1:
        return replace(found, action=Action.VALUE)
    if found.action in (Action.MONTHLY, Action.DAILY) and len(items) > 1 and turn.has("sum", "both"):
        return replace(found, items=("+".join(_without_overlap(items)),))
    each = turn.has("each") or len(turn.words("quantity")) > 1 or turn.text.count("累计") > 1
    if found.action is Action.SUM and len(items) > 1 and each and len(found.years) > 1:
        return found
    if found.action is Action.SUM and len(items) > 1:
        items = _as_printed(_without_overlap(items))
        return replace(found, items=("+".join(items),), action=Action.SUM if len(found.years) > 1 else Action.VALUE)
    changing = found.action in (Action.DIFFERENCE, Action.GROWTH)
    if changing and len(items) > 1 and len(found.years) > 1 and (turn.has("sum") or "history" in turn.kinds):
        return replace(found, items=("+".join(items),))
    compared = found.action in (Action.DIFFERENCE, Action.GROWTH, Action.RATIO)
    if compared and len(items) == 1 and len(found.years) == 1:
        return replace(found, years=(*found.years, found.years[0] - 1))
    if found.action is Action.RATIO and len(items) == 1 and not _IN_ORDER.search(turn.text):
        return replace(found, years=tuple(sorted(found.years, reverse=True)))
    return found


_IN_ORDER = re.compile(
    r"\d\d年?(?:度)?[^，,。;；?？]{0,24}[，,]?(?:是|为|占|相当于|顶得?上?|抵得?上?)(?:几个|多少个)?(?:(?:20)?\d\d|[去前]年)"
)
"""20年的是21年的几倍: the years as they are said; else the newer by the older."""


def _either(turn: Turn) -> bool:
    """Whether 结转 is to be added and the question does not say which: what came from the last year or what goes on."""
    ends = {a.end for a in turn.parts.anchors if a.id == "carried_in"}
    return any(a.end in ends for a in turn.parts.anchors if a.id == "carried_out" and a.end)


def _kind_of(item: str) -> str:
    """What may be added: pieces that are published, whether counted as 条, 篇 or 个; else what has one unit."""
    return "published" if item in PIECES else unit(item)


def _as_printed(items: Sequence[str]) -> tuple[str, ...]:
    """Both kinds of 行政诉讼 together by that name, so that 其中维持的 after it means both."""
    column = items[0].rpartition(".")[2]
    if sorted(items) == [f"t4.after.{column}", f"t4.direct.{column}"]:
        return (f"t4.suits.{column}",)
    return tuple(items)


def _without_overlap(items: Sequence[str]) -> tuple[str, ...]:
    """A sum counts no cell twice."""
    kept: list[str] = []
    seen: set[str] = set()
    for item in items:
        cells = set(parts(item))
        if cells.isdisjoint(seen):
            kept.append(item)
            seen |= cells
    return tuple(kept)
