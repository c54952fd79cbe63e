"""From the words of a question to a `Query`: which operation, over which measures and which years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.qa import compose
from bot.qa.compose import Anchor
from bot.qa.query import Action, Query, known, parts
from bot.qa.turn import Turn, available
from storage import catalogue

_PUBLISHING = ("f.site_news", "f.key_area", "f.wechat")
_JOINING = frozenset("和跟与及、加减比同或,，")
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
_SINGLE_OPS = frozenset({Action.DIFFERENCE, Action.GROWTH, Action.SUM, Action.AVERAGE})


def query(turn: Turn) -> Query | None:
    """The query of a question about the reports, completed from the conversation; `None` where there is none."""
    last = turn.context.query
    share = _is_share(turn)
    if share:
        found = _share(turn)
        if found is not None:
            return found
    items, unsaid = _items(turn)
    continued = False
    if not items:
        items, continued = _from_conversation(turn), True
        if not items:
            return None
        unsaid = bool(last and last.unsaid and items == last.items)
    action = _action(turn, items)
    if action is Action.VALUE and last is not None and _elliptic(turn, continued):
        action = last.action
        if action is Action.SHARE:
            return _share_again(turn, items, last)
    years, assumed = _years(turn, action, items, continued)
    if not years or (unsaid and continued and action is Action.SUM):
        return None
    found = Query(
        action,
        items,
        years,
        unsaid=unsaid,
        assumed=assumed,
        yes_no=turn.has("yesno") and not _THRESHOLD.search(turn.text),
    )
    return _settled(turn, found)


# --- measures ---------------------------------------------------------------------------------------


def _joined(turn: Turn, anchors: Sequence[Anchor]) -> bool:
    """Whether the rows are named as several: joined by 和, 、 or with 各, 合计, 比."""
    if turn.has("each", "versus", "sum", "compare", "both"):
        return True
    ordered = sorted(anchors, key=lambda a: a.start)
    between = (turn.text[a.end : b.start] for a, b in pairwise(ordered))
    return any(c in _JOINING for gap in between for c in gap.replace("还有", "和").replace("还是", "和"))


def _items(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """The measures that the question itself names, completed by the row last spoken of where it names columns only."""
    named = turn.parts
    anchors = _figures_first(turn)
    if turn.has("each", "versus"):
        anchors = [b for a in anchors for b in _parted(a)]
    if anchors:
        anchors = compose.narrowed(anchors, joined=_joined(turn, anchors))
        named = _kept_columns(turn, anchors)
        broken = _broken_down(turn, anchors) if _listing(turn, anchors) else ()
        if broken:
            return broken, False
        found, unsaid = compose.measures(anchors, named)
        if named.total and named.columns4 and len(turn.words("quantity")) > 1:
            found = (*(f"t4.{a.id}.total" for a in anchors if a.family == "t4"), *found)
        return found, unsaid
    if named.columns3 or named.columns4 or named.columns2:
        return _columns_only(turn)
    if (
        (named.total or turn.has("sum"))
        and len(turn.text) <= 7
        and not turn.years.count
        and "history" not in turn.kinds
    ):
        back = _total_of_last(turn)
        if back:
            return back, False
    place = _first_or_second(turn)
    if place:
        return place, False
    if "history" in turn.kinds and turn.context.history:
        return _pointed_at(turn), False
    return _unnamed(turn)


def _unnamed(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """What is meant where no measure is named: every channel of publishing, what was taken in, 本年新收."""
    if _channels(turn):
        return _PUBLISHING, True
    if _TOOK_IN.search(turn.text) and "quantity" in turn.kinds and turn.parts.empty:
        paid = _PAID.search(turn.text) is not None
        return (("t2.fee",), False) if paid else (("t3.new.total", "t2.fee"), True)
    if turn.has("breakdown") and "申请" in turn.text and turn.parts.empty:
        return tuple(f"t3.new.{c.id}" for c in catalogue.APPLICANTS), False
    if turn.parts.subject and turn.parts.empty and _counts(turn) and not _refers_back(turn):
        return ("t3.new.total",), False
    return (), False


_TOOK_IN = re.compile(r"收(?:了|上来|过|进|到了|上)?(?:好)?(?:多少|几|好多)")
_PAID = re.compile(r"钱|费|元|万")


def _parted(anchor: Anchor) -> tuple[Anchor, ...]:
    """复议和诉讼各多少: the two that are named together."""
    if anchor.id != "cases":
        return (anchor,)
    return anchor._replace(id="review"), anchor._replace(id="suits")


def _total_of_last(turn: Turn) -> tuple[str, ...]:
    """总计 after a figure of one kind of applicant: the row's total; 合计 after several measures: all of them."""
    last = turn.context.query
    if last is None or len(last.items) != 1 or "+" in last.items[0]:
        return ()
    row, _, column = last.items[0].rpartition(".")
    recent = _recent(turn, row, column, last.years[-1])
    adding = any(w in turn.text for w in ("合", "加", "一共", "总共", "共"))
    if adding and len(recent) > 1:
        return recent
    if column != "total" and row.count(".") == 1 and known(f"{row}.total"):
        return (f"{row}.total",)
    return ()


