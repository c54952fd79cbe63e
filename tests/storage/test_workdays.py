"""Working days are counted by the State Council's notices, and not at all where a notice is missing."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import workdays
from storage.clock import FixedClock
from storage.database import Database
from storage.sheets import read_table

KNOWN = workdays.packaged()
# day of receipt, then the 7th, 15th, 20th and 40th working day after it
VECTORS = [
    "2024-01-31",
    "2024-02-08",
    "2024-02-26",
    "2024-03-04",
    "2024-04-01",
    "2024-09-13",
    "2024-09-25",
    "2024-10-11",
    "2024-10-17",
    "2024-11-14",
    "2025-01-10",
    "2025-01-21",
    "2025-02-07",
    "2025-02-13",
    "2025-03-13",
    "2025-09-19",
    "2025-09-29",
    "2025-10-16",
    "2025-10-23",
    "2025-11-20",
    "2026-02-06",
    "2026-02-24",
    "2026-03-05",
    "2026-03-12",
    "2026-04-10",
    "2026-04-20",
    "2026-04-29",
    "2026-05-13",
    "2026-05-20",
    "2026-06-17",
    "2026-09-14",
    "2026-09-22",
    "2026-10-10",
    "2026-10-16",
    "2026-11-13",
]

NOTICE_2027 = """日期,安排,名称
2027-01-01,休,元旦
2027-02-05,休,春节
2027-02-06,休,春节
2027-02-08,休,春节
2027-02-09,休,春节
2027-02-10,休,春节
2027-02-11,休,春节
2027-02-20,班,春节调休
"""


@pytest.mark.parametrize("row", range(7))
def test_counts_as_the_published_vectors_do(row: int) -> None:
    start, *ends = map(date.fromisoformat, VECTORS[row * 5 : row * 5 + 5])
    assert [KNOWN.add(start, n) for n in (7, 15, 20, 40)] == ends


@given(st.dates(date(2019, 1, 1), date(2026, 6, 1)), st.integers(1, 60))
def test_adds_like_counting_one_by_one(start: date, count: int) -> None:
    day, left = start, count
    while left:
        day += timedelta(1)
        left -= chinese_calendar.is_workday(day)
    assert KNOWN.add(start, count) == day
    assert KNOWN.between(start, day) == count


def test_past_the_last_notice_it_asks_for_it() -> None:
    with pytest.raises(workdays.CalendarUnknown, match=r"2027年.*gongkai holidays import"):
        KNOWN.add(date(2026, 12, 20), 20)
    with pytest.raises(workdays.CalendarUnknown, match="2027"):
        KNOWN.is_workday(date(2027, 1, 4))


async def test_a_loaded_notice_extends_and_corrects(database: Database, clock: FixedClock) -> None:
    days, problems = workdays.read_notice(
        read_table("2027.csv", NOTICE_2027.encode("gb18030"), workdays.HEADER[:2], workdays.HEADER)
    )
    assert problems == []
    async with database.write() as session:
        years = await workdays.save_notice(session, days, title="通知", actor="test", clock=clock)
    assert years == {2027}
    async with database.write() as session:  # the same notice again changes nothing
        await workdays.save_notice(session, days, title="通知", actor="test", clock=clock)
    async with database.read() as session:
        known = await workdays.load(session)
    assert known.last == date(2027, 12, 31)
    assert not known.is_workday(date(2027, 2, 8))
    assert known.is_workday(date(2027, 2, 20))
    assert known.is_workday(date(2026, 10, 10))
    assert known.add(date(2026, 12, 30), 2) == date(2027, 1, 4)


async def test_a_year_cannot_be_loaded_over_a_hole(sqlite: Database, clock: FixedClock) -> None:
    text = NOTICE_2027.replace("2027", "2028")
    days, _ = workdays.read_notice(read_table("x.csv", text.encode(), workdays.HEADER[:2], workdays.HEADER))
    with pytest.raises(workdays.CalendarUnknown, match="2027"):
        async with sqlite.write() as session:
            await workdays.save_notice(session, days, title="", actor="test", clock=clock)


def test_a_broken_notice_is_refused_with_places() -> None:
    text = "日期,安排\n2027-02-30,休\n2027-05-01,假\n"
    _, problems = workdays.read_notice(read_table("x.csv", text.encode(), workdays.HEADER[:2], workdays.HEADER))
    assert [(p.row, p.column) for p in problems] == [(2, "日期"), (3, "安排")]


def test_half_a_notice_is_not_taken_for_a_whole_one() -> None:
    text = "日期,安排\n2027-01-01,休\n"
    _, problems = workdays.read_notice(read_table("x.csv", text.encode(), workdays.HEADER[:2], workdays.HEADER))
    assert "不像一份完整的放假通知" in str(problems[0])
