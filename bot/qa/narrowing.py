"""Words put into a question that can be answered, which narrow it to a part that the form does not count.

网上提交的申请, 关于社保的复议, 超过十页的: what stands before 的 and a measure says which of the counted things are
meant. It is harmless where it only says what all of them are (你们收到的, 全年的, 向贵局提出的): those words are
everyday ones and the ones of `knowledge/narrowing.toml`. Anything else changes the count, whatever it means.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise

from bot.qa.lexicon import Token
from bot.qa.query import EXCEPT, Query
from bot.qa.turn import MARKS, Turn
from bot.qa.vocabulary import words
from storage import catalogue

_NAMING = frozenset(
    {"row3", "row2", "row4", "indicator", "text", "column3", "column4", "column2", "year", "op", "quantity", "self"}
)
_NAMED = _NAMING - {"quantity"}
_REASONS = frozenset(t.id for t in catalogue.OUTCOMES if t.group)
_HEAD = re.compile(
    rf"(?:信息公开|政府信息|依申请公开)*(?:申请|件|那些|那种|那类|一类|有|共|一共|总共|总数|到底|究竟|各|占|是|呢|嘞|$|[{re.escape(MARKS)}])"
)
_BOUNDS = (_NAMING - {"self", "op"}) | {"subject"}
_PARTING = frozenset("里中头面边")
"""After 里, 其中 and the like everything that names nothing says which part is meant: 自然人里退休的."""
_NARROWING = frozenset({"channel", "foreign", "finer"})
_CUT = re.compile(
    rf"[{re.escape(MARKS)}“”\"()（）]|想知道|想晓得|想了解|想问问?|请问|问一?下|问问|打听(?:一?下)?|查一?下|请教"
    r"|里面|里头|里边|当中|其中|之中"
    r"|(?<=[请开理复讼议罚可闻号频读线言训案件制密息果人业构])[里中](?=[^面头边间])"
)
"""Where an attribute cannot have begun before: a mark, what asks, what it is a part of."""
_SIZED = re.compile(
    r"(?:[0-9一二两三四五六七八九十百千万半]+多?个?(?:工作日|天|日|页|张|元|块|万|字|岁|小时|分钟|月|周|星期)|[三四五六七八九十多几]次)"
)
_CONTENT = re.compile(r"[\u4e00-\u9fffa-z]+")
_OF_APPLICATIONS = re.compile(
    "关于|涉及|有关|针对|牵涉|牵扯|方面|提[出交的了过]|递|寄|交来|申请|答复|办[完结的理了]|处理|公开|发来|邮|网上|线上|当[场面天]|工作日|超过|以上|以内"
)
"""In a clause of its own that ends in 的: it may be said of applications."""
_SPEAKS = re.compile("我(?!局|们)|俺|他|她|人家|听")
_SAID_LAST = re.compile("[^用要急]$")
"""After the question such a clause narrows it, whatever it says, but for 写报告用的."""
_TELLS = re.compile("我|俺|咱|是|他|她|听说|据说|问问|想问|请问|问下|问一|查一|想|说|看")
"""There: it is said of somebody or by somebody, and not of what is counted."""


@lru_cache(maxsize=8)
def _light(family: str) -> re.Pattern[str]:
    tables = words("narrowing.toml")
    texts = (*tables["light"].values(), *tables.get(f"light_{family}", {}).values())
    known = {w for text in texts for w in text.split()}
    return re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))


def light(text: str, place: int) -> bool:
    """Whether a character is part of a word of two or more that narrows nothing: 采 of 采取."""
    near = _light("").finditer(text, max(0, place - 3), place + 4)
    return any(m.start() <= place < m.end() for m in near)


@lru_cache(maxsize=8)
def _listed(name: str) -> frozenset[str]:
    return frozenset(words("narrowing.toml")[name].split())


@lru_cache(maxsize=1)
def _always() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_listed("always"), key=len, reverse=True))))


def narrowing(turn: Turn, asked: Query) -> str:
    """The words that narrow what is asked to a part that the form does not count; empty for none."""
    if asked.items[0].startswith("x.") or any(not a.end or EXCEPT in a.id for a in turn.parts.anchors):
        return ""
    at = turn.text.find("的")
    while at >= 0:
        found = _attribute(turn, asked, at) if _heads(turn, at + 1) else ""
        if found:
            return found
        at = turn.text.find("的", at + 1)
    return _between(turn, asked)


def _between(turn: Turn, asked: Query) -> str:
    """What stands between a year or a measure and the next one or the number asked: 2023年大学生申请, 办结匿名几件."""
    if described(asked.items):
        return ""
    named = [t for t in turn.tokens if not t.kinds.isdisjoint(_BOUNDS)]
    for before, after in pairwise(named):
        start = before.end
        if start >= after.start:
            continue
        for cut in _CUT.finditer(turn.text, start, after.start):
            start = cut.end()
        if start < after.start and not turn.told(start):
            found = _content(turn, asked, start, after.start)
            if found:
                return found
    return ""


def _heads(turn: Turn, at: int) -> bool:
    """Whether what is counted, or the number of it, follows."""
    if _HEAD.match(turn.text, at):
        return True
    place = bisect_left(turn.tokens, at, key=lambda t: t.start)
    return place < len(turn.tokens) and turn.tokens[place].start == at and bool(turn.tokens[place].kinds & _NAMING)


def _attribute(turn: Turn, asked: Query, end: int) -> str:
    """What stands before a 的 beside words that say nothing."""
    start = 0
    for cut in _CUT.finditer(turn.text, 0, end):
        start = cut.end()
    for token in turn.tokens:
        if "year" in token.kinds and start < token.end <= end:
            start = token.end
    if turn.told(end, spoken=True) or _told_of(turn, start, end):
        return ""
    said_of = _SAID_LAST if start >= turn.core[1] else _OF_APPLICATIONS
    if _alone(turn, start, end) and (_TELLS.search(turn.text, start, end) or not said_of.search(turn.text, start, end)):
        return ""
    if described(asked.items):
        start = _after_row(turn, start, end)
    return _content(turn, asked, start, end) if start < end else ""


def _told_of(turn: Turn, start: int, end: int) -> bool:
    """Whether somebody speaks in a clause that asks nothing, beside one that asks: 我给孙子讲你们的抖音，……."""
    clause = next((c for c in turn.clauses if c.start <= end < c.end), None)
    if clause is None or clause.asks or not any(c.asks for c in turn.clauses):
        return False
    return _SPEAKS.match(turn.text, start) is not None


@lru_cache(maxsize=4096)
def described(items: tuple[str, ...]) -> bool:
    """Whether a row is asked for that people describe in words of their own."""
    return any(i.startswith("t3.") and i.split(".")[1] in _REASONS for i in items)


def _content(turn: Turn, asked: Query, start: int, end: int) -> str:
    """What a stretch says beside words that name something and words that hold for all that is counted."""
    family = asked.items[0].partition(".")[0]
    sized = _SIZED.search(turn.text, start, end)
    if sized and not any(t.start < sized.end() and t.end > sized.start() and t.kinds & _NAMED for t in turn.tokens):
        return turn.text[start:end]
    if family != "f" and _always().search(turn.text, start, end):
        return turn.text[start:end]
    part = start > 0 and turn.text[start - 1] in _PARTING
    said, heavy = list(turn.text[start:end]), _listed("heavy")
    for token in turn.tokens:
        if token.end <= start:
            continue
        if token.start >= end:
            break
        if token.kinds & _NARROWING and family != "f":
            return turn.text[start:end]
        if token.kinds & _NAMING or (
            "fill" in token.kinds
            and len(token.text) > 1
            and not part
            and (token.text not in heavy or _beside_applicants(turn, token))
        ):
            said[max(0, token.start - start) : token.end - start] = " " * len(token.text)
    unknown = "".join(said)
    if unknown.isspace():
        return ""
    found = "".join(_CONTENT.findall(_light(family).sub(" ", unknown)))
    return turn.text[start:end] if len(found) > 1 or found in _listed("nouns") else ""


def _beside_applicants(turn: Turn, token: Token) -> bool:
    """Whether a word stands right beside a kind of applicant."""
    return any(at in (token.start, token.end) for c in turn.parts.columns3 if c.end for at in (c.start, c.end))


def _alone(turn: Turn, start: int, end: int) -> bool:
    """Whether a stretch with its 的 is a clause of its own, also before a year: 我是开店的2023年……."""
    text = turn.text
    ends = (
        end + 1 == len(text)
        or text[end + 1] in MARKS
        or any(t.start == end + 1 for t in turn.tokens if "year" in t.kinds)
    )
    return ends and (start == 0 or text[start - 1] in MARKS)


def _after_row(turn: Turn, start: int, end: int) -> int:
    """Where a stretch begins that narrows a row which people describe in their own words: after its name and 的, 里."""
    named = [a for a in turn.parts.anchors if a.end and a.end <= end]
    if not named:
        return end
    last = max(a.end for a in named)
    inside = any(t.start < end and t.end > max(start, last) and "sign" in t.kinds for t in turn.tokens)
    parted = turn.text.find("的", last - 1, last + 1) >= 0 or (start >= last and turn.text[start - 1] in "里中头面边")
    return end if inside or not parted else max(start, last)
