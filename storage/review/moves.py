"""What pages call: a step of review together with what it means for the thing itself, in one unit of work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit, staff
from storage.acting import By
from storage.errors import Refused, StorageError
from storage.models.review import ItemState, ReviewItem
from storage.review import acts
from storage.review.steps import Chains, Step
from storage.review.subjects import subject


async def hand_in(session: AsyncSession, kind: str, subject_id: int, chains: Chains, by: By) -> ReviewItem:
    """Hand a draft in for review; from now on it stands still.

    Raises:
        NotFound: there is no such draft.
        Conflict: it is no draft any more.
    """
    of = subject(kind)
    await acts.of_subject(session, kind, subject_id, lock=True)
    title = await of.draft(session, subject_id)
    wanted = chains.reply if of.at_once else chains.full
    item = await acts.submit(session, kind=kind, subject_id=subject_id, title=title, wanted=wanted, by=by)
    await of.move(session, subject_id, ItemState.IN_REVIEW, by)
    return item


async def sign(
    session: AsyncSession,
    item_id: int,
    step: Step,
    *,
    revision: int,
    by: By,
    text: str = "",
    accepted: Collection[str] = (),
) -> ReviewItem:
    """Sign a step. The last one is refused while a fault stands in its way, and releases what is released at once.

    Raises:
        Conflict: the item changed since the page was opened.
        Refused: not this step's turn, not this person's, or something is wrong with the thing.
    """
    item = await acts.get(session, item_id, revision=revision)
    of = subject(item.kind)
    if step.value == item.steps[-1]:
        fault = await of.fault(session, item.subject_id, accepted)
        if fault is not None:
            raise Refused(fault)
    item = await acts.sign(session, item_id, step, revision=revision, by=by, text=text, accepted=sorted(accepted))
    if item.state == ItemState.APPROVED:
        await of.move(session, item.subject_id, ItemState.APPROVED, by)
        if of.at_once:
            return await go_live(session, item_id, revision=item.revision, expected=None, by=by)
    return item


async def give_back(session: AsyncSession, item_id: int, *, revision: int, reason: str, by: By) -> ReviewItem:
    """Return the thing to its author; it is a draft again.

    Raises:
        Conflict: the item changed since the page was opened, or it cannot be returned any more.
        Refused: no reason was given.
    """
    item = await acts.give_back(session, item_id, revision=revision, reason=reason, by=by)
    await subject(item.kind).move(session, item.subject_id, ItemState.RETURNED, by)
    return item


async def discard(session: AsyncSession, kind: str, subject_id: int, *, reason: str, by: By) -> None:
    """Give a draft up for good, one that was returned included.

    Raises:
        NotFound: there is no such draft.
        Conflict: it is no draft any more.
        Refused: no reason was given.
    """
    why = acts.given(reason, "作废")
    item = await acts.of_subject(session, kind, subject_id, lock=True)
    of = subject(kind)
    await of.draft(session, subject_id)
    await of.move(session, subject_id, ItemState.DISCARDED, by)
    if item is not None:
        await acts.follow(session, kind, subject_id, ItemState.DISCARDED, text=why, by=by)
        return
    await audit.record(
        session,
        actor=by.actor,
        action="draft.discard",
        subject=f"{kind} {subject_id}",
        after={"reason": why},
        origin=by.origin,
        at=by.now,
    )


async def go_live(session: AsyncSession, item_id: int, *, revision: int, expected: int | None, by: By) -> ReviewItem:
    """Release an approved thing.

    Raises:
        Conflict: it is not approved, or what is live is not `expected` any more.
    """
    item = await acts.published(session, item_id, revision=revision, by=by)
    await subject(item.kind).release(session, item, expected, by)
    return item


async def go_live_as_ordered(session: AsyncSession, item: ReviewItem, now: datetime) -> None:
    """Release a thing whose ordered time has come, in the name of the person who ordered it.

    Raises:
        Conflict: as `go_live`.
    """
    person = await staff.member(session, item.ordered_by or 0)
    by = By(person, now, "定时发布")
    await go_live(session, item.id or 0, revision=item.revision, expected=item.expected, by=by)


async def note_trouble(session: AsyncSession, item_id: int, error: StorageError) -> None:
    """Keep why an ordered publishing did not happen, for the pages; it is not tried again by itself."""
    item = await acts.get(session, item_id)
    if item.state == ItemState.APPROVED and item.publish_at is not None:
        item.trouble = str(error)
        session.add(item)


async def take_off(session: AsyncSession, kind: str, subject_id: int, *, reason: str, by: By) -> None:
    """Take what is live from citizens at once (紧急撤下).

    Raises:
        NotFound: there is no such thing.
        Conflict: it is not live any more.
        Refused: no reason was given.
    """
    why = acts.given(reason, "撤下")
    await subject(kind).withdraw(session, subject_id, why, by)
    await acts.follow(session, kind, subject_id, ItemState.WITHDRAWN, text=why, by=by)


async def bring_back(
    session: AsyncSession, kind: str, subject_id: int, *, expected: int | None, reason: str, by: By
) -> None:
    """Make live again what was live before (退回旧版).

    Raises:
        NotFound: there is no such thing.
        Conflict: it was never live, or what is live is not `expected` any more.
        Refused: no reason was given.
    """
    why = acts.given(reason, "恢复旧版")
    await subject(kind).restore(session, subject_id, expected, by)
    await acts.follow(session, kind, subject_id, ItemState.PUBLISHED, text=why, by=by)
