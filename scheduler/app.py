"""Composes the watch: its timers, the lease, the channels. The web process may hold one, or `python -m scheduler`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import Coroutine, Mapping
from typing import Any

import aiohttp
from apscheduler.events import EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler import table
from scheduler.channels.notify import Apprise, Email
from scheduler.channels.webhook import JsonWebhook
from scheduler.channels.wecom import WeComRobot
from scheduler.jobs import SCAN, Watch
from scheduler.lease import Leader
from scheduler.settings import SchedulerSettings
from scheduler.table import Job
from storage import jobs, outbox
from storage.clock import Clock, SystemClock
from storage.database import DATABASE_ERRORS, Database
from storage.outbox import Channel
from storage.secrets import secret_for

log = logging.getLogger(__name__)

_HEARTBEAT_TIMEOUT = aiohttp.ClientTimeout(total=10)
_STOP_SECONDS = 8.0
"""How long running jobs have to come to their end; service managers kill after ten seconds or more."""


def holder_name() -> str:
    """Names this process among all that may hold the lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def office_channels(settings: SchedulerSettings, http: aiohttp.ClientSession) -> dict[str, Channel]:
    """The channels of the office, by the name that people's channels carry."""
    channels: dict[str, Channel] = {"wecom": WeComRobot(http), "webhook": JsonWebhook(http), "apprise": Apprise()}
    if settings.smtp_url is not None:
        channels["email"] = Email(settings.smtp_url.get_secret_value())
    return channels


class WatchProcess:
    """The watch within a process: `start` and `stop` on its event loop."""

    def __init__(
        self,
        settings: SchedulerSettings,
        database: Database,
        *,
        clock: Clock | None = None,
        channels: Mapping[str, Channel] | None = None,
    ) -> None:
        """Take what it needs; opens nothing.

        Args:
            settings: when and how.
            database: facts and state, migrated.
            clock: the system's unless a test moves it.
            channels: further channels by name, before the office's own.
        """
        self._settings = settings
        self._database = database
        self._clock = clock or SystemClock()
        self._extra = dict(channels or {})
        self._timers = AsyncIOScheduler(timezone=settings.timezone)
        self._running: set[asyncio.Task[Any]] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the channels, start the timers and try for the lease."""
        self._http = aiohttp.ClientSession(trust_env=True)
        self.watch = Watch(
            self._database,
            self._settings,
            self._clock,
            secret_for(self._settings, "taps"),
            holder_name(),
            office_channels(self._settings, self._http) | self._extra,
        )
        self.leader = Leader(self._database, self.watch.holder, self._gained)
        for job in table.JOBS:
            self._timers.add_job(
                self._fire,
                job.when(self._settings),
                args=[job],
                id=job.id,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=int(job.grace.total_seconds()),
            )
        self._timers.add_listener(self._missed, EVENT_JOB_MISSED)
        self._timers.start()
        self._keeping = asyncio.create_task(self.leader.keep())

    async def stop(self) -> None:
        """End in order, so that the next process finds nothing half done.

        1. No timer goes off any more; jobs that run come to their end, or are cancelled after `_STOP_SECONDS`.
        2. Only when none runs is the lease given up.
        3. The channels are closed.
        """
        self._timers.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=_STOP_SECONDS)
        self._timers.shutdown(wait=False)
        tasks = [t for t in (self._keeping, *self._running) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(*DATABASE_ERRORS):
            await self.leader.let_go()
        if self._http is not None:
            await self._http.close()

    async def _gained(self) -> None:
        """Make up for what the process before may have left undone; every job may run twice without harm."""
        for job in table.JOBS:
            if job.at_start:
                self._start(run_job(self.watch, job, self._http))

    async def _fire(self, job: Job) -> None:
        """Run a job in a task of ours: the timers' own tasks are cancelled at shutdown and not waited for."""
        if self.leader.holds:
            await asyncio.shield(self._start(run_job(self.watch, job, self._http)))

    def _missed(self, event: JobExecutionEvent) -> None:
        if self.leader.holds:
            self._start(_tell(self.watch, event.job_id, "错过了运行时间，可能是服务器过忙或曾经休眠"))

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


async def run_job(watch: Watch, job: Job, http: aiohttp.ClientSession | None = None) -> dict[str, Any]:
    """Run a job once, leave its row, call the heartbeat; a failure is told to the operators and raises nothing."""
    run_id, summary, error = None, {}, ""
    try:
        if job.recorded:
            run_id = await jobs.begin(watch.database, job.id, watch.holder, watch.clock)
        summary = await job.run(watch)
        if job.recorded:
            log.info("job %s: %s", job.id, summary)
    except asyncio.CancelledError:
        raise
    except Exception as failure:
        log.exception("job %s failed", job.id)
        error = f"{type(failure).__name__}: {failure}"
    try:
        if run_id is not None:
            await jobs.end(watch.database, run_id, watch.clock, summary=summary, error=error)
        if error:
            await _tell(watch, job.id, "运行失败，详见服务器日志")
    except DATABASE_ERRORS as failure:
        log.error("the run of %s could not be recorded: %s", job.id, failure)
        error = error or str(failure)
    if job.id == SCAN and http is not None:
        await _heartbeat(watch.settings, http, ok=not error)
    return summary


async def _tell(watch: Watch, job_id: str, what: str) -> None:
    async with watch.database.write() as session:
        await outbox.tell_operators(
            session,
            f"job:{job_id}:{watch.clock.today()}",
            f"监测任务 {job_id} 没有正常完成",
            f"监测任务 {job_id} {what}。后续会自动重试；今天不再重复提醒。",
            watch.clock,
        )


async def _heartbeat(settings: SchedulerSettings, http: aiohttp.ClientSession, *, ok: bool) -> None:
    if settings.heartbeat_url is None:
        return
    url = settings.heartbeat_url.get_secret_value().rstrip("/") + ("" if ok else "/fail")
    try:
        async with http.get(url, timeout=_HEARTBEAT_TIMEOUT) as response:
            response.raise_for_status()
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("the heartbeat did not get through: %s", type(error).__name__)
