"""What the desk's browser tests share: a desk at an address, and signing in as a citizen of the office would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from playwright.async_api import Page

from bot.qa import rules
from bot.web.desk import first_admin_link, setup_desk
from bot.web.desk.knowledge import Knowledge
from bot.web.passwords import Passwords
from storage import staff
from storage.clock import SystemClock
from storage.database import Database
from storage.staff import Role

PASSWORD = "correct horse 2026"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@asynccontextmanager
async def desk_at(database: Database, **options: Any) -> AsyncIterator[str]:
    """The desk at an address of this machine; options are those of `setup_desk`."""
    app = web.Application()
    options = {"known": Knowledge(rules.texts()), **options}
    setup_desk(app, database, clock=SystemClock(), passwords=Passwords(CHEAP), **options)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def admin_link(database: Database, address: str) -> str:
    """The link that is printed at the first start."""
    link = await first_admin_link(database, SystemClock(), address)
    assert link is not None
    return link


async def hire(database: Database, login: str, name: str, *roles: Role) -> None:
    """A person with the usual password."""
    hashed, now = await Passwords(CHEAP).hash(PASSWORD), SystemClock().now()
    async with database.write() as session:
        _, token = await staff.add_member(
            session, login=login, name=name, roles=list(roles), by="test", now=now, origin=None
        )
        await staff.use_link(session, token, password=hashed, now=now, origin=None)


async def sign_in(page: Page, address: str, login: str) -> None:
    """Through the login page."""
    await page.goto(f"{address}/desk/login")
    await page.get_by_label("登录名").fill(login)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_url(f"{address}/desk/")
