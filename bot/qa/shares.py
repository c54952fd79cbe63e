"""Shares: which measure is the part and which the whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.qa import compose, measures, periods, recalled
from bot.qa.compose import Anchor
from bot.qa.query import PIECES, Action, Query
from bot.qa.turn import Turn, available
from storage import catalogue


def share(turn: Turn) -> Query | None:
    """A占B: what stands before 占 is the part, what follows the whole; A里B占多少 the other way round."""
    cut = next((t.start for t in turn.tokens if t.text.startswith(("占", "所占", "相当于"))), -1)
    anchors = [a for a in turn.parts.anchors if a.family != "x"]
    if cut >= 0:
        anchors += _again(turn, anchors, cut)
        found = None if any(a.start > cut for a in anchors) else _of_what_was_said(turn, anchors)
        if found is not None:
            return found
    before = [a for a in anchors if a.start < cut] if cut >= 0 else anchors
    both = recalled.added(turn, compose.measures(before, recalled.kept_columns(turn, before))[0]) if before else ()
    if both:
        joint = _sum_of(both)
        after = [a for a in anchors if a not in before]
        of = compose.measures(after, _whole_columns(turn, after, both, cut))[0]
        return _share_query(turn, (joint,), _sum_of(of) or _whole_of((joint,)))
    if cut < 0:
        inside = _inside(turn, anchors)
        if inside is not None:
            return inside
    elif anchors:
        return _around(turn, anchors, cut)
    if cut >= 0 and turn.parts.subject and turn.text.find("申请", cut) >= 0:
        wholes = [f"t3.new.{c.id}" for c in turn.parts.columns3 if c.start > cut]
        part = _part(turn, anchors, cut)
        if len(wholes) == 1 and part:
            return _share_query(turn, part, wholes[0])
    if len(anchors) > 1 and not turn.parts.columns3:
        named = compose.measures(anchors, turn.parts)[0]
        if len(named) == 2:
            return _share_query(turn, named[:1], named[1])
    part, _ = measures.items(turn)
    if not part:
        part = turn.context.query.items if turn.context.query else ()
    return _share_query(turn, part, _whole_in(turn, part))


_OF_YEARS = re.compile(
    r"占.{0,4}?(?:[三四五六七八九十几]年|[历各]年|全部年份|所有年份|20\d\d年?[到至—-]+20\d\d年?).{0,6}?(?:总|合计|之和|累计|加起来)"
)


def portion(turn: Turn) -> Query | None:
    """那一年占七年总量的比重: a year's part of what several years had together."""
    if _OF_YEARS.search(turn.text) is None:
        return None
    items = measures.items(turn)[0] or recalled.from_conversation(turn)
    held = available(turn.facts, turn.today)
    year, *rest = turn.years.years or (0,)
    spoken = tuple(sorted(turn.context.spoken[0]))
    count = turn.years.count
    span = tuple(rest) or (
        spoken if len(spoken) > 2 and count in (0, len(spoken)) else held[-count:] if count else held
    )
    if len(items) != 1 or items[0].startswith("x.") or year not in span:
        return None
    return Query(Action.PORTION, items, (year, *span))


def _of_what_was_said(turn: Turn, anchors: Sequence[Anchor]) -> Query | None:
    """The share of what stands before its part (不予处理的件里，重复申请占几成), or of the figure spoken of last."""
    inside = _inside(turn, anchors)
    if inside is not None and inside.whole.split(".")[1] in _WHOLES:
        return inside
    return _of_the_last(turn) if _OF_THAT.search(turn.text) else None


def _again(turn: Turn, anchors: Sequence[Anchor], cut: int) -> list[Anchor]:
    """Rows that are named once more after 占: …不公开的，占全部不予公开的比重."""
    named = {a.id: a for a in anchors if a.end and a.end <= cut}
    after = ((t, s.id) for t in turn.tokens if t.start > cut for s in t.senses if s.kind in ("row3", "row4", "row2"))
    return [named[i]._replace(start=t.start, end=t.end) for t, i in after if i in named]


def _named_again(turn: Turn, before: Sequence[Anchor], cut: int) -> tuple[str, ...]:
    """Which of several is named once more right before 占: 新闻稿、公众号、短视频三项，公众号占三项之和."""
    ends = max(a.end for a in before)
    named = {s.id for t in turn.tokens if ends <= t.start < cut for s in t.senses}
    return compose.measures([a for a in before if a.id in named], turn.parts)[0]


