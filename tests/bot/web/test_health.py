"""What the numbers page says of the accounts' tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.desk import first_admin_link, setup_desk
from bot.web.desk.health import TokenState
from bot.web.passwords import Passwords
from storage.clock import FixedClock
from storage.database import Database
from tests.bot.web.conftest import CHEAP, PASSWORD, Person


@pytest.mark.parametrize(
    ("fetched", "ends", "failed", "says"),
    [
        (None, None, None, "还没有取过"),
        (-10, 110, None, "正常"),
        (-119, 1, None, "快到期"),
        (-10, 110, -60, "正常"),
        (-110, 10, -5, "取不到"),
        (None, None, -5, "取不到"),
    ],
)
async def test_each_account_shows_its_token(
    sqlite: Database, clock: FixedClock, fetched: int | None, ends: int | None, failed: int | None, says: str
) -> None:
    def at(minutes: int | None) -> object:
        return None if minutes is None else clock.now() + timedelta(minutes=minutes)

    async def tokens() -> list[TokenState]:
        return [TokenState("rsj", at(fetched), at(ends), at(failed), "请把 <地址> 加入白名单。")]  # type: ignore[arg-type]

    app = web.Application()
    setup_desk(
        app, sqlite, clock=clock, passwords=Passwords(CHEAP), accounts={"rsj": "云岭县人社局（rsj）"}, tokens=tokens
    )
    async with TestClient(TestServer(app)) as client:
        person = Person(client)
        link = await first_admin_link(sqlite, clock, "")
        await person.post(link or "", login="zhang", name="张敏", password=PASSWORD, again=PASSWORD)
        page = await person.get("/desk/numbers")
    row = page[page.index("云岭县人社局（rsj）") :]
    assert says in row[:200]
    assert "&lt;地址&gt;" in row
