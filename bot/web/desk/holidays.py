"""Working days: which years are known, and a year's holiday notice (放假通知) loaded from a table."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web
from sqlmodel import select

from bot.web.auth import Route, who
from bot.web.desk.common import desk, done, field, record, render, uploaded
from bot.web.permissions import Action
from storage import staff, workdays
from storage.errors import Refused
from storage.models.watch import HolidayNotice
from storage.publishing.importing import Plan, refuse_problems
from storage.sheets import Problem, read_table
from storage.workdays import NoticeDay


@dataclass(frozen=True, slots=True)
class Year:
    """A known year: its working days, and the notice where one was loaded."""

    year: int
    total: int
    notice: HolidayNotice | None


async def page(request: web.Request) -> web.StreamResponse:
    """The known years and a form to load the next one's notice."""
    return await _page(request)


async def _page(request: web.Request, status: int = 200, error: str = "", title: str = "") -> web.Response:
    today = desk(request).clock.today()
    async with desk(request).database.read() as session:
        known = await workdays.load(session)
        notices = {n.year: n for n in (await session.exec(select(HolidayNotice))).all()}
    counts = {year: sum(d.year == year for d in known.days) for year in range(today.year - 1, known.last.year + 1)}
    return render(
        request,
        "holidays.html",
        status,
        years=[Year(year, total, notices.get(year)) for year, total in counts.items()],
        missing=workdays.missing_year(known, today),
        header=workdays.HEADER,
        error=error,
        title=title,
        tab="calendar",
    )


def _read(name: str, content: bytes) -> tuple[list[NoticeDay], list[Problem]]:
    return workdays.read_notice(read_table(name, content, workdays.HEADER[:2], workdays.HEADER))


async def load(request: web.Request) -> web.StreamResponse:
    """Load a notice; one wrong row and nothing is stored."""
    here, actor = desk(request), staff.actor(who(request).member)
    title = await field(request, "title")
    try:
        name, content = await uploaded(request)
        days, problems = await asyncio.to_thread(_read, name, content)
        refuse_problems(Plan(problems=problems))
        title = (title or name.rsplit(".", 1)[0])[:300]
        async with here.database.write() as session:
            years = sorted(await workdays.save_notice(session, days, title=title, actor=actor, clock=here.clock))
            await record(
                session,
                request,
                "holidays.import",
                "holidays",
                after={"file": name, "title": title, "years": years, "days": len(days)},
            )
    except Refused as error:
        return await _page(request, 400, str(error), title)
    listed = "、".join(f"{year}年" for year in years)
    return done("/desk/watch/holidays", f"已导入{listed}的放假安排，下次检查起按它计算工作日。")


ROUTES = (
    Route("GET", "/watch/holidays", page, Action.WATCH),
    Route("POST", "/watch/holidays", load, Action.WATCH_MANAGE, upload=True),
)
