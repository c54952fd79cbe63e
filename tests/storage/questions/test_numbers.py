"""Counting questions by the bureau's days, on both databases."""

from datetime import date, datetime, timedelta

from storage.clock import BEIJING
from storage.database import Database
from storage.models.questions import Turn
from storage.questions.numbers import numbers


def turn(n: int, at: datetime, kind: str = "answer", **more: object) -> Turn:
    fields = {"person": f"p{n % 2}", "topic": "f.wechat", "elapsed_us": n * 1000, "text": "问", "normalised": "问"}
    return Turn(key=f"k{n}", asked_at=at, kind=kind, reply="答", **(fields | more))


async def test_days_are_the_bureaus_and_nothing_is_counted_twice(database: Database) -> None:
    midnight = datetime(2026, 6, 15, tzinfo=BEIJING)
    rows = [
        turn(1, midnight - timedelta(microseconds=1), useful=True),
        turn(2, midnight),
        turn(3, midnight + timedelta(hours=7, minutes=59), "none", topic="out.month"),
        turn(4, midnight + timedelta(hours=8, minutes=1), "choice", useful=False),
        turn(5, midnight + timedelta(days=1), "guide", topic="guide"),
        turn(6, midnight + timedelta(days=2)),
        turn(7, midnight - timedelta(days=9)),
    ]
    async with database.write() as session:
        session.add_all(rows)
    async with database.read() as session:
        found = await numbers(session, date(2026, 6, 14), date(2026, 6, 16), BEIJING)
    assert [(d.answer, d.choice, d.none, d.guide) for d in found.days] == [(1, 0, 0, 0), (1, 1, 1, 0), (0, 0, 0, 1)]
    assert [(d.useful, d.useless) for d in found.days] == [(1, 0), (0, 1), (0, 0)]
    assert found.totals.total == 5
    assert found.people == 2
    assert found.topics == (("f.wechat", 3), ("out.month", 1))
    assert (found.useful, found.useless) == (1, 1)
    assert (found.median_us, found.slow_us) == (3000, 5000)


async def test_no_questions(database: Database) -> None:
    async with database.read() as session:
        found = await numbers(session, date(2026, 6, 15), date(2026, 6, 15), BEIJING)
    assert found.totals.total == 0
    assert found.median_us is None
    assert len(found.days) == 1
