"""People and channels on the watch desk: entered, tested, bound, switched off; a channel's address stays with admins."""

import re

from sqlmodel import select

from storage import audit, people
from storage.clock import FixedClock
from storage.database import Database
from storage.models.outbox import OutboxMessage
from storage.models.watch import WatchPerson
from storage.staff import Role
from tests.bot.web.conftest import BASE_URL, Arrive

PATH = "/desk/watch/people"
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
ZHANG = {"name": "张敏", "role": "owner", "kind0": "wecom", "to0": KEY, "kind1": "email", "to1": "zhang@example.cn"}


def seen(page: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', page).group(1)


async def test_a_person_is_entered_tested_bound_and_switched_off(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    admin, reader = await arrive("zhao", Role.ADMIN, name="赵刚"), await arrive("chen", Role.READER)
    assert "还没有登记人员" in await admin.get(PATH)
    for wrong, said in (
        ({"name": ""}, "请填写姓名"),
        ({"role": "boss"}, "请选择角色"),
        ({"to1": "zhang"}, "第2个渠道：邮箱地址不对"),
        ({"to0": ""}, "第1个渠道：请填写地址"),
        ({"kind1": ""}, "第2个渠道：请选择渠道"),
        ({"kind1": "wecom"}, "重复"),
        ({"kind2": "webhook", "to2": "file:///etc/passwd"}, "http://"),
    ):
        assert said in await admin.post(PATH, 400, **ZHANG | wrong)
    assert "已登记张敏" in await admin.post(PATH, **ZHANG)
    assert "已经登记过“张敏”" in await admin.post(PATH, 400, **ZHANG)
    listed = await reader.get(PATH)
    assert "企业微信群机器人、邮箱" in listed
    assert KEY not in listed
    await reader.get(f"{PATH}/1", 403)
    for what in ("", "/code", "/test"):
        await reader.post(f"{PATH}/1{what}", 403, **ZHANG)

    assert "测试消息已交发" in await admin.post(f"{PATH}/1/test")
    assert "一分钟内已经发过" in await admin.post(f"{PATH}/1/test")
    async with sqlite.read() as session:
        (message,) = (await session.exec(select(OutboxMessage))).all()
    assert (message.channel, message.address, message.status) == ("wecom", KEY, "waiting")
    assert "赵刚" in message.body

    code = re.search(r"绑定 (\w{8})", await admin.post(f"{PATH}/1/code")).group(1)
    assert code not in await admin.get(f"{PATH}/1")
    async with sqlite.write() as session:
        bound = await people.bind(session, "o-zhang", "hash", code, clock)
        assert bound is not None
        assert bound.name == "张敏"
    page = await admin.get(f"{PATH}/1")
    assert "绑定。重新绑定" in page
    unused = re.search(r"绑定 (\w{8})", await admin.post(f"{PATH}/1/code")).group(1)
    assert "已保存" in await admin.post(f"{PATH}/1", **ZHANG, seen=seen(page))
    async with sqlite.write() as session:
        person = await session.get_one(WatchPerson, 1)
        assert (person.active, person.openid) == (False, None)
        assert await people.bind(session, "o-zhang", "hash", unused, clock) is None
    assert "已停用" in await admin.post(f"{PATH}/1/test", 400)
    async with sqlite.read() as session:
        found = await audit.entries(session, subject="contact 1")
    assert [e.action for e in found][::-1] == [f"contact.{w}" for w in ("add", "test", "code", "code", "change")]
    assert not any(KEY in str((e.before, e.after)) or code in str((e.before, e.after)) for e in found)


async def test_two_admins_at_one_person(arrive: Arrive) -> None:
    one, two = await arrive("zhao", Role.ADMIN), await arrive("wang", Role.ADMIN)
    await one.post(PATH, name="张敏", role="owner")
    assert "还没有能用的渠道" in await one.post(f"{PATH}/1/test", 400)
    before = seen(await one.get(f"{PATH}/1"))
    await two.get(f"{PATH}/1")
    await two.post(f"{PATH}/1", **ZHANG, active="1", seen=before)
    page = await one.post(f"{PATH}/1", 409, name="张敏", role="head", active="1", seen=before)
    assert "您的修改没有保存" in page
    assert "负责人" in page
    assert KEY in page
    assert "已保存" in await one.post(f"{PATH}/1", name="张敏", role="head", active="1", seen=seen(page))
    await one.get(f"{PATH}/9", 404)


async def test_where_there_are_several_accounts_a_person_has_one(
    sqlite: Database, arrive: Arrive, desk_accounts
) -> None:
    desk_accounts.update({"main": "县人社局", "ybj": "县医保局"})
    admin = await arrive("zhao", Role.ADMIN)
    assert "县医保局" in await admin.get(PATH)
    assert "没有这个公众号" in await admin.post(PATH, 400, **ZHANG | {"account": "nobody"})
    await admin.post(PATH, **ZHANG | {"account": "ybj"})
    async with sqlite.read() as session:
        person = (await session.exec(select(WatchPerson))).one()
    assert person.account == "ybj"
    page = await admin.post(f"{PATH}/1/code")
    assert "向公众号“县医保局”发送" in page
    code = re.search(r"绑定 (\w{8})", page).group(1)
    assert f"{BASE_URL}/bind/{code}" in page
    assert "<svg" in page
    await admin.post(PATH, **ZHANG | {"account": "main", "name": "李强"})
    page = await admin.post(f"{PATH}/2/code")
    assert "绑定 " in page
    assert "/bind/" not in page
