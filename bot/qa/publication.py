"""Has it been published, what is new: from the publishing ledger where one is at hand, else honestly not known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.qa.turn import Turn
from bot.qa.types import Kind, Reply
from storage.publishing.types import Published

_REPORT = re.compile(
    r"(?:年报|年度报告|报告).{0,6}(?:公布|发布|公开|出来|出炉|挂出|上网|发|出)(?:来|了|出来)*(?:吗|没|么|不|嘛|了没)"
    r"|(?:公布|发布|公开|出)(?:了)?(?:没有?)?(?:年报|年度报告)(?:吗|没|么|了吗)?$"
    r"|(?:有没有|是否)(?:公布|发布|公开|出).{0,8}(?:年报|年度报告|报告)"
)
_NEWS = re.compile(
    r"(?:最近|最新|近期|新近|这几天|这两天).{0,8}(?:更新|发布|公示|公布|挂|发)(?:了)?(?:什么|啥|哪些|些啥|些什么|内容|么子)"
    r"|(?:栏目|栏).{0,8}(?:更新|发布|新发)(?:了)?(?:什么|啥|哪些|没有?|吗|么)"
    r"|(?:更新|发布)(?:了)?(?:什么|啥|哪些)(?:新)?(?:内容|信息|文件|通知)"
)
_COUNTED = frozenset({"row3", "row2", "row4", "quantity"})
"""Kinds of words of a question for figures."""


class Publications(Protocol):
    """The publishing ledger as answers need it."""

    def report(self, year: int) -> Published | None:
        """The annual report of a year, if its publication is on record."""
        ...

    def latest(self, question: str) -> Sequence[Published]:
        """What was published last on the columns that a question names, newest first; without one on all."""
        ...


def asks_for_report(turn: Turn) -> bool:
    """Whether a question asks if an annual report is out."""
    return turn.parts.empty and "报" in turn.text and _REPORT.search(turn.text) is not None


def asks_for_news(turn: Turn) -> bool:
    """Whether a question asks what was published last."""
    return turn.kinds.isdisjoint(_COUNTED) and _NEWS.search(turn.text) is not None


def report(turn: Turn, ledger: Publications | None) -> Reply:
    """Whether a year's report is out: by the ledger, else by whether it is loaded here."""
    year = turn.years.years[0] if turn.years.years else turn.today.year - 1
    found = ledger.report(year) if ledger else None
    if found is not None:
        text = f"{year}年的年度报告已于{found.day.year}年{found.day.month}月{found.day.day}日公布。"
        return Reply(Kind.ANSWER, f"{text}\n{found.url}".strip(), topic="publication.report")
    held = turn.facts.reports.get(year)
    if held is not None and year < turn.today.year:
        text = f"{year}年的年度报告已经公布并载入这里，可以直接问里面的数。"
        return Reply(Kind.ANSWER, f"{text}\n{held.source_url or ''}".strip(), topic="publication.report")
    text = f"{year}年的年度报告没有载入这里，是否已经公布暂时不知道，请看本局网站的“政府信息公开年报”栏目。"
    return Reply(Kind.NONE, text, suggestions=("年报什么时候公布",), topic="publication.report")


def news(turn: Turn, ledger: Publications | None) -> Reply:
    """What was published last, by the ledger."""
    found = ledger.latest(turn.text) if ledger else ()
    if not found:
        text = "这里没有网站栏目的更新记录，暂时不知道最近更新了什么，请直接看本局网站的相应栏目。"
        return Reply(Kind.NONE, text, suggestions=("主动公开的期限是多久",), topic="publication.news")
    lines = [f"{p.day.isoformat()} {p.title}（{p.column}）{p.url}".rstrip() for p in found[:5]]
    return Reply(Kind.ANSWER, "最近公布的有：\n" + "\n".join(lines), topic="publication.news")
