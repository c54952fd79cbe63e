"""Cases (督办事项): what people do to them, and their history.

Each step is one conditional update that names the version it saw, with its history, in the caller's unit of work: of
two that act at once one succeeds and the other is told. What the scan does to cases is decided in `scheduler.alerts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import outbox
from storage.clock import Clock
from storage.errors import Conflict, NotFound, Refused
from storage.models.cases import CaseEvent, WatchCase
from storage.models.watch import MAIN_ACCOUNT, Obligation, WatchPerson

LONGEST_SNOOZE = timedelta(days=30)
LONGEST_EXTENSION = timedelta(days=180)


class Status(StrEnum):
    """Where a case stands with the people who work on it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLOSED = "closed"


STATUS_NAMES = {
    Status.OPEN: "待处理",
    Status.ACKNOWLEDGED: "已收到",
    Status.SNOOZED: "已暂缓",
    Status.CLOSED: "已办结",
}


class Closed(StrEnum):
    """How a case was closed."""

    PUBLICATION = "publication"
    EVIDENCE = "evidence"
    """By hand, with evidence: it stays closed whatever the ledger says."""
    WITHDRAWN = "withdrawn"
    """The obligation was switched off or changed."""


class Action(StrEnum):
    """What happens to a case, as its history names it."""

    OPEN = "open"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    WAKE = "wake"
    EXTEND = "extend"
    RESOLVE = "resolve"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


ACTION_NAMES = {
    Action.OPEN: "立项",
    Action.ESCALATE: "升级提醒",
    Action.ACKNOWLEDGE: "收到",
    Action.SNOOZE: "暂缓",
    Action.WAKE: "暂缓到期",
    Action.EXTEND: "延期",
    Action.RESOLVE: "办结",
    Action.WITHDRAW: "撤销",
    Action.REOPEN: "重新打开",
}


class Role(StrEnum):
    """What a person is to the watch."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    OPERATOR = "operator"


ROLE_NAMES = {Role.OWNER: "责任人", Role.SUPERVISOR: "监督人", Role.HEAD: "负责人", Role.OPERATOR: "运维"}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case with its obligation, as lists show it."""

    case: WatchCase
    obligation: Obligation


async def get(session: AsyncSession, case_id: int) -> CaseLine:
    """One case.

    Raises:
        NotFound: there is none of that number.
    """
    query = select(WatchCase, Obligation).join(Obligation).where(col(WatchCase.id) == case_id)
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise NotFound(f"没有编号为{case_id}的督办事项。")
    return CaseLine(*found)


def of_account(account: str) -> ColumnElement[bool]:
    """Obligations of an account: those its staff own or supervise; to the main one also what nobody does."""
    staff = select(WatchPerson.id).where(col(WatchPerson.account) == account)
    theirs = col(Obligation.owner_id).in_(staff) | col(Obligation.supervisor_id).in_(staff)
    if account != MAIN_ACCOUNT:
        return theirs
    return theirs | (col(Obligation.owner_id).is_(None) & col(Obligation.supervisor_id).is_(None))


async def listed(
    session: AsyncSession,
    *,
    closed: bool = False,
    people: Sequence[int] | None = None,
    account: str | None = None,
    limit: int = 500,
) -> list[CaseLine]:
    """Cases, the most pressing first; those that any of `people` owns or supervises, of `account`, where given."""
    query = select(WatchCase, Obligation).join(Obligation)
    query = query.where(col(WatchCase.status) == Status.CLOSED if closed else col(WatchCase.status) != Status.CLOSED)
    if people is not None:
        query = query.where(col(Obligation.owner_id).in_(people) | col(Obligation.supervisor_id).in_(people))
    if account is not None:
        query = query.where(of_account(account))
    order = col(WatchCase.closed_at).desc() if closed else col(WatchCase.due_on)
    rows = await session.exec(query.order_by(order, col(WatchCase.id)).limit(limit))
    return [CaseLine(case, obligation) for case, obligation in rows.all()]


async def history(session: AsyncSession, case_id: int) -> list[CaseEvent]:
    """Who did what, oldest first."""
    query = select(CaseEvent).where(col(CaseEvent.case_id) == case_id).order_by(col(CaseEvent.id))
    return list((await session.exec(query)).all())


