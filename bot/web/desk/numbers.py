"""The numbers page: questions per day, topics, votes and response time; a chart with its table, and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web

from bot.web.auth import Route
from bot.web.desk import health
from bot.web.desk.common import desk, render, table_file
from bot.web.permissions import Action
from storage.catalogue import CELLS, INDICATORS, TEXTS
from storage.handover import conversations
from storage.publishing import statistics
from storage.publishing.statistics import Rate
from storage.questions.numbers import Day, Numbers, numbers
from storage.sheets import write_csv
from storage.workdays import CalendarUnknown

SPANS = {7: "近7天", 30: "近30天", 90: "近90天", 365: "近一年"}
SERIES = (("answer", "答了"), ("choice", "反问"), ("none", "没答上"), ("guide", "引导"))
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 220, 40, 26
_TOPIC_SORTS = {
    "rule": "申请办法和规定",
    "out": "年报以外的事",
    "choice": "没问明白",
    "unclear": "没听懂的",
    "year": "没有载入的年度",
    "text": "报告原文",
    "guide": "问候和帮助",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a day's column."""

    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


def bars(days: tuple[Day, ...], top: int) -> list[Bar]:
    """The stacked columns of the chart, in its own units."""
    step = (_WIDTH - _LEFT) / max(len(days), 1)
    width = max(step * 0.72, 0.8)
    found = []
    for n, day in enumerate(days):
        y = float(_HEIGHT - _BOTTOM)
        for name, label in SERIES:
            count = getattr(day, name)
            height = count / top * (_HEIGHT - _BOTTOM - 12)
            y -= height
            if count:
                x = _LEFT + n * step + (step - width) / 2
                title = f"{day.day.month}月{day.day.day}日 {label} {count}"
                found.append(Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), name, title))
    return found


def scale(most: int) -> int:
    """A round number at or above the highest column."""
    for power in range(10):
        for step in (1, 2, 5):
            if step * 10**power >= most:
                return int(step * 10**power)
    return most


def topic_name(topic: str) -> str:
    """What a topic is called: a cell by its place, an indicator by its label."""
    for names in (INDICATORS, TEXTS):
        if topic in names:
            found = names[topic]
            return found if isinstance(found, str) else found.label
    if topic in CELLS:
        return CELLS[topic].place
    near = next((c for i, c in CELLS.items() if topic and i.startswith(f"{topic}.")), None)
    if near is not None:
        return near.place.rsplit("·", 1)[0]
    return _TOPIC_SORTS.get(topic.split(".")[0], "其他")


def topic_counts(topics: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """Topics under their names, those of one name together, the most frequent first."""
    counts: Counter[str] = Counter()
    for topic, times in topics:
        counts[topic_name(topic)] += times
    return counts.most_common()


def _span(request: web.Request, today: date) -> tuple[int, date, date]:
    given = request.query.get("days", "30")
    days = int(given) if given.isdigit() and int(given) in SPANS else 30
    return days, today - timedelta(days=days - 1), today


async def _numbers(request: web.Request) -> tuple[int, Numbers]:
    here = desk(request)
    days, first, last = _span(request, here.clock.now().astimezone(here.timezone).date())
    async with here.database.read() as session:
        return days, await numbers(session, first, last, here.timezone)


async def page(request: web.Request) -> web.StreamResponse:
    """The figures of a span of days up to today."""
    days, found = await _numbers(request)
    top = scale(max((d.total for d in found.days), default=1) or 1)
    marks = [(d.day, _LEFT + n * (_WIDTH - _LEFT) / len(found.days)) for n, d in enumerate(found.days)]
    return render(
        request,
        "numbers.html",
        days=days,
        spans=SPANS,
        found=found,
        series=SERIES,
        bars=bars(found.days, top),
        top=top,
        marks=marks[:: max(len(marks) // 6, 1)],
        box=(_WIDTH, _HEIGHT, _LEFT, _BOTTOM),
        topics=topic_counts(found.topics),
        on_time=await _on_time(request),
        served=await _served(request),
        **await health.running(request),
    )


async def _on_time(request: web.Request) -> Rate | None:
    """What was published in time over the span; `None` while the working days of the span are not known."""
    here = desk(request)
    _, first, last = _span(request, here.clock.now().astimezone(here.timezone).date())
    try:
        async with here.database.read() as session:
            found = await statistics.outcomes(session, first, last)
    except CalendarUnknown:
        return None
    return Rate("", len(found), sum(not o.days_late for o in found))


async def _served(request: web.Request) -> tuple[int, int]:
    """Conversations with staff, and replies that reached people, over the span."""
    here = desk(request)
    _, first, last = _span(request, here.clock.now().astimezone(here.timezone).date())
    start, end = (datetime.combine(day, time(), here.timezone) for day in (first, last + timedelta(days=1)))
    async with here.database.read() as session:
        return await conversations.counted(session, start, end)


async def as_csv(request: web.Request) -> web.StreamResponse:
    """The days as a table for a spreadsheet."""
    days, found = await _numbers(request)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["日期", *(label for _, label in SERIES), "合计", "有用", "没用"])
    writer.writerows(
        [d.day.isoformat(), *(getattr(d, name) for name, _ in SERIES), d.total, d.useful, d.useless] for d in found.days
    )
    return table_file(f"questions-{days}.csv", text.getvalue().encode("utf-8-sig"))


async def topics_csv(request: web.Request) -> web.StreamResponse:
    """What was asked most as a table for a spreadsheet."""
    days, found = await _numbers(request)
    return table_file(f"topics-{days}.csv", write_csv(("内容", "次数"), topic_counts(found.topics)))


ROUTES = (
    Route("GET", "/numbers", page, Action.NUMBERS),
    Route("GET", "/numbers.csv", as_csv, Action.NUMBERS),
    Route("GET", "/numbers/topics.csv", topics_csv, Action.NUMBERS),
)