_OF_ALL = re.compile("所?占(?:了|到)?这?[两二三四五几](?:者|项|样|类|个)")
"""许可、处罚、强制分别占三者的比重: each of all together."""
_WHOLES = frozenset((*catalogue.GROUPS, "done", "new"))
"""What other rows are a part of: 不予处理的件里，重复申请占几成."""
_OF_THAT = re.compile("占(?:了|到)?(?:这个?|那个?|该|上述|前面那?个?|刚才那?个?)(?:合计|总数|总和|数)")


def _of_the_last(turn: Turn) -> Query | None:
    """第1小项占这个合计的百分之几: the whole is the figure spoken of last."""
    last = turn.context.query
    if last is None or len(last.items) != 1:
        return None
    part, _ = measures.items(turn)
    return _share_query(turn, part, last.items[0])


def _around(turn: Turn, anchors: Sequence[Anchor], cut: int) -> Query | None:
    """What stands before and after 占."""
    after = [a for a in anchors if a.start > cut]
    before = [a for a in anchors if a.start <= cut]
    if after:
        again = {a.id for a in after}
        before = [a for a in before if a.id not in again] or before
        part = _part(turn, before, cut)
        return _share_query(turn, part, _sum_of(compose.measures(after, _whole_columns(turn, after, part, cut))[0]))
    if len(before) > 1 and turn.parts.columns3:
        before = compose.narrowed(before, joined=False)
    if len(before) > 1 and _OF_ALL.match(turn.text, cut):
        every = compose.measures(before, turn.parts)[0]
        last = _named_again(turn, before, cut)
        return _share_query(turn, last or every, _sum_of(every))
    if len(before) > 1 and not turn.parts.columns3 and not turn.has("sum"):
        first, second = before[:1], before[1:]
        if "在" in turn.text[first[0].end : second[0].start]:
            first, second = before[-1:], before[:-1]
        whole = _sum_of(compose.measures(first, compose.Parts())[0])
        return _share_query(turn, compose.measures(second, turn.parts)[0], whole)
    columns = [c for c in turn.parts.columns3 if c.start > cut], [c for c in turn.parts.columns3 if c.start <= cut]
    if all(columns) and all(a.family == "t3" for a in before):  # 新收的企业占法人或其他组织的百分比
        all_of, some = (compose.measures(before, compose.Parts(columns3=c))[0] for c in columns)
        return _share_query(turn, some, _sum_of(all_of))
    part = compose.measures(before, turn.parts)[0]
    other = turn.parts.subject and "申请" in turn.text[cut:] and not part[0].startswith("t3.")
    return _share_query(turn, part, "t3.new.total" if other else _whole_in(turn, part))


_WITHIN = re.compile(r"(?:总数|总和|合计|总计|之和)?(?:里面|里头|当中|之中|其中|中|里)[,，]?")


def _inside(turn: Turn, anchors: Sequence[Anchor]) -> Query | None:
    """在A中B的百分比: the whole before, the part after."""
    places = [m for m in _WITHIN.finditer(turn.text) if any(a.end and a.end <= m.start() for a in anchors)]
    for match in reversed(places):
        whole = [a for a in anchors if a.end and a.end <= match.start()]
        part = [a for a in anchors if a.start >= match.end()]
        if whole and part:
            after = [c for c in turn.parts.columns3 if c.start >= match.end()]
            measured = compose.measures(part, compose.Parts(columns3=after))[0]
            named = [c for c in turn.parts.columns3 if c.end <= match.start()]
            return _share_query(turn, measured, _sum_of(compose.measures(whole, compose.Parts(columns3=named))[0]))
    return None


def _part(turn: Turn, before: Sequence[Anchor], cut: int) -> tuple[str, ...]:
    columns = compose.Parts(
        columns3=[c for c in turn.parts.columns3 if c.start <= cut],
        columns4=[c for c in turn.parts.columns4 if c.start <= cut],
        columns2=[c for c in turn.parts.columns2 if c.start <= cut],
    )
    if before:
        return compose.measures(compose.narrowed(before, joined=measures.joined(turn, before)), columns)[0]
    if columns.columns3:
        after = [a for a in turn.parts.anchors if a.family == "t3"]
        return compose.measures(after[:1], columns)[0]
    if columns.columns4:
        after = [a for a in turn.parts.anchors if a.family == "t4"]
        return compose.measures(after[:1], columns)[0]
    first = recalled.first_or_second(turn)
    if first:
        return first
    if "history" in turn.kinds and turn.context.history:
        return (_sum_of(recalled.pointed_at(turn)),)
    if turn.has("sum") and turn.context.query is not None and len(turn.context.query.items) == 1:
        row, _, column = turn.context.query.items[0].rpartition(".")
        return (_sum_of(recalled.recent(turn, row, column, turn.context.query.years[-1])),)
    return turn.context.query.items if turn.context.query else ()


