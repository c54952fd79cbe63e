"""The review machine: submit, sign, return, comment, order publishing; for any kind of item.

拟稿（一校） -> 初审 -> 复审（二校） -> 保密审查 -> 终审（三校）. The secrecy review (保守国家秘密法实施条例第四十二条,
先审查、后公开) is a signed step of its own. Nobody signs two steps of one round, and nobody their own draft; the
database holds both as constraints. What becomes of the thing itself is the caller's part, in the same unit of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.acting import By
from storage.errors import Conflict, NotFound, Refused
from storage.models.review import ItemState, ReviewEntry, ReviewItem
from storage.review.steps import Step, next_step, refusal
from storage.review.subjects import subject


class Act(StrEnum):
    """What a line of the record says."""

    SUBMIT = "submit"
    SIGN = "sign"
    RETURN = "return"
    COMMENT = "comment"
    ORDER = "order"
    CANCEL = "cancel"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    DISCARD = "discard"


async def submit(
    session: AsyncSession,
    *,
    kind: str,
    subject_id: int,
    title: str,
    wanted: Sequence[Step],
    by: By,
) -> ReviewItem:
    """Hand a draft in; with it the author signs 一校. An item that was returned starts a new round.

    Raises:
        Conflict: it is in review already, or was published.
    """
    item = await of_subject(session, kind, subject_id, lock=True)
    if item is not None and item.state != ItemState.RETURNED:
        raise Conflict("这份稿子已经提交过了。")
    if not wanted:
        raise Refused("至少要有一道审核。")
    if item is None:
        item = ReviewItem(
            kind=kind, subject_id=subject_id, title=title[:300], author_id=by.id, submitted_at=by.now, changed_at=by.now
        )
    else:
        item.round += 1
        item.author_id, item.submitted_at, item.accepted = by.id, by.now, []
    item.state, item.steps = ItemState.IN_REVIEW.value, [s.value for s in wanted]
    await _note(session, item, Act.SUBMIT, by, slot=by.id)
    return item


async def sign(
    session: AsyncSession,
    item_id: int,
    step: Step,
    *,
    revision: int,
    by: By,
    text: str = "",
    accepted: Sequence[str] = (),
) -> ReviewItem:
    """Sign the step that waits; with the last one the item is approved.

    Raises:
        Conflict: the item changed since the page was opened.
        Refused: it is not this step's turn, or the person signed already or wrote it.
    """
    item = await get(session, item_id, revision=revision)
    said = await record(session, item_id)
    if next_step(item, said) is not step:
        raise Refused("现在不是这一道。")
    reason = refusal(item, said, by.id)
    if reason is not None:
        raise Refused(reason)
    if step.value == item.steps[-1]:
        item.state, item.accepted = ItemState.APPROVED.value, sorted(accepted)
    await _note(session, item, Act.SIGN, by, step=step, slot=by.id, text=text)
    return item


def given(reason: str, act: str) -> str:
    """A reason without the space around it.

    Raises:
        Refused: there is none.
    """
    if not reason.strip():
        raise Refused(f"{act}要写明原因。")
    return reason.strip()


async def give_back(
    session: AsyncSession,
    item_id: int,
    *,
    revision: int,
    reason: str,
    by: By,
) -> ReviewItem:
    """Return the item to its author with a reason; also one that is approved but not published.

    Raises:
        Conflict: the item changed since the page was opened, or it cannot be returned any more.
        Refused: no reason was given.
    """
    why = given(reason, "退回")
    item = await get(session, item_id, revision=revision)
    if item.state not in (ItemState.IN_REVIEW, ItemState.APPROVED):
        raise Conflict("这份稿子现在不能退回。")
    step = next_step(item, await record(session, item_id))
    item.state, item.publish_at, item.trouble = ItemState.RETURNED.value, None, None
    await _note(session, item, Act.RETURN, by, step=step, text=why)
    return item


async def comment(session: AsyncSession, item_id: int, *, text: str, by: By) -> ReviewItem:
    """Say something about the item; changes nothing.

    Raises:
        Refused: it says nothing.
    """
    if not text.strip():
        raise Refused("请写下意见。")
    item = await get(session, item_id)
    await _note(session, item, Act.COMMENT, by, text=text.strip(), changes=False)
    return item


async def order(
    session: AsyncSession,
    item_id: int,
    *,
    revision: int,
    at: datetime,
    expected: int | None,
    by: By,
) -> ReviewItem:
    """Order an approved item to be published at a time.

    Raises:
        Conflict: it is not approved, or changed since the page was opened.
        Refused: the time is past.
    """
    if at <= by.now:
        raise Refused("定时发布的时间要晚于现在。")
    item = await get(session, item_id, revision=revision)
    if item.state != ItemState.APPROVED:
        raise Conflict("审定的稿子才能发布。")
    item.publish_at, item.expected, item.ordered_by, item.trouble = at, expected, by.id, None
    await _note(session, item, Act.ORDER, by, text=at.isoformat())
    return item


async def cancel(session: AsyncSession, item_id: int, *, revision: int, by: By) -> ReviewItem:
    """Take an order back.

    Raises:
        Conflict: it has happened already, or the item changed.
    """
    item = await get(session, item_id, revision=revision)
    if item.publish_at is None or item.state != ItemState.APPROVED:
        raise Conflict("没有等待中的定时发布。")
    item.publish_at, item.trouble = None, None
    await _note(session, item, Act.CANCEL, by)
    return item


async def published(session: AsyncSession, item_id: int, *, revision: int, by: By) -> ReviewItem:
    """Note that an approved item goes live in this unit of work.

    Raises:
        Conflict: it is not approved, or changed since the page was opened.
    """
    item = await get(session, item_id, revision=revision)
    if item.state != ItemState.APPROVED:
        raise Conflict("审定的稿子才能发布。")
    item.state, item.publish_at, item.trouble = ItemState.PUBLISHED.value, None, None
    await _note(session, item, Act.PUBLISH, by)
    return item


_FOLLOWED = {
    ItemState.WITHDRAWN: Act.WITHDRAW,
    ItemState.PUBLISHED: Act.PUBLISH,
    ItemState.DISCARDED: Act.DISCARD,
}


async def follow(
    session: AsyncSession,
    kind: str,
    subject_id: int,
    state: ItemState,
    *,
    text: str,
    by: By,
) -> None:
    """Note on the item, where there is one, that its subject was taken off, brought back or given up."""
    item = await of_subject(session, kind, subject_id, lock=True)
    if item is None:
        return
    item.state, item.publish_at = state.value, None
    await _note(session, item, _FOLLOWED[state], by, text=text)


async def forget(session: AsyncSession, kind: str, subject_ids: Sequence[int]) -> None:
    """Delete the items of things that are deleted themselves at a citizen's request, with all that was said on them."""
    same = col(ReviewItem.kind) == kind, col(ReviewItem.subject_id).in_(subject_ids)
    of = select(ReviewItem.id).where(*same)
    await session.exec(delete(ReviewEntry).where(col(ReviewEntry.item_id).in_(of)))
    await session.exec(delete(ReviewItem).where(*same))


