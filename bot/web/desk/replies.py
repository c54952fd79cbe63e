"""Replies of staff to one person (工作人员回复): written to a question, reviewed, and where each is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk import review
from bot.web.desk.common import at, by, desk, done, field, number, record, render
from bot.web.permissions import Action
from storage.errors import Conflict, NotFound, Refused
from storage.handover import hours, phrases, replies
from storage.handover.replies import KIND, LONGEST
from storage.models.handover import ReplyState, StaffReply
from storage.models.questions import Turn
from storage.models.staff import StaffMember
from storage.review import moves

CONVERSATION_REVIEW: web.AppKey[bool] = web.AppKey("conversation_review", bool)
"""Whether replies in a conversation are reviewed too; those to a question always are."""
TAIL = "\n（还要找工作人员，请发“转人工”）"
_PAGE = 50
WAITS_FOR_PERSON = "等本人下次发消息时答复"
STATES = {
    ReplyState.DRAFT: "草稿",
    ReplyState.REVIEW: "等待审核",
    ReplyState.WAITING: "等待发送",
    ReplyState.LEASED: "正在发送",
    ReplyState.SENT: "已发给本人",
    ReplyState.GIVEN: "已随下一条消息答复",
    ReplyState.FAILED: "没有送达",
    ReplyState.WITHDRAWN: "已撤回",
}
_COLOURS = {
    ReplyState.SENT: "good",
    ReplyState.GIVEN: "good",
    ReplyState.FAILED: "bad",
    ReplyState.DRAFT: "warn",
    ReplyState.REVIEW: "warn",
}
FILTERS = {
    "review": ("等待审核", (ReplyState.REVIEW, ReplyState.DRAFT)),
    "waiting": ("等待送达", (ReplyState.WAITING, ReplyState.LEASED)),
    "failed": ("没有送达", (ReplyState.FAILED,)),
    "done": ("已送达", (ReplyState.SENT, ReplyState.GIVEN)),
}


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a reply is, as the pages say it.

    Attributes:
        name: in words.
        colour: of its mark.
        author: who wrote it; empty for the desk's own.
    """

    name: str
    colour: str
    author: str


async def states_of(session: AsyncSession, rows: Sequence[StaffReply], now: datetime) -> dict[int, Stand]:
    """Where replies are: one that waits says whether it can be sent, or needs the person's next message."""
    waiting = {row.person for row in rows if row.state == ReplyState.WAITING}
    reachable = await replies.reachable(session, sorted(waiting), now) if waiting else set()
    authors = {row.author_id for row in rows if row.author_id}
    query = select(StaffMember.id, StaffMember.name).where(col(StaffMember.id).in_(authors))
    names: dict[int | None, str] = dict((await session.exec(query)).all()) if authors else {}
    found = {}
    for row in rows:
        state = ReplyState(row.state)
        name = STATES[state]
        if state is ReplyState.WAITING and row.person not in reachable:
            name = WAITS_FOR_PERSON
        found[row.id or 0] = Stand(name, _COLOURS.get(state, ""), names.get(row.author_id, ""))
    return found


async def page(request: web.Request) -> web.StreamResponse:
    """All replies, the last one first."""
    here, kind, before = desk(request), request.query.get("kind", ""), request.query.get("before")
    query = select(StaffReply).where(col(StaffReply.author_id).is_not(None)).order_by(col(StaffReply.id).desc())
    if kind in FILTERS:
        query = query.where(col(StaffReply.state).in_(FILTERS[kind][1]))
    if before:
        query = query.where(col(StaffReply.id) < number(before))
    async with here.database.read() as session:
        rows = list((await session.exec(query.limit(_PAGE + 1))).all())
        states = await states_of(session, rows, here.clock.now())
    shown = rows[:_PAGE]
    return render(
        request,
        "replies.html",
        rows=shown,
        states=states,
        more=len(rows) > _PAGE,
        kind=kind if kind in FILTERS else "",
        filters=FILTERS,
        tab="replies",
    )


async def write_page(request: web.Request) -> web.StreamResponse:
    """The form for a reply to a question."""
    return await _write(request)


