"""Who may do what at the desk: one table of roles and actions, asked everywhere and decided nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from storage.review.steps import SIGNERS, Step
from storage.staff import Role


class Action(StrEnum):
    """Something that a page shows or changes."""

    OWN = "own"
    """One's own account; everybody who is signed in."""
    STAFF = "staff"
    AUDIT = "audit"
    REPORT_VIEW = "report.view"
    REPORT_LOAD = "report.load"
    """Load a report, settle its doubts, hand it in: the draft (拟稿) and first proof (一校)."""
    REVIEW = "review"
    """Take part in review at all: sign the own step, return."""
    REVIEW_FIRST = "review.first"
    REVIEW_SECOND = "review.second"
    REVIEW_SECRECY = "review.secrecy"
    REVIEW_FINAL = "review.final"
    COMMENT = "review.comment"
    PUBLISH = "publish"
    """Publish what is approved, take off, bring back an older version."""
    QUESTIONS = "questions"
    RULE = "questions.rule"
    """Decide what a missed question means or that it is out of scope; a written answer needs PUBLISH as well."""
    HANDOVER = "handover"
    """Serve people: claim conversations, write replies and stock phrases; the lists come with QUESTIONS."""
    HANDOVER_MANAGE = "handover.manage"
    """Hours and who is told; put back what somebody else has claimed."""
    PEOPLE = "people"
    """See, export and delete what is kept of one citizen."""
    NUMBERS = "numbers"
    WATCH = "watch"
    WATCH_ACT = "watch.act"
    """Acknowledge, snooze, close and reopen cases, enter publications."""
    WATCH_EXTEND = "watch.extend"
    WATCH_MANAGE = "watch.manage"
    """Obligations, sources, the people that are told and how they are reached."""


_EVERYBODY = frozenset(Role)
_REVIEWERS = frozenset({Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.FINAL_REVIEWER, Role.SUPERVISOR})

ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.OWN: _EVERYBODY,
        Action.STAFF: frozenset({Role.ADMIN}),
        Action.AUDIT: frozenset({Role.ADMIN, Role.SUPERVISOR}),
        Action.REPORT_VIEW: _EVERYBODY,
        Action.REPORT_LOAD: frozenset({Role.EDITOR}),
        Action.REVIEW: _REVIEWERS,
        Action.REVIEW_FIRST: SIGNERS[Step.FIRST],
        Action.REVIEW_SECOND: SIGNERS[Step.SECOND],
        Action.REVIEW_SECRECY: SIGNERS[Step.SECRECY],
        Action.REVIEW_FINAL: SIGNERS[Step.FINAL],
        Action.COMMENT: _EVERYBODY - {Role.READER},
        Action.PUBLISH: frozenset({Role.FINAL_REVIEWER}),
        Action.QUESTIONS: _EVERYBODY - {Role.READER, Role.COLUMN_OWNER},
        Action.RULE: frozenset({Role.EDITOR, Role.FINAL_REVIEWER}),
        Action.HANDOVER: frozenset({Role.EDITOR, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.FINAL_REVIEWER}),
        Action.HANDOVER_MANAGE: frozenset({Role.ADMIN}),
        Action.PEOPLE: frozenset({Role.ADMIN}),
        Action.NUMBERS: _EVERYBODY,
        Action.WATCH: _EVERYBODY,
        Action.WATCH_ACT: frozenset({Role.ADMIN, Role.EDITOR, Role.COLUMN_OWNER, Role.SUPERVISOR}),
        Action.WATCH_EXTEND: frozenset({Role.SUPERVISOR}),
        Action.WATCH_MANAGE: frozenset({Role.ADMIN}),
    }
)


def may(roles: Iterable[str], action: Action) -> bool:
    """Whether one of the roles allows the action; a role that this version does not know allows nothing."""
    return not ALLOWED[action].isdisjoint(roles)
