"""A question put plainly before its words are read: spaces that part, years left half said, corrections in one breath.

Each of these reads as something else word by word.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from bot.qa.normalise import digits


def written(text: str, breaks: frozenset[int]) -> tuple[str, frozenset[int]]:
    """A normalised question put plainly, with the places where a space was typed."""
    if breaks:
        text, breaks = _with_marks(text, breaks)
    if _LAST_YEAR.search(text):
        text += "年"
    text = _ASIDE.sub("", _MONTH_OF_ISSUE.sub(r"\1", text))
    if "分母" in text:
        text = _BASE.sub(r"\2占\1的比例", text)
    if "不" in text and "年" in text:
        text = _NOT_THE_YEAR.sub("", text)
    if _CARRYING.search(text):
        text = _CARRIED_ON_TO.sub("结转到下一年", _CARRIED.sub(r"\1结转到下一年", _between_years(text)))
        text = _CARRIED_IN.sub("上年结转", text)
    return text, breaks


_ASKED = re.compile("多少|几|好多|若干")
_YEAR = re.compile(
    r"(?<![\d.第])(?:20(?:19|2\d)(?![\d.年])|(?:19|2\d)(?![\d.年])(?=$|多少|几[个件条篇次场份家起]"
    r"|[^件条个元页字次天日月号岁人家份起场篇万千百十名款类种倍成度块角时小秒周余来几%:/]))"
)
"""A number that may be the year of a report; of two digits only where it counts nothing."""


def _with_marks(text: str, breaks: frozenset[int]) -> tuple[str, frozenset[int]]:
    """What spaces say: 发证 25 is about the year, and a space between two questions parts them as a comma does."""
    bounds = {0, len(text), *breaks}
    years = (m for m in _YEAR.finditer(text) if {m.start(), m.end()} <= bounds and len(text) > len(m[0]))
    added = {m.end(): "年" for m in years}
    asked = [m.start() for m in _ASKED.finditer(text)]
    added |= {at: added.get(at, "") + "，" for at in breaks if asked and asked[0] < at <= asked[-1]}
    if not added:
        return text, breaks
    places = sorted(added)
    pieces = [text[start:end] + added.get(end, "") for start, end in pairwise((0, *places, len(text)))]
    if len(text) in added:
        pieces.pop()
    return "".join(pieces), _moved(breaks, added)


def _moved(breaks: Collection[int], added: dict[int, str]) -> frozenset[int]:
    """Where the spaces are once something was put in; one that became a comma is none any more."""
    kept = (at for at in breaks if "，" not in added.get(at, ""))
    return frozenset(at + sum(len(what) for place, what in added.items() if place <= at) for at in kept)


_LAST_YEAR = re.compile(r"^[\u4e00-\u9fffa-z]{2,6}(?<![第近前后约满共达超过表剩比到至和跟与、])(?:19|2\d)$")
"""推文22: two words as people type them into a search box."""
_ASIDE = re.compile(
    r"^(?:今天|今儿|今日)是?(?:礼拜|星期|周)[一二三四五六日天][，,。!！~]+"
    r"|(?<=[年前种的])[，,]也?就是[^，,。;；?？]{2,16}(?:那年|那种|那类)(?=[，,])"
)
"""今天礼拜一，……; 五年前，就是我孙女出生那年，……: said beside the question."""
_BASE = re.compile(
    r"(?:以|用|拿|按)([^，,。;；?？]{2,24}?)(?:为|作为|作|做|当)分母[，,]?([^，,。;；?？]{2,30}?)(?:合计|一共)?的?(?:占比|比例|比重|百分比|占)"
)
"""以办结总数为分母，予以公开占比: what the share is of stands before what it is the share of."""
_NOT_THE_YEAR = re.compile(
    r"不[是要问](?:[去前今]年|大+前年|(?:20)?\d\d年?)的?[，,]?我?(?:要|问|说|想要|想问)?的?(?=是|(?:要|问|看)?(?:[去前今]年|大+前年|(?:20)?\d\d年))"
)
"""不是去年我要的是前年."""
_MONTH_OF_ISSUE = re.compile(
    r"(今年|去年|(?:20)?\d\d年)(?:[一二三四12345]月份?|年初|初|头)(?=[^，,。;；]{0,9}的(?:那份|这份|那个|最新)?(?:年报|年度报告|报告))"
)
"""今年一月份登出来的那份年报: the month says when a report came out, and narrows no figure of it."""
_CARRYING = re.compile("[转留拖推延接带移挪剩遗积欠]")
_CARRIED = re.compile(r"(\d\d年.{0,6}?)(?:结转|转|留|拖|推|顺延)(?:到|至|给|入)(?:了)?(?:20)?\d\d年度?")
"""2022年结转到2023年: the second year only says that it is the next."""
_CARRIED_ON_TO = re.compile(
    r"(?:结转|转|留|拖|推|顺延|移|挪|带|搁)(?:到|至|给|入)?了?(?:第二年|次年|隔年|翌年|来年|下一?年度?(?!继续))"
)
_CARRIED_ON = re.compile(
    r"(\d\d年度?.{0,2}?)(?:往|向|到|给|至)(?:20)?\d\d年度?(?!上一?年)(?=.{0,3}(?:结转|转|留|拖|推|顺延|移))"
)
_CARRIED_FROM = re.compile(r"()从(?:20)?\d\d年度?(?=.{0,3}(?:结转|转|接|带|留|拖|移).{0,3}来)")
"""21年往22年结转, 22年从21年接过来."""
_CARRIED_UP = re.compile(
    r"(?:上|前|头|前面|之前|先前)一?年度?[^，,。;；?？]{0,10}?(?:结转|转|挪|拖|推|带|留|移|顺延)(?:到|至|进|入)(?:了)?((?:20)?\d\d年度?)(?:里|这边)?(?:来的?)?"
)
"""前一年没办完挪到2022年来: the row 上年结转 of the year that is named."""
_CARRIED_IN = re.compile(
    r"上一?年度?(?:结转|转|留|剩|遗留|积压|欠)(?:过来|下来|来|下)(?:的老?单子?)?"
    r"|(?:接着|继续|接)(?:办理?|处理|做)(?:上|前|头)一?年度?(?:(?:没|未)(?:办完|办结|弄完|处理完)|留下|剩下|遗留)?的?"
)
"""上年结转过来: the row's own name; its 上年 is no year of the question."""


def _between_years(text: str) -> str:
    """A text in which one of two neighbouring years only says whence or whereto applications are carried."""
    carried = _CARRIED_UP.search(digits(text))
    if carried:
        return f"{text[: carried.start()]}{text[slice(*carried.span(1))]}上年结转{text[carried.end() :]}"
    for pattern, instead in ((_CARRIED_ON, "结转到下一年"), (_CARRIED_FROM, "从上年")):
        match = pattern.search(digits(text))
        if match:
            text = f"{text[: match.end(1)]}{instead}{text[match.end() :]}"
    return text
