"""The gap rules: obligation + publications + working days + day -> state. Pure; nothing here reads a clock or a table.

Every obligation is turned into *occurrences*, each with a due day and the publication that fulfilled it, and both the
state on a day and the overdue intervals of a span follow from those. How days are counted:

- a column's period runs from its newest publication, or from the day its watch began where that is later; months are
  calendar months: the column is late on day T when it is older than T's day N months before (or that month's last day);
- "within N working days" does not count the day of formation (民法典 Art 201; 政府信息公开条例 Art 26);
- the due day itself is in time: overdue begins the day after, and on the day of publication nothing is overdue.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from storage.publishing.types import Duty, Kind, Period, State, Unit, windows
from storage.workdays import CalendarUnknown, Workdays

_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One thing that had to happen by a day.

    Attributes:
        episode: names it within its obligation, for ever the same: the baseline's day, the year, the quarter, `once`.
        since: the day it counts from.
        due: the last day in time; `None` where it lies beyond the last known holiday notice.
        published: the day it was fulfilled, `None` while it was not.
    """

    episode: str
    since: date
    due: date | None
    published: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """An obligation as it stands on a day.

    Attributes:
        duty: the obligation.
        state: how it stands.
        occurrence: what the state is about; `None` where nothing is due yet.
        days: days overdue (above 0), days left (0 or below), `None` where no due day is known.
        missing_year: the year whose holiday notice is needed to say the due day.
    """

    duty: Duty
    state: State
    occurrence: Occurrence | None = None
    days: int | None = None
    missing_year: int | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """Days on which an obligation was overdue; `last` is `None` where it still was on the span's last day."""

    duty: Duty
    first: date
    last: date | None


def months_after(day: date, months: int) -> date:
    """The last day T for which `day` is not earlier than T minus `months` months.

    T minus N months is the same day of that month, or its last day where the month is shorter; so whatever was
    published on a month's last day lasts to the last day of the month it runs out in.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    length = calendar.monthrange(year, month)[1]
    if day.day == calendar.monthrange(day.year, day.month)[1]:
        return date(year, month, length)
    return date(year, month, min(day.day, length))


def due_day(period: Period, since: date, workdays: Workdays) -> date:
    """The last day in time for a period that runs from `since`.

    Raises:
        CalendarUnknown: it needs working days beyond the known years.
    """
    if period.unit is Unit.MONTHS:
        return months_after(since, period.count)
    if period.unit is Unit.WORKDAYS:
        return workdays.add(since, period.count)
    return since + timedelta(period.count)


def occurrences(duty: Duty, published: Sequence[date], workdays: Workdays) -> tuple[Occurrence, ...]:
    """What had to happen, oldest first.

    Args:
        duty: the obligation; not a recurring one, see `recurring`.
        published: the days of the publications that count for it, sorted. For a column the days before the span of
            interest may be left out but for the newest of them.
        workdays: the known working days.
    """
    if duty.kind is Kind.CYCLE:
        baselines = [duty.starts_on, *(d for d in dict.fromkeys(published) if d > duty.starts_on)]
        ends: list[date | None] = [*baselines[1:], None]
        pairs = zip(baselines, ends, strict=True)
        return tuple(_occurrence(b.isoformat(), duty, b, end, workdays) for b, end in pairs)
    first = published[0] if published else None
    if duty.kind is Kind.FIXED:
        return (Occurrence("once", duty.starts_on, duty.period.day, first),)
    return (_occurrence("once", duty, duty.starts_on, first, workdays),)


def recurring(duty: Duty, published: Iterable[tuple[str, date]], until: date) -> list[Occurrence]:
    """The turns of a recurring obligation up to `until`.

    Args:
        duty: the obligation.
        published: (window key, day of the first publication that counts for the window) for those that have one.
        until: the last day looked at.
    """
    first = dict(published)
    return [Occurrence(w.key, w.opens, w.due, first.get(w.key)) for w in windows(duty, until)]


def _occurrence(episode: str, duty: Duty, since: date, published: date | None, workdays: Workdays) -> Occurrence:
    try:
        due: date | None = due_day(duty.period, since, workdays)
    except CalendarUnknown:
        if since < workdays.first:
            raise
        due = None
    return Occurrence(episode, since, due, published)


def judge(duty: Duty, found: Sequence[Occurrence], workdays: Workdays, today: date) -> list[Finding]:
    """How an obligation stands on a day: one finding for each open occurrence that is not simply in time, or one OK."""
    open_ones = [
        _find(duty, one, workdays, today)
        for one in found
        if (one.published is None or one.published > today) and (one.since <= today or duty.kind is Kind.FIXED)
    ]
    if not open_ones:
        return [Finding(duty, State.OK, found[-1] if found else None)]
    return [f for f in open_ones if f.state is not State.OK] or open_ones[:1]


def _find(duty: Duty, one: Occurrence, workdays: Workdays, today: date) -> Finding:
    if one.due is None:
        state = State.UNKNOWN if today > workdays.last else State.OK
        return Finding(duty, state, one, None, workdays.last.year + 1)
    return Finding(duty, _state(duty, one.due, today), one, (today - one.due).days)


def _state(duty: Duty, due: date, today: date) -> State:
    late = (today - due).days
    if late > duty.serious_days:
        return State.SERIOUS
    if late > 0:
        return State.OVERDUE
    if late == 0:
        return State.DUE_TODAY
    return State.DUE_SOON if -late <= duty.lead_days else State.OK


def intervals(duty: Duty, found: Iterable[Occurrence], workdays: Workdays, first: date, last: date) -> list[Interval]:
    """The overdue intervals within a span, computed from the occurrences, never day by day.

    Raises:
        CalendarUnknown: a due day within the span needs a holiday notice that is not loaded.
    """
    spans: list[tuple[date, date]] = []
    for one in found:
        if one.due is None:
            if last > workdays.last and (one.published is None or one.published > workdays.last):
                raise CalendarUnknown(workdays.last.year + 1)
            continue
        end = min(last, one.published - _DAY) if one.published else last
        begin = max(first, one.due + _DAY)
        if begin <= end:
            spans.append((begin, end))
    return [Interval(duty, a, None if b == last else b) for a, b in _merged(spans)]


def _merged(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    merged: list[tuple[date, date]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1] + _DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged
