"""Carrying out what `scheduler.alerts` decided: cases, their history and the messages, in one unit of work per batch.

How a batch stays right when two processes do the same one, or the process dies:

1. Cases that open are inserted where there is none of that obligation and episode; only rows that were really inserted
   are told of.
2. Cases that change are locked and read anew; those whose version is not the one decided upon are left alone.
3. Events and messages are inserted in the same transaction. A message's key holds the case and its version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduler import alerts, texts
from scheduler.alerts import Change, Crew, Stage
from storage import outbox, taps
from storage.cases import Action, Closed, Status, reopened
from storage.clock import Clock
from storage.models.cases import CaseEvent, WatchCase
from storage.models.outbox import OutboxMessage
from storage.models.watch import Publication, WatchPerson
from storage.outbox import Letter
from storage.publishing import ledger
from storage.publishing.fulfilment import Episode, first_publications
from storage.publishing.types import STATE_NAMES
from storage.taps import Tap, TapAction
from storage.workdays import CalendarUnknown, Workdays

ACTOR = "scheduler"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Office:
    """What is needed to write to people.

    Attributes:
        people: everybody the watch knows.
        crew: the same, as those who are told of stages.
        known: the working days.
        zone: the bureau's timezone.
        work_from: reminders are sent from this time …
        work_until: … until this time.
        base_url: the service's public address, `None` where links cannot be made.
        secret: the key of one-tap links.
    """

    people: Sequence[WatchPerson]
    crew: Crew
    known: Workdays
    zone: ZoneInfo
    work_from: time
    work_until: time
    base_url: str | None
    secret: bytes = field(repr=False)

    def next_moment(self, now: datetime) -> datetime:
        """Now within working hours, else the beginning of the next ones.

        In a year without holiday notice Monday to Friday count: this decides when to speak, not what is late.
        """
        local = now.astimezone(self.zone)
        if self.works(local.date()) and local.time() < self.work_until:
            return max(local, datetime.combine(local.date(), self.work_from, self.zone))
        day = local.date() + timedelta(1)
        while not self.works(day):
            day += timedelta(1)
        return datetime.combine(day, self.work_from, self.zone)

    def works(self, day: date) -> bool:
        """Whether the office works on a day."""
        try:
            return self.known.is_workday(day)
        except CalendarUnknown:
            return day.weekday() < 5


@dataclass
class Done:
    """What a batch did."""

    opened: int = 0
    raised: int = 0
    closed: int = 0
    messages: int = 0


async def open_and_pressing(session: AsyncSession, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], WatchCase]:
    """Every case that is not closed, and the closed ones of these episodes."""
    rows = await session.exec(select(WatchCase).where(col(WatchCase.status) != Status.CLOSED))
    found = {(c.obligation_id, c.episode): c for c in rows.all()}
    missing = sorted(set(keys) - set(found))
    for start in range(0, len(missing), BATCH):
        wanted = set(missing[start : start + BATCH])
        query = select(WatchCase).where(
            col(WatchCase.obligation_id).in_({k[0] for k in wanted}), col(WatchCase.episode).in_({k[1] for k in wanted})
        )
        for case in (await session.exec(query)).all():
            if (case.obligation_id, case.episode) in wanted:
                found[case.obligation_id, case.episode] = case
    return found


async def carry_out(session: AsyncSession, changes: Sequence[Change], office: Office, clock: Clock) -> Done:
    """Carry out one batch of changes in the caller's unit of work."""
    done = Done()
    letters: list[tuple[WatchPerson, Letter]] = []
    events: list[dict[str, Any]] = []
    await _open(session, [c for c in changes if c.case is None], office, clock, done, events, letters)
    await _alter(session, [c for c in changes if c.case is not None], office, clock, done, events, letters)
    if events:
        await session.exec(insert(CaseEvent), params=events)
    done.messages += await outbox.put_all(session, letters, clock)
    return done


def _event(case_id: int, action: Action, detail: str, clock: Clock) -> dict[str, Any]:
    return {"case_id": case_id, "at": clock.now(), "actor": ACTOR, "action": action, "detail": detail}


async def _open(
    session: AsyncSession,
    changes: Sequence[Change],
    office: Office,
    clock: Clock,
    done: Done,
    events: list[dict[str, Any]],
    letters: list[tuple[WatchPerson, Letter]],
) -> None:
    by_key = {key: c for c in changes if c.finding and (key := alerts.key_of(c.finding))}
    if not by_key:
        return
    rows = []
    for (obligation_id, episode), change in by_key.items():
        assert change.finding is not None
        assert change.finding.occurrence is not None
        rows.append(
            {
                "obligation_id": obligation_id,
                "episode": episode,
                "status": Status.OPEN,
                "state": change.finding.state,
                "stage": change.stage,
                "staged_on": clock.today(),
                "due_on": change.finding.occurrence.due,
                "opened_at": clock.now(),
                "version": 1,
            }
        )
    insert_case = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert_case(WatchCase)
        .on_conflict_do_nothing(index_elements=["obligation_id", "episode"])
        .returning(col(WatchCase.id), col(WatchCase.obligation_id), col(WatchCase.episode))
    )
    for case_id, obligation_id, episode in (await session.exec(statement, params=rows)).all():
        change = by_key[obligation_id, episode]
        assert change.finding is not None
        done.opened += 1
        events.append(_event(case_id, Action.OPEN, STATE_NAMES[change.finding.state], clock))
        letters += _letters(change, case_id, 1, None, office, clock)


