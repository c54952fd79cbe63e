"""Review at the desk (三审三校): what waits for me, signing and returning, publishing now or later, taking off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk.common import DESK, Desk, at, by, desk, done, field, number, render
from bot.web.permissions import Action
from storage import workdays
from storage.database import DATABASE_ERRORS
from storage.errors import Refused, StorageError
from storage.models.review import ItemState, ReviewEntry, ReviewItem
from storage.review import acts, deadlines, moves
from storage.review.steps import STEP_NAMES, Chains, Step, next_step, refusal

_log = logging.getLogger(__name__)
_LOOK_EVERY = 5.0

STEP_ACTIONS = {
    Step.FIRST: Action.REVIEW_FIRST,
    Step.SECOND: Action.REVIEW_SECOND,
    Step.SECRECY: Action.REVIEW_SECRECY,
    Step.FINAL: Action.REVIEW_FINAL,
}
STATES = {
    ItemState.IN_REVIEW: "审核中",
    ItemState.RETURNED: "已退回",
    ItemState.APPROVED: "已审定",
    ItemState.PUBLISHED: "已发布",
    ItemState.WITHDRAWN: "已撤下",
    ItemState.DISCARDED: "已作废",
}
ACTS = {
    "submit": "拟稿、一校，提交审核",
    "sign": "签字通过",
    "return": "退回",
    "comment": "意见",
    "order": "定时发布",
    "cancel": "取消定时发布",
    "publish": "发布",
    "withdraw": "撤下",
    "discard": "作废草稿",
}
STATEMENTS = {
    Step.FIRST: "我已审阅内容和文字，同意报送。",
    Step.SECOND: "我已核对数据和依据，完成二校。",
    Step.SECRECY: "经保密审查，不涉及国家秘密、工作秘密和不宜公开的内容。",
    Step.FINAL: "我已终审并完成三校，同意公开。",
}
AUTHOR_STATEMENT = "我已核对内容和依据，完成一校。"


def my_steps(request: web.Request) -> list[Step]:
    """The steps that the roles of the person allow."""
    return [step for step, action in STEP_ACTIONS.items() if who(request).may(action)]


async def page(request: web.Request) -> web.StreamResponse:
    """What waits for me, and where everything else stands."""
    async with desk(request).database.read() as session:
        mine = await acts.waiting_for(session, who(request).session.staff_id, my_steps(request))
        open_ = await acts.items(session, ItemState.IN_REVIEW, ItemState.RETURNED, ItemState.APPROVED)
        past = await acts.items(session, ItemState.PUBLISHED, ItemState.WITHDRAWN, ItemState.DISCARDED, limit=20)
        days, known = request.config_dict[CHAINS].days, await workdays.load(session)
        steps = await deadlines.waiting(session, days, known, desk(request).timezone)
    return render(
        request,
        "review.html",
        mine=mine,
        open=[i for i in open_ if i.id not in {m.id for m in mine}],
        past=past,
        waits={w.item.id: w for w in steps},
        today=desk(request).clock.today(),
        page_of=page_of,
        states=STATES,
        step_names=STEP_NAMES,
    )


@dataclass(frozen=True, slots=True)
class Doc:
    """A thing in review as its page shows it.

    Attributes:
        kind: as `storage.review.subject.Subject.kind`.
        id: the thing's.
        page: its page, below which the forms post.
        live: citizens get it now.
        was_live: they got it at some time.
        live_id: what is live in its place.
        editable: it is a draft, and this person may work on it.
        off_hint: what taking it off means, for a kind that can be taken off.
        statement: what its author signs with 一校.
    """

    kind: str
    id: int
    page: str
    live: bool = False
    was_live: bool = False
    live_id: int | None = None
    editable: bool = False
    off_hint: str = ""
    statement: str = AUTHOR_STATEMENT

    @property
    def can_return(self) -> bool:
        """Whether it may take the place of what is live."""
        return self.was_live and not self.live


async def process(request: web.Request, session: AsyncSession, doc: Doc, *, has_errors: bool = False) -> dict[str, Any]:
    """What a thing's page shows of its review (`process.html`), and which steps this person may take now."""
    item = await acts.of_subject(session, doc.kind, doc.id)
    lines = await acts.record(session, item.id or 0) if item else []
    step = next_step(item, lines) if item else None
    signed = who(request)
    due = None
    if step is not None:
        since = deadlines.turn_since(lines, desk(request).timezone)
        due = deadlines.due_day(since, request.config_dict[CHAINS].days, await workdays.load(session))
    reason = refusal(item, lines, signed.session.staff_id) if item and step else None
    allowed = step is not None and signed.may(STEP_ACTIONS[step])
    return {
        "doc": doc,
        "item": item,
        "record": lines,
        "round_lines": _round(item, lines),
        "step": step,
        "due": due,
        "late": due is not None and due < desk(request).clock.today(),
        "may_sign": allowed and reason is None,
        "refusal": reason if allowed else None,
        "has_errors": has_errors,
        "step_names": STEP_NAMES,
        "item_states": STATES,
        "acts": ACTS,
        "statement": STATEMENTS[step] if step else doc.statement,
    }


