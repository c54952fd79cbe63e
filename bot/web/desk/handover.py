"""People served by people (人工服务): the queue, one conversation, what is said in it, and its end."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from bot.web.auth import Route, who
from bot.web.desk import review
from bot.web.desk.common import at, by, desk, done, field, record, render, shared
from bot.web.desk.replies import CONVERSATION_REVIEW, TAIL, states_of
from bot.web.permissions import Action
from storage.errors import Conflict, Refused
from storage.handover import conversations, hours, phrases
from storage.handover.replies import KIND, LONGEST
from storage.models.handover import Conversation, ConversationState, StaffReply
from storage.review import moves

ENDED = {"staff": "工作人员结束", "person": "本人结束", "time": "长时间没有消息，自动结束"}


async def page(request: web.Request) -> web.StreamResponse:
    """The queue and what was closed of late."""
    part, mark = _fresh(request, "handover_queue.html", await _queue(request))
    return render(request, "handover.html", tab="conversations", part=part, mark=mark)


async def queue_part(request: web.Request) -> web.StreamResponse:
    """The queue alone, for the page that is open."""
    return _part(request, "handover_queue.html", await _queue(request))


async def _queue(request: web.Request) -> dict[str, Any]:
    here = desk(request)
    now = here.clock.now()
    async with here.database.read() as session:
        kept = await hours.load(session, here.timezone)
        rows = await conversations.queue(session)
        past = await conversations.past(session)
        words = await conversations.first_words(session, [row.id or 0 for row, _ in (*rows, *past)])
    return {
        "rows": rows,
        "past": past,
        "words": words,
        "waited": {row.id: waited(now - row.heard_at) for row, _ in rows if row.heard_at},
        "enabled": kept.enabled,
        "there": kept.is_open(now),
        "spans": hours.write_spans(kept.spans),
        "mine": who(request).session.staff_id,
        "ended": ENDED,
        "accounts": here.accounts,
    }


def waited(time: timedelta) -> str:
    """How long somebody waits, as people say it."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}分钟" if minutes else "不到1分钟"
    hours_, minutes = divmod(minutes, 60)
    if hours_ < 48:
        return f"{hours_}小时{minutes}分钟" if minutes and hours_ < 6 else f"{hours_}小时"
    return f"{hours_ // 24}天"


def _fresh(request: web.Request, template: str, context: dict[str, Any]) -> tuple[str, str]:
    """A part of a page that the script keeps fresh, and a mark of what it says."""
    text = aiohttp_jinja2.render_string(f"desk/{template}", request, shared(request) | context)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


def _part(request: web.Request, template: str, context: dict[str, Any]) -> web.Response:
    """The part for the script; nothing where it is the one that the page shows."""
    text, mark = _fresh(request, template, context)
    headers = {"Cache-Control": "no-store", "X-Part": mark}
    if request.query.get("seen") == mark:
        return web.Response(status=204, headers=headers)
    return web.Response(text=text, content_type="text/html", headers=headers)


async def conversation_page(request: web.Request) -> web.StreamResponse:
    """One conversation, with what may be done in it."""
    return await _conversation(request)


async def conversation_part(request: web.Request) -> web.StreamResponse:
    """What was said alone, for the page that is open."""
    return _part(request, "conversation_lines.html", await _lines(request))


async def _lines(request: web.Request) -> dict[str, Any]:
    here = desk(request)
    async with here.database.read() as session:
        row = await conversations.get(session, at(request, "id"))
        lines = await conversations.lines(session, row.id or 0)
        replies = [line for line in lines if isinstance(line, StaffReply)]
        states = await states_of(session, replies, here.clock.now())
    cut = len(lines) == conversations.SHOWN
    return {"talk": row, "lines": lines, "cut": cut, "states": states, "ended": ENDED}


