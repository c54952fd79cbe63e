"""The watch desk over HTTP: cases, obligations from a table, the calendar and its feed, ledger and sources."""

import re
from datetime import date, timedelta

import icalendar
from aiohttp import FormData
from sqlmodel import select

from bot.web.desk.calendar import Due, as_ics
from storage import audit
from storage.clock import FixedClock
from storage.database import Database
from storage.models.cases import WatchCase
from storage.models.watch import Obligation, Publication, Standing, WatchPerson
from storage.publishing.types import State
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person

TABLE = """编号,名称,栏目,类型,期限,起算日,依据,责任人,监督人
A-1,就业创业栏目更新,就业创业,更新周期,14天,2026-01-01,栏目更新要求,,
A-2,年度报告,年度报告,固定日期,每年1月31日,2026-01-01,条例第五十条,,
"""


async def late_case(database: Database, clock: FixedClock) -> tuple[int, int]:
    """An obligation that is three days late, and its case."""
    due = clock.today() - timedelta(days=3)
    async with database.write() as session:
        duty = Obligation(
            code="A-1",
            title="就业创业栏目更新",
            column="就业创业",
            kind="更新周期",
            period="14天",
            starts_on=date(2026, 1, 1),
            basis="栏目更新要求",
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add(duty)
        await session.flush()
        session.add(Standing(obligation_id=duty.id, state=State.OVERDUE, due_on=due, changed_at=clock.now()))
        case = WatchCase(
            obligation_id=duty.id, episode=str(due), status="open", state="overdue", due_on=due, opened_at=clock.now()
        )
        session.add(case)
        await session.flush()
        return duty.id or 0, case.id or 0


async def act(person: Person, case: int, what: str, status: int = 200, **fields: object) -> str:
    page = await person.get(f"/desk/watch/cases/{case}")
    found = re.search(r'name="version" value="(\d+)"', page)
    if found:
        fields.setdefault("version", found.group(1))
    return await person.post(f"/desk/watch/cases/{case}/{what}", status, **fields)


async def test_case_from_late_to_closed(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    _, case = await late_case(sqlite, clock)
    owner, boss = await arrive("wang", Role.COLUMN_OWNER), await arrive("zhao", Role.SUPERVISOR)
    assert "已过3天" in await owner.get("/desk/watch")
    assert "已记为收到" in await act(owner, case, "acknowledge")
    ahead = (clock.today() + timedelta(days=5)).isoformat()
    assert "请写明原因" in await act(owner, case, "snooze", 400, until=ahead, reason="")
    assert "请选择日期" in await act(owner, case, "snooze", 400, until="下周", reason="等材料")
    assert "已暂缓" in await act(owner, case, "snooze", until=ahead, reason="等材料")
    await act(owner, case, "extend", 403, until=ahead, reason="等材料")
    assert "已同意延期" in await act(boss, case, "extend", until=ahead, reason="等材料")
    assert "没有生效" in await act(owner, case, "resolve", 409, evidence="https://gk.example.cn/1", version="1")
    assert "已办结" in await act(owner, case, "resolve", evidence="https://gk.example.cn/1")
    assert "就业创业栏目更新" not in await owner.get("/desk/watch")
    assert "晚3天" in await owner.get("/desk/watch?closed=1")
    assert "已重新打开" in await act(boss, case, "reopen", reason="链接打不开")
    page = await boss.get(f"/desk/watch/cases/{case}")
    for word in ("收到", "暂缓", "延期", "办结", "重新打开", "链接打不开"):
        assert word in page
    async with sqlite.read() as session:
        assert len(await audit.entries(session, subject=f"case {case}")) == 5
    reader = await arrive("chen", Role.READER)
    assert "办结依据" not in await reader.get(f"/desk/watch/cases/{case}")
    await reader.post(f"/desk/watch/cases/{case}/acknowledge", 403, version="1")


async def upload(person: Person, path: str, name: str, content: bytes, status: int = 200) -> str:
    await person.get("/desk/watch/obligations")
    form = FormData()
    form.add_field("csrf", person.csrf)
    form.add_field("file", content, filename=name)
    origin = str(person.client.make_url("/")).rstrip("/")
    response = await person.client.post(path, data=form, headers={"Origin": origin})
    assert response.status == status, await response.text()
    return await response.text()


async def test_a_watch_without_people_says_so(sqlite: Database, arrive: Arrive) -> None:
    owner = await arrive("wang", Role.COLUMN_OWNER)
    assert "没有人会收到提醒" in await owner.get("/desk/watch")
    async with sqlite.write() as session:
        session.add(WatchPerson(name="张敏", role="owner"))
    assert "没有人会收到提醒" not in await owner.get("/desk/watch")


async def test_obligations_from_a_table_whole_or_not_at_all(sqlite: Database, arrive: Arrive) -> None:
    admin = await arrive("zhang", Role.ADMIN)
    path = "/desk/watch/obligations"
    wrong = TABLE.replace("14天", "十四天整")
    page = await upload(admin, path, "义务.csv", wrong.encode(), 400)
    assert "第2行" in page
    assert "还没有登记公开义务" in await admin.get(path)
    assert "新增2条" in await upload(admin, path, "义务.csv", TABLE.encode())
    assert "2条没有变化" in await upload(admin, path, "义务.csv", TABLE.encode())
    assert "还没检查" in await admin.get(path)
    assert "A-2" in await admin.get("/desk/watch/obligations.csv")


async def test_calendar_shows_what_is_due_and_feeds_programs(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    await late_case(sqlite, clock)
    person = await arrive("zhao", Role.SUPERVISOR)
    page = await person.get("/desk/watch/calendar")
    assert "2026年6月" in page
    assert "逾期" in page
    assert "没有到期" in await person.get("/desk/watch/calendar?month=2031-02")
    feed = re.search(r'value="http://[^/]+(/desk/calendar/[^"]+)"', page).group(1)
    response = await person.client.get(feed)
    events = icalendar.Calendar.from_ical(await response.read()).walk("VEVENT")
    assert [(str(e["summary"]), e["dtstart"].dt) for e in events] == [
        ("逾期：就业创业栏目更新（就业创业）", date(2026, 6, 12))
    ]
    other = feed.replace(feed[-10:-4], "000000")
    assert (await person.client.get(other)).status == 404


def test_feed_keeps_the_identity_of_an_item(clock: FixedClock) -> None:
    item = Due(date(2026, 1, 31), "A-2", "年度报告；含\n换行", "年度报告", "条例第五十条", None)
    first, second = (
        icalendar.Calendar.from_ical(as_ics([item], clock.now() + timedelta(days=n))).walk("VEVENT")[0] for n in (0, 1)
    )
    assert first["uid"] == second["uid"]
    assert str(first["summary"]) == "年度报告；含\n换行（年度报告）"


async def test_ledger_by_hand(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    person = await arrive("wang", Role.COLUMN_OWNER)
    await person.get("/desk/watch/ledger")
    form = {"column": "就业创业", "title": "招聘公告", "url": "", "day": "2026-06-15"}
    for wrong in ({"day": "2026-06-16"}, {"day": ""}, {"title": ""}, {"url": "javascript:alert(1)"}):
        await person.post("/desk/watch/ledger", 400, **(form | wrong))
    assert "已登记" in await person.post("/desk/watch/ledger", **form)
    assert "没有重复登记" in await person.post("/desk/watch/ledger", **form)
    assert "手工登记" in await person.get("/desk/watch/ledger?column=就业创业")
    async with sqlite.read() as session:
        assert len((await session.exec(select(Publication))).all()) == 1


async def test_sources_are_added_and_removed_by_admins(arrive: Arrive) -> None:
    admin, owner = await arrive("zhang", Role.ADMIN), await arrive("wang", Role.COLUMN_OWNER)
    url = "https://gk.example.cn/jy/"
    await owner.post("/desk/watch/sources", 403, column="就业创业", url=url)
    assert "已登记来源" in await admin.post("/desk/watch/sources", column="就业创业", url=url)
    assert "已经登记过" in await admin.post("/desk/watch/sources", 400, column="就业创业", url=url)
    refused = await admin.post("/desk/watch/sources", 400, column="x", url="http://127.0.0.1:5432/", look="1")
    assert "不允许访问" in refused
    await owner.post("/desk/watch/sources/1/look", 403)
    await admin.post("/desk/watch/sources/99/look", 404)
    assert "已移除" in await admin.post("/desk/watch/sources/1/remove")
    assert "还没有登记来源" in await owner.get("/desk/watch/sources")
