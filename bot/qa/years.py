"""Years and spans of years in a question: 2023年, 二三年, 22、23、24三年, 21到23, 去年, 近三年, 十四五, 再往前一年."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from bot.qa.lexicon import Sense, Span, Token, Word, make_word
from storage.values import immutable

_DIGITS = re.compile(r"\d+")
_FULL = re.compile(r"(?<![\d.])(?:20[0-4]\d|199\d)(?!\d|[件条个元页字次])")
_SHORT = re.compile(r"(?<![\d.])\d\d(?!\d|\.\d)")
_AMOUNT = re.compile(r"(?<![\d.年])\d+(?:\.\d+)?(?:多|余)?(?:件|条|篇|起|场|家|万元|元)")
_TENS = re.compile(r"(?<![\d.近这前后])2(?:十|拾)([1-9]?)(?=年)")
_MONTH = re.compile(
    r"(?<!\d)(?:1[0-2]|0?[1-9]|[1-9]?十[12]?)个?月(?:份|底|初)?|(?<=20\d\d[-/.])(?:1[0-2]|0[1-9])(?!\d)"
)
_TO = (
    r"(?:年度?|这年|那年)?(?:开始|起|底|末|的|以来)?[,，(]?(?:一直|直)?(?:看|算|数|排|捋|列|统计|加|累计)?"
    r"(?:到|至|迄于?|止于|-+>?|—+|~+|–+|－|→|=>)"
)
_RANGE = re.compile(_TO)
_JOINED = re.compile(rf"(?:{_TO}|年?[、,，和跟与及同比还或 ]|年?还是|年?对比|年?以及)")
_OPEN = re.compile(
    r"(?:年度?)?(?:以来|以后|之后|起|开始|至今|到现在|到如今|到目前|到今天|到今年|往后|到最近|到最新|到眼下)"
)
_SET_ASIDE = re.compile(
    r"(?:除[了去开掉]?|刨[去除开]|抛开|撇开|不[算含计]|不包括|去掉)(20\d\d|\d\d(?=年))年?(?:度|这年|那年)?(?:以外|之外|外)?"
    r"|((?:20)?\d\d)年(?:度|这年|那年)?(?:以外|之外|除外|不[算计])"
)
"""除了2022年哪年最多: a year that is not meant."""
_BEFORE = re.compile(r"(?:年度?)?(及|和|或)?(?:以前|之前|往前|早前)")
"""2022年以前一共几件, 2022年及以前: the years up to it, without it unless that is said."""
_SUFFIX = re.compile(r"(?:年度|年)?")
_AFTER = re.compile(r"年(?!前|内|来)|(?:这|那|的)?[2-7两三四五六七]年")
_PAIRS = re.compile(r"(?<!\d)((?:[1-3]\d){2,6})(?=年|(?:这|那)?[2-7两三四五六七]年)")
_BARE = re.compile(r"[那就换说要问看按改用是]*?(?:的)?(\d\d)(?:的)?(?:呢|嘞|嘛|吧|咋样|那年)*[?？。!！]*")
_TO_PREVIOUS = frozenset({"上年", "上年度", "上一年", "上一年度", "头年", "上个年度"})
_MEASURES = frozenset({"row3", "row2", "row4", "indicator", "text"})
_ISSUED = re.compile(
    r"年?(?:你们|贵局|局里|单位)?(?:新|才|刚)?(?:公布|发布|公开|登|挂|贴|出|发|印发)(?:出|上)?(?:来|去|网)?了?"
    r"的(?:那份|这份|那个|最新)?(?:年报|年度报告|报告)"
)
_TIMES = re.compile("的(?:几|多少)倍")
"""是前一年的几倍: the year is what another one is compared with."""
_AGAINST = re.compile(r"(?:比|较|同比|相比|和|跟|与|同|对比|比起|比较|于)$")


@immutable
class Years:
    """The years that a question names.

    Attributes:
        years: in the order of the question, without repeats.
        said: the question names years by itself (and not only the number of years, as 三年平均 does).
        count: the number of years named alone (近三年), 0 for none.
        span: the years are meant as one stretch.
        against: the only year is what something is compared with (比上年多几件).
        aside: years that it says are not meant (除了2022年).
        vague: it points at a year that the conversation does not know (建党那年).
    """

    years: tuple[int, ...] = ()
    said: bool = False
    count: int = 0
    span: bool = False
    against: bool = False
    aside: frozenset[int] = frozenset()
    vague: bool = False


NONE = Years()
VAGUE = Years(vague=True)


def spans(text: str, numbers: str) -> list[Span]:
    """Years and months written in digits, as candidates for the cut.

    Args:
        text: the normalised question.
        numbers: the same with Chinese digits as Arabic ones.
    """
    starts = [m.start() for m in _DIGITS.finditer(numbers)]
    if not starts:
        return _months(numbers) if "月" in numbers else []
    found = [_span(text, m.start(), m.end(), int(m[0])) for m in _at(_FULL, numbers, starts)]
    if "十" in numbers or "拾" in numbers:
        found += [_span(text, m.start(), m.end(), 2020 + int(m[1] or 0)) for m in _at(_TENS, numbers, starts)]
    taken = {s.start for s in found}
    others = [start for start in starts if start not in taken]
    if others:
        found += _short(text, numbers, others, taken)
    for match in _at(_AMOUNT, numbers, starts):
        found.append(Span(match.start(), match.end(), 8.0, make_word(match[0], (Sense("quantity", "number"),), 8.0)))
    return found + _months(numbers) if "月" in numbers or len(starts) > 1 else found


def _at(pattern: re.Pattern[str], numbers: str, starts: Sequence[int]) -> list[re.Match[str]]:
    """Where a pattern that can only begin with a run of digits matches, out of the starts of all runs."""
    return [match for start in starts if (match := pattern.match(numbers, start))]


def _months(numbers: str) -> list[Span]:
    return [
        Span(match.start(), match.end(), 20.0, make_word(match[0], (Sense("finer", match[0]),), 20.0))
        for match in _MONTH.finditer(numbers)
    ]


def _span(text: str, start: int, end: int, year: int) -> Span:
    suffix = _SUFFIX.match(text, end)
    end = suffix.end() if suffix else end
    return Span(start, end, 20.0, _word(text[start:end], year))


@lru_cache(maxsize=1024)
def _word(text: str, year: int) -> Word:
    return make_word(text, (Sense("year", f"abs:{year}"),), 20.0)


def _short(text: str, numbers: str, starts: Sequence[int], taken: set[int]) -> list[Span]:
    """Two-digit years: followed by 年, or joined to such a one (22、23、24三年), or the whole of a short question."""
    bare = _BARE.fullmatch(numbers)
    if bare:
        return [_span(text, bare.start(1), bare.end(1), 2000 + int(bare[1]))]
    found = _run_together(text, numbers, starts)
    matches = [m for m in _at(_SHORT, numbers, starts) if not any(t <= m.start() < t + 4 for t in taken)]
    following: int | None = None
    for match in reversed(matches):
        value, start, end = int(match[0]), match.start(), match.end()
        joined = following is not None and _JOINED.fullmatch(numbers, end, following) is not None
        if not joined and taken:
            joined = any(_JOINED.fullmatch(numbers, end, t) or _from_full(numbers, t, start) for t in taken)
        plain = _is_year(numbers, start, end) or (not taken and _stands_alone(numbers, start, end, value))
        if (joined or plain) and 5 <= value <= 45:
            found.append(_span(text, start, end, 2000 + value))
            following = start
    known = {span.start for span in found}
    for before, match in pairwise(matches):
        if before.start() in known and match.start() not in known and _goes_on(numbers, before.end(), match):
            found.append(_span(text, match.start(), match.end(), 2000 + int(match[0])))
            known.add(match.start())
    if len(found) < 2 and len(matches) == 2:
        first, second = matches
        if re.fullmatch(r"年?(?:比|和|跟|与|较)", numbers[first.end() : second.start()]):
            found = [_span(text, m.start(), m.end(), 2000 + int(m[0])) for m in matches if 15 <= int(m[0]) <= 35]
    return found


def _run_together(text: str, numbers: str, starts: Sequence[int]) -> list[Span]:
    """二一二二二三这三年: two-digit years in a row without anything between them."""
    found = []
    for match in _at(_PAIRS, numbers, starts):
        run = match[1]
        values = [int(run[i : i + 2]) for i in range(0, len(run), 2)]
        if all(b == a + 1 for a, b in pairwise(values)):
            starts = range(match.start(), match.end(), 2)
            found += [_span(text, at, at + 2, 2000 + value) for at, value in zip(starts, values, strict=True)]
    return found


def _from_full(numbers: str, full: int, start: int) -> bool:
    return (
        full + 4 <= start
        and _RANGE.fullmatch(numbers, full + 4, start) is not None
        and numbers[full + 4 : start] != "-"
    )


_COUNTED = re.compile(
    r"[ ]?(?:[件条个元页字次天日月号岁人家份起场篇万千百十楼栋路期届位名项款类种]"
    r"|[倍成度块角时秒小周多余来几%.:/\-)]|分(?!别)|年前|世纪)"
)
_ORDERED = re.compile(r"[第近这前后满约过表(共达超破约]$")


def _stands_alone(numbers: str, start: int, end: int, value: int) -> bool:
    """24复议一共几件: a number of two digits that counts nothing and may be a year of a report."""
    if not _FIRST_YEAR <= value <= _LAST_YEAR or _COUNTED.match(numbers, end) is not None:
        return False
    return end < len(numbers) and _ORDERED.search(numbers, 0, start) is None


def _goes_on(numbers: str, end: int, match: re.Match[str]) -> bool:
    """(23、24、25)平均: a number that stands last in a list of years and counts nothing."""
    counted = _COUNTED.match(numbers, match.end())
    return (
        _FIRST_YEAR <= int(match[0]) <= _LAST_YEAR
        and re.fullmatch(r"年?[、,， ]", numbers[end : match.start()]) is not None
        and (counted is None or counted[0] == ")")
    )


_FIRST_YEAR, _LAST_YEAR = 19, 29
"""Years that people write with two digits and without 年; other numbers of two digits are rarely meant so."""


def _is_year(numbers: str, start: int, end: int) -> bool:
    if start and numbers[start - 1] in "近这前后第满约过":
        return False
    return _AFTER.match(numbers, end) is not None


_SOUGHT = re.compile(r"最[多少高低大小]的?是?$")
_WHICH_YEAR = re.compile(r"哪一?年|几几年|何年|^比")
"""最多的那年是哪年: the year that is asked for, and not the one spoken of."""


class Asking(NamedTuple):
    """When a question is asked, and of which years there is something to say.

    Attributes:
        today: the day of asking.
        latest: the newest year that can be answered, `None` without reports.
        first: the oldest such year.
        spoken: gives the years last spoken of in the conversation, newest utterance last.
    """

    today: date
    latest: int | None
    first: int | None
    spoken: Callable[[], tuple[int, ...]]


def read(tokens: Sequence[Token], text: str, asking: Asking) -> Years:
    """Read the years of a question without those that it sets aside; all but those where it names no other.

    Args:
        tokens: the cut question.
        text: the normalised question with Arabic digits.
        asking: when it is asked.
    """
    aside = list(_SET_ASIDE.finditer(text)) if "年" in text else []
    if not aside or asking.first is None or asking.latest is None:
        return _named(tokens, text, asking)
    out = frozenset(int(m[1] or m[2]) % 100 + 2000 for m in aside)
    rest = [t for t in tokens if not any(m.start() <= t.start < m.end() for m in aside)]
    named = _named(rest, _SET_ASIDE.sub(lambda m: " " * len(m[0]), text), asking)
    first = asking.latest - named.count + 1 if named.count else asking.first
    leans = all(t.kinds.isdisjoint(_MEASURES) for t in tokens)
    spoken = asking.spoken() if leans and not named.years else ()
    meant = named.years or (spoken if out < set(spoken) else range(first, asking.latest + 1))
    return Years(tuple(y for y in meant if y not in out), said=True, span=True, aside=out)


def _named(tokens: Sequence[Token], text: str, asking: Asking) -> Years:
    """The years that the words of a question name."""
    _, latest, first, spoken = asking
    points: list[tuple[int, int, int]] = []
    extra = NONE
    leans = all(t.kinds.isdisjoint(_MEASURES) for t in tokens)
    for token in tokens:
        if "year" not in token.kinds:
            continue
        sense = next(s for s in token.senses if s.kind == "year")
        name, _, value = sense.id.partition(":")
        if name == "same" and _SOUGHT.search(text, 0, token.start) and _WHICH_YEAR.search(text[token.end :]):
            continue
        year = first if name == "earliest" else _point(name, value, token.text, asking, points, leans=leans)
        if year is not None and name in ("rel", "abs") and _ISSUED.match(text, token.end):
            year -= 1
        if year is not None:
            points.append((token.start, token.end, year))
        else:
            extra = _stretch(name, value, asking, extra)
    if not points:
        return extra
    joined = _joined(points, text, latest, extra)
    earlier = _BEFORE.match(text, points[0][1]) if len(points) == 1 else None
    if earlier and first is not None:
        year = points[0][2]
        return Years(tuple(range(min(first, year - 1), year + bool(earlier[1]))), said=True, span=True)
    if len(points) == 1 and first is not None and _listed_until(tokens, text[: points[0][0]]):
        return Years(tuple(range(min((first, *spoken())), points[0][2] + 1)), said=True, span=True)
    return joined


def _stretch(name: str, value: str, asking: Asking, before: Years) -> Years:
    """What a word says that names no single year: a plan, a number of years, all of them, one that is not known."""
    if name == "plan":
        return Years(tuple(range(int(value), int(value) + 5)), said=True, span=True)
    if before.said:
        return before
    if name == "span":
        return Years(count=int(value), span=True)
    if name == "all" and asking.first is not None and asking.latest is not None and not before.count:
        return Years(tuple(range(asking.first, asking.latest + 1)), said=False, span=True)
    return VAGUE if name == "same" and before is NONE else before


def _listed_until(tokens: Sequence[Token], before: str) -> bool:
    """逐年列到2022年: the year is where a list ends."""
    return before.endswith(("到", "至")) and any(s.id == "series" for t in tokens for s in t.senses)


_FROM_TO = re.compile(r"[^，,。;；]{0,6}?(?:到|至|直到|截止到|为止到)")


def _reaches(text: str, before: tuple[int, int, int], start: int) -> bool:
    """Whether a year is the end of a stretch that began with the one before: 21到23, 从一九年翻到二五年."""
    if _RANGE.fullmatch(text, before[1], start):
        return True
    return text[: before[0]].endswith(("从", "自", "由", "打")) and bool(_FROM_TO.fullmatch(text, before[1], start))


def _point(
    name: str, value: str, word: str, asking: Asking, points: Sequence[tuple[int, int, int]], *, leans: bool
) -> int | None:
    today, latest, _, spoken = asking
    if name == "abs":
        return int(value)
    if name == "rel":
        if word in _TO_PREVIOUS:
            if points:
                return points[-1][2] - 1
            if leans and spoken():  # 上年度的占比 after a figure of 2023
                return spoken()[-1] - 1
        return today.year + int(value)
    if name in ("shift", "same"):
        said = spoken() if not points else ()
        before = points[-1][2] if points else (said[-1] if said else None)
        if name == "same":
            return max(said) if len(said) == _COMPARED else before
        return (before if before is not None else today.year) + int(value)
    return latest if name == "latest" else None


_COMPARED = 2
"""当年 after two years that were compared is the later one."""


def _joined(points: Sequence[tuple[int, int, int]], text: str, latest: int | None, extra: Years) -> Years:
    years: list[int] = []
    span = extra.span and len(points) > 1
    for i, (start, _, year) in enumerate(points):
        if i and _reaches(text, points[i - 1], start) and year > points[i - 1][2]:
            years.extend(range(points[i - 1][2] + 1, year + 1))
            span = True
        else:
            years.append(year)
    first, end, year = points[0]
    if len(points) == 1 and latest is not None and year < latest and _OPEN.match(text, end):
        return Years(tuple(range(year, latest + 1)), said=True, span=True)
    unique = tuple(dict.fromkeys(years))
    against = len(unique) == 1 and (_AGAINST.search(text, 0, first) is not None or _TIMES.match(text, end) is not None)
    return Years(unique, said=True, count=extra.count, span=span, against=against)
