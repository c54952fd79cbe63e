"""The table of jobs: every schedule of the watch in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler import jobs, reviews
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings


class Run(Protocol):
    """A job's coroutine."""

    def __call__(self, watch: Watch, *, dry_run: bool = False) -> Awaitable[dict[str, Any]]:
        """Do the work once and say what was done."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        id: its name on the command line and in the run table.
        when: its trigger, from the settings.
        grace: how late it may still start; missed for longer is told to the operators.
        writes: what it changes, for people.
        run: its work.
        recorded: whether each run leaves a row; the sender, every few seconds, leaves one only when it fails.
        at_start: whether it is made up for by the process that newly has the watch.
    """

    id: str
    when: Callable[[SchedulerSettings], BaseTrigger]
    grace: timedelta
    writes: str
    run: Run
    recorded: bool = True
    at_start: bool = False


def _daily(at: Callable[[SchedulerSettings], time], later: int = 0) -> Callable[[SchedulerSettings], BaseTrigger]:
    def trigger(settings: SchedulerSettings) -> BaseTrigger:
        moment = datetime.combine(date(2000, 1, 1), at(settings)) + timedelta(minutes=later)
        return CronTrigger(hour=moment.hour, minute=moment.minute, timezone=settings.timezone)

    return trigger


JOBS: tuple[Job, ...] = (
    Job(
        "read",
        lambda s: IntervalTrigger(minutes=s.watch_minutes, timezone=s.timezone),
        timedelta(minutes=30),
        "publications, state of sources",
        jobs.read,
        at_start=True,
    ),
    Job(
        jobs.SCAN,
        lambda s: IntervalTrigger(minutes=s.watch_minutes, timezone=s.timezone),
        timedelta(minutes=15),
        "cases, their history, outbox, standings",
        jobs.scan,
        at_start=True,
    ),
    Job(
        "send",
        lambda s: IntervalTrigger(seconds=10, timezone=s.timezone),
        timedelta(minutes=5),
        "outbox",
        jobs.send,
        recorded=False,
    ),
    Job(
        "review",
        lambda s: IntervalTrigger(minutes=30, timezone=s.timezone),
        timedelta(minutes=15),
        "outbox (to those who may sign a step of review)",
        reviews.remind,
        recorded=False,
        at_start=True,
    ),
    Job("digest", _daily(lambda s: s.digest_at), timedelta(hours=8), "outbox", jobs.digest),
    Job("weekly", _daily(lambda s: s.digest_at, 5), timedelta(hours=8), "outbox", jobs.weekly),
    Job(
        "check",
        lambda s: IntervalTrigger(hours=4, timezone=s.timezone),
        timedelta(hours=2),
        "outbox (to operators)",
        jobs.check_watch,
        at_start=True,
    ),
    Job("tidy", _daily(lambda _: time(3, 30)), timedelta(hours=8), "job_run, used_link", jobs.tidy),
)


def find(job_id: str) -> Job | None:
    """The job of that name."""
    return next((j for j in JOBS if j.id == job_id), None)
