"""Kill -9 at any line of the check and of sending: nothing is lost, and nothing reaches a person twice.

The process is real, so are the database and the HTTP server that stands for the receivers. Where the receiver knows the
message's key it drops a repeat, as WeChat does by `client_msg_id`; the group robot knows none, so there nothing may be
sent twice at all: after a death in the middle the message goes over the person's next channel.

`GONGKAI_TEST_KILL_ALL=1` tries every line that runs, see `tests.killing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from scheduler import jobs
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage import migrate
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.models.watch import Obligation, WatchPerson
from storage.publishing import importing
from storage.publishing.importing import Item
from tests.killing import fresh, points, victim

NOW = datetime(2024, 6, 3, 10, 0, tzinfo=BEIJING)
LATER = "2024-06-03T10:05:00+08:00"


class Receivers:
    """What people got: messages by channel and key, a known key once."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def hook(self, request: web.Request) -> web.Response:
        self.seen[f"hook {request.headers['Idempotency-Key']}"] = 1
        return web.json_response({})

    async def robot(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]["content"]
        self.seen["robot " + text.splitlines()[0]] += 1
        return web.json_response({"errcode": 0})


@pytest.fixture
async def receivers() -> AsyncIterator[tuple[Receivers, str]]:
    found = Receivers()
    app = web.Application()
    app.router.add_post("/hook", found.hook)
    app.router.add_post("/robot", found.robot)
    async with TestServer(app) as server:
        yield found, str(server.make_url("")).rstrip("/")


async def prepare(path: Path, base: str) -> None:
    """One case to open for each person, and one that a publication closes."""
    database, clock = Database(f"sqlite+aiosqlite:///{path}"), FixedClock(NOW)
    await migrate.upgrade(database)
    hook = {"kind": "webhook", "to": f"{base}/hook"}
    robot = {"kind": "wecom", "to": f"{base}/robot"}
    async with database.write() as session:
        session.add(WatchPerson(id=1, name="甲", role="owner", channels=[hook]))
        session.add(WatchPerson(id=2, name="乙", role="owner", channels=[robot, hook]))
        await session.flush()
        for code, owner in (("D1", 1), ("D3", 1)):
            session.add(obligation(code, owner, clock))
    await jobs.scan(Watch(database, SchedulerSettings(_env_file=None), clock, b"k" * 32))
    async with database.write() as session:
        session.add(obligation("D2", 2, clock))
        item = Item("政策文件", "D3", None, date(2024, 6, 2), None, ("D3",))
        await importing.record_items(session, [item], origin="file", actor="test", clock=clock)
    await database.close()
    connection_files = [Path(f"{path}{end}") for end in ("-wal", "-shm")]
    assert not any(f.exists() and f.stat().st_size for f in connection_files), "the copy would miss what is in the log"


def obligation(code: str, owner: int, clock: FixedClock) -> Obligation:
    return Obligation(
        code=code,
        title=f"{code}号文件",
        column="政策文件",
        kind="形成后限时",
        period="20天",
        starts_on=date(2024, 5, 13),
        owner_id=owner,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


async def test_killed_at_any_line_nothing_is_lost_or_repeated(receivers: tuple[Receivers, str], tmp_path: Path) -> None:
    found, base = receivers
    template, path = tmp_path / "template.db", tmp_path / "run.db"
    await prepare(template, base)
    async with victim(Path(__file__).with_name("killed.py")) as process:
        fresh(template, path)
        lines, _ = await process.order(0, path, NOW.isoformat())
        assert found.seen == {"hook case:1:v1:1": 1, "robot 【逾期提醒】D2号文件（已逾期1天）": 1}
        chosen = points(lines)
        assert len(chosen) > 4
        for point in chosen:
            found.seen.clear()
            fresh(template, path)
            _, ended = await process.order(point, path, NOW.isoformat())
            assert ended == "-9"
            _, ended = await process.order(0, path, LATER)
            assert ended == "0", lines[point - 1]
            second = {k: n for k, n in found.seen.items() if "case:1:" not in k}
            assert found.seen["hook case:1:v1:1"] == 1, lines[point - 1]
            assert 1 <= len(second) <= 2, lines[point - 1]
            assert set(second.values()) == {1}, lines[point - 1]
