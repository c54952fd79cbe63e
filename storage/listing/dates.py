"""Dates as list pages print them: 2026-06-02, 2026年6月2日, [02-14], a big 14 over 2023-02, and in addresses."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_BEIJING = ZoneInfo("Asia/Shanghai")
_YEAR = r"(?P<y>(?:19|20)\d{2})"
_MONTH = r"(?P<m>0?[1-9]|1[0-2])"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_SEPARATOR = r"\s?[-/.年]\s?"
_FULL = rf"{_YEAR}{_SEPARATOR}{_MONTH}\s?[-/.月]\s?{_DAY}\s?日?(?!\d)"
_COMPACT = r"(?P<y>20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[T\s]*(?:[上下]午)?\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_SHORT = rf"{_MONTH}\s?(?:[-/月]|(?<=\d\d)\.(?=\d\d))\s?{_DAY}\s?日?"
_LABEL = r"(?:(?:发布|发文|公开|公布|发稿|上网|录入|添加|生成)?(?:时间|日期)|发布于?|日期)"
_OPEN, _SHUT = r"[\s\[\](){}【】（）〔〕<>·•|,，\-—]*", r"[\s\[\](){}【】（）〔〕<>·•|,，]*"

_PURE_FULL = re.compile(rf"^{_OPEN}(?:{_LABEL}\s*[:：]?\s*)?{_FULL}{_CLOCK}{_SHUT}$")
_PURE_COMPACT = re.compile(rf"^{_OPEN}{_COMPACT}{_SHUT}$")
_PURE_SHORT = re.compile(rf"^{_OPEN}(?:{_LABEL}\s*[:：]?\s*)?{_SHORT}{_CLOCK}{_SHUT}$")
_PURE_MONTH = re.compile(rf"^{_OPEN}{_YEAR}\s?[-/.年]\s?{_MONTH}\s?月?{_SHUT}$")
_PURE_DAY = re.compile(rf"^{_OPEN}{_DAY}\s?日?{_SHUT}$")
_PURE_YEAR = re.compile(rf"^{_OPEN}{_YEAR}\s?年?{_SHUT}$")
_PURE_MONTH_NAME = re.compile(rf"^{_OPEN}{_MONTH}\s?月{_SHUT}$")
_SHORT_YEAR = re.compile(
    rf"^{_OPEN}(?P<yy>[0-4]\d)(?P<s>[-/.])(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>[0-2]\d|3[01]){_CLOCK}{_SHUT}$"
)
_RELATIVE = re.compile(
    rf"^{_OPEN}(?:{_LABEL}\s*[:：]?\s*)?(?:(?P<word>刚刚|今[天日]|昨[天日]|前[天日])|(?P<n>\d{{1,3}})\s?(?P<unit>天|小时|分钟)前){_CLOCK}{_SHUT}$"
)
_WORDS = {"刚": 0, "今": 0, "昨": 1, "前": 2}
_LABELLED = re.compile(rf"{_LABEL}\s*[:：]\s*{_OPEN}{_FULL}")
_TRAILING = re.compile(rf"[\s\[\](（【|·]{_FULL}{_CLOCK}{_SHUT}$")
_LEADING = re.compile(rf"^{_OPEN}{_FULL}[\])）】|·\s]")
_IN_TEXT = re.compile(_FULL)

_URL_DAY = (
    re.compile(rf"(?<!\d){_COMPACT}(?!\d)"),
    re.compile(rf"/{_YEAR}[-/_]?{_MONTH}[-/_]{_DAY}(?=[/_.-]|$)"),
    re.compile(rf"[t_/]{_COMPACT}_?\d{{0,12}}"),
)
_URL_MONTH = re.compile(r"/(?P<y>20\d{2})[-/]?(?P<m>0[1-9]|1[0-2])/")


@dataclass(frozen=True, slots=True)
class Partial:
    """A date of which the page prints only a part: month and day, or year and month, or the day."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def join(self, other: Partial) -> Partial:
        """Both parts together: a big day over a small year and month."""
        return Partial(self.year or other.year, self.month or other.month, self.day or other.day)

    def whole(self) -> date | None:
        """The day, where nothing is missing."""
        if self.year and self.month and self.day:
            return _day(self.year, self.month, self.day)
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _of(match: re.Match[str]) -> date | None:
    found = match.groupdict()
    return _day(int(found["y"]), int(found["m"]), int(found["d"]))


