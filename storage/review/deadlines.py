"""Until when a step of review ought to be signed, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import staff
from storage.models.review import ItemState, ReviewEntry, ReviewItem
from storage.models.staff import StaffMember
from storage.review import acts
from storage.review.acts import Act
from storage.review.steps import SIGNERS, Step, next_step, refusal
from storage.workdays import CalendarUnknown, Workdays

_MOVES = (Act.SUBMIT, Act.SIGN)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for its signature.

    Attributes:
        item: what is reviewed.
        step: the step.
        since: the day on which it became this step's turn.
        due: the last working day for it.
        signers: who may sign it: they hold its role, did not write the item and signed no other step.
    """

    item: ReviewItem
    step: Step
    since: date
    due: date
    signers: tuple[StaffMember, ...]


def due_day(since: date, days: int, known: Workdays) -> date:
    """The `days`-th working day after a day; without the year's holiday notice Monday to Friday count."""
    try:
        return known.add(since, days)
    except CalendarUnknown:
        day = since
        while days:
            day += timedelta(1)
            days -= day.weekday() < 5
        return day


def turn_since(record: Sequence[ReviewEntry], zone: tzinfo) -> date:
    """The day on which the step that waits now became due to be signed: of the last signature, 一校 included."""
    return max(e.at for e in record if e.act in _MOVES).astimezone(zone).date()


async def waiting(session: AsyncSession, days: int, known: Workdays, zone: tzinfo) -> list[Waiting]:
    """Every step that waits, the item last changed first.

    Args:
        session: any session.
        days: working days for each step.
        known: the working days.
        zone: the bureau's timezone.
    """
    people = [m for m in await staff.members(session) if m.active]
    found = []
    for item in await acts.items(session, ItemState.IN_REVIEW, limit=1000):
        lines = await acts.record(session, item.id or 0)
        step = next_step(item, lines)
        if step is None:
            continue
        since = turn_since(lines, zone)
        able = (m for m in people if not SIGNERS[step].isdisjoint(m.roles))
        signers = tuple(m for m in able if m.id is not None and refusal(item, lines, m.id) is None)
        found.append(Waiting(item, step, since, due_day(since, days, known), signers))
    return found
