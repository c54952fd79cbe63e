"""The meaning of an obligation's columns as plain values: what `storage.publishing.rules` judges by."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from storage.sheets import parse_day


class Kind(StrEnum):
    """The kinds of obligation (类型)."""

    CYCLE = "更新周期"
    """A column must not be older than a period."""
    WITHIN = "形成后限时"
    """One item must be published within a time of its formation or change (Art 26)."""
    FIXED = "固定日期"
    """Something must be published by a day, once, every year, or in every window of months."""


class Unit(StrEnum):
    """What a period counts."""

    DAYS = "天"
    WORKDAYS = "个工作日"
    MONTHS = "个月"
    ON = "日期"
    """By one day: `Period.day`."""
    YEARLY = "每年"
    """By the same month and day each year: `Period.day`, its year without meaning."""
    WINDOW = "每期"
    """Within every window of `Period.count` months of the calendar year."""


class State(StrEnum):
    """How an obligation stands on a day; a pure function of obligation, ledger, calendar and day."""

    OK = "ok"
    DUE_SOON = "due_soon"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    SERIOUS = "serious"
    UNKNOWN = "unknown"
    """Cannot be computed: a holiday notice is missing."""
    UNREACHED = "unreached"
    """The column's source could not be read: a failure of the watch, never a gap."""


STATE_NAMES = {
    State.OK: "正常",
    State.DUE_SOON: "即将到期",
    State.DUE_TODAY: "今日到期",
    State.OVERDUE: "逾期",
    State.SERIOUS: "严重逾期",
    State.UNKNOWN: "无法计算",
    State.UNREACHED: "未能监测",
}
"""The states as staff read them."""

WINDOWS = {"每月": 1, "每季度": 3, "每季": 3, "每半年": 6}
_AMOUNT = re.compile(r"(\d{1,4})\s*(个自然日|自然日|天|日|个?周|个?工作日|个月|月|年)")
_YEARLY = re.compile(r"每年\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:前|之前)?")
_ALLOWED = {
    Kind.CYCLE: {Unit.DAYS, Unit.WORKDAYS, Unit.MONTHS},
    Kind.WITHIN: {Unit.DAYS, Unit.WORKDAYS, Unit.MONTHS},
    Kind.FIXED: {Unit.ON, Unit.YEARLY, Unit.WINDOW},
}
_EXAMPLES = {
    Kind.CYCLE: "14天、10个工作日、6个月",
    Kind.WITHIN: "20个工作日、20天",
    Kind.FIXED: "2024-01-31、每年1月31日、每季度",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A period (期限) as read from its text."""

    unit: Unit
    count: int = 0
    day: date | None = None

    @classmethod
    def parse(cls, text: str, kind: Kind) -> Period:
        """Read the text of the column 期限.

        Raises:
            ValueError: not a period of this kind; the message is Chinese and names what is.
        """
        period = _parse(text.strip())
        if period is None or period.unit not in _ALLOWED[kind]:
            raise ValueError(f"“{text}”不是“{kind}”的期限，应写成{_EXAMPLES[kind]}")
        return period


def _parse(text: str) -> Period | None:
    if match := _AMOUNT.fullmatch(text):
        count, unit = int(match[1]), match[2]
        if not count:
            return None
        if "工作日" in unit:
            return Period(Unit.WORKDAYS, count)
        if unit.endswith("年"):
            return Period(Unit.MONTHS, 12 * count)
        if unit.endswith("月"):
            return Period(Unit.MONTHS, count)
        return Period(Unit.DAYS, count * (7 if unit.endswith("周") else 1))
    if match := _YEARLY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        try:
            return Period(Unit.YEARLY, day=date(2000, month, day))
        except ValueError:
            return None
    if text in WINDOWS:
        return Period(Unit.WINDOW, WINDOWS[text])
    try:
        day_given = parse_day(text)
    except ValueError:
        return None
    return Period(Unit.ON, day=day_given) if day_given else None


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """An obligation as it is judged; one object for as long as nothing of it changes, so that it can be a key.

    Attributes:
        id: its row.
        code: the bureau's own number for it (编号).
        title: what is to be published.
        column: where (栏目).
        kind: which kind of rule.
        period: how long, or by when.
        starts_on: day that counting starts from (起算日): the formation of an item, the first day of a column's watch.
        basis: the legal basis as people read it (依据).
        lead_days: calendar days before the due day from which it is "due soon".
        serious_days: days overdue after which it is "seriously overdue".
        severe: whether reminders may break the quiet of evenings and weekends.
        title_match: what a recurring item's title must contain; {年}: the due year, {上年}: the one before.
        owner_id: the person who publishes.
        supervisor_id: the person who sees to it.
    """

    id: int
    code: str
    title: str
    column: str
    kind: Kind
    period: Period
    starts_on: date
    basis: str
    lead_days: int
    serious_days: int
    severe: bool = False
    title_match: str | None = None
    owner_id: int | None = None
    supervisor_id: int | None = None

    @property
    def recurring(self) -> bool:
        """Whether it falls due again each year, quarter or month."""
        return self.period.unit in (Unit.YEARLY, Unit.WINDOW)


@dataclass(frozen=True, slots=True)
class Window:
    """One turn of a recurring obligation.

    Attributes:
        key: names the turn: 2024, 2024Q1, 2024-03.
        opens: the first day on which a publication counts for it.
        due: the last day in time.
    """

    key: str
    opens: date
    due: date


def windows(duty: Duty, until: date) -> tuple[Window, ...]:
    """The turns of a recurring obligation that open by `until` and fall due on or after its start."""
    return _windows(duty.period, duty.starts_on, until)


@lru_cache(maxsize=500)
def _windows(period: Period, start: date, until: date) -> tuple[Window, ...]:
    found: list[Window] = []
    for year in range(start.year, until.year + 1):
        found += _yearly(period, year) if period.unit is Unit.YEARLY else _in_year(period.count, year)
    return tuple(w for w in found if w.due >= start and w.opens <= until)


def _yearly(period: Period, year: int) -> list[Window]:
    assert period.day is not None
    month, day = period.day.month, period.day.day
    due = date(year, month, min(day, calendar.monthrange(year, month)[1]))
    return [Window(str(year), date(year, 1, 1), due)]


def _in_year(months: int, year: int) -> list[Window]:
    names = {1: "{0}-{1:02}", 3: "{0}Q{2}", 6: "{0}H{2}"}
    turns = []
    for first in range(1, 13, months):
        last = first + months - 1
        due = date(year, last, calendar.monthrange(year, last)[1])
        turns.append(Window(names[months].format(year, first, (last // months)), date(year, first, 1), due))
    return turns


def default_lead(period: Period) -> int:
    """Days of warning where the obligation names none: a fifth of the period, 3 to 30; a month for what is yearly."""
    days = {Unit.DAYS: 1.0, Unit.WORKDAYS: 1.4, Unit.MONTHS: 30.0}.get(period.unit)
    if days is None:
        return {1: 7, 3: 15, 6: 30}.get(period.count, 30)
    return max(3, min(30, round(period.count * days / 5)))


DEFAULT_SERIOUS = 7
"""Days overdue that count as serious where the obligation names none: a week without anybody acting."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published item as citizens are told of it."""

    title: str
    day: date
    column: str
    url: str = ""
