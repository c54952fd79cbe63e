"""Kill -9 at any line of sending a notice to the staff's WeChat: it arrives, and a repeat is dropped or says so.

The process, the database and the server that stands for WeChat are real. A template message is known to WeChat by its
client_msg_id, so that it arrives once whatever happens. A customer-service text has no such key: after a death between
the request and the mark nobody can know whether it arrived, so it goes over the person's next channel, or once more
with the line that says so, and never a third time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from storage import allowance, migrate, outbox
from storage.allowance import Grant
from storage.clock import FixedClock
from storage.database import Database
from storage.models.allowance import AllowanceKind
from storage.models.watch import WatchPerson
from storage.outbox import AGAIN, Letter
from tests.fakes.wechat import FakeAccount, FakeWeChat
from tests.killing import fresh, points, victim

OPENID = "oStaff"
TEMPLATE = "TPL thing1=title thing3=subject"
LETTER = Letter("case:1:v1:1", "逾期：规范性文件", "已逾期5天。", data={"title": "规范性文件", "due": "2026-06-10"})


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat) -> FakeAccount:
    return wechat.account(followers={OPENID}, templates={"TPL"})


@pytest.fixture
async def hook() -> AsyncIterator[tuple[list[str], str]]:
    """A webhook of the bureau's own: the bodies it got."""
    got: list[str] = []

    async def take(request: web.Request) -> web.Response:
        got.append((await request.json())["body"])
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yield got, str(server.make_url("/hook"))


async def prepare(path: Path, clock: FixedClock, next_channel: str) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    await migrate.upgrade(database)
    channels = [{"kind": "wechat", "to": ""}] + ([{"kind": "webhook", "to": next_channel}] if next_channel else [])
    async with database.write() as session:
        person = WatchPerson(id=1, name="张敏", role="owner", openid=OPENID, channels=channels)
        session.add(person)
        await session.flush()
        await outbox.put(session, person, LETTER, clock)
        await allowance.grant(session, "main", [Grant(OPENID, AllowanceKind.MESSAGE, clock.now())])
    await database.close()
    assert not any(f.exists() and f.stat().st_size for f in (Path(f"{path}-wal"), Path(f"{path}-shm")))


@pytest.mark.parametrize("way", ["template", "text", "text, then webhook"])
async def test_killed_at_any_line_a_notice_arrives_and_a_repeat_is_known(
    way: str, wechat: FakeWeChat, account: FakeAccount, hook: tuple[list[str], str], clock: FixedClock, tmp_path: Path
) -> None:
    template, path = tmp_path / "template.db", tmp_path / "run.db"
    hooked, address = hook
    await prepare(template, clock, address if "webhook" in way else "")
    words = [wechat.url, account.app_id, account.secret, *(TEMPLATE.split() if way == "template" else [])]
    moments = [(clock.now() + timedelta(minutes=5 * n)).isoformat() for n in range(4)]

    def forget() -> None:
        hooked.clear()
        account.sent.clear()
        account.client_ids.clear()
        account.acted(OPENID, "message")
        fresh(template, path)

    async with victim(Path(__file__).with_name("notice_worker.py")) as process:
        forget()
        lines, _ = await process.order(0, path, moments[0], *words)
        assert len(account.sent) == 1
        chosen = points(lines)
        assert len(chosen) > 4
        for point in chosen:
            forget()
            _, ended = await process.order(point, path, moments[0], *words)
            assert ended == "-9"
            for moment in moments[1:]:
                _, ended = await process.order(0, path, moment, *words)
                assert ended == "0", lines[point - 1]
            check(way, account, hooked, lines[point - 1])


def check(way: str, account: FakeAccount, hooked: list[str], line: str) -> None:
    if way == "template":
        assert len(account.sent) == 1, line
        return
    texts = [m["text"]["content"] for m in account.sent]
    repeats = [t for t in texts if AGAIN.strip() in t]
    assert len(texts) - len(repeats) <= 1, line
    if way == "text":
        assert texts, line
        assert len(repeats) <= 1, line
    else:
        assert not repeats, line
        assert 1 <= len(texts) + len(hooked) <= 2, line
        assert len(hooked) <= 1, line
