"""The office's channels against real local servers: a group robot, a webhook, a mail server, a dead-man's switch."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlmodel import select

from scheduler import table
from scheduler.app import WatchProcess, run_job
from scheduler.channels.notify import Apprise, Email
from scheduler.channels.webhook import JsonWebhook
from scheduler.channels.wecom import WeComRobot
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from scheduler.table import Job
from storage import outbox
from storage.clock import FixedClock
from storage.database import Database
from storage.models.outbox import OutboxMessage
from storage.models.watch import WatchPerson
from storage.outbox import Letter, Status

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
"""A module that Apprise loads."""


@dataclass
class Receivers:
    """What arrived; `robot` and `hook` are what the servers answer next, the last one from then on."""

    robot: list[int] = field(default_factory=lambda: [0])
    hook: list[int] = field(default_factory=lambda: [200])
    robot_got: list[str] = field(default_factory=list)
    hook_got: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)

    async def on_robot(self, request: web.Request) -> web.Response:
        said = await request.json()
        assert said["msgtype"] == "text"
        self.robot_got.append(said["text"]["content"])
        code = self.robot.pop(0) if len(self.robot) > 1 else self.robot[0]
        return web.json_response({"errcode": code, "errmsg": "as told"})

    async def on_hook(self, request: web.Request) -> web.Response:
        self.hook_got.append((request.headers["Idempotency-Key"], await request.json()))
        status = self.hook.pop(0) if len(self.hook) > 1 else self.hook[0]
        if not status:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 500)

    async def on_beat(self, request: web.Request) -> web.Response:
        self.beats.append(request.path)
        return web.Response()


@pytest.fixture
async def receivers() -> AsyncIterator[tuple[Receivers, str]]:
    found = Receivers()
    application = web.Application()
    application.router.add_post("/robot", found.on_robot)
    application.router.add_post("/hook", found.on_hook)
    application.router.add_get("/beat", found.on_beat)
    application.router.add_get("/beat/fail", found.on_beat)
    server = TestServer(application)
    await server.start_server()
    yield found, str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def write_to(database: Database, clock: FixedClock, *channels: dict[str, str]) -> None:
    """One message to a person with these channels; an operator with none sees what could not be sent."""
    async with database.write() as session:
        person = WatchPerson(id=1, name="张敏", role="owner", channels=list(channels))
        session.add_all([person, WatchPerson(id=2, name="运维", role="operator")])
        await session.flush()
        letter = Letter("case:7:v1:1", "【逾期提醒】政策解读", "期限：6月1日\n下一步：请公开。", data={"case": 7})
        assert await outbox.put(session, person, letter, clock)


async def stored(database: Database) -> list[tuple[str, str, str]]:
    async with database.read() as session:
        rows = (await session.exec(select(OutboxMessage).order_by("id"))).all()
    return [(row.channel, row.status, row.error) for row in rows]


async def test_a_robot_that_is_too_fast_is_tried_again_after_its_minute(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    found, base = receivers
    found.robot = [45009, 0]
    await write_to(sqlite, clock, {"kind": "wecom", "to": f"{base}/robot"})
    channels = {"wecom": WeComRobot(http)}
    assert await outbox.deliver(sqlite, channels, "p", clock) == 0
    assert await stored(sqlite) == [("wecom", Status.WAITING, "群机器人发送过快（45009）")]
    clock.move(timedelta(seconds=60))
    assert await outbox.deliver(sqlite, channels, "p", clock) == 0
    assert len(found.robot_got) == 1, "not asked again within the minute that the robot counts"
    clock.move(timedelta(seconds=10))
    assert await outbox.deliver(sqlite, channels, "p", clock) == 1
    assert found.robot_got[1] == "【逾期提醒】政策解读\n期限：6月1日\n下一步：请公开。"


async def test_a_robot_that_was_removed_hands_on_and_the_operator_hears(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    found, base = receivers
    found.robot = [93000]
    await write_to(sqlite, clock, {"kind": "wecom", "to": "secret-key"}, {"kind": "webhook", "to": f"{base}/hook"})
    channels = {"wecom": WeComRobot(http, f"{base}/robot?key="), "webhook": JsonWebhook(http)}
    assert await outbox.deliver(sqlite, channels, "p", clock) == 1
    assert [key for key, _ in found.hook_got] == ["case:7:v1:1>"]
    rows = await stored(sqlite)
    assert rows[:2] == [("wecom", Status.FAILED, "群机器人拒收（93000）"), ("webhook", Status.SENT, "")]
    async with sqlite.read() as session:
        (told,) = (await session.exec(select(OutboxMessage).where(OutboxMessage.person_id == 2))).all()
    assert (told.subject, "张敏" in told.body, "secret-key" in told.body) == ("通知送不出去", True, False)


async def test_a_long_text_fits_the_robot_and_ends_at_a_line(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    found, base = receivers
    message = OutboxMessage(
        key="k",
        person_id=1,
        channel="wecom",
        address=f"{base}/robot",
        subject="公开监测日报",
        body="\n".join(f"{n}. 第{n}项：已逾期{n}天" for n in range(200)),
    )
    await WeComRobot(http).send(message)
    (text,) = found.robot_got
    assert len(text.encode()) <= 2048
    assert text.endswith("天\n……（全文见后台）")


async def test_a_webhook_gets_the_same_key_again_when_its_answer_was_lost(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    found, base = receivers
    found.hook = [0, 503, 200]
    await write_to(sqlite, clock, {"kind": "webhook", "to": f"{base}/hook"})
    sent = []
    for _ in range(3):
        sent.append(await outbox.deliver(sqlite, {"webhook": JsonWebhook(http)}, "p", clock))
        clock.move(timedelta(hours=2))
    assert sent == [0, 0, 1]
    assert [key for key, _ in found.hook_got] == ["case:7:v1:1"] * 3
    assert found.hook_got[0][1] == {
        "key": "case:7:v1:1",
        "subject": "【逾期提醒】政策解读",
        "body": "期限：6月1日\n下一步：请公开。",
        "data": {"case": 7},
    }


async def test_a_webhook_that_is_gone_leaves_the_message_to_be_shown_later(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    found, base = receivers
    found.hook = [404]
    await write_to(sqlite, clock, {"kind": "webhook", "to": f"{base}/hook"})
    assert await outbox.deliver(sqlite, {"webhook": JsonWebhook(http)}, "p", clock) == 0
    assert (await stored(sqlite))[0] == ("webhook", Status.HELD, "对方拒收（404）")
    assert len(found.hook_got) == 1


@dataclass
class MailServer:
    """A small SMTP server (RFC 5321): keeps what it is given, or refuses every recipient."""

    refuses: bool = False
    to: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        while line := await reader.readline():
            writer.write(await self._answer(line.decode().strip(), reader, writer))
        writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        verb = line.split(":")[0].upper()
        if verb == "RCPT TO":
            if self.refuses:
                return b"550 no such mailbox\r\n"
            self.to.append(line.split("<")[1].split(">")[0])
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
        return b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"


@pytest.fixture
async def mail() -> AsyncIterator[tuple[MailServer, str]]:
    found = MailServer()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield found, f"mailto://127.0.0.1:{port}?from=gongkai@example.gov.cn&mode=insecure"
    server.close()


async def test_an_email_arrives_with_subject_and_text(
    sqlite: Database, clock: FixedClock, mail: tuple[MailServer, str]
) -> None:
    found, address = mail
    await write_to(sqlite, clock, {"kind": "email", "to": "zhang.min+gk@example.gov.cn"})
    assert await outbox.deliver(sqlite, {"email": Email(address)}, "p", clock) == 1
    assert found.to == ["zhang.min+gk@example.gov.cn"]
    message = email.message_from_bytes(found.mails[0], policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    assert body is not None
    assert message["Subject"] == "【逾期提醒】政策解读"
    assert "下一步：请公开。" in body.get_content()


async def test_an_email_that_is_refused_is_tried_again_later(
    sqlite: Database, clock: FixedClock, mail: tuple[MailServer, str]
) -> None:
    found, address = mail
    found.refuses = True
    await write_to(sqlite, clock, {"kind": "email", "to": "zhang@example.gov.cn"})
    assert await outbox.deliver(sqlite, {"email": Email(address)}, "p", clock) == 0
    assert await stored(sqlite) == [("email", Status.WAITING, "没有送达")]
    found.refuses = False
    clock.move(timedelta(hours=2))
    assert await outbox.deliver(sqlite, {"email": Email(address)}, "p", clock) == 1
    assert len(found.mails) == 1


async def test_an_address_that_apprise_does_not_know_is_refused(sqlite: Database, clock: FixedClock) -> None:
    await write_to(sqlite, clock, {"kind": "apprise", "to": "not an address"})
    assert await outbox.deliver(sqlite, {"apprise": Apprise()}, "p", clock) == 0
    assert (await stored(sqlite))[0] == ("apprise", Status.HELD, "通知地址不是 Apprise 认识的格式")


async def test_the_dead_mans_switch_hears_of_each_check(
    sqlite: Database, clock: FixedClock, receivers: tuple[Receivers, str], http: aiohttp.ClientSession
) -> None:
    async def broken(_watch: object, *, dry_run: bool = False) -> dict[str, object]:
        raise RuntimeError("boom")

    found, base = receivers
    watch = Watch(sqlite, SchedulerSettings(_env_file=None, heartbeat_url=f"{base}/beat"), clock, b"s" * 32)
    scan, tidy = table.find("scan"), table.find("tidy")
    assert scan is not None
    assert tidy is not None
    await run_job(watch, scan, http)
    await run_job(watch, tidy, http)
    await run_job(watch, Job("scan", scan.when, scan.grace, "nothing", broken), http)
    assert found.beats == ["/beat", "/beat/fail"]


async def test_a_job_that_missed_its_time_is_told_to_the_operators(
    sqlite: Database, clock: FixedClock, tmp_path: Path
) -> None:
    async with sqlite.write() as session:
        session.add(WatchPerson(id=1, name="运维", role="operator", channels=[{"kind": "apprise", "to": "x"}]))
    settings = SchedulerSettings(_env_file=None, data_dir=tmp_path)
    process = WatchProcess(settings, sqlite, clock=clock)
    await process.start()
    try:
        await process.leader.attempt()
        process._timers.modify_job("check", next_run_time=datetime.now(UTC) - timedelta(hours=3))
        wanted = select(OutboxMessage).where(OutboxMessage.key == f"job:check:{clock.today()}:1")
        async with asyncio.timeout(120):
            while True:
                async with sqlite.read() as session:
                    told = (await session.exec(wanted)).one_or_none()
                if told is not None:
                    break
                await asyncio.sleep(0.02)
    finally:
        await process.stop()
    assert "监测任务 check 错过了运行时间" in told.body
