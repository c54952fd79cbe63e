"""What the desk's pages share: rendering, messages after a change, error pages, words and times."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import WHO, origin, signed_in, who
from bot.web.passwords import Passwords
from bot.web.permissions import Action
from storage import audit
from storage.acting import By
from storage.clock import BEIJING, Clock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import Conflict, NotFound, Refused, StorageError
from storage.staff import ROLE_NAMES, Role

_log = logging.getLogger(__name__)
_NOTICE = "gongkai_notice"
_PAGE = 50
"""Rows of a list that is shown page by page."""
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages work with."""

    database: Database
    clock: Clock
    passwords: Passwords
    accounts: Mapping[str, str]
    """Names of the official accounts, and what each is called on the pages."""
    may_bind: Callable[[str], bool]
    """Whether an account finds out by itself whose WeChat opens a page (网页授权)."""
    base_url: str | None = None
    """The public address; without it the one that the browser used."""
    timezone: ZoneInfo = BEIJING


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation, shown to those who may use it."""

    path: str
    name: str
    about: str
    action: Action


SECTIONS: web.AppKey[tuple[Section, ...]] = web.AppKey("desk_sections", tuple)


def desk(request: web.Request) -> Desk:
    """The desk that a request belongs to."""
    return request.config_dict[DESK]


def by(request: web.Request) -> By:
    """Who asks, now, from where: what a change is recorded with."""
    return By(who(request).member, desk(request).clock.now(), origin(request))


async def record(
    session: AsyncSession, request: web.Request, action: str, subject: str, before: Any = None, after: Any = None
) -> None:
    """Write an audit entry of what the person who asks has just done, in the same unit of work."""
    act = by(request)
    await audit.record(
        session,
        actor=act.actor,
        action=action,
        subject=subject,
        before=before,
        after=after,
        origin=act.origin,
        at=act.now,
    )


def render(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page, never kept by a cache, with the message that the last change left."""
    notice = unquote(request.cookies.get(_NOTICE, ""))
    response = aiohttp_jinja2.render_template(
        f"desk/{template}", request, shared(request) | context | {"notice": notice}, status=status
    )
    response.headers["Cache-Control"] = "no-store"
    if notice:
        response.del_cookie(_NOTICE, path="/desk")
    return response


def done(path: str, notice: str = "") -> web.Response:
    """Go to a page after a change, which then says `notice` once."""
    response = web.Response(status=303, headers={"Location": path})
    if notice:
        response.set_cookie(_NOTICE, quote(notice), path="/desk", httponly=True, samesite="Lax", max_age=60)
    return response


def shared(request: web.Request) -> dict[str, Any]:
    """What every template may use."""
    signed = request.get(WHO)
    sections = [s for s in request.config_dict[SECTIONS] if signed is not None and signed.may(s.action)]
    here = max((s.path for s in sections if request.path.startswith(s.path)), key=len, default="")
    return {
        "me": signed.member if signed else None,
        "csrf": signed.session.csrf if signed else "",
        "may": (lambda action: signed is not None and signed.may(Action(action))),
        "sections": sections,
        "here": here,
        "now": desk(request).clock.now(),
        "role_name": role_name,
        "person": person,
        "moment": lambda value: moment(value, desk(request).timezone),
        "moment_text": lambda value: moment(datetime.fromisoformat(value), desk(request).timezone),
    }


def role_name(role: str) -> str:
    """管理员 for `admin`; what an older or newer version stored is shown as it is."""
    return ROLE_NAMES[Role(role)] if role in ROLE_NAMES else role


def person(actor: str) -> str:
    """张敏 for `staff:3 张敏`; jobs and the command line by what they are called."""
    if actor.startswith("staff:"):
        return actor.split(" ", 1)[-1]
    return {"command line": "命令行", "sample": "系统", "scheduler": "系统"}.get(actor, actor)


def moment(value: datetime | None, timezone: ZoneInfo) -> str:
    """A moment as an office worker writes it, on the bureau's clock."""
    if value is None:
        return "—"
    local = value.astimezone(timezone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


async def field(request: web.Request, name: str) -> str:
    """A text field of the form, stripped; empty where it is missing."""
    value = (await request.post()).get(name, "")
    return value.strip() if isinstance(value, str) else ""


async def uploaded(request: web.Request) -> tuple[str, bytes]:
    """The file of the form: its name and what is in it; it can be asked for once.

    Raises:
        Refused: none was chosen.
    """
    upload = (await request.post()).get("file")
    if not isinstance(upload, web.FileField) or not upload.filename:
        raise Refused("请选择文件。")
    with upload.file as file:
        return upload.filename, await asyncio.to_thread(file.read)


def table_file(name: str, content: bytes) -> web.Response:
    """A CSV table to download under a name."""
    return web.Response(
        body=content,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def number(text: str) -> int:
    """A number out of a form or an address.

    Raises:
        HTTPNotFound: it is none, or one that no row can have.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise web.HTTPNotFound
    return int(text)


async def page_of(
    request: web.Request, rows: Callable[[int | None, int], Awaitable[Sequence[_Row]]]
) -> tuple[Sequence[_Row], bool]:
    """One page of a list, newest first, and whether there is more.

    Args:
        request: `before` in its address is the number before which the page begins.
        rows: gives so many rows, those before a number where one is given.
    """
    before = request.query.get("before")
    found = await rows(number(before) if before else None, _PAGE + 1)
    return found[:_PAGE], len(found) > _PAGE


def at(request: web.Request, name: str) -> int:
    """A number in the address."""
    return number(request.match_info[name])


_PAGES = {403: "不能这样做", 404: "没有这个页面", 405: "不能这样做", 409: "有人抢先一步", 413: "文件太大"}


@web.middleware
async def error_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a page in plain Chinese; nothing of the inside is shown."""
    try:
        return await handler(request)
    except Conflict as error:
        return await _error(request, 409, str(error))
    except NotFound as error:
        return await _error(request, 404, str(error))
    except StorageError as error:
        return await _error(request, 400, str(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        own = error.text if error.text and not error.text.startswith(f"{error.status}:") else ""
        return await _error(request, error.status, own)
    except Exception:
        resource = request.match_info.route.resource  # its pattern: a path may hold a one-time link
        _log.exception("a page of the desk failed: %s %s", request.method, resource and resource.canonical)
        return await _error(request, 500, "")


async def _error(request: web.Request, status: int, message: str) -> web.Response:
    title = _PAGES.get(status, "系统出了点问题" if status >= 500 else "没有办成")
    fallback = "请稍后再试；如果一直这样，请告诉管理员。" if status >= 500 else "请检查网址，或回首页从栏目进入。"
    if WHO not in request:  # no route was found, so that nobody has asked yet
        request[WHO] = None
        with contextlib.suppress(*DATABASE_ERRORS):
            request[WHO] = await signed_in(request)
    return render(request, "error.html", status, title=title, message=message or fallback, status_code=status)
