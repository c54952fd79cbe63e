"""The fake WeChat finds the faults that the real one would: what the other tests prove rests on this."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from storage.clock import FixedClock
from tests.fakes.wechat import FakeAccount, FakePusher, FakeWeChat, Kind
from tests.fakes.wechat.pusher import ATTEMPTS, BLOCK_AFTER

TOKEN_CALL = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s" * 32}
SEND, TYPING, MENU = "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing", "/cgi-bin/menu/create"
TEMPLATE, BIZ, CONDITIONAL = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/menu/addconditional"  # fmt: skip
CLICK = {"type": "click", "name": "一", "key": "k"}
PNG = b"\x89PNG\r\n\x1a\n"


class Caller:
    """Somebody who calls the interface by hand."""

    def __init__(self, wechat: FakeWeChat, session: aiohttp.ClientSession) -> None:
        self.wechat, self.session, self.token = wechat, session, ""

    async def fetch(self, *, force: bool = False, **wrong: str) -> dict[str, Any]:
        body = TOKEN_CALL | {"force_refresh": force} | wrong
        async with self.session.post(f"{self.wechat.url}/cgi-bin/stable_token", json=body) as response:
            answer = await response.json(content_type=None)
        self.token = answer.get("access_token", self.token)
        return answer

    async def post(self, path: str, body: Any, *, raw: bytes | None = None, method: str = "POST") -> int:
        """The errcode of a call."""
        data = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        url, headers = f"{self.wechat.url}{path}", {"Content-Type": "application/json"}
        query = {"access_token": self.token}
        async with self.session.request(method, url, params=query, data=data, headers=headers) as response:
            return int((await response.json(content_type=None)).get("errcode", 0))


@pytest.fixture
async def wechat(clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(clock) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat) -> FakeAccount:
    account = wechat.account(templates={"TPL"}, tags={100: "t"}, web_domains={"e.cn"})
    account.acted("oA", "follow")
    account.acted("oA", "message")
    return account


@pytest.fixture
async def caller(wechat: FakeWeChat, account: FakeAccount) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        caller = Caller(wechat, session)
        await caller.fetch()
        yield caller


def text(content: str, **more: Any) -> dict[str, Any]:
    return {"touser": "oA", "msgtype": "text", "text": {"content": content}, **more}


def notice(value: str = "规范性文件", **more: Any) -> dict[str, Any]:
    return {"touser": "oA", "template_id": "TPL", "data": {"thing1": {"value": value}}, **more}


FAULTS: list[tuple[str, Any, int]] = [
    (SEND, text("好"), 0),
    (SEND, text("字" * 683), 45002),
    (SEND, text("字" * 682), 0),
    (SEND, text(" "), 44004),
    (SEND, text("a\x02"), 40033),
    (SEND, text("好", invented=1), 47001),
    (SEND, text("好") | {"touser": "oNobody"}, 45015),
    (SEND, text("好") | {"touser": "rubbish"}, 40003),
    (SEND, {"touser": "oA", "msgtype": "image", "image": {"media_id": "gone"}}, 40007),
    (SEND, {"touser": "oA", "msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
    (TYPING, {"touser": "oA", "command": "Type"}, 45072),
    (TYPING, {"touser": "oNobody", "command": "Typing"}, 45080),
    (MENU, {"button": []}, 40016),
    (MENU, {"button": [CLICK] * 4}, 40016),
    (MENU, {"button": [{"name": "一", "sub_button": [CLICK] * 6}]}, 40023),
    (MENU, {"button": [CLICK | {"name": "字" * 6}]}, 40018),
    (MENU, {"button": [{"name": "一", "sub_button": [CLICK | {"name": "字" * 21}]}]}, 40025),
    (MENU, {"button": [CLICK | {"key": "字" * 43}]}, 40019),
    (MENU, {"button": [{"type": "view", "name": "一", "url": "http://e.cn/" + "x" * 1024}]}, 40020),
    (MENU, {"button": [CLICK | {"type": "hover"}]}, 40017),
    (MENU, {"button": [CLICK]}, 0),
    (CONDITIONAL, {"button": [CLICK], "matchrule": {"tag_id": "100"}}, 65303),
    (TEMPLATE, notice(), 0),
    (TEMPLATE, notice("字" * 21), 47003),
    (TEMPLATE, notice(""), 47003),
    (TEMPLATE, notice() | {"template_id": "NO"}, 40037),
    (TEMPLATE, notice() | {"touser": "oNobody"}, 43004),
    (TEMPLATE, notice(url="x"), 40039),
    (TEMPLATE, notice(client_msg_id="x" * 33), 45067),
    (BIZ, notice(), 43101),
    ("/cgi-bin/no/such/thing", {}, 40066),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "errcode"), FAULTS)
async def test_each_fault_has_its_errcode(caller: Caller, path: str, body: Any, errcode: int) -> None:
    assert await caller.post(path, body) == errcode


async def test_how_a_call_is_made_counts_too(caller: Caller, account: FakeAccount) -> None:
    escaped = json.dumps({"button": [CLICK]}).encode()
    assert b"\\u4e00" in escaped
    assert await caller.post(MENU, None, raw=escaped) == 40033
    assert await caller.post(MENU, None, raw=b"") == 44002
    assert await caller.post(MENU, None, raw=b"{") == 47001
    assert await caller.post(MENU, {"button": [CLICK]}, method="GET") == 43002
    caller.token = ""
    assert await caller.post(MENU, {"button": [CLICK]}) == 41001
    caller.token = "invented"
    assert await caller.post(MENU, {"button": [CLICK]}) == 40014


async def test_unverified_accounts_are_granted_what_the_tables_say(caller: Caller, account: FakeAccount) -> None:
    account.verified = False
    for path in (SEND, TYPING, MENU, CONDITIONAL, TEMPLATE, BIZ):
        assert await caller.post(path, {}) == 48001
    account.verified, account.kind = True, Kind.SUBSCRIPTION
    assert (await caller.post(SEND, text("好")), await caller.post(TEMPLATE, notice())) == (0, 48001)


async def test_tokens_live_and_die_as_documented(caller: Caller, account: FakeAccount, clock: FixedClock) -> None:
    first = caller.token
    assert (await caller.fetch())["access_token"] == first
    clock.move(timedelta(minutes=116))
    second = await caller.fetch()
    assert second["access_token"] != first
    for token in (first, caller.token):
        caller.token = token
        assert await caller.post(SEND, text("好")) == 0
    clock.move(timedelta(minutes=5))
    caller.token = first
    assert await caller.post(SEND, text("好")) == 42001
    caller.token = second["access_token"]
    forced = await caller.fetch(force=True)
    assert forced["access_token"] != second["access_token"]
    caller.token = second["access_token"]
    assert await caller.post(SEND, text("好")) == 40001
    assert (await caller.fetch(force=True))["access_token"] == forced["access_token"], "thirty seconds apart"
    assert (await caller.fetch(secret="x"))["errcode"] == 40125
    assert (await caller.fetch(appid="x"))["errcode"] == 40013
    account.allow_ips = set()
    assert "203.0.113.7" in (await caller.fetch())["errmsg"]


async def test_windows_quotas_and_media_end(caller: Caller, account: FakeAccount, clock: FixedClock) -> None:
    account.windows.clear()
    account.acted("oA", "message")
    assert [await caller.post(SEND, text("好")) for _ in range(6)] == [0] * 5 + [45047]
    account.acted("oA", "tap")
    clock.move(timedelta(minutes=1))
    assert await caller.post(SEND, text("好")) == 45047
    clock.move(timedelta(hours=48))
    await caller.fetch()
    assert await caller.post(SEND, text("好")) == 45015
    account.per_minute[SEND] = account.used[SEND, f"{clock.now():%Y-%m-%dT%H:%M}"]
    assert await caller.post(SEND, text("好")) == 45011
    account.per_minute.clear()
    account.quotas[SEND] = account.used_today(SEND)
    assert await caller.post(SEND, text("好")) == 45009
    media_id = account.keep_media()
    clock.move(timedelta(days=3))
    await caller.fetch()
    account.acted("oA", "message")
    image = {"touser": "oA", "msgtype": "image", "image": {"media_id": media_id}}
    assert await caller.post(SEND, image) == 40007


async def test_uploads_are_looked_at(caller: Caller) -> None:
    async def upload(content: bytes, name: str | None, kind: str = "image/png") -> int:
        form = aiohttp.FormData()
        form.add_field(
            "media", io.BytesIO(content) if name else content.decode("latin-1"), filename=name, content_type=kind
        )
        url, query = f"{caller.wechat.url}/cgi-bin/media/upload", {"access_token": caller.token, "type": "image"}
        async with caller.session.post(url, params=query, data=form) as response:
            return int((await response.json(content_type=None)).get("errcode", 0))

    assert await upload(PNG, "a.png") == 0
    assert await upload(PNG, None) == 41005
    assert await upload(b"<svg/>", "a.png") == 40004
    assert await upload(PNG, "a.png", "application/pdf") == 40004
    assert await upload(PNG + bytes(10 * 2**20), "a.png") == 40009


@pytest.mark.parametrize(
    "url",
    [
        "https://open.weixin.qq.com/connect/oauth2/authorize?redirect_uri=https%3A%2F%2Fe.cn&appid=wx0123456789abcdef&response_type=code&scope=snsapi_base&state=a#wechat_redirect",
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fe.cn&response_type=code&scope=snsapi_base&state=a",
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https://e.cn&response_type=code&scope=snsapi_base&state=a#wechat_redirect",
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fe.cn&response_type=code&scope=snsapi_base&state=a-b#wechat_redirect",
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef&redirect_uri=https%3A%2F%2Fevil.cn&response_type=code&scope=snsapi_base&state=a#wechat_redirect",
    ],
    ids=["order", "fragment", "encoding", "state", "domain"],
)  # fmt: skip
def test_a_way_to_the_authorisation_page_must_be_exact(wechat: FakeWeChat, account: FakeAccount, url: str) -> None:
    with pytest.raises(ValueError, match=r"order|domain"):
        wechat.authorize(url, "oA")


GOOD = "<xml><ToUserName>oA</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1</CreateTime>{}</xml>"
TEXT = GOOD.format("<MsgType>text</MsgType><Content>{}</Content>")


@pytest.mark.parametrize(
    ("answer", "fails"),
    [
        ("success", False),
        ("", False),
        (TEXT.format("好"), False),
        (TEXT.format(" "), True),
        (TEXT.format("字" * 683), True),
        (TEXT.format("a\x02"), True),
        (TEXT.format("好").replace("gh_1", "wx1"), True),
        (TEXT.format("好").replace("oA", "oB"), True),
        (TEXT.format("好").replace("<CreateTime>1", "<CreateTime>now"), True),
        (GOOD.format("<MsgType>hologram</MsgType>"), True),
        (GOOD.format("<MsgType>image</MsgType><MediaId>m</MediaId>"), True),
        ('{"MsgType": "text"}', True),
        ("<html>502</html>", True),
    ],
)
async def test_what_the_person_sees_of_an_answer(
    wechat: FakeWeChat, account: FakeAccount, clock: FixedClock, answer: str, fails: bool
) -> None:
    came: list[web.Request] = []

    async def webhook(request: web.Request) -> web.Response:
        came.append(request)
        return web.Response(text=answer)

    app = web.Application()
    app.router.add_post("/", webhook)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        pusher = FakePusher(session, str(server.make_url("/")), account, clock, "token", gh_id="gh_1")
        await pusher.text("oA", "你好")
        assert bool(pusher.notices) is fails
        assert len(came) == (ATTEMPTS if fails else 1)
        if fails:
            for _ in range(BLOCK_AFTER):
                await pusher.text("oA", "你好")
            assert (len(pusher.notices), pusher.skipped) == (BLOCK_AFTER, 1)


async def test_an_answer_in_clear_is_a_failure_in_secure_mode(
    wechat: FakeWeChat, account: FakeAccount, clock: FixedClock
) -> None:
    app = web.Application()

    async def webhook(_request: web.Request) -> web.Response:
        return web.Response(text=TEXT.format("好"))

    app.router.add_post("/", webhook)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        pusher = FakePusher(session, str(server.make_url("/")), account, clock, "token", "A" * 43, "gh_1")
        await pusher.text("oA", "你好")
        assert "not encrypted" in pusher.notices[0]