def printed(text: str) -> date | Partial | None:
    """The date that this piece of text is, brackets and 发布时间： aside; `None` where it is anything else."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not 1 <= len(text) <= 48:
        return None
    if match := _PURE_FULL.match(text) or _PURE_COMPACT.match(text):
        return _of(match)
    if match := _PURE_MONTH.match(text):
        return Partial(year=int(match["y"]), month=int(match["m"]))
    if match := _PURE_SHORT.match(text):
        return Partial(month=int(match["m"]), day=int(match["d"]))
    if match := _SHORT_YEAR.match(text):
        return _day(2000 + int(match["yy"]), int(match["m"]), int(match["d"]))
    if match := _PURE_DAY.match(text):
        return Partial(day=int(match["d"]))
    if match := _PURE_YEAR.match(text):
        return Partial(year=int(match["y"]))
    if match := _PURE_MONTH_NAME.match(text):
        return Partial(month=int(match["m"]))
    return None


def relative(text: str, today: date) -> date | None:
    """The day that 今天, 昨天, 3天前 and the like name."""
    match = _RELATIVE.match(unicodedata.normalize("NFKC", text).strip()) if len(text) <= 48 else None
    if match is None:
        return None
    if match["word"]:
        return today - timedelta(_WORDS[match["word"][0]])
    return today - timedelta(int(match["n"]) if match["unit"] == "天" else 0)


def labelled(text: str) -> date | None:
    """The date after 发布时间： and the like within a longer text."""
    match = _LABELLED.search(unicodedata.normalize("NFKC", text))
    return _of(match) if match else None


def at_the_edge(text: str) -> tuple[date, str] | None:
    """A full date set off at the end or the beginning of a title, and the title without it."""
    normal = unicodedata.normalize("NFKC", text)
    printed_as = text if len(text) == len(normal) else normal
    for pattern in (_TRAILING, _LEADING):
        match = pattern.search(normal)
        if match and (day := _of(match)):
            rest = (printed_as[: match.start()] + printed_as[match.end() :]).strip()
            if rest:
                return day, rest
    return None


def anywhere(text: str) -> date | None:
    """The first full date in a text."""
    match = _IN_TEXT.search(unicodedata.normalize("NFKC", text))
    return _of(match) if match else None


def in_address(url: str) -> date | None:
    """The day that an address carries: t20230214_41020.html, /art/2024/4/11/, /2023-02/14/."""
    path = url.split("?", 1)[0].split("//", 1)[-1]
    for pattern in _URL_DAY:
        for match in pattern.finditer(path):
            if day := _of(match):
                return day
    return None


def month_in_address(url: str) -> Partial | None:
    """Year and month that an address carries: /202302/."""
    match = _URL_MONTH.search(url.split("?", 1)[0])
    return Partial(year=int(match["y"]), month=int(match["m"])) if match else None


def complete(part: Partial, url: str, before: date | None, today: date) -> date | None:
    """The day of a month-and-day, its year from the address, else from the order of the list.

    Args:
        part: what the page prints.
        url: the item's address.
        before: the day of the item above it in a list that runs from new to old, if known.
        today: no item is published after it.
    """
    if whole := part.whole():
        return whole
    hint = in_address(url) or ((m := month_in_address(url)) and m.year and m.month and date(m.year, m.month, 15))
    if part.month is None or part.day is None:
        return hint if isinstance(hint, date) and in_address(url) else None
    if hint:
        near = [d for y in (hint.year - 1, hint.year, hint.year + 1) if (d := _day(y, part.month, part.day))]
        return min(near, key=lambda d: abs(d - hint), default=None)
    limit = before if before is not None else today
    for year in range(limit.year, limit.year - 5, -1):
        day = _day(year, part.month, part.day)
        if day is not None and day <= limit:
            return day
    return None


def of_value(value: object) -> date | None:
    """The day in a feed's or an interface's field: ISO, RFC 822, 2023-05-01 09:12:00, seconds or milliseconds."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text[:10]))).astimezone(_BEIJING).date()
    if re.match(r"\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$", text):
        try:
            return datetime.fromisoformat(text).astimezone(_BEIJING).date()
        except ValueError:
            pass
    found = printed(text)
    if isinstance(found, date):
        return found
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return anywhere(text)
    return (moment.astimezone(_BEIJING) if moment.tzinfo else moment).date()