def _recent(turn: Turn, row: str, column: str, year: int) -> tuple[str, ...]:
    """The measures of the same table and column answered for a year one after the other, up to the last."""
    found: list[str] = []
    for measure, of in reversed(turn.context.history):
        like = (
            measure.startswith("f.") if row == "f" else measure.endswith(f".{column}") and measure[:3] == f"{row[:2]}."
        )
        if of != year or not like:
            break
        found.append(measure)
    return tuple(reversed(found))


def _figures_first(turn: Turn) -> list[Anchor]:
    """The anchors; a passage only where nothing else is named or the question does not ask for a number."""
    anchors = turn.parts.anchors
    texts = [a for a in anchors if a.family == "x"]
    figures = [a for a in anchors if a.family != "x"]
    if not texts or not figures:
        return anchors
    asks_number = "quantity" in turn.kinds or turn.ops
    return figures if asks_number else texts


def _kept_columns(turn: Turn, anchors: Sequence[Anchor]) -> compose.Parts:
    """The question's columns, or for a short follow-up with another row the column last spoken of."""
    named = turn.parts
    last = turn.context.query
    if last is None or named.total or turn.parts.subject or len(turn.text) > 9:
        return named
    family = anchors[0].family
    column = last.items[-1].rsplit(".", 1)[-1] if last.items else ""
    if len({i.rsplit(".", 1)[-1] for i in last.items}) != 1 or column == "total" or "+" in last.items[0]:
        return named
    kept = Anchor(family, column, 0, 0)
    if family == "t3" and last.items[0].startswith("t3.") and not named.columns3:
        return replace(named, columns3=[kept])
    if family == "t4" and last.items[0].startswith("t4.") and not named.columns4:
        return replace(named, columns4=[kept])
    if family == "t2" and last.items[0].count(".") == 2 and not named.columns2:
        return replace(named, columns2=[kept])
    return named


def _columns_only(turn: Turn) -> tuple[tuple[str, ...], bool]:
    """企业的, 维持的, 废止: the row last spoken of, or the row that goes without saying."""
    named = turn.parts
    last = turn.context.query
    rows = tuple(dict.fromkeys(i.rsplit(".", 1)[0] for i in last.items if "+" not in i)) if last else ()
    for columns, table in ((named.columns3, "t3"), (named.columns4, "t4"), (named.columns2, "t2")):
        if not columns:
            continue
        if table == "t3" and last is None and not turn.parts.subject and _bare_other(turn):
            return ("t3.new.other", "t3.other_handling.total"), True
        own = [r for r in rows if r.startswith(table + ".") and r.count(".") == 1]
        if not own and len(turn.text) <= _SHORT:
            earlier = [
                m.rsplit(".", 1)[0] for m, _ in turn.context.history if m.startswith(table + ".") and "+" not in m
            ]
            own = [r for r in earlier[-1:] if r.count(".") == 1]
        if own and (table != "t3" or not turn.parts.subject or len(turn.text) < 10):
            found = tuple(f"{r}.{c.id}" for r in own for c in columns)
            found = tuple(f for f in found if known(f))
            if found:
                return found, False
    if named.columns3 and not named.columns4:
        ids = tuple(f"t3.new.{c.id}" for c in named.columns3)
        short = len(turn.text) <= 12 and turn.years.said
        return (ids, False) if _counts(turn) or turn.parts.subject or _is_share(turn) or short else ((), False)
    if named.columns4:
        return tuple(f"t4.{r}.{c.id}" for c in named.columns4 for r in ("review", "suits")), True
    if "文件" in turn.text:
        return tuple(f"t2.normative.{c.id}" for c in named.columns2), False
    return (), False


