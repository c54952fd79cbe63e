"""The calendar of obligations: a month at a glance, and a feed (ICS, RFC 5545) for calendar programs."""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar
from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk.common import at, desk, render
from bot.web.permissions import Action, may
from storage import staff, workdays
from storage.errors import NotFound
from storage.models.staff import StaffMember
from storage.models.watch import Obligation, Standing
from storage.publishing import ledger
from storage.publishing.types import STATE_NAMES, State, windows

_AHEAD = timedelta(days=366)
_BEHIND = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Due:
    """An obligation that falls due on a day; `state` is that of the last check, `None` for a later turn."""

    day: date
    code: str
    title: str
    column: str
    basis: str
    state: State | None

    @property
    def late(self) -> bool:
        """Whether it was late when last looked at."""
        return self.state in (State.OVERDUE, State.SERIOUS)


async def due_between(session: AsyncSession, first: date, last: date) -> list[Due]:
    """What falls due from the first to the last day: as the last check found, and the later turns of what recurs."""
    standing = select(Standing, Obligation).join(Obligation).where(col(Obligation.enabled))
    found: dict[tuple[str, date], Due] = {}
    for row, duty in (await session.exec(standing)).all():
        if row.due_on is not None and first <= row.due_on <= last:
            due = Due(row.due_on, duty.code, duty.title, duty.column, duty.basis, State(row.state))
            found[duty.code, row.due_on] = due
    for each in await ledger.duties(session):
        for turn in windows(each, last) if each.recurring else []:
            if first <= turn.due <= last:
                later = Due(turn.due, each.code, each.title, each.column, each.basis, None)
                found.setdefault((each.code, turn.due), later)
    return sorted(found.values(), key=lambda d: (d.day, d.code))


def month_of(text: str, today: date) -> date:
    """The first day of the month `2026-06`, of the present one where it is none."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  (a month has no timezone)
    except ValueError:
        return today.replace(day=1)


async def page(request: web.Request) -> web.StreamResponse:
    """A month with what falls due in it."""
    here = desk(request)
    today = here.clock.now().astimezone(here.timezone).date()
    first = month_of(request.query.get("month", ""), today)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    async with here.database.read() as session:
        items = await due_between(session, weeks[0][0], weeks[-1][-1])
        missing = workdays.missing_year(await workdays.load(session), today)
    by_day: dict[date, list[Due]] = defaultdict(list)
    for item in items:
        by_day[item.day].append(item)
    member = who(request).member
    address = (here.base_url or f"{request.scheme}://{request.host}").rstrip("/")
    return render(
        request,
        "calendar.html",
        first=first,
        before=(first - timedelta(days=1)).replace(day=1),
        after=(first + timedelta(days=31)).replace(day=1),
        weeks=weeks,
        by_day=by_day,
        listed=[i for i in items if i.day.month == first.month and i.day.year == first.year],
        today=today,
        missing=missing,
        states=STATE_NAMES,
        feed=f"{address}/desk/calendar/{member.id}/{feed_key(member)}.ics",
        tab="calendar",
    )


def feed_key(member: StaffMember) -> str:
    """What lets a calendar program in without a session: bound to the person's password, so a new one changes it."""
    return hmac.new((member.password or "").encode(), f"calendar {member.id}".encode(), hashlib.sha256).hexdigest()[:40]


async def feed(request: web.Request) -> web.StreamResponse:
    """The feed of one person; the address is the key."""
    here = desk(request)
    today = here.clock.now().astimezone(here.timezone).date()
    async with here.database.read() as session:
        member = await staff.member(session, at(request, "id"))
        right = hmac.compare_digest(request.match_info["key"].encode(), feed_key(member).encode())
        if not right or not member.active or not member.password or not may(member.roles, Action.WATCH):
            raise NotFound("没有这个日历。")
        items = await due_between(session, today - _BEHIND, today + _AHEAD)
    text = await asyncio.to_thread(as_ics, items, here.clock.now())
    return web.Response(body=text, content_type="text/calendar", charset="utf-8", headers={"Cache-Control": "private"})


def as_ics(items: list[Due], now: datetime) -> bytes:
    """The items as whole-day events; the same item keeps its identity from one reading to the next."""
    found = icalendar.Calendar()
    found.add("prodid", "-//Gongkai//CN")
    found.add("version", "2.0")
    found.add("x-wr-calname", "政务公开到期事项")
    for item in items:
        event = icalendar.Event()
        event.add("uid", f"{hashlib.sha256(f'{item.code} {item.day}'.encode()).hexdigest()[:32]}@gongkai")
        event.add("dtstamp", now)
        event.add("dtstart", item.day)
        event.add("dtend", item.day + timedelta(days=1))
        event.add("summary", f"{'逾期：' if item.late else ''}{item.title}（{item.column}）")
        if item.basis:
            event.add("description", f"依据：{item.basis}")
        event.add("transp", "TRANSPARENT")
        found.add_component(event)
    content: bytes = found.to_ical()
    return content


ROUTES = (
    Route("GET", "/watch/calendar", page, Action.WATCH),
    Route("GET", "/calendar/{id}/{key}.ics", feed, None),
)