async def _conversation(request: web.Request, status: int = 200, error: str = "", typed: str = "") -> web.Response:
    here = desk(request)
    context = await _lines(request)
    row: Conversation = context["talk"]
    async with here.database.read() as session:
        stock = await phrases.listed(session)
    now = here.clock.now()
    part, mark = _fresh(request, "conversation_lines.html", context)
    return render(
        request,
        "conversation.html",
        status,
        error=error,
        typed=typed,
        phrases=stock,
        longest=LONGEST,
        review=request.config_dict[CONVERSATION_REVIEW],
        live=row.listening_until is not None and row.listening_until > now,
        mine=row.state == ConversationState.CLAIMED and row.claimed_by == who(request).session.staff_id,
        talk=row,
        part=part,
        mark=mark,
    )


async def claim(request: web.Request) -> web.StreamResponse:
    """接待: of two who press at once one gets it, the other reads who was first."""
    here, number = desk(request), at(request, "id")
    try:
        async with here.database.write() as session:
            await conversations.claim(session, number, who(request).session.staff_id, here.clock.now())
            await record(session, request, "conversation.claim", f"conversation {number}")
    except Conflict as error:
        return await _conversation(request, 409, str(error))
    return done(f"/desk/handover/{number}", "由您接待。")


async def release(request: web.Request) -> web.StreamResponse:
    """放回队列: by who has it, or by who manages the service where that person is away."""
    here, number, signed = desk(request), at(request, "id"), who(request)
    async with here.database.write() as session:
        row = await conversations.get(session, number, lock=True)
        if row.claimed_by != signed.session.staff_id and not signed.may(Action.HANDOVER_MANAGE):
            raise web.HTTPForbidden(text="这个会话不在您手上，要由接待的人或管理员放回。")
        await conversations.release(session, number)
        await record(session, request, "conversation.release", f"conversation {number}")
    return done("/desk/handover", "已放回队列，别的同事可以接待。")


async def say(request: web.Request) -> web.StreamResponse:
    """Reply; with review the reply goes to the reviewers first."""
    here, number, text = desk(request), at(request, "id"), await field(request, "text")
    reviewed, act = request.config_dict[CONVERSATION_REVIEW], by(request)
    try:
        async with here.database.write() as session:
            kept = await hours.load(session, here.timezone)
            reply = await conversations.say(
                session,
                number,
                text,
                staff_id=act.id,
                review=reviewed,
                idle=kept.idle,
                now=act.now,
                tail=TAIL if kept.enabled else "",
            )
            if reviewed:
                chains = request.config_dict[review.CHAINS]
                await moves.hand_in(session, KIND, reply.id or 0, chains, act)
            else:
                await record(session, request, "conversation.reply", f"conversation {number}")
    except Conflict as error:
        return await _conversation(request, 409, str(error), text)
    except Refused as error:
        return await _conversation(request, 400, str(error), text)
    return done(f"/desk/handover/{number}", "已提交审核，通过后自动发给本人。" if reviewed else "")


async def close(request: web.Request) -> web.StreamResponse:
    """结束."""
    here, number = desk(request), at(request, "id")
    try:
        async with here.database.write() as session:
            await conversations.close(session, number, who(request).session.staff_id, here.clock.now())
            await record(session, request, "conversation.close", f"conversation {number}")
    except Conflict as error:
        return await _conversation(request, 409, str(error))
    except Refused as error:
        return await _conversation(request, 400, str(error))
    return done("/desk/handover", "会话已结束。")


ROUTES = (
    Route("GET", "/handover", page, Action.QUESTIONS),
    Route("GET", "/handover/part", queue_part, Action.QUESTIONS),
    Route("GET", r"/handover/{id:\d+}", conversation_page, Action.QUESTIONS),
    Route("GET", r"/handover/{id:\d+}/part", conversation_part, Action.QUESTIONS),
    Route("POST", r"/handover/{id:\d+}/claim", claim, Action.HANDOVER),
    Route("POST", r"/handover/{id:\d+}/release", release, Action.QUESTIONS),
    Route("POST", r"/handover/{id:\d+}/say", say, Action.HANDOVER),
    Route("POST", r"/handover/{id:\d+}/close", close, Action.HANDOVER),
)
