"""Coming in, staying in and being kept out; what admins may do with people."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pyotp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot.web.desk import first_admin_link, setup_desk
from bot.web.desk.accounts import device
from bot.web.passwords import Passwords
from storage import audit, staff
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Refused
from storage.sign_in import place_of
from storage.staff import Role
from tests.bot.web.conftest import CHEAP, PASSWORD, Arrive, Person

Newcomer = Callable[[], Person]


async def test_set_up_link_makes_the_first_admin_once(sqlite: Database, clock: FixedClock, newcomer: Newcomer) -> None:
    stale = await first_admin_link(sqlite, clock, "")
    link = await first_admin_link(sqlite, clock, "")
    person = newcomer()
    await person.get(stale, 404)
    assert "第一位管理员" in await person.get(link)
    page = await person.post(link, 400, login="zhang", name="张敏", password="short", again="short")
    assert "至少要10个字符" in page
    assert "张敏，您好" in await person.post(link, login="Zhang", name="张敏", password=PASSWORD, again=PASSWORD)
    await newcomer().get(link, 404)
    assert await first_admin_link(sqlite, clock, "") is None


async def test_strangers_see_the_login_page_and_come_back_to_where_they_were(
    arrive: Arrive, newcomer: Newcomer
) -> None:
    await arrive("wang", Role.READER)
    person = newcomer()
    page = await person.get("/desk/account")
    assert "登录名" in page
    assert 'value="/desk/account"' in page
    assert "登录的设备" in await person.post("/desk/login", login="wang", password=PASSWORD, back="/desk/account")
    for elsewhere in ("https://evil.example/", "//evil.example/desk/", "/desk//evil.example", "/desk/\\evil"):
        assert "您好" in await person.post("/desk/login", login="wang", password=PASSWORD, back=elsewhere)


async def test_wrong_passwords_make_the_account_rest(arrive: Arrive, newcomer: Newcomer, clock: FixedClock) -> None:
    await arrive("wang", Role.READER)
    person = newcomer()
    for _ in range(5):
        assert "登录名或密码不对" in await person.post("/desk/login", 401, login="wang", password="wrong")
    assert "30秒后再试" in await person.post("/desk/login", 429, login="wang", password=PASSWORD)
    clock.move(timedelta(seconds=31))
    await person.post("/desk/login", 401, login="wang", password="wrong")
    assert "60秒后再试" in await person.post("/desk/login", 429, login="wang", password=PASSWORD)
    clock.move(timedelta(seconds=61))
    await person.post("/desk/login", login="wang", password=PASSWORD)
    await person.post("/desk/login", 401, login="wang", password="wrong")
    assert "登录名或密码不对" in await person.post("/desk/login", 401, login="nobody", password="x")


async def test_a_name_that_nobody_has_rests_like_one_that_somebody_has(
    arrive: Arrive, newcomer: Newcomer, clock: FixedClock
) -> None:
    await arrive("wang", Role.READER)
    person = newcomer()

    async def said(status: int) -> str:
        pages = [await person.post("/desk/login", status, login=n, password="wrong") for n in ("wang", "Nobo")]
        assert pages[0].replace("wang", "") == pages[1].replace("Nobo", "")
        return pages[0]

    for _ in range(5):
        await said(401)
    assert "30秒后再试" in await said(429)
    clock.move(timedelta(seconds=31))
    await said(401)
    assert "60秒后再试" in await said(429)
    clock.move(timedelta(hours=1, seconds=1))
    await said(401)
    assert "2分钟后再试" in await said(429)


async def test_strangers_without_a_link_cause_no_hashing(
    sqlite: Database, clock: FixedClock, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: Passwords, password: str) -> str:
        raise AssertionError("a stranger's password was hashed")

    monkeypatch.setattr(Passwords, "hash", never)
    await newcomer().post("/desk/link/guessed", 404, login="x", name="x", password=PASSWORD, again=PASSWORD)


async def test_names_longer_than_the_database_keeps_are_refused(
    sqlite: Database, clock: FixedClock, arrive: Arrive, newcomer: Newcomer
) -> None:
    link = await first_admin_link(sqlite, clock, "")
    assert "不能超过60个字" in await newcomer().post(
        link, 400, login="x" * 61, name="张敏", password=PASSWORD, again=PASSWORD
    )
    admin = await arrive("zhang", Role.ADMIN)
    assert "不能超过60个字" in await admin.post("/desk/staff", 400, login="li", name="李" * 61, roles="editor")
    page = await admin.get("/desk/staff/1")
    revision = re.search(r'name="revision" value="(\d+)"', page).group(1)
    fields = {"roles": "admin", "active": "1", "revision": revision}
    assert "不能超过60个字" in await admin.post("/desk/staff/1", 400, name="张" * 61, **fields)


async def test_many_accounts_tried_from_one_address_make_the_address_rest(
    arrive: Arrive, newcomer: Newcomer, clock: FixedClock
) -> None:
    await arrive("wang", Role.READER)
    person = newcomer()
    for n in range(19):
        await person.post("/desk/login", 401, login=f"guess{n}", password="x")
        if n % 5 == 0:  # who comes in takes back their own attempt only
            await person.post("/desk/login", login="wang", password=PASSWORD)
    await person.post("/desk/login", 401, login="guess19", password="x")
    assert "网络地址输错次数太多，请30秒后再试" in await person.post(
        "/desk/login", 429, login="wang", password=PASSWORD
    )
    clock.move(timedelta(seconds=31))
    await person.post("/desk/login", 401, login="guess20", password="x")
    assert "请60秒后再试" in await person.post("/desk/login", 429, login="wang", password=PASSWORD)
    clock.move(timedelta(hours=1, seconds=1))
    for n in range(19):
        await person.post("/desk/login", 401, login=f"guess{n}", password="x")
    await person.post("/desk/login", login="wang", password=PASSWORD)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Windows 电脑，Edge",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.49",
            "安卓手机，微信",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
            "苹果手机，Safari",
        ),
        ("curl/8.0", "curl/8.0"),
        (None, "—"),
    ],
)
def test_a_device_is_called_as_people_call_it(agent: str | None, name: str) -> None:
    assert device(agent) == name


async def test_behind_an_unnamed_proxy_one_who_guesses_keeps_nobody_else_out(
    sqlite: Database, clock: FixedClock
) -> None:
    """An https address means a proxy; where the settings name none, everybody seems to come from it."""
    app = web.Application()
    setup_desk(app, sqlite, clock=clock, passwords=Passwords(CHEAP), base_url="https://gov.example")
    async with TestClient(TestServer(app)) as client:
        person = Person(client)
        for n in range(25):
            await person.post("/desk/login", 401, login=f"guess{n}", password="x")


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.1", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("x" * 300, "x" * 64),
    ],
)
def test_what_counts_as_one_address(origin: str, place: str) -> None:
    assert place_of(origin) == place


async def test_a_crowd_at_the_login_is_sent_away_and_the_next_comes_in() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(PASSWORD)
    crowd = await asyncio.gather(*(passwords.verify(None, "x") for _ in range(40)), return_exceptions=True)
    assert {type(c) for c in crowd} == {bool, Refused}
    assert sum(isinstance(c, Refused) for c in crowd) == 24
    assert await passwords.verify(stored, PASSWORD)


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/desk//evil", "/desk/\\evil", "/desk/\r\nSet-Cookie: a=b", "/t/"],
)
async def test_the_login_leads_to_the_desk_only(arrive: Arrive, newcomer: Newcomer, back: str) -> None:
    await arrive("wang", Role.READER)
    for written in (back, quote(back)):
        page = await newcomer().post("/desk/login", login="wang", password=PASSWORD, back=written)
        assert "您好" in page


async def test_one_time_codes(arrive: Arrive, newcomer: Newcomer, clock: FixedClock) -> None:
    person = await arrive("wang", Role.FINAL_REVIEWER)
    page = await person.get("/desk/account/totp")
    secret = re.search(r'name="secret" value="(\w+)"', page).group(1)
    code = pyotp.TOTP(secret)
    wrong = await person.post("/desk/account/totp", 400, secret=secret, code="000000", present=PASSWORD)
    assert "验证码不对" in wrong
    now = code.at(clock.now())
    await person.post("/desk/account/totp", 400, secret=secret, code=now, present="wrong")
    assert "已启用" in await person.post("/desk/account/totp", secret=secret, code=now, present=PASSWORD)

    second = newcomer()
    assert "动态验证码" in await second.post("/desk/login", login="wang", password=PASSWORD)
    assert "登录名" in await second.get("/desk/")  # the password alone opens nothing
    assert "您好" in await second.post("/desk/login/code", code=code.at(clock.now()))
    third = newcomer()
    await third.post("/desk/login", login="wang", password=PASSWORD)
    await third.post("/desk/login/code", 401, code=code.at(clock.now()))  # used already
    clock.move(timedelta(seconds=30))
    assert "您好" in await third.post("/desk/login/code", code=code.at(clock.now()))


async def _with_codes(person: Person, clock: FixedClock) -> pyotp.TOTP:
    page = await person.get("/desk/account/totp")
    code = pyotp.TOTP(re.search(r'name="secret" value="(\w+)"', page).group(1))
    await person.post("/desk/account/totp", secret=code.secret, code=code.at(clock.now()), present=PASSWORD)
    clock.move(timedelta(seconds=60))
    return code


async def test_the_password_alone_buys_no_further_guesses_at_the_code(
    arrive: Arrive, newcomer: Newcomer, clock: FixedClock
) -> None:
    code = await _with_codes(await arrive("wang", Role.FINAL_REVIEWER), clock)
    thief = newcomer()
    for _ in range(2):
        await thief.post("/desk/login", login="wang", password=PASSWORD)
        await thief.post("/desk/login/code", 401, code="wrong")
    await thief.post("/desk/login", login="wang", password=PASSWORD)
    assert "后再试" in await thief.post("/desk/login/code", 429, code=code.at(clock.now()))
    assert "后再试" in await thief.post("/desk/login", 429, login="wang", password=PASSWORD)


async def test_a_handed_link_leaves_the_codes_on_until_it_is_used(
    arrive: Arrive, newcomer: Newcomer, clock: FixedClock
) -> None:
    admin, person = await arrive("zhang", Role.ADMIN), await arrive("wang", Role.READER)
    await _with_codes(person, clock)
    page = await admin.post("/desk/staff/2/link")
    thief, wang = newcomer(), newcomer()
    await thief.post("/desk/login", login="wang", password=PASSWORD)
    assert "登录名" in await thief.get("/desk/")  # knows the old password, has no phone
    path = re.search(r'value="http[^"]+(/desk/link/[^"]+)"', page).group(1)
    assert "您好" in await wang.post(path, password="a new long one", again="a new long one")


async def test_the_log_holds_no_one_time_link(
    newcomer: Newcomer, sqlite: Database, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with sqlite.write() as session:
        token = await staff.first_link(session, clock.now())
        await session.exec(text("DROP TABLE staff_link"))  # type: ignore[call-overload]
    await newcomer().get(f"/desk/link/{token}", 500)
    assert "/desk/link/{token}" in caplog.text
    assert token not in caplog.text
    assert hashlib.sha256(token.encode()).hexdigest() not in caplog.text


async def test_changes_need_the_token_and_the_own_site(arrive: Arrive, desk_server: TestServer) -> None:
    person = await arrive("zhang", Role.ADMIN)
    own = str(desk_server.make_url("/")).rstrip("/")
    form = {"login": "li", "name": "李强", "roles": "reader"}
    for data, origin in ((form, own), (form | {"csrf": person.csrf}, "https://evil.example")):
        response = await person.client.post("/desk/staff", data=data, headers={"Origin": origin})
        assert response.status == 403
    response = await person.client.post("/desk/login", data={"login": "zhang"}, headers={"Origin": "null"})
    assert response.status == 403
    assert "李强" not in await person.get("/desk/staff")


async def test_sessions_are_listed_revoked_and_end_by_themselves(
    arrive: Arrive, newcomer: Newcomer, clock: FixedClock
) -> None:
    first = await arrive("wang", Role.READER)
    second = newcomer()
    await second.post("/desk/login", login="wang", password=PASSWORD)
    assert "退出其他所有设备" in await first.get("/desk/account")
    await first.post("/desk/account/sessions", session="others")
    assert "登录名" in await second.get("/desk/")
    assert "您好" in await first.get("/desk/")
    clock.move(timedelta(hours=8, minutes=1))
    assert "登录名" in await first.get("/desk/")


async def test_new_password_ends_other_sessions(arrive: Arrive, newcomer: Newcomer) -> None:
    first = await arrive("wang", Role.READER)
    second = newcomer()
    await second.post("/desk/login", login="wang", password=PASSWORD)
    new = "another long one"
    await first.post("/desk/account/password", 400, present="wrong", password=new, again=new)
    await first.post("/desk/account/password", present=PASSWORD, password=new, again=new)
    assert "登录名" in await second.get("/desk/")
    await second.post("/desk/login", 401, login="wang", password=PASSWORD)
    await second.post("/desk/login", login="wang", password=new)


async def test_admin_adds_changes_and_switches_off(
    arrive: Arrive, newcomer: Newcomer, sqlite: Database, clock: FixedClock
) -> None:
    admin = await arrive("zhang", Role.ADMIN)
    page = await admin.post("/desk/staff", login="li", name="李强", roles="editor")
    link = re.search(r'value="(http[^"]+/desk/link/[^"]+)"', page).group(1)
    path = "/desk/link/" + link.rsplit("/", 1)[1]
    li = newcomer()
    assert "李强，您好" in await li.get(path)
    assert "编辑" in await li.post(path, password=PASSWORD, again=PASSWORD)
    await li.get("/desk/staff", 403)

    assert "登录名“li”已经有人用了" in await admin.post("/desk/staff", 400, login="LI", name="李四", roles="reader")
    await admin.post("/desk/staff/2", revision="1", name="李强", roles="reader", active="1")
    lost = await admin.post("/desk/staff/2", 409, revision="1", name="李强强", roles="admin", active="1")
    assert "刚被别人改过" in lost
    assert "李强强" in lost
    await admin.post("/desk/staff/2", revision="2", name="李强", roles="reader")
    assert "登录名" in await li.get("/desk/")
    await li.post("/desk/login", 401, login="li", password=PASSWORD)
    assert "至少要留一名" in await admin.post(
        "/desk/staff/1", 400, revision="1", name="张敏", roles="reader", active="1"
    )

    async with sqlite.read() as session:
        entries = await audit.entries(session, subject="staff 2")
        assert {e.action for e in entries} >= {"staff.add", "staff.change", "staff.password", "staff.login"}
        assert not any(PASSWORD in (e.after or "") or "argon2" in (e.after or "") for e in entries)
    assert "没有被改动" in await admin.post("/desk/audit/verify")
    assert '"action": "staff.add"' in await admin.get("/desk/audit/export")


async def test_failures_are_pages_without_the_inside(
    arrive: Arrive, sqlite: Database, caplog: pytest.LogCaptureFixture
) -> None:
    admin = await arrive("zhang", Role.ADMIN)
    await admin.get("/desk/staff/99", 404)
    await admin.get("/desk/staff/" + "9" * 30, 404)
    await admin.get("/desk/no-such-page", 404)
    async with sqlite.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE audit_entry RENAME TO audit_gone")
    page = await admin.get("/desk/audit", 500)
    assert "系统出了点问题" in page
    assert "audit_entry" not in page
    assert "OperationalError" in caplog.text


async def test_only_those_who_may_upload_can_send_much(arrive: Arrive, newcomer: Newcomer) -> None:
    large = "x" * 400_000
    await newcomer().post("/desk/login", 413, login="wang", password=large)
    await (await arrive("chen", Role.READER)).post("/desk/reports/load", 413, url=large)
    await (await arrive("li", Role.EDITOR)).post("/desk/reports/load", 400, url="", agency=large)


async def test_many_attempts_at_once_count_each(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    await arrive("wang", Role.READER)
    for _ in range(staff.FREE_FAILURES):
        async with sqlite.write() as session:
            assert await staff.begin_attempt(session, "wang", clock.now()) is not None
    with pytest.raises(Refused):
        async with sqlite.write() as session:
            await staff.begin_attempt(session, "wang", clock.now())


async def test_verifying_nobody_is_false_and_a_broken_hash_too() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.verify(None, "nobody has this password")
    assert not await passwords.verify("garbage", "x")


async def test_cookie_is_secure_where_the_service_is(sqlite: Database, clock: FixedClock) -> None:
    app = web.Application()
    setup_desk(app, sqlite, clock=clock, base_url="https://gk.example.gov.cn", passwords=Passwords(CHEAP))
    link = await first_admin_link(sqlite, clock, "")
    async with TestClient(TestServer(app)) as client:
        form = {"login": "zhang", "name": "张敏", "password": PASSWORD, "again": PASSWORD}
        origin = str(client.make_url("/")).rstrip("/")
        response = await client.post(link, data=form, headers={"Origin": origin}, allow_redirects=False)
    cookie = response.cookies["__Host-gongkai"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
