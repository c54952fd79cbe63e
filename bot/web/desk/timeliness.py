"""On-time rates (按时率) of what had to be published: by column, owner and month, with a chart, its table, and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aiohttp import web

from bot.web.auth import Route
from bot.web.desk.common import desk, render, table_file
from bot.web.permissions import Action
from storage.publishing import statistics
from storage.publishing.statistics import Outcome, Rate
from storage.sheets import write_csv
from storage.workdays import CalendarUnknown

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 220, 48, 26, 18
_YEARS = 3
GROUPS = (("月份", statistics.by_month), ("栏目", statistics.by_column), ("责任人", statistics.by_owner))


@dataclass(frozen=True, slots=True)
class Bar:
    """A month in the chart: what was in time as part of what fell due."""

    x: float
    y: float
    width: float
    height: float
    label: str
    rate: Rate

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return round(self.x + self.width / 2, 1)


def bars(months: list[Rate]) -> list[Bar]:
    """The columns of the chart, in its own units; the full height is 100%."""
    step = (_WIDTH - _LEFT) / max(len(months), 1)
    width, full = min(step * 0.6, 48), _HEIGHT - _BOTTOM - _TOP
    found = []
    for n, rate in enumerate(months):
        height = full * rate.on_time / rate.total
        x, y = _LEFT + n * step + (step - width) / 2, _HEIGHT - _BOTTOM - height
        label = f"{int(rate.name[5:])}月"
        found.append(Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), label, rate))
    return found


def _span(request: web.Request) -> tuple[int, date, date]:
    """The year asked for, this one where none is, up to today."""
    today = desk(request).clock.today()
    given = request.query.get("year", "")
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else today.year
    year = year if today.year - _YEARS < year <= today.year else today.year
    return year, date(year, 1, 1), min(date(year, 12, 31), today)


async def _outcomes(request: web.Request) -> tuple[int, list[Outcome]]:
    year, first, last = _span(request)
    async with desk(request).database.read() as session:
        return year, await statistics.outcomes(session, first, last)


def _grouped(found: list[Outcome]) -> list[tuple[str, list[Rate]]]:
    """Rates by each property, the worst first, but months in their own order."""
    groups = [(title, statistics.rates(found, by)) for title, by in GROUPS]
    return [(title, sorted(rates, key=lambda r: r.name) if title == "月份" else rates) for title, rates in groups]


async def page(request: web.Request) -> web.StreamResponse:
    """The rates of a year; where its holiday notice is missing, that is said instead."""
    found: list[Outcome] = []
    error = ""
    try:
        year, found = await _outcomes(request)
    except CalendarUnknown as unknown:
        year, error = _span(request)[0], str(unknown)
    groups = _grouped(found)
    today = desk(request).clock.today()
    return render(
        request,
        "timeliness.html",
        year=year,
        years=range(today.year, today.year - _YEARS, -1),
        groups=groups,
        whole=Rate("", len(found), sum(not o.days_late for o in found)),
        unpublished=sum(o.published is None for o in found),
        bars=bars(groups[0][1]),
        box=(_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP),
        error=error,
        tab="timeliness",
    )


async def as_csv(request: web.Request) -> web.StreamResponse:
    """All groups of a year as one table for a spreadsheet."""
    year, found = await _outcomes(request)
    rows = [(title, r.name, r.total, r.on_time, r.percent) for title, rates in _grouped(found) for r in rates]
    return table_file(f"on-time-{year}.csv", write_csv(("分组", "名称", "到期", "按时", "按时率"), rows))


ROUTES = (
    Route("GET", "/watch/timeliness", page, Action.WATCH),
    Route("GET", "/watch/timeliness.csv", as_csv, Action.WATCH),
)
