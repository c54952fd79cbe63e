"""Staff of two accounts in one process: each bound, reminded and shown by its own account alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot import keys
from storage import outbox, people
from storage.clock import FixedClock
from storage.models.cases import WatchCase
from storage.models.watch import Obligation, WatchPerson
from storage.outbox import Letter
from tests.journeys.conftest import Deployment, Start, until

OURS, THEIRS = "oOurs", "oTheirs"


@pytest.fixture
async def deployment(start: Start, clock: FixedClock) -> Deployment:
    """张敏 and the head 赵刚 are staff of the main account, 王芳 and the head 钱红 of the other; each owns one case."""
    deployment = await start()
    async with deployment.app[keys.DATABASE].write() as session:
        staff = (
            ("张敏", "owner", "main"),
            ("赵刚", "head", "main"),
            ("王芳", "owner", "ybj"),
            ("钱红", "head", "ybj"),
        )
        for number, (name, role, account) in enumerate(staff, 1):
            session.add(WatchPerson(id=number, name=name, role=role, account=account))
        await session.flush()
        now = clock.now()
        for number, (owner, title) in enumerate(((1, "规范性文件"), (3, "医保目录"), (None, "无人认领")), 1):
            session.add(
                Obligation(
                    id=number, code=f"D{number}", title=title, column=title, kind="形成后限时", period="20天",
                    starts_on=date(2026, 5, 1), owner_id=owner, created_at=now, updated_at=now,
                )
            )  # fmt: skip
            await session.flush()
            session.add(
                WatchCase(
                    id=number, obligation_id=number, episode="once", status="open", state="overdue",
                    due_on=date(2026, 6, 10), opened_at=now,
                )
            )  # fmt: skip
    return deployment


async def code_of(deployment: Deployment, clock: FixedClock, name: str) -> str:
    async with deployment.app[keys.DATABASE].write() as session:
        return await people.new_code(session, await people.by_name(session, name), clock)


async def said(pusher, openid: str, text: str) -> str:
    reply = await pusher.text(openid, text)
    assert reply
    return reply["Content"]


async def bind(deployment: Deployment, clock: FixedClock, pusher, openid: str, name: str) -> None:
    assert f"已绑定：{name}" in await said(pusher, openid, f"绑定 {await code_of(deployment, clock, name)}")


async def test_a_code_binds_at_its_own_account_alone(deployment: Deployment, clock: FixedClock) -> None:
    code = await code_of(deployment, clock, "王芳")
    assert "已绑定" not in await said(deployment.pusher, OURS, f"绑定 {code}")
    assert "已绑定：王芳" in await said(deployment.other, THEIRS, f"绑定 {code}")
    assert "您没有待办" not in await said(deployment.pusher, THEIRS, "我的待办")


async def test_heads_see_what_is_with_their_own_staff(deployment: Deployment, clock: FixedClock) -> None:
    await bind(deployment, clock, deployment.pusher, OURS, "赵刚")
    await bind(deployment, clock, deployment.other, THEIRS, "钱红")
    ours, theirs = await said(deployment.pusher, OURS, "我的待办"), await said(deployment.other, THEIRS, "我的待办")
    assert ("规范性文件" in ours, "医保目录" in ours, "无人认领" in ours) == (True, False, True)
    assert ("规范性文件" in theirs, "医保目录" in theirs, "无人认领" in theirs) == (False, True, False)
    assert "没有编号1" in await said(deployment.other, THEIRS, "收到 1")


async def test_each_is_reminded_by_their_own_account(deployment: Deployment, clock: FixedClock) -> None:
    await bind(deployment, clock, deployment.pusher, OURS, "张敏")
    await bind(deployment, clock, deployment.other, THEIRS, "王芳")
    async with deployment.app[keys.DATABASE].write() as session:
        for name in ("张敏", "王芳"):
            person = await people.by_name(session, name)
            await outbox.put(session, person, Letter(f"k:{name}", f"给{name}", "已逾期5天。"), clock)
    accounts = (deployment.pusher.account, deployment.other.account)
    await until(lambda: all(a.sent for a in accounts))
    sent = [[(m["touser"], m["text"]["content"].split("\n")[0]) for m in a.sent] for a in accounts]
    assert sent == [[(OURS, "给张敏")], [(THEIRS, "给王芳")]]
    assert deployment.wechat.errcodes() == {}


async def test_who_moves_to_another_account_is_a_stranger_at_the_first(
    deployment: Deployment, clock: FixedClock
) -> None:
    await bind(deployment, clock, deployment.pusher, OURS, "张敏")
    async with deployment.app[keys.DATABASE].write() as session:
        person = await people.by_name(session, "张敏")
        await people.change(
            session, person, people.fingerprint(person),
            name="张敏", role="owner", channels=[], account="ybj", active=True,
        )  # fmt: skip
    assert "待办" not in await said(deployment.pusher, OURS, "我的待办")
    clock.move(timedelta(minutes=1))
    await bind(deployment, clock, deployment.other, THEIRS, "张敏")
