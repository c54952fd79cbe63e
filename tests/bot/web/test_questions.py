"""The questions desk and the numbers page over HTTP."""

import html
import re

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.desk import first_admin_link, setup_desk
from bot.web.desk.numbers import scale, topic_counts, topic_name
from bot.web.passwords import Passwords
from storage import allowance, audit
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import AgencyFacts
from storage.models.allowance import AllowanceKind
from storage.models.questions import Turn
from storage.questions import people
from storage.questions.changes import Answered
from storage.questions.rulings import list_rulings
from storage.staff import Role
from tests.bot.web.conftest import CHEAP, PASSWORD, Arrive, Person
from tests.builders import add_draft, add_live, figure, make_reading


async def ask(database: Database, clock: FixedClock, agency: int, *texts: str, kind: str = "none") -> None:
    async with database.write() as session:
        for n, text in enumerate(texts):
            session.add(
                Turn(
                    key=f"{text}{n}{kind}"[:32],
                    agency_id=agency,
                    asked_at=clock.now(),
                    person=f"{n % 2:032x}",
                    text=text,
                    normalised=text,
                    kind=kind,
                    topic="unclear",
                    reply="没听懂",
                    elapsed_us=300,
                )
            )


async def test_misses_become_what_they_mean(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "推送了几篇", "推送了几篇呀", "几点下班")
    editor = await arrive("li", Role.EDITOR)
    page = await editor.get("/desk/questions")
    assert "推送了几篇" in page
    assert "问了2次" in page
    keys = ["推送了几篇", "推送了几篇呀"]
    missing = await editor.post("/desk/questions/decide", 400, agency=agency, key=keys[0], kind="alias", content="")
    assert "要写明标准问题" in missing
    for key in keys:
        meaning = "去年公众号发了多少条"
        await editor.post("/desk/questions/decide", agency=agency, key=key, kind="alias", content=meaning)
    again = await editor.post("/desk/questions/decide", 400, agency=agency, key=keys[0], kind="dismissed", content="")
    assert "刚被别人处理过" in again
    await editor.post("/desk/questions/decide", agency=agency, key="几点下班", kind="dismissed", content="")
    assert "没有待处理的问题" in await editor.get("/desk/questions")
    assert "不属于受理范围" in await editor.get("/desk/questions/rulings")
    await editor.post("/desk/questions/reopen", agency=agency, key="几点下班")
    assert "几点下班" in await editor.get("/desk/questions")
    async with sqlite.read() as session:
        assert {r.phrase for r in await list_rulings(session, agency)} == set(keys)


async def test_stream_filters_and_hides_the_person(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "问题甲", "<b>问题乙</b>")
    await ask(sqlite, clock, agency, "问题丙", kind="answer")
    editor = await arrive("li", Role.EDITOR)
    page = await editor.get("/desk/questions/stream")
    assert "&lt;b&gt;问题乙" in page
    assert "0" * 31 not in page
    assert "问题丙" not in await editor.get("/desk/questions/stream?kind=none")
    await (await arrive("chen", Role.READER)).get("/desk/questions/stream", 403)


async def test_long_lists_are_read_page_by_page(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, *(f"第{n:03}问" for n in range(60)))
    async with sqlite.write() as session:
        for n in range(60):
            await audit.record(session, actor="test", action=f"act.{n:03}", subject="report 1", at=clock.now())
    admin = await arrive("zhang", Role.ADMIN)
    for path, first, last in (("/desk/questions/stream", "第000问", "第059问"), ("/desk/audit", "act.000", "act.059")):
        page = await admin.get(path)
        assert last in page
        assert first not in page
        older = re.search(r'href="([^"]*before=\d+)"', page)
        assert older is not None
        page = await admin.get(path + html.unescape(older.group(1)).removeprefix(path))
        assert first in page
        assert last not in page
        assert "before=" not in page


async def test_one_persons_data_is_exported_and_deleted_on_request(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "问题甲", "问题乙", "问题丙")
    person = f"{0:032x}"
    editor, admin = await arrive("li", Role.EDITOR), await arrive("zhang", Role.ADMIN)
    await editor.get(f"/desk/questions/person/{person}", 403)
    assert "问题丙" in await admin.get(f"/desk/questions/person/{person}")
    assert "问题甲" in await admin.get(f"/desk/questions/person/{person}/export")
    assert "已删除这个人的2条记录" in await admin.post(f"/desk/questions/person/{person}/forget")
    page = await admin.get("/desk/questions/stream")
    assert "问题乙" in page
    assert "问题甲" not in page
    async with sqlite.read() as session:
        actions = {e.action for e in await audit.entries(session, subject=f"person {person[:8]}")}
    assert actions == {"person.export", "person.forget"}