async def _write(request: web.Request, status: int = 200, error: str = "", typed: str = "") -> web.Response:
    here = desk(request)
    async with here.database.read() as session:
        turn = await session.get(Turn, at(request, "turn"))
        if turn is None:
            raise NotFound("没有这个提问，可能已经删除。")
        before = (await replies.of_turns(session, [turn.id or 0])).get(turn.id or 0, [])
        states = await states_of(session, before, here.clock.now())
        stock = await phrases.listed(session)
        reachable = bool(await replies.reachable(session, [turn.person], here.clock.now()))
    return render(
        request,
        "reply_write.html",
        status,
        turn=turn,
        before=before,
        states=states,
        phrases=stock,
        reachable=reachable,
        longest=LONGEST,
        error=error,
        typed=typed,
        tab="stream",
    )


async def write(request: web.Request) -> web.StreamResponse:
    """Write a reply to a question and hand it in for review."""
    here, turn_id, text, act = desk(request), at(request, "turn"), await field(request, "text"), by(request)
    try:
        async with here.database.write() as session:
            turn = await session.get(Turn, turn_id)
            if turn is None:
                raise NotFound("没有这个提问，可能已经删除。")
            asked = turn.asked_at.astimezone(here.timezone)
            kept = await hours.load(session, here.timezone)
            reply = await replies.answer_turn(
                session,
                turn_id,
                text,
                author_id=act.id,
                review=True,
                now=act.now,
                day=f"{asked.month}月{asked.day}日",
                tail=TAIL if kept.enabled else "",
            )
            await moves.hand_in(session, KIND, reply.id or 0, request.config_dict[review.CHAINS], act)
    except Refused as error:
        return await _write(request, 400, str(error), text)
    return done(f"/desk/handover/replies/{reply.id}", "已提交审核，通过后自动发给本人。")


async def reply_page(request: web.Request) -> web.StreamResponse:
    """One reply: the question, the words, its review, and where it is."""
    return await _reply(request)


async def _reply(request: web.Request, status: int = 200, error: str = "", typed: str | None = None) -> web.Response:
    here = desk(request)
    async with here.database.read() as session:
        row = await replies.get(session, at(request, "id"))
        turn = await session.get(Turn, row.turn_id) if row.turn_id else None
        states = await states_of(session, [row], here.clock.now())
        draft = row.state == ReplyState.DRAFT
        doc = review.Doc(
            KIND,
            row.id or 0,
            f"/desk/handover/replies/{row.id}",
            live=row.state in (ReplyState.WAITING, ReplyState.FAILED),
            editable=draft and who(request).may(Action.HANDOVER),
            off_hint="还没有送到本人。撤回后不再发送。",
        )
        process: dict[str, Any] = await review.process(request, session, doc)
    return render(
        request,
        "reply.html",
        status,
        row=row,
        turn=turn,
        stand=states[row.id or 0],
        error=error,
        typed=row.text if typed is None else typed,
        longest=LONGEST,
        doubts=[],
        tab="replies",
        **process,
    )


async def rewrite(request: web.Request) -> web.StreamResponse:
    """Change a returned draft."""
    here, reply_id, text = desk(request), at(request, "id"), await field(request, "text")
    try:
        async with here.database.write() as session:
            await replies.rewrite(session, reply_id, text)
            await record(session, request, "reply.rewrite", f"reply {reply_id}")
    except Conflict as error:
        return await _reply(request, 409, str(error))
    except Refused as error:
        return await _reply(request, 400, str(error), text)
    return done(f"/desk/handover/replies/{reply_id}", "已改好，请再次提交审核。")


async def again(request: web.Request) -> web.StreamResponse:
    """Send a reply again of which nobody knows whether it arrived, or that could not be sent."""
    here, reply_id = desk(request), at(request, "id")
    async with here.database.write() as session:
        await replies.move(session, reply_id, [ReplyState.FAILED], ReplyState.WAITING, now=here.clock.now())
        await record(session, request, "reply.again", f"reply {reply_id}")
    return done(f"/desk/handover/replies/{reply_id}", "会再发一次；发不了的话，等本人下次发消息时答复。")


ROUTES = (
    *review.routes_of(KIND, "/handover/replies/{id}", Action.HANDOVER),
    Route("GET", "/handover/replies", page, Action.QUESTIONS),
    Route("GET", "/handover/replies/{id}", reply_page, Action.QUESTIONS),
    Route("POST", "/handover/replies/{id}/rewrite", rewrite, Action.HANDOVER),
    Route("POST", "/handover/replies/{id}/again", again, Action.HANDOVER),
    Route("GET", "/questions/{turn}/reply", write_page, Action.HANDOVER),
    Route("POST", "/questions/{turn}/reply", write, Action.HANDOVER),
)