async def change(
    session: AsyncSession,
    case: WatchCase,
    action: Action,
    *,
    actor: str,
    clock: Clock,
    detail: str = "",
    **values: Any,
) -> bool:
    """Change a case if nobody else has since it was read, and write its history.

    1. Update where the version is the one read; no row: somebody was faster, nothing is done, `False`.
    2. Add the event. The caller adds messages in the same unit of work.
    """
    statement = (
        update(WatchCase)
        .where(col(WatchCase.id) == case.id, col(WatchCase.version) == case.version)
        .values(version=case.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if (await session.exec(statement)).rowcount != 1:
        return False
    assert case.id is not None
    session.add(CaseEvent(case_id=case.id, at=clock.now(), actor=actor, action=action, detail=detail))
    await session.flush()
    return True


async def _by_hand(
    session: AsyncSession, case: WatchCase, action: Action, *, actor: str, clock: Clock, detail: str, **values: Any
) -> None:
    assert case.id is not None
    if not await change(session, case, action, actor=actor, clock=clock, detail=detail, **values):
        raise Conflict("这件事项刚刚有人处理过，请刷新后再试。")
    await outbox.cancel(session, case.id)


def _require_open(case: WatchCase) -> None:
    if case.status == Status.CLOSED:
        raise Conflict("这件事项已经办结。")


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused("请写明原因。")
    return text[:500]


async def acknowledge(session: AsyncSession, case_id: int, *, actor: str, clock: Clock) -> CaseLine:
    """Somebody says that it is being worked on (收到). Doing it twice is no error.

    Raises:
        NotFound, Conflict: no such case; closed or changed meanwhile.
    """
    line = await get(session, case_id)
    _require_open(line.case)
    if line.case.status != Status.ACKNOWLEDGED:
        await _by_hand(
            session,
            line.case,
            Action.ACKNOWLEDGE,
            actor=actor,
            clock=clock,
            detail="",
            status=Status.ACKNOWLEDGED,
            acknowledged_at=clock.now(),
            snoozed_until=None,
        )
    return line


async def snooze(
    session: AsyncSession, case_id: int, until: date, reason: str, *, actor: str, clock: Clock
) -> CaseLine:
    """No reminders up to and including a day (暂缓); the lateness itself goes on counting.

    Raises:
        NotFound, Conflict: no such case; closed or changed meanwhile.
        Refused: the day is not ahead or too far, or there is no reason.
    """
    line, reason = await get(session, case_id), _reason(reason)
    _require_open(line.case)
    if not clock.today() < until <= clock.today() + LONGEST_SNOOZE:
        raise Refused(f"暂缓日期应在明天至{LONGEST_SNOOZE.days}天之内。")
    await _by_hand(
        session,
        line.case,
        Action.SNOOZE,
        actor=actor,
        clock=clock,
        detail=f"至{until}：{reason}",
        status=Status.SNOOZED,
        snoozed_until=until,
    )
    return line


async def extend(
    session: AsyncSession,
    case_id: int,
    until: date,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    person: WatchPerson | None = None,
) -> CaseLine:
    """Let it be done by a later day (延期): reminders follow the new day, the statutory day and the statistics do not.

    Args:
        session: a unit of work.
        case_id: the case.
        until: the new day.
        reason: why.
        actor: who, for the history.
        clock: the time.
        person: who, where it is one of the watch's people: the case's supervisor or a head may, its owner may not.

    Raises:
        NotFound, Conflict: no such case; closed or changed meanwhile.
        Refused: the person may not, the day is not ahead or too far, or there is no reason.
    """
    line, reason = await get(session, case_id), _reason(reason)
    _require_open(line.case)
    if person is not None and person.role != Role.HEAD and person.id != line.obligation.supervisor_id:
        raise Refused("延期要由监督人或负责人批准，请联系监督人。")
    if not clock.today() < until <= clock.today() + LONGEST_EXTENSION:
        raise Refused(f"延期日期应在明天至{LONGEST_EXTENSION.days}天之内。")
    await _by_hand(
        session,
        line.case,
        Action.EXTEND,
        actor=actor,
        clock=clock,
        detail=f"至{until}：{reason}",
        status=Status.OPEN,
        extended_until=until,
        snoozed_until=None,
        stage=0,
        staged_on=None,
    )
    return line


async def resolve(
    session: AsyncSession, case_id: int, evidence: str, *, actor: str, clock: Clock, published_on: date | None = None
) -> CaseLine:
    """Close by hand with evidence (办结): a link or a sentence that an inspector can follow.

    `published_on`: the day by which it was fulfilled, where it is known; else today.

    Raises:
        NotFound, Conflict: no such case; closed already or changed meanwhile.
        Refused: there is no evidence.
    """
    line = await get(session, case_id)
    _require_open(line.case)
    if not evidence.strip():
        raise Refused("请给出公开的链接或其他依据。")
    await _by_hand(
        session,
        line.case,
        Action.RESOLVE,
        actor=actor,
        clock=clock,
        detail=evidence.strip()[:500],
        status=Status.CLOSED,
        closed_at=clock.now(),
        closed_how=Closed.EVIDENCE,
        evidence=evidence.strip()[:2000],
        days_late=max(0, ((published_on or clock.today()) - line.case.due_on).days),
    )
    return line


async def reopen(session: AsyncSession, case_id: int, reason: str, *, actor: str, clock: Clock) -> CaseLine:
    """Open a closed case again (重新打开), because what closed it does not hold.

    Raises:
        NotFound, Conflict: no such case; not closed, or changed meanwhile.
        Refused: there is no reason.
    """
    line, reason = await get(session, case_id), _reason(reason)
    if line.case.status != Status.CLOSED:
        raise Conflict("这件事项没有办结，不需要重新打开。")
    await _by_hand(session, line.case, Action.REOPEN, actor=actor, clock=clock, detail=reason, **reopened())
    return line


def reopened() -> dict[str, Any]:
    """The values of a case that is open again."""
    return {
        "status": Status.OPEN,
        "closed_at": None,
        "closed_how": None,
        "publication_id": None,
        "evidence": None,
        "days_late": None,
        "stage": 0,
        "staged_on": None,
        "acknowledged_at": None,
    }
