"""Whether the watch is kept: said on the first page to those who can do something, and on the numbers page to all."""

from datetime import timedelta

from storage import jobs
from storage.clock import FixedClock
from storage.database import Database
from storage.models.watch import WatchSource
from storage.staff import Role
from tests.bot.web.conftest import Arrive


async def run(database: Database, clock: FixedClock, job: str, error: str = "") -> None:
    number = await jobs.begin(database, job, "test", clock)
    await jobs.end(database, number, clock, summary={}, error=error)


async def test_a_silent_watch_and_a_source_that_fails_are_seen(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    admin, reader = await arrive("zhao", Role.ADMIN), await arrive("chen", Role.READER)
    assert "监测任务还没有运行过" in await admin.get("/desk/")
    assert "监测任务" not in await reader.get("/desk/")
    await run(sqlite, clock, "read", "连不上 gk.example.cn")
    await run(sqlite, clock, "read")
    await run(sqlite, clock, "scan")
    await run(sqlite, clock, "digest", "数据库忙")
    async with sqlite.write() as session:
        for column, failures in (("就业创业", 4), ("政策文件", 0)):
            session.add(
                WatchSource(
                    column=column,
                    kind="page",
                    url="https://x.cn",
                    failures=failures,
                    error="404",
                    created_at=clock.now(),
                )
            )
    home = await admin.get("/desk/")
    assert "监测任务" not in home
    assert "<b>1</b><span>来源读不到</span>" in home
    page = await admin.get("/desk/numbers")
    for shown in ("读取来源", "检查到期和逾期", "数据库忙", "2个来源中，1个读不到：就业创业（连续4次）"):
        assert shown in page
    assert "连不上" not in page
    assert "数据库忙" not in await reader.get("/desk/numbers")
    clock.move(timedelta(hours=4))
    assert "监测任务已有4小时没有运行" in await admin.get("/desk/")
    assert "监测任务已有4小时没有运行" in await reader.get("/desk/numbers")
