"""What a follow-up leaves unsaid, out of the conversation: the row, the column, the measures spoken of before."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import takewhile

from bot.qa import breakdown, compose, steepest
from bot.qa.compose import Anchor
from bot.qa.query import Action, Query, known, unit
from bot.qa.turn import Turn
from storage import catalogue

SINGLE = frozenset({Action.DIFFERENCE, Action.GROWTH, Action.SUM, Action.AVERAGE})
"""Operations over one measure in several years."""


def total_of_last(turn: Turn) -> tuple[str, ...]:
    """总计 after a figure of one kind of applicant: the row's total; 合计 after several measures: all of them."""
    last = turn.context.query
    if last is None:
        return ()
    rows = {i.rpartition(".")[0] for i in last.items}
    group = _group_of_rows(rows, last.items[0].rpartition(".")[2])
    if group:
        return (group,)
    printed = any(w in turn.text for w in ("栏", "列", "格"))  # 合计栏
    adding = not printed and any(w in turn.text for w in ("合", "加", "一共", "总共", "共"))
    if len(rows) == 1 and not adding and len(last.items) > 1 and "+" not in last.items[0]:
        total = f"{next(iter(rows))}.total"
        return (total,) if total.count(".") == 2 and known(total) else ()
    if len(last.items) != 1 or ("+" in last.items[0] and adding):
        return ()
    if "+" in last.items[0]:
        added = {i.rpartition(".")[0] for i in last.items[0].split("+")}
        total = f"{next(iter(added))}.total"
        return (total,) if len(added) == 1 and total.count(".") == 2 and known(total) else ()
    row, _, column = last.items[0].rpartition(".")
    latest = recent(turn, row, column, last.years[-1])
    if adding and len(latest) > 1:
        return latest
    kinds = _kinds(turn, row, last.years[-1])
    if adding and len(kinds) > 1:
        return kinds
    if adding and [measure for measure, _ in turn.context.history[-2:]] == [last.items[0]] * 2:
        return ()
    if column != "total" and row.count(".") == 1 and known(f"{row}.total"):
        return (f"{row}.total",)
    return ()


def _group_of_rows(rows: Collection[str], column: str) -> str:
    """The group all of whose rows were answered: 小计 after 无法提供's three."""
    found = (g for g, of in catalogue.ROWS_OF.items() if len(of) == len(rows) and {f"t3.{r}" for r in of} == set(rows))
    return next((f"t3.{g}.{column}" for g in found), "")


def _kinds(turn: Turn, row: str, year: int) -> tuple[str, ...]:
    """The kinds of applicants for which a row was answered one after the other: 个人, 企业, 三个加起来."""
    found = takewhile(lambda h: h[0].rpartition(".")[0] == row and h[1] == year, reversed(turn.context.history))
    return tuple(reversed([measure for measure, _ in found])) if row.startswith("t3.") else ()


def _decided(measure: str) -> bool:
    """Whether a measure of table two counts decisions: 许可, 处罚, 强制, and not money or documents."""
    return measure.count(".") == 1 and unit(measure) == "件"


def recent(turn: Turn, row: str, column: str, year: int) -> tuple[str, ...]:
    """The measures of the same table and column answered for a year one after the other, up to the last."""
    found: list[str] = []
    for measure, of in reversed(turn.context.history):
        if row in ("f", "t2"):
            like = measure.startswith(f"{row}.") and (row == "f" or _decided(measure) is _decided(f"t2.{column}"))
        else:
            like = measure.endswith(f".{column}") and measure[:3] == f"{row[:2]}."
        if of != year or not like:
            break
        found.append(measure)
    return tuple(reversed(found))


_THOSE = re.compile(r"[该这此那同]一?类(?:申请人|机构|企业|组织|主体|单位|人)|给[我咱俺]们的?|[我咱俺]们这类")
"""该类申请人: the kind of applicant last spoken of."""


