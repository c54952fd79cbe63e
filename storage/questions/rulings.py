"""What admins decide about ways of asking: what they mean, their reviewed answer, or that they are out of scope.

A ruling is for one agency and one key; it is live in every process within two seconds, through the snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.errors import NotFound, Refused
from storage.models.questions import Ruling, RulingKind
from storage.reports.agencies import insert, mark_changed

LONGEST_KEY = 200
LONGEST_ANSWER = 2000


def fold(normalised: str) -> str:
    """The key of a question: its normalised text without punctuation, spaces and symbols, at most 200 characters."""
    return _NEITHER.sub("", normalised)[:LONGEST_KEY]


_NEITHER = re.compile(r"[\W_]+")
"""What is neither a letter nor a number."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way of asking as it was typed, with its key (`fold` of the normalised text)."""

    text: str
    key: str


async def rule(
    session: AsyncSession,
    agency_id: int,
    phrases: Sequence[Phrase],
    kind: RulingKind,
    *,
    content: str = "",
    actor: str,
    now: datetime,
    origin: str | None = None,
    reviewed: bool = False,
) -> None:
    """Decide about some ways of asking; an earlier ruling about one is replaced.

    Args:
        session: of the caller's unit of work.
        agency_id: whose questions.
        phrases: ways of asking.
        kind: see `RulingKind`.
        content: the question they mean, or the answer; nothing where they are out of scope.
        actor: who decides.
        now: the moment, UTC.
        origin: where it came from, for the audit log.
        reviewed: it comes out of review, which alone may change what came out of it.

    Raises:
        Refused: nothing to decide about, no content where it is needed, a phrase that would mean itself, or one whose
            answer was reviewed.
    """
    content = content.strip()
    if not phrases or not all(p.key for p in phrases):
        raise Refused("没有可以处理的问法。")
    if kind is not RulingKind.DISMISSED and not content:
        raise Refused("要写明标准问题或答复内容。")
    if len(content) > LONGEST_ANSWER:
        raise Refused(f"内容最多{LONGEST_ANSWER}字。")
    if kind is RulingKind.ALIAS and fold(content) in {p.key for p in phrases}:
        raise Refused("标准问题不能就是这个问法本身。")
    known = await _of(session, agency_id, phrases)
    if not reviewed:
        _refuse_reviewed(known)
    before = {r.normalised: {"kind": r.kind, "content": r.content} for r in known}
    for phrase in phrases:
        values = {
            "phrase": phrase.text,
            "kind": kind.value,
            "content": content,
            "decided_by": actor,
            "decided_at": now,
            "reviewed": reviewed,
        }
        row = insert(session, Ruling).values(agency_id=agency_id, normalised=phrase.key, **values)
        await session.exec(row.on_conflict_do_update(index_elements=["agency_id", "normalised"], set_=values))
    await mark_changed(session, agency_id)
    await audit.record(
        session,
        actor=actor,
        action=f"question.{kind.value}",
        subject=f"agency {agency_id} questions",
        before=before or None,
        after={"phrases": [p.text for p in phrases], "content": content},
        origin=origin,
        at=now,
    )


def _refuse_reviewed(rulings: Sequence[Ruling]) -> None:
    found = next((r for r in rulings if r.reviewed), None)
    if found is not None:
        raise Refused(f"“{found.phrase}”的答复是经审核发布的，要改请另拟一版送审，要撤请由终审人撤下。")


async def reopen(
    session: AsyncSession,
    agency_id: int,
    phrases: Sequence[Phrase],
    *,
    actor: str,
    origin: str | None = None,
    reviewed: bool = False,
) -> None:
    """Take rulings back; the questions are misses again.

    Raises:
        NotFound: none of the phrases has a ruling.
        Refused: the answer was reviewed, and this is not the withdrawal of it (`reviewed`).
    """
    rulings = await _of(session, agency_id, phrases)
    if not rulings:
        raise NotFound("这个问法还没有处理过。")
    if not reviewed:
        _refuse_reviewed(rulings)
    await session.exec(sa.delete(Ruling).where(col(Ruling.id).in_([r.id for r in rulings])))
    await mark_changed(session, agency_id)
    await audit.record(
        session,
        actor=actor,
        action="question.reopen",
        subject=f"agency {agency_id} questions",
        before={r.phrase: {"kind": r.kind, "content": r.content} for r in rulings},
        origin=origin,
    )


async def _of(session: AsyncSession, agency_id: int, phrases: Sequence[Phrase]) -> Sequence[Ruling]:
    keys = [p.key for p in phrases]
    return (
        await session.exec(select(Ruling).where(col(Ruling.agency_id) == agency_id, col(Ruling.normalised).in_(keys)))
    ).all()


async def list_rulings(session: AsyncSession, agency_id: int) -> Sequence[Ruling]:
    """Every ruling of an agency, newest first."""
    newest = col(Ruling.decided_at).desc(), col(Ruling.id).desc()
    return (await session.exec(select(Ruling).where(col(Ruling.agency_id) == agency_id).order_by(*newest))).all()


async def load_rulings(session: AsyncSession, agency_id: int) -> tuple[dict[str, str], dict[str, str]]:
    """Live aliases and live answers of an agency, by key."""
    found: dict[str, dict[str, str]] = {RulingKind.ALIAS: {}, RulingKind.ANSWER: {}, RulingKind.DISMISSED: {}}
    rows = select(Ruling.kind, Ruling.normalised, Ruling.content).where(col(Ruling.agency_id) == agency_id)
    for kind, key, content in await session.exec(rows):
        found[kind][key] = content
    return found[RulingKind.ALIAS], found[RulingKind.ANSWER]