async def test_what_is_kept_of_a_person_outside_the_database_goes_first(sqlite: Database, clock: FixedClock) -> None:
    agency = (await add_live(sqlite, clock)).agency_id
    person, left = f"{0:032x}", []

    async def unremember(who: str) -> None:
        async with sqlite.read() as session:
            left.append((who, len(await people.export(session, who))))

    app = web.Application()
    setup_desk(app, sqlite, clock=clock, passwords=Passwords(CHEAP), unremember=unremember)
    await ask(sqlite, clock, agency, "问题甲")
    async with sqlite.write() as session:
        now = clock.now()
        await allowance.grant(session, "main", [Grant(person, AllowanceKind.MESSAGE, now, "sealed")])
        await allowance.consent(session, "main", person, "TPL", accepted=True, now=now)
    async with TestClient(TestServer(app)) as client:
        admin = Person(client)
        link = await first_admin_link(sqlite, clock, "")
        await admin.post(link, login="zhang", name="张敏", password=PASSWORD, again=PASSWORD)
        page = await admin.get(f"/desk/questions/person/{person}")
        assert "同意接收通知1次" in page
        assert "还可以主动发给本人5条消息" in page
        assert "已删除这个人的3条记录" in await admin.post(f"/desk/questions/person/{person}/forget")
    assert left == [(person, 3)]
    async with sqlite.read() as session:
        assert await people.export(session, person) == []


class Said:
    def __init__(self, text: str) -> None:
        self.kind, self.text = ("answer", text) if text else ("none", "没有")


def answer(question: str, facts: AgencyFacts) -> Answered:
    """Stands where the pipeline is: the account's posts of the last year, or nothing."""
    found = facts.reports[2023].facts.get("f.wechat") if 2023 in facts.reports else None
    return Said(f"{found.value}条" if found and "公众号" in question else "")


async def test_what_publishing_changes_and_what_an_alias_may_mean(sqlite: Database, clock: FixedClock) -> None:
    agency = (await add_live(sqlite, clock, make_reading(figures=(figure("f.wechat", 118),)))).agency_id
    draft = await add_draft(sqlite, clock, make_reading(figures=(figure("f.wechat", 119),)))
    await ask(sqlite, clock, agency, "公众号几条", "几点下班")
    app = web.Application()
    setup_desk(app, sqlite, clock=clock, passwords=Passwords(CHEAP), answer=answer)
    link = await first_admin_link(sqlite, clock, "")
    async with TestClient(TestServer(app)) as client:
        person = Person(client)
        await person.post(link, login="zhang", name="张敏", password=PASSWORD, again=PASSWORD)
        page = await person.get(f"/desk/reports/{draft.version_id}/answers")
        assert "答复会变（1）" in page
        assert page.index("118条") < page.index("119条")
        await person.get("/desk/questions")
        refused = await person.post(
            "/desk/questions/decide", 400, agency=agency, key="几点下班", kind="alias", content="天气怎样"
        )
        assert "本身也答不上来" in refused
        await person.post("/desk/questions/decide", agency=agency, key="几点下班", kind="alias", content="公众号")


async def test_numbers_and_their_table(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    reader = await arrive("chen", Role.READER)
    assert "还没有人提问" in await reader.get("/desk/numbers")
    agency = (await add_live(sqlite, clock)).agency_id
    await ask(sqlite, clock, agency, "问题甲", "问题乙", kind="answer")
    page = await reader.get("/desk/numbers?days=7")
    assert 'class="answer"' in page
    table = (await reader.get("/desk/numbers.csv?days=7")).splitlines()
    assert table[0].endswith("日期,答了,反问,没答上,引导,合计,有用,没用")
    assert table[-1] == "2026-06-15,2,0,0,0,2,0,0"
    assert len(table) == 8
    topics = await reader.get("/desk/numbers/topics.csv?days=7")
    assert topics.splitlines()[1:] == ["没听懂的,2"]


def test_scale_and_topic_names() -> None:
    assert [scale(n) for n in (1, 2, 3, 7, 11, 501)] == [1, 2, 5, 10, 20, 1000]
    assert topic_name("t3.new.total") == "表三·本年新收·总计"
    assert topic_name("f.wechat") == "微信公众号发布信息"
    assert topic_name("t2.normative") == "表二·行政规范性文件"
    assert topic_counts((("out.hours", 2), ("f.wechat", 3), ("out.pay", 2))) == [
        ("年报以外的事", 4),
        ("微信公众号发布信息", 3),
    ]