def _round(item: ReviewItem | None, lines: list[ReviewEntry]) -> list[tuple[str, ReviewEntry | None]]:
    """The steps of the present round, each with its signature once it has one."""
    if item is None:
        return []
    signed = {e.signed_step: e for e in lines if e.round == item.round and e.signed_step}
    author = next((e for e in reversed(lines) if e.act == "submit"), None)
    return [("拟稿（一校）", author), *((STEP_NAMES[Step(s)], signed.get(s)) for s in item.steps)]


PAGES: dict[str, str] = {}
"""Where a kind of thing has its page, `{}` standing for its id; filled by `routes_of`."""


def page_of(item: ReviewItem) -> str:
    """Where an item's thing is shown."""
    return PAGES[item.kind].format(item.subject_id)


def routes_of(kind: str, path: str, write: Action) -> tuple[Route, ...]:
    """The forms that every kind of thing has below its page: submit, discard, withdraw, back.

    Args:
        kind: as `storage.review.subject.Subject.kind`.
        path: of its page, `{id}` standing for the thing's id: `/replies/{id}`.
        write: who writes drafts of that kind.
    """
    PAGES[kind] = f"/desk{path.replace('{id}', '{}')}"

    async def submit(request: web.Request) -> web.StreamResponse:
        if not await field(request, "proofread"):
            raise Refused("请先勾选“完成一校”再提交。")
        async with desk(request).database.write() as session:
            item = await moves.hand_in(session, kind, at(request, "id"), request.config_dict[CHAINS], by(request))
        return _back(item, f"已提交，等待{STEP_NAMES[Step(item.steps[0])]}。")

    async def discard(request: web.Request) -> web.StreamResponse:
        subject_id = at(request, "id")
        async with desk(request).database.write() as session:
            await moves.discard(session, kind, subject_id, reason=await field(request, "reason"), by=by(request))
        return done(PAGES[kind].format(subject_id), "已作废。")

    async def take_off(request: web.Request) -> web.StreamResponse:
        subject_id = at(request, "id")
        async with desk(request).database.write() as session:
            await moves.take_off(session, kind, subject_id, reason=await field(request, "reason"), by=by(request))
        return done(PAGES[kind].format(subject_id), "已撤下，不再用来回答群众。")

    async def bring_back(request: web.Request) -> web.StreamResponse:
        subject_id, expected = at(request, "id"), await _expected(request)
        reason = await field(request, "reason")
        async with desk(request).database.write() as session:
            await moves.bring_back(session, kind, subject_id, expected=expected, reason=reason, by=by(request))
        return done(PAGES[kind].format(subject_id), "已恢复这一版，群众现在问到的就是它。")

    return (
        Route("POST", f"{path}/submit", submit, write),
        Route("POST", f"{path}/discard", discard, write),
        Route("POST", f"{path}/withdraw", take_off, Action.PUBLISH),
        Route("POST", f"{path}/back", bring_back, Action.PUBLISH),
    )


async def _revision(request: web.Request) -> int:
    return number(await field(request, "revision"))


def _back(item: ReviewItem, notice: str) -> web.Response:
    return done(page_of(item), notice)


