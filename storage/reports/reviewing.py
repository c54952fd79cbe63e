"""Report versions in review: what signing, returning and publishing an item means for its version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import review, staff
from storage.errors import Conflict, NotFound, Refused, StorageError
from storage.models.reports import ReportVersion, VersionState
from storage.models.review import ItemState, ReviewItem
from storage.models.staff import StaffMember
from storage.reports.plan import make_plan
from storage.reports.publish import live_version, publish, unaccepted, withdraw
from storage.reports.versions import get_version
from storage.review import Step

KIND = "version"


async def hand_in(
    session: AsyncSession,
    version_id: int,
    *,
    author: StaffMember,
    wanted: Sequence[Step],
    now: datetime,
    origin: str | None,
) -> ReviewItem:
    """Hand a draft version in for review; from now on its cells stand still.

    Raises:
        Conflict: it is no draft any more.
    """
    version = await _version(session, version_id)
    if version.state != VersionState.DRAFT or version.published_at is not None:
        raise Conflict(f"第{version.number}版不是草稿，不能提交。")
    row = await get_version(session, version_id)
    item = await review.submit(
        session,
        kind=KIND,
        subject_id=version_id,
        title=f"{row.agency}{row.year}年年报第{row.number}版",
        author=author,
        wanted=wanted,
        now=now,
        origin=origin,
    )
    await _state(session, version, VersionState.IN_REVIEW)
    return item


async def sign(
    session: AsyncSession,
    item_id: int,
    step: Step,
    *,
    revision: int,
    person: StaffMember,
    now: datetime,
    origin: str | None,
    text: str = "",
    accepted: Collection[str] = (),
) -> ReviewItem:
    """Sign a step; the last one only when every open error is accepted by its code.

    Raises:
        Conflict: the item changed since the page was opened.
        Refused: not this step's turn, not this person's, or errors are open.
    """
    item = await review.get(session, item_id, revision=revision)
    if step.value == item.steps[-1]:
        plan = await make_plan(session, item.subject_id)
        open_ = unaccepted(plan.findings, accepted)
        if open_:
            raise Refused(f"还有{len(open_)}处错误。请退回更正，或逐项勾选确认原文如此。")
    item = await review.sign(
        session,
        item_id,
        step,
        revision=revision,
        person=person,
        now=now,
        origin=origin,
        text=text,
        accepted=sorted(accepted),
    )
    if item.state == ItemState.APPROVED:
        await _state(session, await _version(session, item.subject_id), VersionState.APPROVED)
    return item


async def give_back(
    session: AsyncSession,
    item_id: int,
    *,
    revision: int,
    person: StaffMember,
    reason: str,
    now: datetime,
    origin: str | None,
) -> ReviewItem:
    """Return the version to its author; it is a draft again."""
    item = await review.give_back(
        session, item_id, revision=revision, person=person, reason=reason, now=now, origin=origin
    )
    await _state(session, await _version(session, item.subject_id), VersionState.DRAFT)
    return item


async def go_live(
    session: AsyncSession,
    item_id: int,
    *,
    revision: int,
    expected: int | None,
    person: StaffMember,
    now: datetime,
    origin: str | None,
) -> ReviewItem:
    """Publish an approved version.

    Raises:
        Conflict: it is not approved, or the live version is not `expected` any more.
    """
    item = await review.published(session, item_id, revision=revision, person=person, now=now, origin=origin)
    await publish(
        session,
        item.subject_id,
        expected=expected,
        actor=staff.actor(person),
        now=now,
        accept=item.accepted,
        origin=origin,
    )
    return item


async def go_live_as_ordered(session: AsyncSession, item: ReviewItem, now: datetime) -> None:
    """Publish a version whose ordered time has come, in the name of the person who ordered it."""
    person = await staff.member(session, item.ordered_by or 0)
    assert item.id is not None
    await go_live(
        session, item.id, revision=item.revision, expected=item.expected, person=person, now=now, origin="定时发布"
    )


async def note_trouble(session: AsyncSession, item_id: int, error: StorageError) -> None:
    """Keep why an ordered publishing did not happen, for the pages; it is not tried again by itself."""
    item = await review.get(session, item_id)
    if item.state == ItemState.APPROVED and item.publish_at is not None:
        item.trouble = str(error)
        session.add(item)


async def bring_back(
    session: AsyncSession,
    version_id: int,
    *,
    expected: int | None,
    person: StaffMember,
    reason: str,
    now: datetime,
    origin: str | None,
) -> None:
    """Take a version that was live before live again (退回旧版).

    Raises:
        Refused: it was never live, or no reason was given.
        Conflict: the live version is not `expected` any more.
    """
    version = await _version(session, version_id)
    if version.published_at is None:
        raise Refused("没有发布过的版本要先审核。")
    if not reason.strip():
        raise Refused("退回旧版要写明原因。")
    await publish(session, version_id, expected=expected, actor=staff.actor(person), now=now, origin=origin)
    await review.follow(
        session, KIND, version_id, ItemState.PUBLISHED, person=person, text=reason.strip(), now=now, origin=origin
    )


async def take_off(
    session: AsyncSession,
    version_id: int,
    *,
    person: StaffMember,
    reason: str,
    now: datetime,
    origin: str | None,
) -> None:
    """Take the live version off at once (紧急撤下).

    Raises:
        Conflict: it is not live any more.
        Refused: no reason was given.
    """
    version = await _version(session, version_id)
    if await live_version(session, version.report_id) != version_id:
        raise Conflict("这一版已经不在线了。")
    await withdraw(
        session,
        version.report_id,
        expected=version_id,
        actor=staff.actor(person),
        reason=reason,
        now=now,
        origin=origin,
    )
    await review.follow(
        session, KIND, version_id, ItemState.WITHDRAWN, person=person, text=reason.strip(), now=now, origin=origin
    )


async def _version(session: AsyncSession, version_id: int) -> ReportVersion:
    version = await session.get(ReportVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound(f"没有编号为 {version_id} 的版本。")
    return version


async def _state(session: AsyncSession, version: ReportVersion, state: VersionState) -> None:
    version.state = state.value
    session.add(version)
    await session.flush()
