"""The life of a case as the watch drives it: findings + cases + day -> changes. Pure.

A case is one episode of one obligation. It opens when the obligation first needs attention, rises stage by stage while
nothing is published, and closes when something is. Nobody is told anything twice: a stage is told when it is reached,
and it is reached once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from storage.cases import Action, Closed, Role, Status
from storage.models.cases import WatchCase
from storage.models.watch import MAIN_ACCOUNT, WatchPerson
from storage.publishing.rules import Finding
from storage.publishing.types import Duty, State

PRESSING = frozenset({State.DUE_SOON, State.DUE_TODAY, State.OVERDUE, State.SERIOUS})
LATE = frozenset({State.OVERDUE, State.SERIOUS})


class Stage(IntEnum):
    """How far the notices of a case have gone; each is told once, to a wider circle."""

    NONE = 0
    SOON = 1
    TODAY = 2
    OVERDUE = 3
    SUPERVISOR = 4
    HEAD = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """When notices rise.

    Attributes:
        supervisor_after: days overdue after which the supervisor is told too.
        patience: days more that an acknowledged case has before that.
    """

    supervisor_after: int = 3
    patience: int = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What the watch does to one case.

    Attributes:
        action: what happens.
        case: the case as read; `None` for one that opens.
        finding: what was found; `None` where the obligation is in order again.
        stage: the stage reached.
        tell: whether the stage's circle is to be told.
    """

    action: Action
    case: WatchCase | None
    finding: Finding | None
    stage: Stage
    tell: bool


def key_of(finding: Finding) -> tuple[int, str] | None:
    """The episode that a pressing finding is about."""
    if finding.state not in PRESSING or finding.occurrence is None:
        return None
    return finding.duty.id, finding.occurrence.episode


def plan(
    findings: Iterable[Finding],
    cases: Mapping[tuple[int, str], WatchCase],
    today: date,
    policy: Policy,
) -> list[Change]:
    """The changes that bring the cases into step with the findings.

    Args:
        findings: how every obligation stands.
        cases: by obligation and episode: every case that is not closed, and the closed ones of pressing findings.
        today: the day.
        policy: when notices rise.
    """
    changes: list[Change] = []
    pressing: set[tuple[int, str]] = set()
    blind: set[int] = set()
    for finding in findings:
        if finding.state in (State.UNKNOWN, State.UNREACHED):
            blind.add(finding.duty.id)
        key = key_of(finding)
        if key is None:
            continue
        pressing.add(key)
        change = _meet(finding, cases.get(key), today, policy)
        if change is not None:
            changes.append(change)
    for key, case in cases.items():
        if case.status != Status.CLOSED and key not in pressing and case.obligation_id not in blind:
            changes.append(Change(Action.RESOLVE, case, None, Stage(case.stage), False))
    return changes


def _meet(finding: Finding, case: WatchCase | None, today: date, policy: Policy) -> Change | None:
    if case is None:
        stage = min(stage_of(finding, None, today, policy), Stage.OVERDUE)
        return Change(Action.OPEN, None, finding, stage, True)
    if case.status == Status.CLOSED:
        if case.closed_how == Closed.EVIDENCE:
            return None
        stage = min(stage_of(finding, None, today, policy), Stage.OVERDUE)
        return Change(Action.REOPEN, case, finding, stage, True)
    if case.status == Status.SNOOZED and case.snoozed_until is not None:
        if case.snoozed_until >= today:
            return _note(finding, case)
        stage = max(Stage(case.stage), min(stage_of(finding, case, today, policy), Stage.OVERDUE))
        return Change(Action.WAKE, case, finding, stage, True)
    stage = _one_step(stage_of(finding, case, today, policy), case, today)
    if stage > case.stage:
        return Change(Action.ESCALATE, case, finding, stage, True)
    return _note(finding, case)


def _note(finding: Finding, case: WatchCase) -> Change | None:
    """The state or the due day changed, and nobody needs to be told of it."""
    due = finding.occurrence.due if finding.occurrence else None
    if case.state == finding.state and case.due_on == due:
        return None
    return Change(Action.ESCALATE, case, finding, Stage(case.stage), False)


