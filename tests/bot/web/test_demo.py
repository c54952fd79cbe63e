"""The chat page's own door: what it lets through to the webhook and what it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.demo import COOKIE, HEADER, MenuButton, setup_demo

MENU = (MenuButton("查年报", children=(MenuButton("存在的问题", key="存在的主要问题"),)),)


class Pushed:
    """Stands where the webhook is: keeps what came and answers."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.broken = False

    async def __call__(self, kind: str, **message: Any) -> list[dict[str, Any]]:
        if self.broken:
            raise ConnectionError("secret detail")
        self.messages.append({"kind": kind, **message})
        return [{"type": "text", "content": "好的"}]


@pytest.fixture
def pushed() -> Pushed:
    return Pushed()


@pytest.fixture
async def client(pushed: Pushed) -> AsyncIterator[TestClient]:
    app = web.Application()
    setup_demo(app, pushed, menu=MENU)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_page_names_a_person_and_keeps_the_name(client: TestClient, pushed: Pushed) -> None:
    first = await client.get("/demo")
    assert "存在的问题" in await first.text()
    assert first.cookies[COOKIE]["httponly"]
    assert first.cookies[COOKIE]["samesite"] == "Strict"
    assert COOKIE not in (await client.get("/demo")).cookies
    for _ in range(2):
        await client.post("/demo/send", json={"kind": "text", "content": " 你好 "}, headers={HEADER: "1"})
    assert len({m["openid"] for m in pushed.messages}) == 1
    assert len(pushed.messages[0]["openid"]) == 28
    assert pushed.messages[0]["content"] == "你好"


async def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    response = await client.get("/demo")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = await response.text()
    assert " style=" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


async def test_menu_click_goes_as_an_event(client: TestClient, pushed: Pushed) -> None:
    await client.get("/demo")
    body = {"kind": "event", "event": "CLICK", "event_key": "存在的主要问题"}
    answer = await (await client.post("/demo/send", json=body, headers={HEADER: "1"})).json()
    assert answer["replies"] == [{"type": "text", "content": "好的"}]
    assert pushed.messages[0]["event_key"] == "存在的主要问题"


async def test_tapped_link_takes_its_id_along(client: TestClient, pushed: Pushed) -> None:
    await client.get("/demo")
    body = {"kind": "text", "content": "有用", "menu_id": "useful.abc"}
    await client.post("/demo/send", json=body, headers={HEADER: "1"})
    assert pushed.messages[0]["menu_id"] == "useful.abc"


async def test_another_site_cannot_send(client: TestClient, pushed: Pushed) -> None:
    body = {"kind": "text", "content": "你好"}
    assert (await client.post("/demo/send", json=body, headers={HEADER: "1"})).status == 403  # no cookie yet
    await client.get("/demo")
    assert (await client.post("/demo/send", json=body)).status == 403
    assert pushed.messages == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"kind": "text", "content": "  "}',
        b'{"kind": "text", "content": 5}',
        b'{"kind": "event", "event": "MASSSENDJOBFINISH"}',
        b'{"kind": "voice"}',
        b'{"kind": "text", "content": "' + b"x" * 2001 + b'"}',
    ],
)
async def test_odd_messages_are_refused(client: TestClient, pushed: Pushed, body: bytes) -> None:
    await client.get("/demo")
    assert (await client.post("/demo/send", data=body, headers={HEADER: "1"})).status == 400
    assert pushed.messages == []


async def test_broken_webhook_is_told_without_detail(client: TestClient, pushed: Pushed) -> None:
    pushed.broken = True
    await client.get("/demo")
    response = await client.post("/demo/send", json={"kind": "text", "content": "你好"}, headers={HEADER: "1"})
    assert response.status == 502
    assert "secret" not in await response.text()
