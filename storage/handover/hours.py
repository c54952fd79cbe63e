"""When somebody is there (人工服务时间): times of day on working days, kept at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import workdays
from storage.errors import Conflict, Refused
from storage.models.handover import HandOverSettings
from storage.workdays import CalendarUnknown, Workdays

Span = tuple[time, time]
LONGEST_IDLE = 240
_SATURDAY = 5
_LOOK_AHEAD = 30
_SPAN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:：](\d{2})")


@dataclass(frozen=True, slots=True)
class Hours:
    """The settings as they are used.

    Attributes:
        enabled: whether 转人工 leads to people at all.
        spans: from and until, by the bureau's clock, in order.
        idle: a conversation in which nobody says anything for this long ends.
        notify: the watch's people that are told of a conversation.
        works: whether a day is a working day.
        timezone: the bureau's.
    """

    enabled: bool
    spans: tuple[Span, ...]
    idle: timedelta
    notify: tuple[int, ...]
    works: Callable[[date], bool]
    timezone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is there now."""
        local = now.astimezone(self.timezone)
        return self.works(local.date()) and any(start <= local.time() < end for start, end in self.spans)

    def next_opening(self, now: datetime) -> datetime:
        """When somebody is there next, after now; in the bureau's timezone."""
        local = now.astimezone(self.timezone)
        for days in range(_LOOK_AHEAD):
            day = local.date() + timedelta(days=days)
            for start, _ in self.spans if self.works(day) else ():
                opening = datetime.combine(day, start, self.timezone)
                if opening > local:
                    return opening
        return local + timedelta(days=_LOOK_AHEAD)


def read_spans(text: str) -> tuple[Span, ...]:
    """The times of day in 09:00-12:00，14:00-17:30.

    Raises:
        Refused: one cannot be read, ends before it begins, or overlaps the one before.
    """
    spans: list[Span] = []
    for part in filter(None, (p.strip() for p in re.split(r"[,，;；、\s]+(?=\d)", text.strip()))):
        match = _SPAN.fullmatch(part)
        try:
            from_hour, from_minute, to_hour, to_minute = map(int, match.groups() if match else ())
            start, end = time(from_hour, from_minute), time(to_hour, to_minute)
        except ValueError:
            raise Refused(f"“{part[:20]}”看不懂，请写成 09:00-12:00，14:00-17:30。") from None
        if start >= end or (spans and start < spans[-1][1]):
            raise Refused(f"“{part[:20]}”不对：要先写开始再写结束，前后各段不能重叠。")
        spans.append((start, end))
    if not spans:
        raise Refused("请填写人工服务时间，例如 09:00-12:00，14:00-17:30。")
    return tuple(spans)


def write_spans(spans: tuple[Span, ...]) -> str:
    """The times as they are stored and shown."""
    return "，".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in spans)


async def stored(session: AsyncSession) -> HandOverSettings:
    """The row of settings; before anybody has saved it, the one that they start from."""
    return await session.get(HandOverSettings, 1) or HandOverSettings(notify=[])


async def load(session: AsyncSession, timezone: ZoneInfo) -> Hours:
    """The settings with the working-day calendar; beyond its known years every weekday counts."""
    row = await stored(session)
    known = await workdays.load(session)
    return Hours(
        row.enabled,
        read_spans(row.hours),
        timedelta(minutes=row.idle_minutes),
        tuple(row.notify),
        lambda day: _works(known, day),
        timezone,
    )


def _works(known: Workdays, day: date) -> bool:
    try:
        return known.is_workday(day)
    except CalendarUnknown:
        return day.weekday() < _SATURDAY


async def save(
    session: AsyncSession, *, revision: int, enabled: bool, hours: str, idle_minutes: int, notify: list[int]
) -> HandOverSettings:
    """Save the settings.

    Raises:
        Conflict: somebody saved them since the form was opened.
        Refused: the times cannot be read, or the idle time is out of bounds.
    """
    spans = read_spans(hours)
    if not 5 <= idle_minutes <= LONGEST_IDLE:
        raise Refused(f"多久没有消息算结束，请填5到{LONGEST_IDLE}之间的分钟数。")
    row = await session.get(HandOverSettings, 1, with_for_update=True)
    if (row.revision if row else HandOverSettings().revision) != revision:
        raise Conflict("人工服务设置刚被别人改过，您的修改没有保存。")
    row = row or HandOverSettings()
    row.enabled, row.hours, row.idle_minutes, row.notify = enabled, write_spans(spans), idle_minutes, notify
    row.revision = revision + 1
    session.add(row)
    await session.flush()
    return row
