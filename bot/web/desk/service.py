"""How the hand-over is set up: stock phrases (常用语), hours, and who is told (人工服务设置)."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlmodel import col, select

from bot.web.auth import Route
from bot.web.desk.common import at, by, desk, done, field, number, record, render
from bot.web.permissions import Action
from storage import workdays
from storage.errors import Conflict, Refused
from storage.handover import hours, phrases
from storage.handover.replies import LONGEST
from storage.models.handover import HandOverSettings
from storage.models.watch import WatchPerson


async def phrases_page(request: web.Request) -> web.StreamResponse:
    """All stock phrases and a form for another one."""
    return await _phrases(request)


async def _phrases(request: web.Request, status: int = 200, error: str = "", typed: str = "") -> web.Response:
    async with desk(request).database.read() as session:
        rows = await phrases.listed(session)
    return render(request, "phrases.html", status, rows=rows, error=error, typed=typed, longest=LONGEST, tab="phrases")


async def add_phrase(request: web.Request) -> web.StreamResponse:
    """Add a stock phrase."""
    text, act = await field(request, "text"), by(request)
    try:
        async with desk(request).database.write() as session:
            row = await phrases.add(session, text, actor=act.actor, now=act.now)
            await record(session, request, "phrase.add", f"phrase {row.id}", after={"text": row.text})
    except Refused as error:
        return await _phrases(request, 400, str(error), text)
    return done("/desk/handover/phrases", "已添加。")


async def remove_phrase(request: web.Request) -> web.StreamResponse:
    """Remove a stock phrase."""
    async with desk(request).database.write() as session:
        row = await phrases.remove(session, at(request, "phrase"))
        await record(session, request, "phrase.remove", f"phrase {row.id}", before={"text": row.text})
    return done("/desk/handover/phrases", "已删除。")


async def settings_page(request: web.Request) -> web.StreamResponse:
    """When somebody is there, and who is told of whom waits."""
    return await _settings(request)


async def _settings(
    request: web.Request,
    status: int = 200,
    error: str = "",
    typed: dict[str, Any] | None = None,
    conflict: dict[str, Any] | None = None,
) -> web.Response:
    here = desk(request)
    async with here.database.read() as session:
        row = await hours.stored(session)
        people = (await session.exec(select(WatchPerson).where(col(WatchPerson.active)))).all()
        missing = workdays.missing_year(await workdays.load(session), here.clock.now().astimezone(here.timezone).date())
    shown = _kept(row) | (typed or {})
    return render(
        request,
        "handover_settings.html",
        status,
        revision=row.revision,
        people=people,
        missing=missing,
        conflict=conflict,
        typed=shown,
        longest=hours.LONGEST_IDLE,
        error=error,
        tab="settings",
    )


def _kept(row: HandOverSettings) -> dict[str, Any]:
    return {"enabled": row.enabled, "hours": row.hours, "idle_minutes": row.idle_minutes, "notify": list(row.notify)}


async def save_settings(request: web.Request) -> web.StreamResponse:
    """Save the settings, unless somebody else just did."""
    data, minutes = await request.post(), await field(request, "idle_minutes")
    typed: dict[str, Any] = {
        "enabled": await field(request, "enabled") == "1",
        "hours": await field(request, "hours"),
        "idle_minutes": int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else 0,
        "notify": [number(str(value)) for value in data.getall("notify", [])],
    }
    try:
        async with desk(request).database.write() as session:
            before = _kept(await hours.stored(session))
            row = await hours.save(session, revision=number(await field(request, "revision")), **typed)
            await record(session, request, "handover.settings", "handover settings", before, _kept(row))
    except Conflict as error:
        return await _settings(request, 409, str(error), conflict=typed)
    except Refused as error:
        return await _settings(request, 400, str(error), typed | {"idle_minutes": minutes})
    return done("/desk/handover/settings", "已保存，马上生效。")


ROUTES = (
    Route("GET", "/handover/phrases", phrases_page, Action.QUESTIONS),
    Route("POST", "/handover/phrases", add_phrase, Action.HANDOVER),
    Route("POST", "/handover/phrases/{phrase}/remove", remove_phrase, Action.HANDOVER),
    Route("GET", "/handover/settings", settings_page, Action.HANDOVER_MANAGE),
    Route("POST", "/handover/settings", save_settings, Action.HANDOVER_MANAGE),
)