async def sign(request: web.Request) -> web.StreamResponse:
    """Sign the step that waits, if it is one of this person's."""
    here, name = desk(request), await field(request, "step")
    if name not in set(Step):
        raise web.HTTPNotFound
    step = Step(name)
    if not who(request).may(STEP_ACTIONS[step]):
        raise web.HTTPForbidden(text=f"您的角色不能签{STEP_NAMES[step]}。")
    if not await field(request, "statement"):
        raise Refused("请先勾选声明再签字。")
    accepted = [str(code) for code in (await request.post()).getall("accept", [])]
    async with here.database.write() as session:
        item = await moves.sign(
            session,
            at(request, "item"),
            step,
            revision=await _revision(request),
            by=by(request),
            text=await field(request, "text"),
            accepted=accepted,
        )
    notices = {ItemState.APPROVED: "已审定，可以发布。", ItemState.PUBLISHED: "已审定并发出。"}
    return _back(item, notices.get(ItemState(item.state), "已签字。"))


async def give_back(request: web.Request) -> web.StreamResponse:
    """Return the item with a reason: whoever may sign a step may return it."""
    here = desk(request)
    async with here.database.write() as session:
        item = await moves.give_back(
            session,
            at(request, "item"),
            revision=await _revision(request),
            reason=await field(request, "reason"),
            by=by(request),
        )
    return _back(item, "已退回拟稿人。")


async def comment(request: web.Request) -> web.StreamResponse:
    """Say something about the item."""
    here = desk(request)
    async with here.database.write() as session:
        item = await acts.comment(
            session,
            at(request, "item"),
            text=await field(request, "text"),
            by=by(request),
        )
    return _back(item, "意见已记下。")


def _moment(text: str, here: Desk) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=here.timezone)
    except ValueError:
        raise Refused("请选择定时发布的日期和时间。") from None


async def _expected(request: web.Request) -> int | None:
    live = await field(request, "expected")
    return number(live) if live else None


async def publish(request: web.Request) -> web.StreamResponse:
    """Publish now, or at a time."""
    here, later = desk(request), await field(request, "when") == "later"
    item_id, revision, expected = at(request, "item"), await _revision(request), await _expected(request)
    async with here.database.write() as session:
        if later:
            item = await acts.order(
                session,
                item_id,
                revision=revision,
                at=_moment(await field(request, "at"), here),
                expected=expected,
                by=by(request),
            )
        else:
            item = await moves.go_live(session, item_id, revision=revision, expected=expected, by=by(request))
    return _back(item, "到时间会自动发布。" if later else "已发布，群众现在问到的就是这一版。")


async def cancel(request: web.Request) -> web.StreamResponse:
    """Take the order to publish back."""
    here = desk(request)
    async with here.database.write() as session:
        item = await acts.cancel(
            session,
            at(request, "item"),
            revision=await _revision(request),
            by=by(request),
        )
    return _back(item, "已取消定时发布。")


CHAINS: web.AppKey[Chains] = web.AppKey("review_chains", Chains)


async def publish_due(here: Desk) -> None:
    """Publish what was ordered for now; what cannot be is noted on the item, once."""
    async with here.database.read() as session:
        items = await acts.due(session, here.clock.now())
    for item in items:
        try:
            async with here.database.write() as session:
                await moves.go_live_as_ordered(session, item, here.clock.now())
        except StorageError as error:
            async with here.database.write() as session:
                await moves.note_trouble(session, item.id or 0, error)


async def publishing(app: web.Application) -> AsyncIterator[None]:
    """Publishes at the ordered time for as long as the application runs; any process may, only one succeeds."""

    async def watch() -> None:
        while True:
            try:
                await publish_due(app[DESK])
            except DATABASE_ERRORS:
                _log.warning("ordered publishings cannot be looked up; trying again")
            await asyncio.sleep(_LOOK_EVERY)

    work = asyncio.create_task(watch())
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


ROUTES = (
    Route("GET", "/review", page, Action.REPORT_VIEW),
    Route("POST", "/review/{item}/sign", sign, Action.REVIEW),
    Route("POST", "/review/{item}/return", give_back, Action.REVIEW),
    Route("POST", "/review/{item}/comment", comment, Action.COMMENT),
    Route("POST", "/review/{item}/publish", publish, Action.PUBLISH),
    Route("POST", "/review/{item}/cancel", cancel, Action.PUBLISH),
)
