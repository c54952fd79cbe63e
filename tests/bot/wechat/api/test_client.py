"""Calls as WeChat answers them: errors in one family, bounded retries, quotas, the disaster host, no secret told."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import aiohttp
import pytest

from bot.wechat.api import Action, Unreachable, WeChatClient, WeChatError
from bot.wechat.api.errors import ERRORS
from storage.clock import FixedClock
from storage.state import MemoryState
from tests.fakes.wechat import FakeAccount, FakeWeChat

PING = "/cgi-bin/get_api_domain_ip"
TOKEN = "/cgi-bin/stable_token"
QUOTA = "/cgi-bin/openapi/quota/get"
DEAD = "http://127.0.0.1:9"


async def test_chinese_goes_out_as_utf8_and_never_as_escapes(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient
) -> None:
    button = {"button": [{"type": "click", "name": "查年报", "key": "去年新收多少件申请"}]}
    await client.post("/cgi-bin/menu/create", button)  # the fake answers 40033 to \uXXXX
    assert account.menu == button


async def test_half_a_character_is_sent_as_a_question_mark_instead_of_failing(
    client: WeChatClient, account: FakeAccount
) -> None:
    account.acted("oA", "message")
    message = {"touser": "oA", "msgtype": "text", "text": {"content": "半个\ud83d字"}}
    account.followers.add("oA")
    await client.post("/cgi-bin/message/custom/send", message)
    assert account.sent[0]["text"]["content"] == "半个?字"


@pytest.mark.parametrize("how", ["html", "array", "code", "deep", "close"])
async def test_an_unusable_answer_is_unreachable_and_may_have_been_carried_out(
    wechat: FakeWeChat, client: WeChatClient, how: str
) -> None:
    await client.tokens.get()
    wechat.inject(QUOTA, how)
    with pytest.raises(Unreachable) as caught:
        await client.post(QUOTA, {"cgi_path": "/cgi-bin/menu/create"})
    assert caught.value.maybe_done
    assert caught.value.action is Action.BACK_OFF
    assert wechat.count(QUOTA) == 1


async def test_an_answer_larger_than_any_real_one_is_not_read_to_its_end(
    wechat: FakeWeChat, client: WeChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wechat.api.client.MAX_ANSWER", 10)
    with pytest.raises(Unreachable, match="ClientPayloadError"):
        await client.get(PING)


async def test_busy_is_tried_three_more_times(wechat: FakeWeChat, client: WeChatClient) -> None:
    wechat.inject(PING, -1, -1, -1)
    assert (await client.get(PING))["ip_list"]
    wechat.inject(PING, -1, -1, -1, -1, -1)
    with pytest.raises(WeChatError, match="微信系统繁忙"):
        await client.get(PING)
    assert wechat.count(PING) == 8


async def test_the_disaster_host_answers_when_the_usual_one_cannot_be_reached(
    wechat: FakeWeChat, account: FakeAccount, session: aiohttp.ClientSession, state: MemoryState, clock: FixedClock
) -> None:
    client = WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(DEAD, wechat.url))
    assert await client.upload("image", "图.png", b"\x89PNG\r\n\x1a\n" + b"x" * 100, "image/png")
    lost = WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(DEAD, DEAD))
    with pytest.raises(Unreachable) as caught:
        await lost.get(PING)
    assert not caught.value.maybe_done


async def test_a_used_up_day_is_left_alone_for_an_hour_and_opens_again_at_midnight(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient, clock: FixedClock
) -> None:
    account.quotas[PING] = 2
    for _ in range(2):
        await client.get(PING)
    for _ in range(20):
        with pytest.raises(WeChatError, match="45009"):
            await client.get(PING)
    assert wechat.count(PING) == 3
    clock.move(timedelta(hours=11, minutes=30))  # 23:30 in Beijing
    with pytest.raises(WeChatError, match="45009"):
        await client.get(PING)
    clock.move(timedelta(minutes=31))
    assert await client.get(PING)
    assert wechat.count(PING) == 5


async def test_the_minute_limit_waits_for_the_next_minute_and_stops_no_other_interface(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient, clock: FixedClock
) -> None:
    account.per_minute[PING] = 1
    await client.get(PING)
    for _ in range(5):
        with pytest.raises(WeChatError, match="45011"):
            await client.get(PING)
    assert wechat.count(PING) == 2
    assert await client.get("/cgi-bin/getcallbackip")
    clock.move(timedelta(minutes=1))
    assert await client.get(PING)


async def test_an_unlisted_address_is_named_to_the_admin(
    wechat: FakeWeChat, account: FakeAccount, client: WeChatClient
) -> None:
    account.allow_ips = {"198.51.100.1"}
    with pytest.raises(WeChatError) as caught:
        await client.get(PING)
    assert caught.value.code == 40164
    assert caught.value.action is Action.TELL_ADMIN
    assert "203.0.113.7 加入 IP 白名单" in str(caught.value)
    assert "rid 6a00-fake" in str(caught.value)


async def test_a_wrong_secret_is_told_as_such_whatever_the_code(wechat: FakeWeChat, client: WeChatClient) -> None:
    wechat.inject(TOKEN, 40001)
    with pytest.raises(WeChatError, match="AppSecret 不正确"):
        await client.get(PING)


def test_every_code_of_the_table_has_words_for_a_person_and_the_admin_knows_what_to_do() -> None:
    for code, known in ERRORS.items():
        assert known.meaning, code
        assert not known.meaning.endswith("。"), code
        error = WeChatError(code, "/x")
        assert error.action is known.action
    unknown = WeChatError(99999, "/x", "what rid: 1-2")
    assert unknown.action is Action.TELL_ADMIN
    assert "未收录" in str(unknown)


class Recorder(logging.Handler):
    """Keeps everything that anybody logs."""

    def __init__(self) -> None:
        super().__init__(0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record) + repr(record.args))


async def test_neither_token_nor_secret_is_logged_or_told_in_an_error(
    wechat: FakeWeChat, account: FakeAccount, session: aiohttp.ClientSession, state: MemoryState, clock: FixedClock
) -> None:
    recorder, root, loop = Recorder(), logging.getLogger(), asyncio.get_running_loop()
    level = root.level
    root.addHandler(recorder)
    root.setLevel(1)
    loop.set_debug(True)
    told: list[str] = []
    try:
        client = WeChatClient(session, account.app_id, account.secret, state, clock, hosts=(wechat.url,), pause=0)
        await client.get(PING)
        for answer in (40001, 48001, 45009, 40164, -1, "close", "html", "deep", "array"):
            wechat.inject("/cgi-bin/menu/get", *[answer] * 5)
            try:
                await client.get("/cgi-bin/menu/get")
            except WeChatError as error:
                told += [str(error), repr(error), repr(error.__cause__), repr(error.__dict__)]
                logging.getLogger("caller").exception("it failed")
            wechat._injected.clear()
        account.secret = "changed" * 4
        clock.move(timedelta(hours=3))
        with pytest.raises(WeChatError) as caught:
            await client.get(PING)
        told.append(repr(caught.value.__dict__))
        lost = WeChatClient(session, account.app_id, "s" * 32, MemoryState(), clock, hosts=(DEAD,))
        with pytest.raises(Unreachable) as unreachable:
            await lost.get(PING)
        told.append(repr(unreachable.value))
        logging.getLogger("caller").error("it failed", exc_info=unreachable.value)
    finally:
        loop.set_debug(False)
        root.removeHandler(recorder)
        root.setLevel(level)
    everything = "\n".join([*recorder.lines, *told])
    assert len(told) > 20
    assert "access token renewed" in everything
    secrets = {"s" * 32, "changed" * 4, *account.tokens, *account.dead, *(c.token for c in wechat.calls if c.token)}
    assert [s for s in secrets if s in everything] == []
