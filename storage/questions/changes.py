"""What publishing does to known questions: which change their answer, which lose it, which gain one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import NotFound
from storage.facts import AgencyFacts, ReportFacts
from storage.models.questions import Ruling, RulingKind, Turn
from storage.reports.loading import load_reports

ANSWERED = "answer"


class Answered(Protocol):
    """A reply as the comparison needs it."""

    @property
    def kind(self) -> str:
        """`answer` where the question was answered."""

    @property
    def text(self) -> str:
        """What the citizen reads."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A question with what it was answered and what it would be."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AnswerChanges:
    """Questions whose answer changes, is lost, or is gained; those that stay are only counted."""

    changed: tuple[AnswerChange, ...]
    lost: tuple[AnswerChange, ...]
    gained: tuple[AnswerChange, ...]
    same: int


def compare_answers(
    questions: Iterable[str], answer: Callable[[str, AgencyFacts], Answered], before: AgencyFacts, after: AgencyFacts
) -> AnswerChanges:
    """Answer every question from both facts and tell the differences apart.

    Args:
        questions: as citizens typed them.
        answer: the question pipeline, without context.
        before: what is live.
        after: what would be (`with_version`).
    """
    found: dict[tuple[bool, bool], list[AnswerChange]] = {(a, b): [] for a in (False, True) for b in (False, True)}
    same = 0
    for question in questions:
        old, new = answer(question, before), answer(question, after)
        had, has = old.kind == ANSWERED, new.kind == ANSWERED
        if old.text == new.text or not (had or has):
            same += 1
        else:
            found[had, has].append(AnswerChange(question, old.text, new.text))
    return AnswerChanges(tuple(found[True, True]), tuple(found[True, False]), tuple(found[False, True]), same)


async def preview(
    session: AsyncSession,
    before: AgencyFacts,
    version_id: int,
    questions: Sequence[str],
    answer: Callable[[str, AgencyFacts], Answered],
) -> AnswerChanges:
    """What taking a version live does to these questions.

    Args:
        session: to read the version with.
        before: what is live of its agency.
        version_id: the version.
        questions: `known_questions` of the agency.
        answer: the question pipeline, without context; it runs in a thread.

    Raises:
        NotFound: no such version.
    """
    report = (await load_reports(session, [version_id])).get(version_id)
    if report is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    return await asyncio.to_thread(compare_answers, questions, answer, before, with_version(before, report))


def with_version(facts: AgencyFacts, report: ReportFacts) -> AgencyFacts:
    """The facts as they would be with this version live."""
    reports = dict(facts.reports) | {report.year: report}
    return replace(facts, reports=MappingProxyType(dict(sorted(reports.items()))))


async def known_questions(session: AsyncSession, agency_id: int, limit: int = 300) -> Sequence[str]:
    """The questions most often asked of an agency, as typed last, and those that aliases stand for."""
    latest = func.max(Turn.id)
    asked = (
        select(latest)
        .where(col(Turn.agency_id) == agency_id, col(Turn.normalised) != "", col(Turn.kind) != "guide")
        .group_by(col(Turn.normalised))
        .order_by(func.count().desc(), latest.desc())
        .limit(limit)
    )
    ids = (await session.exec(asked)).all()
    texts = dict((await session.exec(select(Turn.id, Turn.text).where(col(Turn.id).in_(ids)))).all())
    meant = select(Ruling.content).where(col(Ruling.agency_id) == agency_id, col(Ruling.kind) == RulingKind.ALIAS)
    return list(dict.fromkeys([*(texts[i] for i in ids if i in texts), *(await session.exec(meant)).all()]))
