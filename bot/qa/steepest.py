"""Which year rose or fell the most against the year before it: 哪一年涨得最多, 降幅最大的是哪年."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from bot.qa import query
from bot.qa.figures import Value, look_up, number, rounded
from bot.qa.query import Action, Query
from bot.qa.types import Kind, Reply
from bot.qa.wording import amount, citations, lacking, suggest, topic, where, years_text
from storage.facts import AgencyFacts

_UP = "(?<!新)(?:增长|增加|增幅|增速|增)|上升|上涨|提高|提升|涨幅|升幅|涨|升"
_DOWN = "减少|下降|下跌|下滑|降低|回落|减幅|降幅|跌幅|降|跌|减|滑|(?<![止除销消办删撤去])掉"
"""新增 is what came in, 废止掉 what was done with it."""
_EITHER = "变化|变动|波动|起伏|涨跌|升降|增减"
_BETWEEN = "(?:得|了|的|率|速度?|量|数量?|件数|条数|幅度?|百分比|比例|出现|发生|在|是|哪[几一]?个?年份?|度)*"
_MOST = "最[多大快高猛狠明显厉害剧烈著急陡]"
STEEPEST = re.compile(rf"(?:(?P<either>{_EITHER})|(?P<up>{_UP})|(?P<down>{_DOWN})){_BETWEEN}{_MOST}")
"""涨得最快, 降幅哪年最大: the steepest change between years, and not the most."""
_FIRST = re.compile(rf"{_MOST}[的一]*(?:次|个|回)?(?:年度)?(?:(?P<either>{_EITHER})|(?P<up>{_UP})|(?P<down>{_DOWN}))")
"""最大的降幅出现在哪年."""
_YEAR = re.compile("哪[几一]?个?年|(?<![上前每])[一那]年|年份|几几年")
_OTHER = re.compile("哪[一个]*(?:项|类|种|块|指标|栏|样|家|人|部分)|什么(?:项目|指标)")
"""哪一项涨得最快: among measures, and not among years."""
OPS = {"up": "rise", "down": "fall", "either": "swing"}
ACTIONS = {"rise": Action.RISE, "fall": Action.FALL, "swing": Action.SWING}


def said(text: str) -> tuple[re.Match[str], str] | None:
    """The words of a question for the steepest change between years, and the operation that they name."""
    if "最" not in text or not _YEAR.search(text) or _OTHER.search(text):
        return None
    found = STEEPEST.search(text) or _FIRST.search(text)
    return None if found is None else (found, next(OPS[kind] for kind, words in found.groupdict().items() if words))


class _Change(NamedTuple):
    """From one year's figure to the next's."""

    before: Value
    after: Value

    @property
    def by(self) -> Decimal:
        """How much more it became."""
        return (self.after.value or Decimal(0)) - (self.before.value or Decimal(0))

    @property
    def share(self) -> Decimal | None:
        """The same as a part of what it was; `None` where that was nothing."""
        return self.by / self.before.value if self.before.value else None


_VERBS = {Action.RISE: "增加", Action.FALL: "减少", Action.SWING: "变化"}
_MOST_OF = {Action.RISE: "比上一年增加最多", Action.FALL: "比上一年减少最多", Action.SWING: "与上一年相差最大"}


def write_steepest(asked: Query, facts: AgencyFacts, values: Sequence[Value]) -> Reply:
    """Every change from year to year, and the largest: by amount, and by percentage where that is another year's."""
    missing = lacking(asked, values)
    if missing:
        return missing
    lines, cited = [], list(values)
    for item in asked.items:
        ordered = sorted((v for v in values if v.measure == item), key=lambda v: v.year)
        before = facts.reports.get(ordered[0].year - 1)
        outside = look_up(before, item) if before is not None else None
        beyond = _beyond(ordered, outside, asked.action)
        lines.append(_of_one(ordered, asked.action) + beyond)
        if beyond and outside is not None:
            cited.append(outside)
    return Reply(Kind.ANSWER, "\n".join(lines), citations(cited), suggest(asked, facts), topic(asked))


def _beyond(ordered: Sequence[Value], outside: Value | None, action: Action) -> str:
    """What is said where the first year named changed more against the year before it, which was not named."""
    if outside is None or outside.value is None or not _in_a_row(ordered):
        return ""
    first = _Change(outside, ordered[0])
    if first not in changed([outside, *ordered], action):
        return ""
    counted = f"若把{first.after.year}年比{outside.year}年的变化也算上"
    return f"{counted}，最大的是{_worked(first)}（{outside.year}年{amount(outside)}）。"


def changed(values: Sequence[Value], action: Action) -> tuple[_Change, ...]:
    """The largest changes by amount: several where alike, none where nothing went that way or a year is left out."""
    ordered = sorted(values, key=lambda v: v.year)
    return _largest(_changes(ordered), action, lambda change: change.by) if _in_a_row(ordered) else ()


def _of_one(ordered: Sequence[Value], action: Action) -> str:
    name, span = query.name(ordered[0].measure), years_text([v.year for v in ordered])
    each = "，".join(f"{v.year}年{amount(v)}" for v in ordered)
    tail = f"（{each}；{where(ordered)}）"
    found = changed(ordered, action)
    if not _in_a_row(ordered):
        return f"{name}：这些年份不相连，比不出哪一年比上一年变化大。{tail}"
    if len(ordered) == 1:
        return f"{name}只有{ordered[0].year}年的数，比不出哪一年变化大。{tail}"
    if not found:
        return f"{name}{span}没有哪一年比上一年{_VERBS[action]}。{tail}"
    text = f"{name}{span}，{_MOST_OF[action]}的是{_winners(found)}"
    by_share = _largest(_changes(ordered), action, lambda change: change.share)
    if by_share and {c.after.year for c in by_share} != {c.after.year for c in found}:
        text += f"；按百分比算，最大的是{_winners(by_share)}"
    return f"{text}。{tail}"


def _in_a_row(ordered: Sequence[Value]) -> bool:
    """Whether no year is left out."""
    return ordered[-1].year - ordered[0].year == len(ordered) - 1


def _changes(ordered: Sequence[Value]) -> list[_Change]:
    """From each year to the next."""
    return [_Change(a, b) for a, b in pairwise(ordered)]


def _largest(
    changes: Sequence[_Change], action: Action, measure: Callable[[_Change], Decimal | None]
) -> tuple[_Change, ...]:
    sizes = []
    for change in changes:
        size = measure(change)
        if size is not None:
            sizes.append((abs(size) if action is Action.SWING else -size if action is Action.FALL else size, change))
    best = max((size for size, _ in sizes), default=Decimal(0))
    return tuple(change for size, change in sizes if size == best) if best > 0 else ()


def _winners(changes: Sequence[_Change]) -> str:
    same = "（并列）" if len(changes) > 1 else ""
    return "、".join(map(_worked, changes)) + same


def _worked(change: _Change) -> str:
    before, after = change
    verb = "增加" if change.by > 0 else "减少"
    working = f"{number(after.value or Decimal(0))} - {number(before.value or Decimal(0))} = {number(change.by)}"
    percent = (
        "" if change.share is None else f"，{'上升' if change.by > 0 else '下降'}{rounded(abs(change.share) * 100)}%"
    )
    return f"{after.year}年，比{before.year}年{verb}{number(abs(change.by))}{after.unit}（{working}{percent}）"
