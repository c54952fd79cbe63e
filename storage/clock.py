"""The time, handed to whoever needs it, so that tests move it and nobody reads the wall clock by the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Says the time (UTC, aware) and the bureau's day."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def today(self) -> date:
        """The day on the bureau's calendar."""
        ...


class SystemClock:
    """The machine's clock, read in the bureau's timezone."""

    def __init__(self, timezone: ZoneInfo = BEIJING) -> None:
        self._timezone = timezone

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day on the bureau's calendar."""
        return datetime.now(self._timezone).date()


class FixedClock:
    """A clock that stands still until it is moved: for tests, replays and `--today`."""

    def __init__(self, now: datetime, timezone: ZoneInfo = BEIJING) -> None:
        self._now = now.astimezone(UTC)
        self._timezone = timezone

    def now(self) -> datetime:
        """The moment it was set to, in UTC."""
        return self._now

    def today(self) -> date:
        """The day on the bureau's calendar at that moment."""
        return self._now.astimezone(self._timezone).date()

    def move(self, by: timedelta) -> None:
        """Advance the clock."""
        self._now += by
