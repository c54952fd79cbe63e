"""A holiday notice at the desk: asked for when it is due, loaded whole or not at all, and then counted with."""

import json
from datetime import date, timedelta

from storage import audit, workdays
from storage.clock import FixedClock
from storage.database import Database
from storage.staff import Role
from tests.bot.web.conftest import Arrive
from tests.bot.web.test_watch import upload

PATH = "/desk/watch/holidays"
DAYS = "\n".join(f"2027-{day},休,{name}" for day, name in (("01-01", "元旦"), ("02-08", "春节"), ("02-09", "春节")))
NOTICE = f"日期,安排,名称\n{DAYS}\n2027-02-10,休,春节\n2027-10-01,休,国庆节\n2027-02-20,班,春节\n"


async def test_a_notice_is_asked_for_from_november_and_loaded_once_right(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    admin = await arrive("zhao", Role.ADMIN)
    for page in (PATH, "/desk/watch/calendar"):
        assert "还没有2027年" not in await admin.get(page)
    known = workdays.packaged()
    assert workdays.missing_year(known, date(2026, 10, 31)) is None
    assert workdays.missing_year(known, date(2026, 11, 1)) == 2027
    clock.move(timedelta(days=140))
    admin = await arrive("wang", Role.ADMIN)
    for page in (PATH, "/desk/watch/calendar"):
        assert "还没有2027年" in await admin.get(page)
    page = await upload(admin, PATH, "放假.csv", NOTICE.replace("10-01,休", "10-32,放").encode(), 400)
    assert "第6行“日期”" in page
    assert "第6行“安排”" in page
    assert "请选择文件" in await admin.post(PATH, 400)
    later = NOTICE.replace("2027", "2029") + "2029-05-01,休,劳动节\n"
    assert "没有2027年的节假日安排" in await upload(admin, PATH, "放假.csv", later.encode(), 400)
    assert "已导入2027年" in await upload(admin, PATH, "notice-2027.csv", NOTICE.encode())
    assert "还没有2027年" not in await admin.get("/desk/watch/calendar")
    shown = await admin.get(PATH)
    assert "notice-2027" in shown
    assert "257天" in shown  # 261 weekdays, five of them off, one Saturday worked
    async with sqlite.read() as session:
        known = await workdays.load(session)
        (entry,) = await audit.entries(session, subject="holidays")
    assert not known.is_workday(date(2027, 10, 1))
    assert known.is_workday(date(2027, 2, 20))
    assert entry.action == "holidays.import"
    assert json.loads(entry.after)["years"] == [2027]
    reader = await arrive("chen", Role.READER)
    assert "导入放假通知" not in await reader.get(PATH)
    await reader.post(PATH, 403)