def kept_columns(turn: Turn, anchors: Sequence[Anchor]) -> compose.Parts:
    """The question's columns, or for a short follow-up with another row the column last spoken of."""
    named = turn.parts
    long = len(turn.text) > SHORT + 1 and "command" not in turn.kinds
    if (named.total or named.subject or long) and _THOSE.search(turn.text) is None:
        return named
    family = anchors[0].family
    last = turn.context.query if _lacks_column(named, family) else None
    if last is None:
        return named
    column = last.items[-1].rsplit(".", 1)[-1] if last.items else ""
    if len({i.rsplit(".", 1)[-1] for i in last.items}) != 1 or column == "total" or "+" in last.items[0]:
        return named
    kept = Anchor(family, column, 0, 0)
    if family == "t3" and last.items[0].startswith("t3."):
        return replace(named, columns3=[kept])
    if family == "t4" and last.items[0].startswith("t4."):
        return replace(named, columns4=[kept])
    if family == "t2" and last.items[0].count(".") == 2:
        return replace(named, columns2=[kept])
    return named


def _lacks_column(named: compose.Parts, family: str) -> bool:
    """Whether rows of a table are named without any of its columns."""
    columns = {"t3": named.columns3, "t4": named.columns4, "t2": named.columns2}
    return family in columns and not columns[family]


_ORDINAL = re.compile(
    r"(头一个|第一个|头一项|第一项|前一个|前者|先说的|先问的)|(第二个|第二项|后一个|后者|后说的|后问的)"
)


def first_or_second(turn: Turn) -> tuple[str, ...]:
    """头一个, 第二个, 前者: of the measures last answered for the same year the one in that place."""
    places = [bool(m[2]) for m in _ORDINAL.finditer(turn.text)]
    last = turn.context.query if places else None
    if last is None:
        return ()
    said = last.items if len(last.items) > 1 else ()
    items = said or tuple(dict.fromkeys(i for i, y in turn.context.history if y == last.years[-1]))[-2:]
    if len(items) < 2:
        return ()
    return tuple(dict.fromkeys(items[second] for second in places))


_TOTALS = re.compile("(?:总数|总计).{0,3}(?:加|相加|合)")


def _total_row(measure: str) -> str:
    """The total of a measure's row: 这两样总数加起来 after a figure of one kind of applicant."""
    row, _, column = measure.rpartition(".")
    return (
        f"{row}.total" if row.count(".") == 1 and "+" not in measure and known(f"{row}.total") and column else measure
    )


def pointed_at(turn: Turn) -> tuple[str, ...]:
    """这三项, 两项: the measures answered last, as many as the word says."""
    text = turn.text
    wanted = next(
        (n for n, words in ((2, ("两", "二者", "俩")), (3, ("三",)), (4, ("四",))) if any(w in text for w in words)), 0
    )
    items = tuple(dict.fromkeys(i for i, _ in turn.context.history))
    if _TOTALS.search(text):
        items = tuple(dict.fromkeys(_total_row(i) for i in items))
    last = turn.context.query
    if last is not None and len(last.items) > 1 and wanted in (0, len(last.items)):
        return last.items
    if last is not None and "+" in last.items[-1] and wanted in (0, len(last.items[-1].split("+"))):
        return (last.items[-1],)
    return items[-wanted:] if wanted else items


_WHICH = re.compile(r"哪(?:一)?(?:项|个|样|种|类|块)|谁|啥")


def from_conversation(turn: Turn) -> tuple[str, ...]:
    """What was spoken of last, for a question that names only years or an operation."""
    last = turn.context.query if _strange(turn) <= _STRANGE else None
    if last is None:
        return ()
    if last.action is Action.TEXT and "quantity" in turn.kinds:
        return next(((m,) for m, _ in reversed(turn.context.history) if not m.startswith("x.")), ())
    if not (turn.years.years or turn.years.count or turn.ops or "quantity" in turn.kinds or "history" in turn.kinds):
        return ()
    if turn.has("max", "min") and _WHICH.search(turn.text) and len(last.items) == 1 and not turn.years.years:
        row, _, column = last.items[0].rpartition(".")
        like = recent(turn, row, column, last.years[-1])
        if len(like) > 1:
            return like
    if turn.has("breakdown", "each") and len(last.items) == 1 and "+" not in last.items[0]:
        table, row, *_ = last.items[0].split(".")
        broken = breakdown.rows_under(turn, [Anchor(table, row, 0, 0)]) if table in ("t3", "t4") else ()
        if broken:
            return broken
    if turn.has("diff", "compare", "versus") and not turn.years.years and len(last.items) == 1:
        two = turn.context.history[-2:]
        if len(two) == 2 and two[0][0] != two[1][0] and two[0][1] == two[1][1]:
            return two[0][0], two[1][0]
    return last.items


