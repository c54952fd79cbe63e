"""A reading that a language model proposes for a question that was not understood, checked before it is answered.

The model sees the catalogue's names and gives back ids; whatever is not in the catalogue, not a year that may answer
or not of the action's shape is no proposal. The figures come from the published cells as for every other question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from bot.qa import query
from bot.qa.query import Action, Query
from bot.qa.wording import years_text
from storage import catalogue

_MOST_ITEMS, _MOST_YEARS = 4, 12
_NAMES = {
    Action.VALUE: "",
    Action.DIFFERENCE: "的差",
    Action.GROWTH: "的增减幅度",
    Action.SHARE: "所占的比例",
    Action.SUM: "的合计",
    Action.AVERAGE: "的平均",
    Action.MAXIMUM: "里最大的",
    Action.MINIMUM: "里最小的",
    Action.SERIES: "的逐年变化",
    Action.TEXT: "",
}
"""The actions that may be proposed, as words after what they are done with."""


@lru_cache(maxsize=1)
def instructions() -> str:
    """What the model is told: the catalogue's ids with their names, and the JSON that is expected."""
    rows = " ".join(f"{t.id}={t.short}" for t in (*catalogue.T3_ROWS, *catalogue.GROUPS.values()))
    columns = " ".join(f"{t.id}={t.short}" for t in catalogue.COLUMNS)
    others = " ".join(f"{c.id}={c.place}" for c in catalogue.CELLS.values() if not c.id.startswith("t3."))
    indicators = " ".join(f"{i}={term.label}" for i, term in catalogue.INDICATORS.items())
    texts = " ".join(f"{i}={name}" for i, name in catalogue.TEXTS.items())
    return (
        "你把群众关于政府信息公开工作年度报告的提问转成查询，只输出一个 JSON 对象，不解释、不回答、不写任何数字结果。\n"
        '格式：{"action": 动作, "items": [编号], "years": [年份], "whole": 占比的分母编号或""}；'
        '问的不是年度报告里的内容，或者拿不准，输出 {"action": null}。\n'
        f"动作：{' '.join(a.value for a in _NAMES)}。\n"
        f"申请表的编号是 t3.行.列，行：{rows}；列：{columns}。\n"
        f"其他表格：{others}。\n正文指标：{indicators}。\n正文段落（动作用 text）：{texts}。"
    )


def question(text: str, years: Sequence[int], today_year: int) -> str:
    """What the model is asked: the question, the year of asking and the years that may answer."""
    return json.dumps({"提问": text, "今年": today_year, "可查年份": list(years)}, ensure_ascii=False)


def read(answer: str, years: Sequence[int]) -> Query | None:
    """The query in a model's answer; `None` for anything that is not one that the reports could be asked."""
    try:
        plain = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
        found = Query(
            Action(plain["action"]),
            tuple(dict.fromkeys(str(i) for i in plain["items"])),
            tuple(dict.fromkeys(int(y) for y in plain["years"])),
            whole=str(plain.get("whole") or ""),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return found if _askable(found, years) else None


def _askable(found: Query, years: Sequence[int]) -> bool:
    measures = (*found.items, found.whole) if found.whole else found.items
    if found.action not in _NAMES or not found.items or not found.years:
        return False
    if len(found.items) > _MOST_ITEMS or len(found.years) > _MOST_YEARS or not set(found.years) <= set(years):
        return False
    if not all(query.known(m) for m in measures) or len({query.unit(m) for m in measures}) > 1:
        return False
    if (found.action is Action.TEXT) != all(m in catalogue.TEXTS for m in measures):
        return False
    if (found.action is Action.SHARE) != bool(found.whole):
        return False
    pairs = len(found.items) * len(found.years)
    return {
        Action.DIFFERENCE: pairs == 2,
        Action.GROWTH: len(found.items) == 1 and len(found.years) == 2,
        Action.SHARE: len(found.items) == 1 and len(found.years) == 1,
    }.get(found.action, found.action in (Action.VALUE, Action.TEXT) or pairs > 1)


def said(proposed: Query) -> str:
    """The proposal as the citizen reads it, to be judged by them: 2023年本年新收申请."""
    names = "、".join(query.name(i) for i in proposed.items)
    whole = f"在{query.name(proposed.whole)}中" if proposed.whole else ""
    return f"{years_text(proposed.years)}{names}{whole}{_NAMES[proposed.action]}"
