"""Reminders of review steps that are due or overdue, to the people who may sign them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduler import texts
from scheduler.jobs import Watch, office
from storage import outbox
from storage.models.watch import WatchPerson
from storage.outbox import Letter, channels_of
from storage.review.deadlines import Waiting, waiting

PREFIX = "review:"


async def remind(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Remind of every step whose last day is today or past: once a working day, within working hours.

    1. Reminders of steps that were signed meanwhile and could not be sent yet are taken back.
    2. Whoever may sign is told over their own channels; they are known by their desk account.
    3. A step that nobody can be told of is told to the operators, with what is to be done.
    """
    today = watch.clock.today()
    async with watch.database.read() as session:
        setting = await office(watch, session)
        steps = await waiting(session, watch.settings.review_days, setting.known, setting.zone)
        people = await _by_account(session)
    late = [w for w in steps if w.due <= today]
    local = watch.clock.now().astimezone(setting.zone)
    at_work = setting.works(today) and setting.work_from <= local.time() < setting.work_until
    letters, unreached = _letters(late, people, today, setting.base_url) if at_work else ([], [])
    if dry_run:
        return {"late": len(late), "messages": len(letters), "unreached": len(unreached)}
    async with watch.database.write() as session:
        await outbox.cancel_prefixed(session, PREFIX, keep=[_prefix(w) for w in late])
        messages = await outbox.put_all(session, letters, watch.clock)
        for step in unreached:
            key = f"{_prefix(step)}nobody:{today}"
            await outbox.tell_operators(session, key, *texts.review_unreached(step, today), watch.clock)
    return {"late": len(late), "messages": messages, "unreached": len(unreached)}


async def _by_account(session: AsyncSession) -> dict[int, WatchPerson]:
    query = select(WatchPerson).where(col(WatchPerson.active), col(WatchPerson.desk_account).is_not(None))
    return {p.desk_account: p for p in await session.exec(query) if p.desk_account is not None and channels_of(p)}


def _prefix(step: Waiting) -> str:
    return f"{PREFIX}{step.item.id}:{step.item.round}:{step.step.value}:"


def _letters(
    late: Sequence[Waiting], people: dict[int, WatchPerson], today: date, base_url: str | None
) -> tuple[list[tuple[WatchPerson, Letter]], list[Waiting]]:
    letters: list[tuple[WatchPerson, Letter]] = []
    unreached = []
    for step in late:
        reached = [people[m.id] for m in step.signers if m.id in people]
        if not reached:
            unreached.append(step)
        for person in reached:
            subject, body = texts.review_late(step, person.name, today, base_url)
            letters.append((person, Letter(f"{_prefix(step)}{person.id}:{today}", subject, body)))
    return letters, unreached
