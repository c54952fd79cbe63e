"""Pictures, page signatures and web identity: cached, renewed when WeChat forgets, and nobody is taken for another."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.api.jssdk import JsSdk, sign
from bot.wechat.api.media import IMAGE_LIMIT, Media
from bot.wechat.api.messages import CUSTOM, Image, Unsendable, custom
from bot.wechat.api.oauth import NotIdentified, OAuth, Visitor
from storage.clock import FixedClock
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat, Kind

PNG = b"\x89PNG\r\n\x1a\n"
UPLOAD, TICKET = "/cgi-bin/media/upload", "/cgi-bin/ticket/getticket"
APP_ID = "wx0123456789abcdef"


@pytest.fixture
def media(client: WeChatClient, state: MemoryState) -> Media:
    return Media(client, "main", state)


async def test_a_picture_is_uploaded_once_in_three_days(
    media: Media, wechat: FakeWeChat, account: FakeAccount, clock: FixedClock
) -> None:
    first = await media.image(PNG + b"a")
    clock.move(timedelta(days=2, hours=22))
    assert await media.image(PNG + b"a") == first
    assert await media.image(PNG + b"b") != first
    clock.move(timedelta(hours=1, minutes=30))
    account.check_media(second := await media.image(PNG + b"a"))
    assert second != first
    assert wechat.count(UPLOAD) == 3


async def test_a_picture_that_wechat_has_lost_is_uploaded_again_and_sent(
    media: Media, wechat: FakeWeChat, account: FakeAccount, client: WeChatClient
) -> None:
    account.acted("oA", "follow")

    async def send(media_id: str) -> None:
        await client.post(CUSTOM, custom("oA", Image(media_id)))

    await media.image(PNG)
    account.media.clear()
    await media.use(PNG, send)
    assert len(account.sent) == 1
    assert wechat.count(UPLOAD) == 2
    wechat.inject(CUSTOM, 40007, 40007, 40007)
    with pytest.raises(WeChatError, match="40007"):
        await media.use(PNG, send)
    assert wechat.count(UPLOAD) == 3


@pytest.mark.parametrize("content", [b"", b"<svg/>", PNG + bytes(IMAGE_LIMIT)], ids=["empty", "svg", "large"])
async def test_what_is_no_picture_for_wechat_is_not_uploaded(media: Media, wechat: FakeWeChat, content: bytes) -> None:
    with pytest.raises(Unsendable):
        await media.image(content)
    assert wechat.calls == []


def test_the_page_signature_is_that_of_the_documentation() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    url = "http://mp.weixin.qq.com?params=value"
    assert sign(ticket, "Wm3WZYTPz0wzccnW", 1414587457, url) == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    assert sign(ticket, "Wm3WZYTPz0wzccnW", 1414587457, f"{url}#top") == sign(
        ticket, "Wm3WZYTPz0wzccnW", 1414587457, url
    )


async def test_the_ticket_is_fetched_once_per_lifetime(
    client: WeChatClient, wechat: FakeWeChat, state: MemoryState, clock: FixedClock
) -> None:
    pages = JsSdk(client, APP_ID, state, clock)
    first = await pages.config("https://example.cn/r/2023")
    second = await pages.config("https://example.cn/r/2023")
    assert first.nonce != second.nonce
    assert wechat.count(TICKET) == 1
    clock.move(timedelta(minutes=116))
    await pages.config("https://example.cn/r/2023")
    assert wechat.count(TICKET) == 2


@pytest.fixture
def oauth(client: WeChatClient, state: MemoryState) -> OAuth:
    return OAuth(client, APP_ID, state)


async def left(oauth: OAuth) -> tuple[str, str]:
    """Send a browser away; the state in the address and the cookie."""
    leave = await oauth.start("https://example.cn/bind?a=1&b=2")
    parts = urlsplit(leave.url)
    query = parse_qs(parts.query)
    assert parts.fragment == "wechat_redirect"
    assert query["redirect_uri"] == ["https://example.cn/bind?a=1&b=2"]
    assert list(query) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    return query["state"][0], leave.cookie


async def test_a_visitor_who_comes_back_is_known_once(oauth: OAuth, account: FakeAccount, wechat: FakeWeChat) -> None:
    state, cookie = await left(oauth)
    account.codes["code1"] = {"openid": "oStaff"}
    assert await oauth.finish("code1", state, cookie) == Visitor("oStaff", "")
    with pytest.raises(NotIdentified, match="过期"):
        await oauth.finish("code1", state, cookie)


async def test_what_is_carried_stands_in_no_address_and_comes_back(oauth: OAuth, account: FakeAccount) -> None:
    leave = await oauth.start("https://example.cn/bind", "K7 密")
    assert "K7" not in leave.url
    account.codes["code1"] = {"openid": "oStaff"}
    state = parse_qs(urlsplit(leave.url).query)["state"][0]
    assert await oauth.finish("code1", state, leave.cookie) == Visitor("oStaff", "K7 密")


async def test_of_two_that_come_back_at_once_one_is_known(oauth: OAuth, account: FakeAccount) -> None:
    state, cookie = await left(oauth)
    account.codes |= {"code1": {"openid": "oStaff"}, "code2": {"openid": "oStaff"}}
    both = [oauth.finish(code, state, cookie) for code in ("code1", "code2")]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(e).__name__ for e in ended) == ["NotIdentified", "Visitor"]


async def test_a_link_stolen_from_another_browser_is_worth_nothing(
    oauth: OAuth, account: FakeAccount, wechat: FakeWeChat
) -> None:
    state, cookie = await left(oauth)
    account.codes["code1"] = {"openid": "oVictim"}
    for wrong in ("", "x", "\ud800", cookie[:-1]):
        with pytest.raises(NotIdentified):
            await oauth.finish("code1", state, wrong)
    assert wechat.calls == []
    assert (await oauth.finish("code1", state, cookie)).openid == "oVictim"


@pytest.mark.parametrize("snapshot", [0, 1])
async def test_a_snapshot_visitor_is_nobody(oauth: OAuth, account: FakeAccount, snapshot: int) -> None:
    state, cookie = await left(oauth)
    account.codes["code1"] = {"openid": "oVirtual", "is_snapshotuser": snapshot}
    if snapshot:
        with pytest.raises(NotIdentified, match="快照页"):
            await oauth.finish("code1", state, cookie)
    else:
        assert (await oauth.finish("code1", state, cookie)).openid == "oVirtual"


@pytest.mark.parametrize(
    ("code", "given", "told", "again"),
    [
        ("", None, "没有同意", False),
        ("bad", None, "失效", True),
        ("a b&c", None, "没有同意", False),
        ("c", "x", "不完整", True),
    ],
)
async def test_who_does_not_come_back_properly_is_not_identified(
    oauth: OAuth, account: FakeAccount, code: str, given: str | None, told: str, again: bool
) -> None:
    real, cookie = await left(oauth)
    with pytest.raises(NotIdentified, match=told) as caught:
        await oauth.finish(code, given or real, cookie)
    assert caught.value.again is again


async def test_too_late_is_not_identified(oauth: OAuth, account: FakeAccount, clock: FixedClock) -> None:
    state, cookie = await left(oauth)
    account.codes["code1"] = {"openid": "oStaff"}
    clock.move(timedelta(minutes=11))
    with pytest.raises(NotIdentified, match="过期"):
        await oauth.finish("code1", state, cookie)


async def test_an_account_that_may_not_says_so(oauth: OAuth, account: FakeAccount) -> None:
    account.kind = Kind.SUBSCRIPTION
    state, cookie = await left(oauth)
    with pytest.raises(WeChatError, match="48001"):
        await oauth.finish("code1", state, cookie)
