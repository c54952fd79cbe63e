"""The gap rules against a plain day-by-day check, and each edge of each state."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import workdays
from storage.publishing import rules
from storage.publishing.types import Duty, Kind, Period, State, windows

KNOWN = workdays.packaged()
START = date(2023, 1, 1)


def duty(kind: Kind, period: str, start: date = START, **more: object) -> Duty:
    values = {"lead_days": 3, "serious_days": 7} | more
    return Duty(1, "X1", "某事项", "某栏目", kind, Period.parse(period, kind), start, "依据", **values)


def months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 24))
def test_calendar_months_agree_with_looking_back_from_each_day(since: date, months: int) -> None:
    due = rules.months_after(since, months)
    assert months_back(due, months) <= since
    assert months_back(due + timedelta(1), months) > since


dates = st.lists(st.dates(date(2022, 6, 1), date(2024, 6, 30)), max_size=12).map(sorted)


@given(
    dates,
    st.sampled_from(["14天", "1个月", "3个月", "30天", "2周", "10个工作日"]),
    st.dates(START, date(2023, 6, 1)),
    st.integers(0, 400),
)
def test_column_intervals_are_those_of_a_day_by_day_check(
    days: list[date], period: str, first: date, span: int
) -> None:
    last = first + timedelta(span)
    one = duty(Kind.CYCLE, period)
    known = [d for d in days if d <= last]
    found = rules.intervals(one, rules.occurrences(one, known, KNOWN), KNOWN, first, last)
    late = {i.first + timedelta(n) for i in found for n in range(((i.last or last) - i.first).days + 1)}
    expected = set()
    for n in range(span + 1):
        day = first + timedelta(n)
        newest = max([START, *(d for d in known if d <= day)])
        if day > rules.due_day(one.period, newest, KNOWN):
            expected.add(day)
    assert late == expected
    assert all(i.last != last for i in found), "still open at the end is said as open"


@given(dates, st.sampled_from(["20个工作日", "7个工作日", "20天", "1个月"]))
def test_state_and_interval_of_an_item_agree(days: list[date], period: str) -> None:
    one = duty(Kind.WITHIN, period, date(2023, 9, 13))
    found = rules.occurrences(one, days, KNOWN)
    late = rules.intervals(one, found, KNOWN, START, date(2024, 6, 30))
    for n in range(0, 540, 3):
        day = START + timedelta(n)
        inside = any(i.first <= day <= (i.last or date(2024, 6, 30)) for i in late)
        state = rules.judge(one, found, KNOWN, day)[0].state
        assert inside == (state in (State.OVERDUE, State.SERIOUS)), day


@pytest.mark.parametrize(
    ("day", "state", "days"),
    [
        ("2024-09-13", State.OK, -34),
        ("2024-10-13", State.OK, -4),
        ("2024-10-14", State.DUE_SOON, -3),
        ("2024-10-17", State.DUE_TODAY, 0),
        ("2024-10-18", State.OVERDUE, 1),
        ("2024-10-24", State.OVERDUE, 7),
        ("2024-10-25", State.SERIOUS, 8),
    ],
)
def test_states_change_on_the_right_day(day: str, state: State, days: int) -> None:
    one = duty(Kind.WITHIN, "20个工作日", date(2024, 9, 13))
    finding = rules.judge(one, rules.occurrences(one, [], KNOWN), KNOWN, date.fromisoformat(day))[0]
    assert (finding.state, finding.days) == (state, days)


def test_before_it_is_formed_nothing_is_due() -> None:
    one = duty(Kind.WITHIN, "7个工作日", date(2024, 9, 13))
    assert rules.judge(one, rules.occurrences(one, [], KNOWN), KNOWN, date(2024, 9, 1))[0].state is State.OK


def test_a_deadline_beyond_the_last_notice_is_said_not_guessed() -> None:
    one = duty(Kind.WITHIN, "20个工作日", date(2026, 12, 20))
    found = rules.occurrences(one, [], KNOWN)
    inside = rules.judge(one, found, KNOWN, date(2026, 12, 31))[0]
    assert (inside.state, inside.missing_year) == (State.OK, 2027)
    beyond = rules.judge(one, found, KNOWN, date(2027, 1, 4))[0]
    assert (beyond.state, beyond.missing_year) == (State.UNKNOWN, 2027)
    assert rules.intervals(one, found, KNOWN, START, date(2026, 12, 31)) == []
    with pytest.raises(workdays.CalendarUnknown, match="2027"):
        rules.intervals(one, found, KNOWN, START, date(2027, 1, 10))


def test_a_yearly_report_published_late_does_not_count_for_the_next_year() -> None:
    one = duty(Kind.FIXED, "每年1月31日")
    found = rules.recurring(one, [("2023", date(2023, 2, 5))], date(2024, 2, 3))
    late = rules.intervals(one, found, KNOWN, START, date(2024, 2, 3))
    assert [(i.first, i.last) for i in late] == [
        (date(2023, 2, 1), date(2023, 2, 4)),
        (date(2024, 2, 1), None),
    ]


def test_two_missed_years_are_two_findings() -> None:
    one = duty(Kind.FIXED, "每年1月31日")
    found = rules.judge(one, rules.recurring(one, [], date(2024, 1, 30)), KNOWN, date(2024, 1, 30))
    assert [(f.occurrence.episode, f.state) for f in found] == [("2023", State.SERIOUS), ("2024", State.DUE_SOON)]


def test_quarters_end_with_their_last_month() -> None:
    turns = windows(duty(Kind.FIXED, "每季度", date(2023, 2, 1)), date(2023, 7, 2))
    assert [(w.key, w.opens, w.due) for w in turns] == [
        ("2023Q1", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023Q2", date(2023, 4, 1), date(2023, 6, 30)),
        ("2023Q3", date(2023, 7, 1), date(2023, 9, 30)),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.CYCLE, "0天"),
        (Kind.CYCLE, "2024-01-31"),
        (Kind.WITHIN, "每季度"),
        (Kind.FIXED, "2024-02-30"),
        (Kind.FIXED, "14天"),
        (Kind.CYCLE, ""),
    ],
)
def test_a_period_of_another_kind_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=kind.value):
        Period.parse(text, kind)