def _one_step(wanted: Stage, case: WatchCase, today: date) -> Stage:
    """Beyond the owner the circle widens by one a day, so that nobody is passed over."""
    if wanted <= Stage.OVERDUE:
        return wanted
    if case.stage < Stage.OVERDUE:
        return Stage.OVERDUE
    if case.staged_on is not None and case.staged_on >= today:
        return Stage(case.stage)
    return min(wanted, Stage(min(case.stage + 1, Stage.HEAD)))


def stage_of(finding: Finding, case: WatchCase | None, today: date, policy: Policy) -> Stage:
    """The stage that a finding has come to; an extension moves the day it is measured from, not the law's."""
    assert finding.occurrence is not None
    assert finding.occurrence.due is not None
    due = finding.occurrence.due
    if case is not None and case.extended_until is not None:
        due = max(due, case.extended_until)
    late = (today - due).days
    if late < 0:
        return Stage.SOON if -late <= finding.duty.lead_days else Stage.NONE
    if late == 0:
        return Stage.TODAY
    if late > finding.duty.serious_days:
        return Stage.HEAD
    wait = 1 if finding.duty.severe else policy.supervisor_after
    if case is not None and case.acknowledged_at is not None:
        wait += policy.patience
    return Stage.SUPERVISOR if late > wait else Stage.OVERDUE


class Crew:
    """Those who may be told, as they are now."""

    def __init__(self, people: Sequence[WatchPerson]) -> None:
        """Sort them; who is not active is told nothing."""
        self._by_id = {p.id: p for p in people if p.active}
        self._operators = [p for p in self._by_id.values() if p.role == Role.OPERATOR]
        self._heads: dict[str, list[WatchPerson]] = defaultdict(list)
        for person in self._by_id.values():
            if person.role == Role.HEAD:
                self._heads[person.account].append(person)

    def circle(self, stage: Stage, duty: Duty) -> list[WatchPerson]:
        """Who hears of a stage: the owner, then the supervisor too, then the heads too; else the operators.

        The heads are those of the official account whose staff the duty is with.
        """
        owner, supervisor = self._by_id.get(duty.owner_id), self._by_id.get(duty.supervisor_id)
        heads = self._heads.get(next((p.account for p in (owner, supervisor) if p is not None), MAIN_ACCOUNT), [])
        chosen = [owner]
        if stage >= Stage.SUPERVISOR or owner is None:
            chosen.append(supervisor)
        if stage >= Stage.HEAD:
            chosen += heads
        found = list({p.id: p for p in chosen if p is not None}.values())
        if found:
            return found
        return heads if stage >= Stage.OVERDUE and heads else self._operators


@dataclass(frozen=True, slots=True)
class Flood:
    """When a check finds so much that it is more likely wrong than true.

    Attributes:
        floor: so many new overdue obligations are never a flood.
        share: of all obligations, so large a part is none.
        times: so many times the most of late is none.
    """

    floor: int = 10
    share: float = 0.1
    times: float = 3.0


def is_flood(new: int, usual: int, total: int, limits: Flood) -> bool:
    """Whether far more obligations newly turned overdue than before."""
    return new > max(limits.floor, limits.share * total, limits.times * usual)


def newly_late(changes: Iterable[Change]) -> list[Change]:
    """The changes that would tell somebody of an obligation that was not known as overdue."""
    return [
        c
        for c in changes
        if c.finding is not None
        and c.finding.state in LATE
        and c.tell
        and (c.case is None or c.case.status == Status.CLOSED or c.case.state not in LATE)
    ]


def heard(changes: Iterable[Change], crew: Crew) -> list[Change]:
    """The same changes, but what nobody would hear is not told, and its stage not reached.

    So it is told at the first check after somebody is there.
    """
    found = []
    for change in changes:
        if not change.tell or change.finding is None or crew.circle(change.stage, change.finding.duty):
            found.append(change)
        elif change.action is not Action.ESCALATE:
            found.append(replace(change, stage=Stage.NONE, tell=False))
        elif change.case is not None and (note := _note(change.finding, change.case)) is not None:
            found.append(note)
    return found


def unheard(
    findings: Iterable[Finding], cases: Mapping[tuple[int, str], WatchCase], crew: Crew, today: date, policy: Policy
) -> int:
    """How many episodes need attention, are not closed with evidence, and would be told to nobody."""
    count = 0
    for finding in findings:
        key = key_of(finding)
        case = cases.get(key) if key else None
        if key is not None and (case is None or case.closed_how != Closed.EVIDENCE):
            count += not crew.circle(stage_of(finding, None, today, policy), finding.duty)
    return count