async def _alter(
    session: AsyncSession,
    changes: Sequence[Change],
    office: Office,
    clock: Clock,
    done: Done,
    events: list[dict[str, Any]],
    letters: list[tuple[WatchPerson, Letter]],
) -> None:
    if not changes:
        return
    ids = [c.case.id for c in changes if c.case]
    query = select(WatchCase.id, WatchCase.version).where(col(WatchCase.id).in_(ids)).with_for_update()
    current = dict((await session.exec(query)).all())
    updates, settled = [], []
    fulfilled = await _fulfilled(session, [c.case for c in changes if c.case and not c.finding], clock.today())
    for change in changes:
        case = change.case
        assert case is not None
        assert case.id is not None
        if current.get(case.id) != case.version:
            continue
        values, detail, action = _values(change, fulfilled, clock)
        updates.append(_whole(case, values))
        events.append(_event(case.id, action, detail, clock))
        if change.tell or values.get("status") == Status.CLOSED:
            settled.append(case.id)
        done.closed += values.get("status") == Status.CLOSED
        done.raised += change.tell
        if change.tell:
            letters += _letters(change, case.id, case.version + 1, case.extended_until, office, clock)
    if settled:
        await session.exec(
            update(OutboxMessage)
            .where(
                col(OutboxMessage.case_id).in_(settled),
                col(OutboxMessage.status).in_([outbox.Status.WAITING, outbox.Status.HELD]),
            )
            .values(status=outbox.Status.CANCELLED)
            .execution_options(synchronize_session=False)
        )
    if updates:
        await session.exec(update(WatchCase), params=updates)


async def _fulfilled(session: AsyncSession, closing: Sequence[WatchCase], until: date) -> dict[Episode, Publication]:
    """What fulfilled the episodes of these cases."""
    if not closing:
        return {}
    duties = await ledger.duties_of(session, {case.obligation_id for case in closing})
    return await first_publications(session, [(duties[c.obligation_id], c.episode) for c in closing], until)


_CHANGING = (
    "status",
    "state",
    "stage",
    "staged_on",
    "due_on",
    "acknowledged_at",
    "snoozed_until",
    "closed_at",
    "closed_how",
    "publication_id",
    "evidence",
    "days_late",
)


def _whole(case: WatchCase, values: dict[str, Any]) -> dict[str, Any]:
    """The row with the values changed: every row of a batch names the same columns, so that one statement does."""
    return {"id": case.id, "version": case.version + 1} | {k: values.get(k, getattr(case, k)) for k in _CHANGING}


def _values(
    change: Change, fulfilled: Mapping[Episode, Publication], clock: Clock
) -> tuple[dict[str, Any], str, Action]:
    """The new values of a case, with the words and the name of its history."""
    case, finding = change.case, change.finding
    assert case is not None
    if finding is None:
        return _closing(case, fulfilled.get((case.obligation_id, case.episode)), clock)
    assert finding.occurrence is not None
    values: dict[str, Any] = {"state": finding.state, "stage": change.stage, "due_on": finding.occurrence.due}
    if change.action is Action.REOPEN:
        values = reopened() | values
    if change.action in (Action.REOPEN, Action.WAKE):
        values |= {"status": Status.OPEN, "snoozed_until": None}
    if change.tell:
        values["staged_on"] = clock.today()
    return values, STATE_NAMES[finding.state], change.action


def _closing(case: WatchCase, publication: Publication | None, clock: Clock) -> tuple[dict[str, Any], str, Action]:
    values: dict[str, Any] = {"status": Status.CLOSED, "closed_at": clock.now()}
    if publication is None:
        return values | {"closed_how": Closed.WITHDRAWN}, "公开义务已停用、改动或期限已调整", Action.WITHDRAW
    late = max(0, (publication.published_on - case.due_on).days)
    values |= {"closed_how": Closed.PUBLICATION, "publication_id": publication.id, "days_late": late}
    values["evidence"] = publication.url or publication.title
    detail = f"{publication.published_on}公开“{publication.title}”，{f'逾期{late}天' if late else '按时'}"
    return values, detail, Action.RESOLVE


def _letters(
    change: Change, case_id: int, version: int, extended_until: date | None, office: Office, clock: Clock
) -> list[tuple[WatchPerson, Letter]]:
    finding = change.finding
    if not change.tell or finding is None or change.stage is Stage.NONE:
        return []
    assert finding.occurrence is not None
    assert finding.occurrence.due is not None
    duty, due, today = finding.duty, finding.occurrence.due, clock.today()
    at_once = duty.severe and change.stage >= Stage.OVERDUE
    moment = clock.now() if at_once else office.next_moment(clock.now())
    found = []
    told = office.crew.circle(change.stage, duty)
    for person in told:
        assert person.id is not None
        links = _links(case_id, person.id, office, clock)
        body = texts.reminder(
            change.stage,
            duty,
            due,
            today,
            case_id=case_id,
            links=links,
            told=[p.name for p in told],
            extended_until=extended_until,
        )
        key = f"case:{case_id}:v{version}:{person.id}"
        data = {"case": case_id, "title": duty.title, "due": due.isoformat(), "link": next(iter(links.values()), "")}
        subject = texts.subject(change.stage, duty, due, today)
        found.append((person, Letter(key, subject, body, case_id, moment, data)))
    return found


def _links(case_id: int, person_id: int, office: Office, clock: Clock) -> dict[TapAction, str]:
    if office.base_url is None:
        return {}
    until = clock.now() + taps.LIFE
    return {
        action: f"{office.base_url.rstrip('/')}/t/{taps.make(office.secret, Tap(case_id, person_id, action, until))}"
        for action in TapAction
    }
