"""Figures about the questions themselves: how many a day and how they were answered, topics, votes, response time.

Counting is done by the database; days are the bureau's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.questions import Turn

_DAY = 86400
_EPOCH = date(1970, 1, 1)
TOPICS = 15


@dataclass(frozen=True, slots=True)
class Day:
    """One day's questions by the kind of their reply, and the votes on them."""

    day: date
    answer: int = 0
    choice: int = 0
    none: int = 0
    guide: int = 0
    useful: int = 0
    useless: int = 0

    @property
    def total(self) -> int:
        """All of the day."""
        return self.answer + self.choice + self.none + self.guide


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of a span of days.

    Attributes:
        days: each day of the span, oldest first, those without questions too.
        people: how many different people asked.
        topics: topic and count, the most frequent first.
        useful: votes 有用.
        useless: votes 没用.
        median_us: microseconds from question to reply that half of them stayed under; `None` without questions.
        slow_us: the same for 95 of a hundred.
    """

    days: tuple[Day, ...]
    people: int
    topics: tuple[tuple[str, int], ...] = ()
    useful: int = 0
    useless: int = 0
    median_us: int | None = None
    slow_us: int | None = None
    totals: Day = field(default=Day(_EPOCH))


async def numbers(
    session: AsyncSession, first: date, last: date, timezone: ZoneInfo, *, agency_id: int | None = None
) -> Numbers:
    """The figures from the first to the last day, both included.

    Args:
        session: any session.
        first: a day in the bureau's timezone.
        last: the same; not before `first`.
        timezone: the bureau's; its offset at `last` is taken for the whole span.
        agency_id: one agency's questions; all where it is `None`.
    """
    turn = Turn.__table__  # type: ignore[attr-defined]
    start = datetime.combine(first, time(), timezone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), timezone).astimezone(UTC)
    within = [turn.c.asked_at >= start, turn.c.asked_at < end]
    if agency_id is not None:
        within.append(turn.c.agency_id == agency_id)
    connection = await session.connection()
    offset = datetime.combine(last, time(12), timezone).utcoffset() or timedelta()
    bucket = _bucket(turn.c.asked_at, int(offset.total_seconds()), connection.dialect.name).label("bucket")
    count = sa.func.count().label("times")
    by_day: dict[date, dict[str, int]] = {}
    for number, kind, times in await connection.execute(
        sa.select(bucket, turn.c.kind, count).where(*within).group_by(bucket, turn.c.kind)
    ):
        by_day.setdefault(_EPOCH + timedelta(days=int(number)), {})[kind] = times
    voted = sa.select(bucket, turn.c.useful, count).where(*within, turn.c.useful.is_not(None))
    for number, useful, times in await connection.execute(voted.group_by(bucket, turn.c.useful)):
        by_day.setdefault(_EPOCH + timedelta(days=int(number)), {})["useful" if useful else "useless"] = times
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = tuple(Day(day, **_known(by_day.get(day, {}))) for day in span)
    topics = await connection.execute(
        sa.select(turn.c.topic, count)
        .where(*within, turn.c.kind != "guide")
        .group_by(turn.c.topic)
        .order_by(count.desc(), turn.c.topic)
        .limit(TOPICS)
    )
    people = (await connection.execute(sa.select(sa.func.count(turn.c.person.distinct())).where(*within))).scalar_one()
    total = sum(d.total for d in days)

    async def elapsed(share: float) -> int | None:
        if total == 0:
            return None
        ordered = sa.select(turn.c.elapsed_us).where(*within).order_by(turn.c.elapsed_us)
        found = await connection.execute(ordered.offset(min(int(total * share), total - 1)).limit(1))
        return found.scalar_one_or_none()

    return Numbers(
        days=days,
        people=people,
        topics=tuple((topic, times) for topic, times in topics),
        useful=sum(d.useful for d in days),
        useless=sum(d.useless for d in days),
        median_us=await elapsed(0.5),
        slow_us=await elapsed(0.95),
        totals=Day(
            first,
            sum(d.answer for d in days),
            sum(d.choice for d in days),
            sum(d.none for d in days),
            sum(d.guide for d in days),
        ),
    )


def _known(kinds: dict[str, int]) -> dict[str, int]:
    known = ("answer", "choice", "none", "guide", "useful", "useless")
    return {kind: times for kind, times in kinds.items() if kind in known}


def _bucket(moment: sa.ColumnElement[datetime], offset: int, dialect: str) -> sa.ColumnElement[int]:
    """The bureau's day as a number of days since 1970."""
    if dialect == "sqlite":
        whole = sa.func.substr(sa.type_coerce(moment, sa.String), 1, 19)  # strftime would round up to the next second
        seconds = sa.cast(sa.func.strftime("%s", whole), sa.BigInteger)
    else:
        seconds = sa.cast(sa.func.floor(sa.extract("epoch", moment)), sa.BigInteger)
    return (seconds + offset) // _DAY
