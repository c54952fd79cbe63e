"""A desk over a real database, and people who sit at it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from bot.web.desk import setup_desk
from bot.web.passwords import Passwords
from storage import staff
from storage.clock import FixedClock
from storage.database import Database
from storage.staff import Role

PASSWORD = "correct horse 2026"
BASE_URL = "http://xxgk.example.cn"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Person:
    """Somebody with a browser of their own: follows redirects, keeps cookies, sends the page's token."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.csrf = ""

    async def get(self, path: str, status: int = 200) -> str:
        response = await self.client.get(path)
        page = await response.text()
        assert response.status == status, page
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        self.csrf = found.group(1) if found else self.csrf
        return page

    async def post(self, path: str, status: int = 200, **fields: object) -> str:
        origin = str(self.client.make_url("/")).rstrip("/")
        response = await self.client.post(path, data={"csrf": self.csrf} | fields, headers={"Origin": origin})
        page = await response.text()
        assert response.status == status, page
        return page


Arrive = Callable[..., Awaitable[Person]]


@pytest.fixture
def desk_accounts() -> dict[str, str]:
    """The official accounts that the desk knows; a test may add some."""
    return {}


@pytest.fixture
async def desk_server(sqlite: Database, clock: FixedClock, desk_accounts: dict[str, str]) -> AsyncIterator[TestServer]:
    app = web.Application()
    setup_desk(
        app,
        sqlite,
        clock=clock,
        base_url=BASE_URL,
        passwords=Passwords(CHEAP),
        accounts=desk_accounts,
        may_bind=lambda account: account == "ybj",
    )
    async with TestServer(app) as server:
        yield server


@pytest.fixture
async def newcomer(desk_server: TestServer) -> AsyncIterator[Callable[[], Person]]:
    """Browsers in which nobody has signed in."""
    clients: list[TestClient] = []

    def newcomer() -> Person:
        clients.append(TestClient(desk_server))
        return Person(clients[-1])

    yield newcomer
    for client in clients:
        await client.session.close()


@pytest.fixture
async def arrive(sqlite: Database, clock: FixedClock, newcomer: Callable[[], Person]) -> Arrive:
    """Signs a new person with these roles in."""

    async def arrive(login: str, *roles: Role, name: str = "") -> Person:
        hashed = await Passwords(CHEAP).hash(PASSWORD)
        async with sqlite.write() as session:
            _, token = await staff.add_member(
                session, login=login, name=name or login, roles=list(roles), by="test", now=clock.now(), origin=None
            )
            await staff.use_link(session, token, password=hashed, now=clock.now(), origin=None)
        person = newcomer()
        await person.post("/desk/login", login=login, password=PASSWORD)
        await person.get("/desk/")
        return person

    return arrive
