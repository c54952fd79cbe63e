"""`python -m scheduler`: keep the watch. `--list` shows the jobs, `--once JOB` runs one, `--dry-run` without effect."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys

import aiohttp
from pydantic import ValidationError

from scheduler import table
from scheduler.app import WatchProcess, holder_name, office_channels, run_job
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from scheduler.table import Job
from storage import migrate
from storage.clock import SystemClock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import StorageError
from storage.secrets import secret_for


def main() -> int:
    """Parse the command line and do what it asks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scheduler", description="The watch for late publication.")
    parser.add_argument("--list", action="store_true", help="show the jobs and when they run")
    parser.add_argument("--once", metavar="JOB", help="run one job now and say what it did")
    parser.add_argument("--dry-run", action="store_true", help="with --once: change nothing, send nothing")
    words = parser.parse_args()
    try:
        settings = SchedulerSettings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(map(str, first["loc"])).upper()
        print(f"scheduler: 设置 GONGKAI_{name} 不正确：{first['msg']}", file=sys.stderr)  # noqa: T201
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if words.list:
        _show(settings)
        return 0
    job = table.find(words.once) if words.once else None
    if words.once and job is None:
        parser.error(f"没有任务 {words.once}；可用：{'、'.join(j.id for j in table.JOBS)}")
    try:
        asyncio.run(_once(settings, job, dry_run=words.dry_run) if job else _keep(settings))
    except (StorageError, *DATABASE_ERRORS) as error:
        print(f"scheduler: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _show(settings: SchedulerSettings) -> None:
    for job in table.JOBS:
        grace = int(job.grace.total_seconds() // 60)
        print(f"{job.id:<8} {job.when(settings)!s:<42} grace {grace:>3} min   writes {job.writes}")  # noqa: T201


async def _once(settings: SchedulerSettings, job: Job, *, dry_run: bool) -> None:
    database, clock = Database(settings.sqlalchemy_url), SystemClock()
    try:
        await migrate.ensure_current(database)
        async with aiohttp.ClientSession(trust_env=True) as http:
            secret, channels = secret_for(settings, "taps"), office_channels(settings, http)
            watch = Watch(database, settings, clock, secret, holder_name(), channels)
            done = await (job.run(watch, dry_run=True) if dry_run else run_job(watch, job, http))
        print(json.dumps(done, ensure_ascii=False, default=str))  # noqa: T201
    finally:
        await database.close()


async def _keep(settings: SchedulerSettings) -> None:
    database = Database(settings.sqlalchemy_url)
    try:
        await migrate.ensure_current(database)
        process, ended = WatchProcess(settings, database), asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        await process.start()
        await ended.wait()
        await process.stop()
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
