"""The page behind a one-tap link in a reminder: says what it is about, and does it on the button.

Opening it changes nothing, because mail programs and chat clients open links to preview them. The link itself is what
lets a person act (`storage.taps`): signed, expiring, spent with the step it carries out.
"""

from __future__ import annotations

import logging

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.pages import read_form, setup_pages
from storage import cases, staffchat, taps
from storage.cases import CaseLine, Status
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import Conflict, NotFound, StorageError
from storage.models.watch import WatchPerson
from storage.taps import TAP_NAMES, Tap, TapAction

_log = logging.getLogger(__name__)
_LARGEST = 8 * 1024


def setup_taps(app: web.Application, database: Database, clock: Clock, secret: bytes) -> None:
    """Add `/t/{token}`."""
    setup_pages(app)
    page = _TapPage(database, clock, secret)
    sub = web.Application(client_max_size=_LARGEST, middlewares=[_faults])
    sub.router.add_get("/{token}", page.show)
    sub.router.add_post("/{token}", page.act)
    app.add_subapp("/t/", sub)


@web.middleware
async def _faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page in plain Chinese where the database is away; the link stays good."""
    try:
        return await handler(request)
    except DATABASE_ERRORS as error:
        _log.warning("a one-tap link waits for the database: %s", type(error).__name__)
        return _page(request, 503, error="系统正在维护，请过几分钟再打开这个链接。")


class _TapPage:
    """Shows and carries out."""

    def __init__(self, database: Database, clock: Clock, secret: bytes) -> None:
        self._database = database
        self._clock = clock
        self._secret = secret

    async def show(self, request: web.Request) -> web.StreamResponse:
        """What the link is for, with its button."""
        return await self._shown(request, "")

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Do it, once."""
        token = request.match_info["token"]
        await read_form(request)
        given = await request.post()
        words = {k: str(v)[:1000] for k, v in given.items() if isinstance(v, str)}
        try:
            tap = taps.read(self._secret, token, self._clock)
            async with self._database.write() as session:
                line, person = await self._about(session, tap)
                await taps.spend(session, token, tap)
                done = await self._carry_out(session, tap.action, line, person, words)
        except StorageError as error:
            return await self._shown(request, str(error), _status(error))
        return _page(request, 200, done=done)

    async def _shown(self, request: web.Request, error: str, status: int = 200) -> web.Response:
        """The form, above it what went wrong; without the form where the link is good for nothing."""
        try:
            tap = taps.read(self._secret, request.match_info["token"], self._clock)
            async with self._database.read() as session:
                line, person = await self._about(session, tap)
        except StorageError as refused:
            return _page(request, _status(refused), error=error or str(refused))
        return _page(request, status, error=error, form=_form(tap, line, person, self._clock))

    async def _about(self, session: AsyncSession, tap: Tap) -> tuple[CaseLine, WatchPerson]:
        line = await cases.get(session, tap.case_id)
        person = await session.get(WatchPerson, tap.person_id)
        if person is None or not person.active:
            raise NotFound("这个链接的接收人已停用。")
        if line.case.status == Status.CLOSED:
            raise Conflict("这件事项已经办结。")
        return line, person

    async def _carry_out(
        self, session: AsyncSession, action: TapAction, line: CaseLine, person: WatchPerson, words: dict[str, str]
    ) -> str:
        title = line.obligation.title
        if action is TapAction.ACKNOWLEDGE:
            await cases.acknowledge(session, line.case.id or 0, actor=person.name, clock=self._clock)
            return f"已记下：“{title}”由{person.name}办理。"
        if action is TapAction.PUBLISHED:
            await staffchat.published(session, line, words.get("url", ""), person=person, clock=self._clock)
            return f"已登记公开并办结：“{title}”。"
        text = f"{words.get('until', '')} {words.get('reason', '')}"
        until, reason = staffchat.day_and_reason(text, self._clock.today())
        return await staffchat.extend_or_ask(session, line, until, reason, person=person, clock=self._clock)


def _status(error: StorageError) -> int:
    return 404 if isinstance(error, NotFound) else 409 if isinstance(error, Conflict) else 400


def _form(tap: Tap, line: CaseLine, person: WatchPerson, clock: Clock) -> dict[str, object]:
    late = (clock.today() - line.case.due_on).days
    return {
        "title": line.obligation.title,
        "column": line.obligation.column,
        "basis": line.obligation.basis,
        "due": line.case.due_on,
        "when": f"已逾期{late}天" if late > 0 else f"还有{-late}天" if late else "今天到期",
        "person": person.name,
        "action": tap.action.name.lower(),
        "name": TAP_NAMES[tap.action],
    }


def _page(
    request: web.Request, status: int, *, error: str = "", done: str = "", form: dict[str, object] | None = None
) -> web.Response:
    context = {"me": None, "notice": "", "error": error, "done": done, "form": form}
    response = aiohttp_jinja2.render_template("tap.html", request, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
