"""The check and the sending of the office's channels, in a process that can be killed; run by `test_kill`."""

from __future__ import annotations

import os
from datetime import datetime

import aiohttp

from scheduler import jobs
from scheduler.channels.webhook import JsonWebhook
from scheduler.channels.wecom import WeComRobot
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage.clock import FixedClock
from storage.database import Database
from tests.killing import serve

WATCHED = ("storage/outbox.py", "storage/cases.py", "scheduler/jobs.py", "scheduler/casework.py", "scheduler/channels/")


async def work(path: str, moment: str) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    clock = FixedClock(datetime.fromisoformat(moment))
    async with aiohttp.ClientSession() as http:
        channels = {"webhook": JsonWebhook(http), "wecom": WeComRobot(http)}
        watch = Watch(database, SchedulerSettings(_env_file=None), clock, b"k" * 32, f"p{os.getpid()}", channels)
        await jobs.scan(watch)
        await jobs.send(watch)
    await database.close()


if __name__ == "__main__":
    serve(work, WATCHED)