def _bare_other(turn: Turn) -> bool:
    """其他 alone: the form has a column and a row of that name."""
    return [turn.text[c.start : c.end] for c in turn.parts.columns3] == ["其他"]


_THRESHOLD = re.compile(
    r"超过|不到|达到|过百|过千|过万|上百|上千|低于|高于|多于|少于|突破|满|破|[0-9]+(?:件|条|篇|个|起|次|场)"
)
_KINDS = re.compile(r"理由|原因|情形|情况|类型|小项|[三五八35８8](?:项|种|个|类|样)")


def _listing(turn: Turn, anchors: Sequence[Anchor]) -> bool:
    """Whether the parts of what is named are asked for: 按申请人分, 八个理由排名, 五种情况各几件."""
    if turn.has("breakdown"):
        return True
    group = len(anchors) == 1 and anchors[0].id in catalogue.GROUPS
    return group and turn.has("each", "rank", "max", "min") and _KINDS.search(turn.text) is not None


def _broken_down(turn: Turn, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The rows or columns under what is named: 不予公开都是什么原因, 新收申请按申请人."""
    first = anchors[0]
    if first.family == "t3":
        if first.id in catalogue.GROUPS and not _about_people(turn):
            column = turn.parts.columns3[0].id if turn.parts.columns3 else "total"
            return tuple(f"t3.{r}.{column}" for r in catalogue.ROWS_OF[first.id])
        if not turn.parts.columns3:
            return tuple(f"t3.{first.id}.{c.id}" for c in catalogue.APPLICANTS)
    if first.family == "t4" and not turn.parts.columns4:
        return tuple(f"t4.{first.id}.{r.id}" for r in catalogue.RESULTS if r.id != "total")
    return ()


def _about_people(turn: Turn) -> bool:
    return any(w in turn.text for w in ("申请人", "谁", "哪些人", "哪类人", "什么人", "哪种人", "啥人"))


def _channels(turn: Turn) -> bool:
    """发了多少信息 without a channel: every channel of publishing is meant."""
    if not _counts(turn) or "申请" in turn.text:
        return False
    verbs = ("发", "登", "公开", "推", "更新")
    return any(w in turn.text for w in ("信息", "内容", "文章", "东西", "消息")) and any(v in turn.text for v in verbs)


def _counts(turn: Turn) -> bool:
    return "quantity" in turn.kinds or turn.has("sum", "avg", "max", "min", "series", "diff", "growth", "rank", "yesno")


def _refers_back(turn: Turn) -> bool:
    return turn.context.query is not None and ("history" in turn.kinds or len(turn.text) < 6)


_ORDINAL = re.compile(
    r"(头一个|第一个|头一项|第一项|前一个|前者|先说的|先问的)|(第二个|第二项|后一个|后者|后说的|后问的)"
)


def _first_or_second(turn: Turn) -> tuple[str, ...]:
    """头一个, 第二个, 前者: of the measures last answered for the same year the one in that place."""
    last = turn.context.query
    places = [bool(m[2]) for m in _ORDINAL.finditer(turn.text)]
    if not places or last is None:
        return ()
    said = last.items if len(last.items) > 1 else ()
    items = said or tuple(dict.fromkeys(i for i, y in turn.context.history if y == last.years[-1]))[-2:]
    if len(items) < 2:
        return ()
    return tuple(dict.fromkeys(items[second] for second in places))


def _pointed_at(turn: Turn) -> tuple[str, ...]:
    """这三项, 两项: the measures answered last, as many as the word says."""
    text = turn.text
    wanted = next(
        (n for n, words in ((2, ("两", "二者", "俩")), (3, ("三",)), (4, ("四",))) if any(w in text for w in words)), 0
    )
    items = tuple(dict.fromkeys(i for i, _ in turn.context.history))
    last = turn.context.query
    if last is not None and len(last.items) > 1 and wanted in (0, len(last.items)):
        return last.items
    if last is not None and "+" in last.items[-1] and wanted in (0, len(last.items[-1].split("+"))):
        return (last.items[-1],)
    return items[-wanted:] if wanted else items


_WHICH = re.compile(r"哪(?:一)?(?:项|个|样|种|类|块)|谁|啥")


def _from_conversation(turn: Turn) -> tuple[str, ...]:
    """What was spoken of last, for a question that names only years or an operation."""
    last = turn.context.query
    if last is None or _strange(turn) > _STRANGE:
        return ()
    if last.action is Action.TEXT and "quantity" in turn.kinds:
        return next(((m,) for m, _ in reversed(turn.context.history) if not m.startswith("x.")), ())
    if not (turn.years.years or turn.years.count or turn.ops or "quantity" in turn.kinds or "history" in turn.kinds):
        return ()
    if turn.has("max", "min") and _WHICH.search(turn.text) and len(last.items) == 1 and not turn.years.years:
        row, _, column = last.items[0].rpartition(".")
        like = _recent(turn, row, column, last.years[-1])
        if len(like) > 1:
            return like
    if turn.has("breakdown", "each") and len(last.items) == 1 and "+" not in last.items[0]:
        table, row, *_ = last.items[0].split(".")
        broken = _broken_down(turn, [Anchor(table, row, 0, 0)]) if table in ("t3", "t4") else ()
        if broken:
            return broken
    if turn.has("diff", "compare", "versus") and not turn.years.years and len(last.items) == 1:
        recent = turn.context.history[-2:]
        if len(recent) == 2 and recent[0][0] != recent[1][0] and recent[0][1] == recent[1][1]:
            return recent[0][0], recent[1][0]
    return last.items


_SHORT = 8
"""Characters of a follow-up that names a column only."""
_STRANGE = 3
"""Characters that a follow-up may hold beside its own words and still be about what was spoken of before."""
_FOLLOWING = frozenset({"neutral", "year", "op", "quantity", "history", "self", "command", "hello", "thanks"})


def _strange(turn: Turn) -> int:
    known = sum(len(t.text) for t in turn.tokens if t.kinds & _FOLLOWING)
    marks = sum(not c.isalnum() for c in turn.text)
    return len(turn.text) - known - marks


def _elliptic(turn: Turn, continued: bool) -> bool:
    """A follow-up that changes only a part, so that the operation stays: 那企业的呢, 换成2022年."""
    if turn.ops or "history" in turn.kinds or turn.context.query is None:
        return False
    last = turn.context.query.action
    if last in (Action.MAXIMUM, Action.MINIMUM, Action.SUM, Action.RANK, Action.AVERAGE) and turn.years.years:
        return False
    if last in _SINGLE_OPS and turn.years.years and len(turn.years.years) < 2:
        return False
    return (continued or len(turn.text) <= 8) and "quantity" not in turn.kinds and last is not Action.TEXT


# --- share ------------------------------------------------------------------------------------------


def _is_share(turn: Turn) -> bool:
    if turn.has("growth") or (turn.has("diff") and not turn.has("share")):
        return False
    if turn.has("share"):
        return True
    return turn.has("percent") and not turn.has("compare") and len(turn.years.years) < 2


def _share(turn: Turn) -> Query | None:
    """A占B: what stands before 占 is the part, what follows the whole; A里B占多少 the other way round."""
    cut = next((t.start for t in turn.tokens if t.text.startswith(("占", "所占"))), -1)
    anchors = [a for a in turn.parts.anchors if a.family != "x"]
    if cut >= 0 and anchors:
        after = [a for a in anchors if a.start > cut]
        before = [a for a in anchors if a.start <= cut]
        if after:
            part = _part(turn, before, cut)
            whole = _sum_of(compose.measures(after, _whole_columns(turn, after, part, cut))[0])
            return _share_query(turn, part, whole)
        if len(before) > 1 and turn.parts.columns3:
            before = compose.narrowed(before, joined=False)
        if len(before) > 1 and not turn.parts.columns3:
            first, second = before[:1], before[1:]
            if "在" in turn.text[first[0].end : second[0].start]:
                first, second = before[-1:], before[:-1]
            whole = _sum_of(compose.measures(first, compose.Parts())[0])
            return _share_query(turn, compose.measures(second, turn.parts)[0], whole)
        part = compose.measures(before, turn.parts)[0]
        return _share_query(turn, part, _whole_in(turn, part))
    if cut >= 0 and turn.parts.subject and turn.text.find("申请", cut) >= 0:
        wholes = [f"t3.new.{c.id}" for c in turn.parts.columns3 if c.start > cut]
        part = _part(turn, anchors, cut)
        if len(wholes) == 1 and part:
            return _share_query(turn, part, wholes[0])
    if len(anchors) > 1 and not turn.parts.columns3:
        measures = compose.measures(anchors, turn.parts)[0]
        if len(measures) == 2:
            return _share_query(turn, measures[:1], measures[1])
    part, _ = _items(turn)
    if not part:
        part = turn.context.query.items if turn.context.query else ()
    return _share_query(turn, part, _whole_in(turn, part))


def _part(turn: Turn, before: Sequence[Anchor], cut: int) -> tuple[str, ...]:
    columns = compose.Parts(
        columns3=[c for c in turn.parts.columns3 if c.start <= cut],
        columns4=[c for c in turn.parts.columns4 if c.start <= cut],
        columns2=[c for c in turn.parts.columns2 if c.start <= cut],
    )
    if before:
        return compose.measures(compose.narrowed(before, joined=_joined(turn, before)), columns)[0]
    if columns.columns3:
        after = [a for a in turn.parts.anchors if a.family == "t3"]
        return compose.measures(after[:1], columns)[0]
    if columns.columns4:
        after = [a for a in turn.parts.anchors if a.family == "t4"]
        return compose.measures(after[:1], columns)[0]
    first = _first_or_second(turn)
    if first:
        return first
    if "history" in turn.kinds and turn.context.history:
        return (_sum_of(_pointed_at(turn)),)
    if turn.has("sum") and turn.context.query is not None and len(turn.context.query.items) == 1:
        row, _, column = turn.context.query.items[0].rpartition(".")
        return (_sum_of(_recent(turn, row, column, turn.context.query.years[-1])),)
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


def _share_query(turn: Turn, part: Sequence[str], whole: str) -> Query | None:
    items = tuple(p for p in part if p != whole)
    if not items or not whole:
        return None
    years, assumed = _years(turn, Action.SHARE, items, continued=turn.parts.empty)
    if turn.has("sum") and len(items) > 1:
        items = (_sum_of(items),)
    return Query(Action.SHARE, items, years, whole=whole, assumed=assumed) if years else None


def _share_again(turn: Turn, items: tuple[str, ...], last: Query) -> Query | None:
    whole = last.whole if items == last.items else _whole_in(turn, items)
    years, assumed = _years(turn, Action.SHARE, items, continued=True)
    return Query(Action.SHARE, items, years, whole=whole, assumed=assumed) if years and whole else None


# --- operation --------------------------------------------------------------------------------------


def _action(turn: Turn, items: Sequence[str]) -> Action:
    if all(i.startswith("x.") for i in items):
        return Action.TEXT
    if turn.has("max", "min") and not turn.has("rank"):
        return Action.MINIMUM if turn.has("min") and not turn.has("max") else Action.MAXIMUM
    if turn.has("avg"):
        return Action.AVERAGE
    if turn.has("ratio"):
        return Action.RATIO
    if turn.has("growth") or (turn.has("percent") and (turn.has("diff", "compare") or len(turn.years.years) == 2)):
        return Action.GROWTH
    if turn.has("rank"):
        return Action.RANK
    several = len(items) > 1 or len(turn.years.years) > 1 or turn.years.count > 1 or turn.years.span
    one_year = len(turn.years.years) == 1 and not turn.years.span
    if turn.has("series") and not (turn.has("diff") and one_year and len(items) > 1):
        return Action.SERIES
    if turn.has("diff", "compare", "versus") and (
        several or turn.years.against or turn.parts.empty or "同比" in turn.text
    ):
        return Action.DIFFERENCE
    changing = any(t.text in _CHANGES for t in turn.tokens) or turn.has("compare")
    if changing and not several and (turn.years.years or turn.context.query):
        return Action.DIFFERENCE
    if (turn.has("sum") or turn.parts.total) and (several or "history" in turn.kinds) and not turn.has("each"):
        return Action.SUM
    if turn.has("which_year"):
        return Action.SERIES
    return Action.VALUE


# --- years ------------------------------------------------------------------------------------------


def _years(turn: Turn, action: Action, items: Sequence[str], continued: bool) -> tuple[tuple[int, ...], bool]:
    """The years that answer, and whether the latest was assumed because none was named."""
    read = turn.years
    open_years = available(turn.facts, turn.today)
    if read.against and action in (Action.DIFFERENCE, Action.GROWTH):
        return _against(turn, read.years[0]), False
    if read.years and (read.said or not read.count):
        return read.years, False
    if "history" in turn.kinds and not read.count and len(items) == 1 and "+" not in items[0]:
        spoken = _spoken_years(turn, items)
        if len(spoken) > 1:
            return spoken[-2:], False
    if read.count:
        return _counted(turn, read.count, items, open_years), False
    over_years = len(items) == 1 and action in (
        Action.MAXIMUM,
        Action.MINIMUM,
        Action.AVERAGE,
        Action.SERIES,
        Action.RANK,
    )
    last = turn.context.query
    if over_years and not (last and len(last.years) > 1 and continued):
        spoken = _spoken_years(turn, items)
        return (spoken if len(spoken) > 2 and action is not Action.SERIES else tuple(open_years)), False
    if last is not None:
        if continued and action in _SINGLE_OPS and len(items) == 1 and len(last.years) == 1:
            spoken = _spoken_years(turn, items)
            if len(spoken) > 1:
                return (spoken[-2:] if action in (Action.DIFFERENCE, Action.GROWTH) else spoken), False
        if continued or len(last.years) == 1 or len(turn.text) <= 8:
            return last.years, last.assumed
    if action in (Action.DIFFERENCE, Action.GROWTH) and len(items) == 1 and turn.latest is not None:
        return (turn.latest, turn.latest - 1), True
    return ((turn.latest,), True) if turn.latest is not None else ((), True)


def _against(turn: Turn, year: int) -> tuple[int, ...]:
    """比上年多几件: the year spoken of, or the one after, beside the year it is compared with."""
    last = turn.context.query
    if last is not None and last.years:
        base = last.years[0] if last.action in (Action.DIFFERENCE, Action.GROWTH) else last.years[-1]
        if base != year:
            return base, year
    if turn.latest is not None and turn.latest != year:
        return turn.latest, year
    return year, year - 1


def _spoken_years(turn: Turn, items: Sequence[str]) -> tuple[int, ...]:
    """The years for which these measures were answered in this conversation, oldest utterance first."""
    return tuple(dict.fromkeys(y for i, y in turn.context.history if i in items))


def _counted(turn: Turn, count: int, items: Sequence[str], open_years: Sequence[int]) -> tuple[int, ...]:
    last = turn.context.query
    if last is not None and len(last.years) == count:
        return last.years
    spoken = tuple(sorted(_spoken_years(turn, items)))
    if len(spoken) == count and turn.parts.empty:
        return spoken
    return tuple(open_years[-count:])


def _settled(turn: Turn, found: Query) -> Query | None:
    """The query in the form that answers expect: a sum of measures of one year is one measure."""
    if found.action is Action.TEXT:
        return found
    items = found.items
    if found.action is Action.SUM and len(items) > 1:
        items = _without_overlap(items)
        return replace(found, items=("+".join(items),), action=Action.SUM if len(found.years) > 1 else Action.VALUE)
    changing = found.action in (Action.DIFFERENCE, Action.GROWTH)
    if changing and len(items) > 1 and len(found.years) > 1 and (turn.has("sum") or "history" in turn.kinds):
        return replace(found, items=("+".join(items),))
    compared = found.action in (Action.DIFFERENCE, Action.GROWTH, Action.RATIO)
    if compared and len(items) == 1 and len(found.years) == 1:
        return replace(found, years=(*found.years, found.years[0] - 1))
    return found


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