def _whole_columns(turn: Turn, after: Sequence[Anchor], part: Sequence[str], cut: int) -> compose.Parts:
    """The whole's own columns; without any, the part's kind of applicant where another row is the whole."""
    own = compose.Parts(
        columns3=[c for c in turn.parts.columns3 if c.start > cut],
        columns4=[c for c in turn.parts.columns4 if c.start > cut],
        columns2=[c for c in turn.parts.columns2 if c.start > cut],
    )
    rows = {p.rsplit(".", 1)[0] for p in part}
    columns = {p.rsplit(".", 1)[1] for p in part if p.startswith("t3.")}
    same_row = any(f"t3.{a.id}" in rows for a in after)
    if not own.columns3 and len(columns) == 1 and not same_row and columns != {"total"} and not turn.parts.total:
        own.columns3 = [Anchor("column3", next(iter(columns)), 0, 0)]
    return own


def _sum_of(measures: Sequence[str]) -> str:
    return "+".join(measures)


def _whole_in(turn: Turn, part: Sequence[str]) -> str:
    """The group spoken of just before, where the part belongs to it; else what goes without saying."""
    if len(part) == 1 and part[0].startswith("t3.") and "+" not in part[0]:
        _, row, column = part[0].split(".")
        group = next((t.group for t in catalogue.OUTCOMES if t.id == row), "")
        spoken = f"t3.{group}.{column}"
        if group and any(m == spoken for m, _ in turn.context.history):
            return spoken
    return _whole_of(part)


def _whole_of(part: Sequence[str]) -> str:
    """What a measure is a share of when the question does not say: its row's total, its group, all that was handled."""
    if not part:
        return ""
    table, row, *column = part[0].split("+")[0].split(".")
    if table == "t3":
        rows, columns = zip(*(p.rsplit(".", 1) for p in part[0].split("+")), strict=True)
        if len(set(rows)) > 1 and set(columns) == {column[0]} and all(r.startswith("t3.") for r in rows):
            return f"t3.done.{column[0]}"
        if column[0] != "total":
            return f"t3.{row}.total"
        group = next((t.group for t in catalogue.OUTCOMES if t.id == row), "")
        if group or row in catalogue.GROUPS or row in {t.id for t in catalogue.OUTCOMES}:
            return "t3.done.total"
        return "t3.new.total" if row == "carried_out" else ""
    if table == "t4":
        whole = "suits" if row in {"direct", "after"} else "cases"
        return f"t4.{row}.total" if column[0] != "total" else f"t4.{whole}.total"
    return ""


def _kind(measure: str) -> str:
    """What may be a share of each other: the same table's counts, or pieces that are published."""
    table = measure.partition(".")[0]
    return table if table != "f" else "pieces" if measure in PIECES else measure


def _share_query(turn: Turn, part: Sequence[str], whole: str) -> Query | None:
    items = tuple(p for p in part if p and p != whole)
    if not items or not whole or len({_kind(m) for item in (*items, whole) for m in item.split("+")}) > 1:
        return None
    years, assumed = periods.years(turn, Action.SHARE, items, continued=turn.parts.empty)
    if turn.has("sum") and len(items) > 1 and not turn.has("each"):
        items = (_sum_of(items),)
    return Query(Action.SHARE, items, years, whole=whole, assumed=assumed) if years else None


def _like_the_last(items: tuple[str, ...], last: Query) -> str:
    """The whole of the share asked for before, in the column that is asked for now."""
    row, _, column = items[0].rpartition(".")
    before, _, old = last.items[0].rpartition(".")
    whole, _, of = last.whole.rpartition(".")
    if len(items) > 1 or len(last.items) > 1 or "+" in last.whole or row != before or row.count(".") != 1:
        return ""
    return f"{whole}.{column}" if of == old else last.whole


def share_again(turn: Turn, items: tuple[str, ...], last: Query) -> Query | None:
    """The share asked for before, of another part or year."""
    whole = last.whole if items == last.items else _like_the_last(items, last) or _whole_in(turn, items)
    years, assumed = periods.years(turn, Action.SHARE, items, continued=True)
    return Query(Action.SHARE, items, years, whole=whole, assumed=assumed) if years and whole else None
