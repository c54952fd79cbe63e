"""The desk's first page: what there is to do."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, SignedIn, who
from bot.web.desk.common import desk, render
from bot.web.desk.review import STEP_ACTIONS
from bot.web.permissions import Action
from storage import jobs
from storage.cases import Status
from storage.models.cases import WatchCase
from storage.models.handover import Conversation, ConversationState, ReplyState, StaffReply
from storage.models.loads import LoadState, LoadTask
from storage.models.review import ItemState, ReviewItem
from storage.models.watch import WatchSource
from storage.review import acts

_FAILED = "/desk/handover/replies?kind=failed"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for this person: how many, what, and where."""

    count: int
    name: str
    path: str
    urgent: bool = False


async def page(request: web.Request) -> web.StreamResponse:
    """What waits for this person, and the sections they work in."""
    async with desk(request).database.read() as session:
        tasks = await waiting(session, who(request))
        watches = who(request).may(Action.WATCH_MANAGE)
        silence = await jobs.silence(session, desk(request).clock) if watches else None
    return render(request, "home.html", tasks=[t for t in tasks if t.count], silence=silence)


async def waiting(session: AsyncSession, signed: SignedIn) -> list[Task]:
    """What a person of these roles has to do."""
    tasks = []
    steps = [step for step, action in STEP_ACTIONS.items() if signed.may(action)]
    if steps:
        mine = await acts.waiting_for(session, signed.session.staff_id, steps)
        tasks.append(Task(len(mine), "等我签字", "/desk/review", urgent=True))
    if signed.may(Action.PUBLISH):
        approved = col(ReviewItem.state) == ItemState.APPROVED
        ready = await _count(session, ReviewItem, approved & col(ReviewItem.publish_at).is_(None))
        stuck = await _count(session, ReviewItem, approved & col(ReviewItem.trouble).is_not(None))
        tasks += [
            Task(ready, "审定待发布", "/desk/review"),
            Task(stuck, "定时发布没有成功", "/desk/review", urgent=True),
        ]
    if signed.may(Action.REPORT_LOAD):
        returned = col(ReviewItem.state) == ItemState.RETURNED, col(ReviewItem.author_id) == signed.session.staff_id
        tasks.append(Task(await _count(session, ReviewItem, *returned), "退回要改", "/desk/review", urgent=True))
        tasks.append(
            Task(await _count(session, LoadTask, col(LoadTask.state) == LoadState.FAILED), "没有读成", "/desk/reports")
        )
    if signed.may(Action.HANDOVER):
        owed = col(Conversation.claimed_by) == signed.session.staff_id, col(Conversation.heard_at).is_not(None)
        waits = col(Conversation.state) == ConversationState.WAITING
        lost = col(StaffReply.state) == ReplyState.FAILED
        tasks += [
            Task(await _count(session, Conversation, waits), "群众等人工", "/desk/handover", urgent=True),
            Task(await _count(session, Conversation, *owed), "我接待的等回复", "/desk/handover", urgent=True),
            Task(
                await _count(session, StaffReply, lost),
                "回复没有送达",
                "/desk/handover/replies?kind=failed",
                urgent=True,
            ),
        ]
    if signed.may(Action.WATCH_ACT):
        fresh = await _count(session, WatchCase, col(WatchCase.status) == Status.OPEN)
        tasks.append(Task(fresh, "督办待处理", "/desk/watch", urgent=True))
    if signed.may(Action.WATCH_MANAGE):
        failing = await _count(session, WatchSource, col(WatchSource.enabled) & (col(WatchSource.failures) > 0))
        tasks.append(Task(failing, "来源读不到", "/desk/watch/sources", urgent=True))
    return tasks


async def _count(
    session: AsyncSession,
    table: type[ReviewItem | LoadTask | WatchCase | WatchSource | Conversation | StaffReply],
    *where: object,
) -> int:
    query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
    return (await session.exec(query)).one()


async def without_slash(request: web.Request) -> web.StreamResponse:
    """/desk is /desk/."""
    raise web.HTTPMovedPermanently("/desk/")


ROUTES = (Route("GET", "/", page, Action.OWN), Route("GET", "", without_slash, None))
