# ruff: noqa: T201
"""A process for the kill test: each order on standard input is carried out in a fork that may kill itself (SIGKILL).

Order: `DATABASE MOMENT KILL`; KILL is the number of the source line, counted as they run, before which it dies; 0 to
run through and print every line that ran as `file:line`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime
from types import FrameType
from typing import Any

import aiohttp

from scheduler import jobs
from scheduler.channels.webhook import JsonWebhook
from scheduler.channels.wecom import WeComRobot
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage.clock import FixedClock
from storage.database import Database

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


def carry_out(path: str, moment: str, kill: int) -> list[str]:
    ran: list[str] = []

    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            ran.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(ran) == kill:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    def on_call(frame: FrameType, _event: str, _arg: Any) -> Any:
        return on_line if any(w in frame.f_code.co_filename for w in WATCHED) else None

    sys.settrace(on_call)
    asyncio.run(work(path, moment))
    sys.settrace(None)
    return ran


def main() -> None:
    print("ready", flush=True)
    for order in sys.stdin:
        path, moment, kill = order.split()
        child = os.fork()
        if not child:
            ran = carry_out(path, moment, int(kill))
            if not int(kill):
                print(*ran, flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"ended {-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}", flush=True)


if __name__ == "__main__":
    main()
