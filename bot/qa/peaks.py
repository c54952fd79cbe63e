"""Years that a question names by what was most or least in them: 最低那年比它上一年降了百分之几."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from bot.qa import query
from bot.qa.figures import Value, look_up
from bot.qa.types import CitedFigure
from bot.qa.wording import amount, citations, where, years_text
from storage.facts import AgencyFacts

_MOST, _LEAST = "[多高大旺]", "[少低小]"
_PEAK = re.compile(rf"(?:最({_MOST})|最({_LEAST})|(峰值|高峰)|(谷底|低谷))的?(?:那|这)?一?(?:年度?|年份)(?![是为]?哪)")
_EACH_OTHER = re.compile(
    rf"^(?:那)?(?:最)?{_MOST}的?(?:那年|年份)?是(?:最)?{_LEAST}的?(?:那年|年份)?的?(?=(?:几|多少)倍)"
)
"""多的是少的几倍 after most and least."""
_GOES_ON = re.compile(
    r"占|比(?:它|他|那年|这年)?的?[上前下后]一?年|的?[前后上下]一年|[是比](?=最)|里.{0,8}(?:多少|几)|(?<=[年份度])[，,]"
)
"""What is asked of such a year beside which one it is and how much it had."""
_DATED = re.compile(r"\d\d(?:年|[到至—-])|[去前今]年|近.{1,2}年")


def named(text: str) -> bool:
    """Whether a question asks further about a year that it names so, and names no other."""
    if "年" not in text and "倍" not in text:
        return False
    if _EACH_OTHER.search(text):
        return True
    return bool(_PEAK.search(text) and _GOES_ON.search(text)) and _DATED.search(text) is None


def parted(text: str) -> tuple[str, str]:
    """What stands before the first such year, which may name what was most or least in it, and what stands after it."""
    found = _PEAK.search(text)
    return (text[: found.start()], _PEAK.sub("", text[found.end() :])) if found else ("", text)


class Lead(NamedTuple):
    """Which years a question names so: a sentence, and the figures in it."""

    said: str = ""
    figures: tuple[CitedFigure, ...] = ()


NONE = Lead()


def written(text: str, measure: str, facts: AgencyFacts, years: Sequence[int]) -> tuple[str, Lead]:
    """The question with the years themselves, and which they are.

    The question as it was and nothing where a figure is missing or two years share the most.
    """
    values = [look_up(facts.reports[year], measure) for year in years]
    if any(v.value is None for v in values):
        return text, NONE
    most, least = (_only(pick, values) for pick in (max, min))
    if most is None or least is None:
        return text, NONE
    if _EACH_OTHER.search(text):
        found, plain = [("最多", most), ("最少", least)], _EACH_OTHER.sub(f"{most.year}年是{least.year}年的", text)
    else:
        peaks = [most if m[1] or m[3] else least for m in _PEAK.finditer(text)]
        found = [("最多" if peak is most else "最少", peak) for peak in dict.fromkeys(peaks)]
        left = iter(peaks)
        plain = _PEAK.sub(lambda _: f"{next(left).year}年", text)
        plain = re.sub(r"(?<=年)比(?:它|他|那年|这年)的?(?=[上前下后]一?年)", "比", plain)
    each = "，".join(f"{word}的是{value.year}年，{amount(value)}" for word, value in found)
    said = f"{query.name(measure)}{years_text(years)}{each}（{where(values)}）。"
    return plain, Lead(said, citations([value for _, value in found]))


def _only(pick: Callable[..., Decimal], values: Sequence[Value]) -> Value | None:
    """The one value that is the most or the least."""
    best = pick(v.value for v in values if v.value is not None)
    found = [v for v in values if v.value == best]
    return found[0] if len(found) == 1 else None
