"""Operations read from the shape of a question: a bound (超过六十万元的年份), a mean over months (平均每个月)."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.qa import steepest
from bot.qa.lexicon import Sense, Span, make_word
from bot.qa.normalise import DIGITS

_NUMBER = r"(\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)(万|千|百)?"
_COUNTED = r"(?:多|余)?(?:万)?(?:件|条|篇|个|起|次|场|期|份|元|块|w)?"
_BOUND = re.compile(
    rf"(不超过|没超过|没过|不低于|不少于|不小于|达到|满|超过|超出|高于|大于|多于|突破|超|过|不到|不足|低于|少于|小于|没到|没有)了?"
    rf"{_NUMBER}{_COUNTED}|{_NUMBER}{_COUNTED}(以上|以下|以内|及以上|往上|往下)"
)
_SIGNS = {
    ">=": ("不低于", "不少于", "不小于", "达到", "满", "以上", "及以上", "往上"),
    "<=": ("不超过", "没超过", "没过", "以下", "以内", "往下"),
    "<": ("不到", "不足", "低于", "少于", "小于", "没到", "没有"),
    ">": ("超过", "超出", "高于", "大于", "多于", "突破", "超", "过"),
}
_SIGN_OF = {word: sign for sign, words in _SIGNS.items() for word in words}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10000, "千": 1000, "百": 100}


_YEARS_SOUGHT = re.compile("哪[几一]?年|哪些年|哪个年|年份|年头|有几年|多少年")


_PER_HUNDRED = re.compile("每[^，,。;；]{0,3}?一?(?:百|100)[件条个起]")
"""每百件里几件: a share."""
_SPREAD = re.compile(
    r"平均(?:下来|一下)?(?:到?每一?个?|一个?)(?:月|天)|(?:每一?个?|一个)(?:月|天)平均|[月日]均|月平均|平均到?[月日]|摊到每?个?[月天]"
    r"|(?:合|折合|均|合到|算到)每?一?个?(?:月|天)(?=多少|几|是|要|$)"
)


def spans(text: str) -> list[Span]:
    """A bound as one word of a question about the years that it holds for, and a mean over months or days as one."""
    found = []
    if "年" in text and _YEARS_SOUGHT.search(text):
        bounding = _BOUND.search(text)
        if bounding is not None:
            found.append(_span(bounding, "bound"))
        else:
            found += [_span(m, "outdo") for m in (*_OUTDOES.finditer(text), *_MORE_THAN.finditer(text))]
    changing = steepest.said(text)
    if changing is not None:
        found.append(_span(*changing))
    if "每" in text:
        found += [_span(m, "share") for m in _PER_HUNDRED.finditer(text)]
    spread = _SPREAD.search(text) if any(c in text for c in "均摊合") else None
    if spread is not None:
        found.append(_span(spread, "monthly" if "月" in spread[0] else "daily"))
    return found


def _span(found: re.Match[str], op: str) -> Span:
    return Span(found.start(), found.end(), 20.0, make_word(found[0], (Sense("op", op),), 20.0))


_MORE_THAN = re.compile(r"比(?=[^，,。;；?？]{2,14}?([多少高低])的(?:年份|年头|有几年|是?哪))")
"""新收比办结多的年份."""
_OUTDOES = re.compile(
    r"(?:的?(?:数量?|量|件数|条数))?(超过|高过|高于|大于|多于|多过|不及|不如|少于|低于)(?![\d一二两三四五六七八九十百千])"
)


def outdoing(text: str) -> str:
    """The sign between two measures that a question compares year by year: 公众号超过网站新闻的有几年."""
    found = _OUTDOES.search(text) or _MORE_THAN.search(text)
    return "" if found is None else "<" if found[1] in ("不及", "不如", "少于", "低于", "少", "低") else ">"


def bound(text: str, unit: str) -> str:
    """The bound in a normalised question as `Query.bound` has it, in the unit of what is counted; empty for none."""
    found = _BOUND.search(text)
    if found is None:
        return ""
    before, first, scale, second, other_scale, after = found.groups()
    value = _value(first or second)
    if not (unit == "万元" and (scale or other_scale) == "万"):
        value *= _SCALES.get(scale or other_scale or "", 1)
    return f"{_SIGN_OF[before or after]}{format(value.normalize(), 'f')}"


def _value(written: str) -> Decimal:
    if written[0].isdigit():
        return Decimal(written)
    total = digit = 0
    for c in written:
        if c in _TENS:
            total += (digit or 1) * _TENS[c]
            digit = 0
        else:
            digit = int(c.translate(DIGITS))
    return Decimal(total + digit)
