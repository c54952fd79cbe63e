"""Working days (工作日): weekdays but the statutory days off, and the weekends worked instead (调休上班).

Known are the years whose State Council notice (节假日安排的通知) is in chinesecalendar or has been loaded from a file
(`gongkai holidays import`). A loaded notice goes before the package, because arrangements have been changed within the
year. Outside the known years nothing is computed: `CalendarUnknown` says which notice is missing.

Counting follows 民法典 article 201: the day something happens is not counted, the next day is the first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

import chinese_calendar
from chinese_calendar import constants
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.errors import Refused
from storage.models.watch import HolidayDay, HolidayNotice
from storage.sheets import Problem, Row, read_day

_SATURDAY = 5
_NOTICE_MONTH = 11


class CalendarUnknown(Refused):
    """The holiday notice of a year is needed and not loaded; the message asks for it."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"没有{year}年的节假日安排，无法计算工作日：请在工作台“督办”的日历页或用 gongkai holidays import "
            "导入国务院办公厅的放假通知。"
        )
        self.year = year


@dataclass(frozen=True, slots=True, eq=False)
class Workdays:
    """The working days of consecutive known years, sorted; one object for as long as no notice changes.

    Attributes:
        first: first known day.
        last: last known day; a deadline that needs a later one cannot be computed.
        days: every working day between them.
    """

    first: date
    last: date
    days: tuple[date, ...]

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day.

        Raises:
            CalendarUnknown: the day lies outside the known years.
        """
        self._check(day)
        at = bisect_left(self.days, day)
        return at < len(self.days) and self.days[at] == day

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted.

        Raises:
            CalendarUnknown: the days needed reach outside the known years.
        """
        if count < 1:
            raise ValueError("count starts at one")
        self._check(day)
        at = bisect_right(self.days, day) + count - 1
        if at >= len(self.days):
            raise CalendarUnknown(self.last.year + 1)
        return self.days[at]

    def between(self, after: date, until: date) -> int:
        """How many working days lie after `after` up to and including `until`; 0 where `until` is not later."""
        if until <= after:
            return 0
        self._check(after)
        self._check(until)
        return bisect_right(self.days, until) - bisect_right(self.days, after)

    def _check(self, day: date) -> None:
        if not self.first <= day <= self.last:
            raise CalendarUnknown(day.year)


@cache
def packaged() -> Workdays:
    """The years that chinesecalendar knows."""
    years = {day.year for day in constants.holidays}
    first, last = date(min(years), 1, 1), date(max(years), 12, 31)
    return Workdays(first, last, tuple(d for d in _days(first, last) if chinese_calendar.is_workday(d)))


@lru_cache(maxsize=8)
def with_notices(years: frozenset[int], departures: frozenset[tuple[date, bool]]) -> Workdays:
    """The packaged years with loaded notices on top; a later year counts only if every year before it is known.

    Args:
        years: the years whose notice is loaded.
        departures: (day, whether it is worked) for the days on which a notice departs from the week.
    """
    base, departing = packaged(), dict(departures)
    last = base.last
    while last.year + 1 in years:
        last = date(last.year + 1, 12, 31)
    worked = {d for d in base.days if d.year not in years}
    for year in years:
        if base.first.year <= year <= last.year:
            worked |= {
                d for d in _days(date(year, 1, 1), date(year, 12, 31)) if departing.get(d, d.weekday() < _SATURDAY)
            }
    return Workdays(base.first, last, tuple(sorted(worked)))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(n) for n in range((last - first).days + 1))


async def load(session: AsyncSession) -> Workdays:
    """The working days as this installation knows them."""
    years = (await session.exec(select(HolidayNotice.year))).all()
    if not years:
        return packaged()
    days = (await session.exec(select(HolidayDay))).all()
    return with_notices(frozenset(years), frozenset((d.day, d.working) for d in days))


def missing_year(known: Workdays, today: date) -> int | None:
    """The year whose notice ought to be loaded by now, `None` where none is wanting.

    The State Council publishes next year's in late October or November; from November on it is asked for.
    """
    wanted = today.year + (today.month >= _NOTICE_MONTH)
    return known.last.year + 1 if known.last.year < wanted else None


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One line of a notice file: a weekday off, or a weekend worked."""

    day: date
    working: bool
    name: str


HEADER = ("日期", "安排", "名称")
"""The header of a notice file; 安排 is 休 or 班."""
_WORKING = {"休": False, "放假": False, "休息": False, "班": True, "上班": True, "调休上班": True}


def read_notice(rows: Iterable[Row]) -> tuple[list[NoticeDay], list[Problem]]:
    """The days of a notice file, with every problem located by row and column."""
    days: dict[date, NoticeDay] = {}
    problems: list[Problem] = []
    for row in rows:
        day = read_day(row, "日期", problems)
        working = _WORKING.get(row.text("安排"))
        if working is None:
            problems.append(row.problem("安排", f"“{row.text('安排')}”应为“休”或“班”"))
        if day is None or working is None:
            continue
        if day in days:
            problems.append(row.problem("日期", f"{day}重复出现"))
        days[day] = NoticeDay(day, working, row.text("名称"))
    problems += [
        Problem(None, None, f"{year}年在工作日的放假不足5天，不像一份完整的放假通知")
        for year in sorted({d.year for d in days})
        if sum(d.day.year == year and not d.working and d.day.weekday() < _SATURDAY for d in days.values()) < 5
    ]
    return sorted(days.values(), key=lambda d: d.day), problems


async def save_notice(
    session: AsyncSession, days: Iterable[NoticeDay], *, title: str, actor: str, clock: Clock
) -> set[int]:
    """Replace the notices of the years that the days are in; the years are returned.

    A year must follow the known ones without a hole: 2028 cannot be loaded before 2027.

    Raises:
        Refused: there is a hole, or no day at all.
    """
    listed = list(days)
    years = {d.day.year for d in listed}
    if not years:
        raise Refused("文件里没有任何日期。")
    loaded = set((await session.exec(select(HolidayNotice.year))).all()) | years
    for year in range(packaged().last.year + 1, max(years) + 1):
        if year not in loaded:
            raise CalendarUnknown(year)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for year in years:
        values = {"title": title, "loaded_by": actor, "loaded_at": clock.now()}
        statement = insert(HolidayNotice).values(year=year, **values)
        await session.exec(statement.on_conflict_do_update(index_elements=["year"], set_=values))
        span = (date(year, 1, 1), date(year, 12, 31))
        await session.exec(delete(HolidayDay).where(col(HolidayDay.day).between(*span)))
    session.add_all(HolidayDay(day=d.day, working=d.working, name=d.name) for d in listed)
    await session.flush()
    return years