_ADDED = re.compile(
    r"(?:也|都|再|一起|一并)?(?:算上|加上|算进[去来]|加进[去来]|算在内|算一[块起]|加一[块起])(?:呢|吧|的话)?(?:[是有]?(?:多少|几)[件条个篇]?)?[?？。!！]*$"
    r"|^那?(?:再|还要)?(?:加上|算上|连上|连同)|(?:也|都|一起|一并)(?:算上|加上|算进[去来]|加进[去来]|算在内|计入|计算在内|计进去)[，,]"
)


def added(turn: Turn, items: Sequence[str]) -> tuple[str, ...]:
    """部分公开也算上 after 予以公开: what was spoken of with what is named now."""
    last = turn.context.query if _ADDED.search(turn.text) else None
    if (
        last is None
        or (turn.years.said and turn.years.years != last.years)
        or last.action not in (Action.VALUE, Action.SUM)
        or len(last.years) > 1
    ):
        return ()
    columns = {i.rpartition(".")[2] for i in last.items if i.startswith("t3.") and "+" not in i}
    if len(columns) == 1 and not turn.parts.columns3:
        items = tuple(f"{i.rpartition('.')[0]}.{next(iter(columns))}" if i.startswith("t3.") else i for i in items)
    fresh = tuple(i for i in items if i not in last.items)
    rows = {i.rpartition(".")[0] for i in last.items if i.endswith(".total")}
    if any(i.rpartition(".")[0] in rows for i in fresh):  # they are in it
        return ()
    if not fresh or len({i.split(".")[0] + unit(i) for i in (*last.items, *fresh)}) > 1 or unit(items[0]) == "":
        return ()
    return (*last.items, *fresh)


SHORT = 8
"""Characters of a follow-up that names a column only."""
_STRANGE = 3
"""Characters that a follow-up may hold beside its own words and still be about what was spoken of before."""
_FOLLOWING = frozenset({"neutral", "year", "op", "quantity", "history", "self", "command", "hello", "thanks"})


def _strange(turn: Turn) -> int:
    known = sum(len(t.text) for t in turn.tokens if t.kinds & _FOLLOWING)
    marks = sum(not c.isalnum() for c in turn.text)
    return len(turn.text) - known - marks


_EXCHANGED = re.compile("^那?(?:换成?|改成?)|同样的?(?:比例|占比)|同一个?比例")
_LIKEWISE = re.compile(
    "同样的?口径|同一口径|(?:也|都|照)(?:这么|这样|此|着)(?:算|除|比|减|加|来|平均)|同样(?:的)?(?:算法|算|除|来一遍)|照此|依此"
)
"""The operation of before, whatever else is said: 2022年按同一口径是多少, 处罚也这么除一下."""

_OVER_YEARS = frozenset(
    {Action.MAXIMUM, Action.MINIMUM, Action.RANK, Action.AVERAGE, Action.SUM, *steepest.ACTIONS.values()}
)
"""What is said of several years, so that a year alone asks for its figure."""


def elliptic(turn: Turn, continued: bool) -> Query | None:
    """What a follow-up goes on with that changes only a part, so that the operation stays: 那企业的呢, 换成2022年."""
    brief = continued or len(turn.text) <= SHORT or _EXCHANGED.search(turn.text) is not None
    likewise = _LIKEWISE.search(turn.text) is not None
    if not likewise and (turn.ops or not turn.kinds.isdisjoint(("history", "quantity")) or not brief):
        return None
    if turn.context.action in (None, Action.VALUE, Action.TEXT):
        return None
    last = turn.context.query
    if last is None:
        return None
    if likewise:
        return last
    if turn.years.years and last.action in _OVER_YEARS:
        return None
    return None if last.action in SINGLE and len(turn.years.years) == 1 else last
