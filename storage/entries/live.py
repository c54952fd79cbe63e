"""What of the entries is live: the one pointer of each, moved with its audit entry, and how it reaches answers."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.acting import By
from storage.entries.content import AnswerText, answer_from, rule_from
from storage.errors import Conflict
from storage.facts import RuleText
from storage.models.entries import Entry, EntryKind, EntryVersion
from storage.models.questions import RulingKind
from storage.questions.rulings import Phrase, reopen, rule
from storage.reports.agencies import mark_changed


async def point(
    session: AsyncSession, entry: Entry, number: int | None, *, off: bool, action: str, reason: str, by: By
) -> None:
    """Move an entry's pointer; every process follows within two seconds.

    Args:
        session: of the caller's unit of work.
        entry: locked.
        number: the version to take live; `None` for none of the desk's own.
        off: nothing answers in its place, the bundled rule neither.
        action: for the audit log.
        reason: why.
        by: who.
    """
    before = {"live": entry.live, "off": entry.off}
    if entry.kind == EntryKind.ANSWER:
        await _answers(session, entry, number, by)
    entry.live, entry.off = number, off
    session.add(entry)
    await session.flush()
    await mark_changed(session, entry.agency_id)
    after: dict[str, Any] = {"live": number, "off": off}
    await audit.record(
        session,
        actor=by.actor,
        action=action,
        subject=f"entry {entry.id}",
        before=before,
        after=after | ({"reason": reason} if reason else {}),
        origin=by.origin,
        at=by.now,
    )


async def _answers(session: AsyncSession, entry: Entry, number: int | None, by: By) -> None:
    """Bring the rulings by which questions find their answer into step with the version that goes live."""
    old = await _answer(session, entry, entry.live)
    new = await _answer(session, entry, number)
    kept = {p.key for p in new.phrases} if new else set[str]()
    gone = [p for p in old.phrases if p.key not in kept] if old else list[Phrase]()
    if gone:
        await reopen(session, entry.agency_id, gone, actor=by.actor, origin=by.origin, reviewed=True)
    if new:
        fault = await taken(session, entry, new)
        if fault is not None:
            raise Conflict(fault)
        await rule(
            session,
            entry.agency_id,
            new.phrases,
            RulingKind.ANSWER,
            content=new.text,
            actor=by.actor,
            now=by.now,
            origin=by.origin,
            reviewed=True,
        )


async def _answer(session: AsyncSession, entry: Entry, number: int | None) -> AnswerText | None:
    query = select(EntryVersion.content).where(EntryVersion.entry_id == entry.id, EntryVersion.number == number)
    found = (await session.exec(query)).one_or_none()
    return None if found is None else answer_from(found)


async def switch(session: AsyncSession, entry: Entry, *, off: bool, reason: str, by: By) -> None:
    """Take a bundled rule off at once, or let it answer again as it is bundled.

    Raises:
        Conflict: it is so already.
    """
    if entry.off is off and (off or entry.live is None):
        raise Conflict("刚刚已经有人处理过了，请刷新后再看。")
    action = "entry.withdraw" if off else "entry.publish"
    await point(session, entry, None, off=off, action=action, reason=reason, by=by)


async def load_rules(session: AsyncSession, agency_id: int) -> dict[str, RuleText | None]:
    """The rules that the desk wrote and that are live, by key; `None`: the bundled one does not answer."""
    of = Entry.agency_id == agency_id, Entry.kind == EntryKind.RULE
    off = await session.exec(select(Entry.key).where(*of, col(Entry.off)))
    found: dict[str, RuleText | None] = dict.fromkeys(off)
    live = (
        select(Entry.key, EntryVersion.content)
        .join(EntryVersion, (col(EntryVersion.entry_id) == col(Entry.id)) & (EntryVersion.number == Entry.live))
        .where(*of, col(Entry.off).is_(False))
    )
    found |= {key: rule_from(content) for key, content in await session.exec(live)}
    return found


async def reviewed_keys(session: AsyncSession, agency_id: int, *, but: int | None = None) -> dict[str, int]:
    """The keys of ways of asking that a reviewed answer is live for, each with the id of the version.

    Args:
        session: any session.
        agency_id: whose.
        but: an entry that does not count.
    """
    live = (
        select(EntryVersion)
        .join(Entry, (col(EntryVersion.entry_id) == col(Entry.id)) & (EntryVersion.number == Entry.live))
        .where(Entry.agency_id == agency_id, Entry.kind == EntryKind.ANSWER, col(Entry.id).is_distinct_from(but))
    )
    return {p.key: v.id for v in await session.exec(live) if v.id is not None for p in answer_from(v.content).phrases}


async def taken(session: AsyncSession, entry: Entry, answer: AnswerText) -> str | None:
    """Why the answer may not go live: another one is live for the same way of asking."""
    others = await reviewed_keys(session, entry.agency_id, but=entry.id)
    phrase = next((p for p in answer.phrases if p.key in others), None)
    return f"“{phrase.text}”已有另一条常见问题在答复，请去掉这种问法，或先撤下那一条。" if phrase else None
