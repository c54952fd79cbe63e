"""On-time rates on the watch desk: what was in time and what was not, by month, column and owner."""

from datetime import date

from storage.clock import FixedClock
from storage.database import Database
from storage.models.watch import Obligation
from storage.publishing.importing import Item, record_items
from storage.staff import Role
from tests.bot.web.conftest import Arrive

PATH = "/desk/watch/timeliness"


async def oblige(database: Database, clock: FixedClock) -> None:
    """Two documents formed on 1 March, due by 21 March: one on the 20th, the other five days late."""
    async with database.write() as session:
        for code in ("D1", "D2"):
            session.add(
                Obligation(
                    code=code,
                    title=f"{code}号文件",
                    column="政策文件",
                    kind="形成后限时",
                    period="20天",
                    starts_on=date(2026, 3, 1),
                    created_at=clock.now(),
                    updated_at=clock.now(),
                )
            )
        for code, day in (("D1", 20), ("D2", 26)):
            item = Item("政策文件", code, f"https://gk.example.cn/{code}", date(2026, 3, day), None, (code,))
            await record_items(session, [item], origin="site", actor="scheduler", clock=clock)


async def test_rates_of_a_year(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    reader = await arrive("chen", Role.READER)
    assert "2026年还没有到期的公开事项" in await reader.get(PATH)
    await oblige(sqlite, clock)
    page = await reader.get(PATH)
    for shown in ("50.0%", "到期2项次", "其中0项次至今没有公开", "<title>3月 50.0%</title>", "政策文件"):
        assert shown in page
    assert "2025年还没有到期的公开事项" in await reader.get(f"{PATH}?year=2025")
    assert "50.0%" in await reader.get(f"{PATH}?year=1066")
    rows = (await reader.get(f"{PATH}.csv?year=2026")).lstrip("\ufeff").splitlines()
    assert rows == [
        "分组,名称,到期,按时,按时率",
        "月份,2026-03,2,1,50.0%",
        "栏目,政策文件,2,1,50.0%",
        "责任人,（未指定责任人）,2,1,50.0%",
    ]
