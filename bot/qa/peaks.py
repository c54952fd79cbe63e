"""Years that a question names by what was most or least in them: 最低那年比它上一年降了百分之几."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.qa.figures import look_up
from storage.facts import AgencyFacts

_MOST, _LEAST = "[多高大旺]", "[少低小]"
_PEAK = re.compile(rf"(?:最({_MOST})|最({_LEAST})|(峰值|高峰)|(谷底|低谷))的?(?:那|这)?一?(?:年度?|年份)(?![是为]?哪)")
_EACH_OTHER = re.compile(
    rf"^(?:那)?(?:最)?{_MOST}的?(?:那年|年份)?是(?:最)?{_LEAST}的?(?:那年|年份)?的?(?=(?:几|多少)倍)"
)
"""多的是少的几倍 after most and least."""
_GOES_ON = re.compile(
    r"占|比(?:它|他|那年|这年)?的?[上前下后]一?年|的?[前后上下]一年|是(?=最).{2,8}(?:几|多少)倍|里.{0,8}(?:多少|几)"
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


def without(text: str) -> str:
    """The question without the words for such years, which may name what was most or least in them."""
    return _PEAK.sub("", text)


def written(text: str, measure: str, facts: AgencyFacts, years: Sequence[int]) -> str:
    """The question with the years themselves; as it was where a figure is missing or two years share the most."""
    values = {year: look_up(facts.reports[year], measure).value for year in years}
    given = {year: value for year, value in values.items() if value is not None}
    if len(given) < len(values) or not given:
        return text

    def year_of(pick: Callable[..., Decimal]) -> str:
        best = pick(given.values())
        found = [year for year, value in given.items() if value == best]
        return f"{found[0]}年" if len(found) == 1 else ""

    most, least = year_of(max), year_of(min)
    if not (most and least):
        return text
    if _EACH_OTHER.search(text):
        return _EACH_OTHER.sub(f"{most}是{least}的", text)
    plain = _PEAK.sub(lambda m: most if m[1] or m[3] else least, text)
    return re.sub(r"(?<=年)比(?:它|他|那年|这年)的?(?=[上前下后]一?年)", "比", plain)