async def due(session: AsyncSession, now: datetime) -> list[ReviewItem]:
    """Items whose ordered time has come and to which nothing has gone wrong yet."""
    query = select(ReviewItem).where(
        ReviewItem.state == ItemState.APPROVED, col(ReviewItem.publish_at) <= now, col(ReviewItem.trouble).is_(None)
    )
    return list((await session.exec(query)).all())


async def get(session: AsyncSession, item_id: int, *, revision: int | None = None) -> ReviewItem:
    """One item, locked for the unit of work.

    Raises:
        NotFound: there is none of that id.
        Conflict: it has moved on from the given revision.
    """
    item = (await session.exec(select(ReviewItem).where(ReviewItem.id == item_id).with_for_update())).one_or_none()
    if item is None:
        raise NotFound("没有这份稿子。")
    if revision is not None and item.revision != revision:
        raise Conflict("这份稿子刚有新的进展，请看过再操作。您刚才的操作没有生效。")
    return item


async def of_subject(session: AsyncSession, kind: str, subject_id: int, *, lock: bool = False) -> ReviewItem | None:
    """The item of a subject, if it was ever handed in."""
    query = select(ReviewItem).where(ReviewItem.kind == kind, ReviewItem.subject_id == subject_id)
    return (await session.exec(query.with_for_update() if lock else query)).one_or_none()


async def record(session: AsyncSession, item_id: int) -> list[ReviewEntry]:
    """The item's whole record, oldest first."""
    query = select(ReviewEntry).where(ReviewEntry.item_id == item_id).order_by(col(ReviewEntry.id))
    return list((await session.exec(query)).all())


async def items(session: AsyncSession, *states: ItemState, limit: int = 100) -> list[ReviewItem]:
    """Items in these states, the last changed first."""
    query = select(ReviewItem).where(col(ReviewItem.state).in_([s.value for s in states]))
    return list((await session.exec(query.order_by(col(ReviewItem.changed_at).desc()).limit(limit))).all())


async def waiting_for(session: AsyncSession, staff_id: int, may: Sequence[Step]) -> list[ReviewItem]:
    """Items whose next step this person may sign, the longest waiting first."""
    found = []
    for item in await items(session, ItemState.IN_REVIEW):
        said = await record(session, item.id or 0)
        if next_step(item, said) in may and refusal(item, said, staff_id) is None:
            found.append(item)
    return found[::-1]


async def _note(
    session: AsyncSession,
    item: ReviewItem,
    act: Act,
    by: By,
    *,
    step: Step | None = None,
    slot: int | None = None,
    text: str = "",
    changes: bool = True,
) -> None:
    """Write the line of the record and the audit entry, and let the item's revision go up."""
    if changes and item.id is not None:
        item.revision += 1
    item.changed_at = by.now
    session.add(item)
    await session.flush()
    assert item.id is not None
    signs = act is Act.SIGN and step is not None
    session.add(
        ReviewEntry(
            item_id=item.id,
            round=item.round,
            act=act.value,
            step=step.value if step else None,
            signed_step=step.value if signs and step else None,
            slot=slot,
            staff_id=by.id,
            name=by.person.name,
            text=text,
            at=by.now,
        )
    )
    await session.flush()
    after: dict[str, Any] = {"state": item.state, "round": item.round}
    if step:
        after["step"] = step.value
    if text and not subject(item.kind).personal:
        after["text"] = text
    await audit.record(
        session,
        actor=by.actor,
        action=f"review.{act.value}",
        subject=f"{item.kind} {item.subject_id}",
        after=after,
        origin=by.origin,
        at=by.now,
    )
