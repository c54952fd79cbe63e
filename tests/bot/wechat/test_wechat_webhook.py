"""The endpoint over real HTTP: what it accepts, what it refuses, and that a citizen always gets one answer."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.settings import WeChatMode
from bot.wechat import texts
from bot.wechat.crypto import sign
from bot.wechat.push import Push
from bot.wechat.replies import ImageReply, Reply, TextReply
from bot.wechat.simulate import NotAccepted
from bot.wechat.webhook import BODY_LIMIT, Outcome
from bot.wechat.xml import write
from storage.state import MemoryState, ResilientState, late_key
from tests.bot.wechat.site import TOKEN, Echo, Site, Start, person

MODES = list(WeChatMode)


@pytest.mark.parametrize("mode", MODES)
async def test_address_is_verified_by_its_echo(start: Start, mode: WeChatMode) -> None:
    site = await start(mode)
    assert await site.wechat.verify("5838479218127813673") == "5838479218127813673"
    async with site.session.get(site.url, params={"signature": "0" * 40, "echostr": "x", "timestamp": "1"}) as response:
        assert response.status == 403
    async with site.session.get(site.url) as response:
        assert response.status == 403


@pytest.mark.parametrize("mode", MODES)
async def test_a_question_is_answered_in_every_mode(start: Start, mode: WeChatMode) -> None:
    site = await start(mode, keys=() if mode is WeChatMode.PLAIN else ("k" * 43,))
    assert await site.ask("去年多少件？]]> & <b>😀") == "去年多少件？]]> & <b>😀 (1)"


async def test_reply_is_encrypted_with_the_key_that_opened_the_push(start: Start) -> None:
    site = await start(sends_key="o" * 43)
    assert await site.ask("你好") == "你好 (1)"


@pytest.mark.parametrize("mode", [WeChatMode.SECURE, WeChatMode.COMPATIBLE])
async def test_plaintext_is_refused_where_a_key_is_set(start: Start, mode: WeChatMode) -> None:
    site = await start(mode, sends=WeChatMode.PLAIN)
    with pytest.raises(NotAccepted, match="403"):
        await site.ask("你好")
    assert site.handler.calls == []


async def test_compatible_mode_believes_only_the_encrypted_part(start: Start) -> None:
    site = await start(WeChatMode.COMPATIBLE)
    signed = site.wechat.signed(write(site.wechat.fields("text", "oPerson", Content="真")))
    forged = signed.body.replace("真".encode(), "假".encode()).replace(b"oPerson", b"oVictim")
    async with site.session.post(site.url, params=signed.query, data=forged) as response:
        assert response.status == 200
    push = site.handler.calls[0][0]
    assert (push.content, push.from_user) == ("真", "oPerson")  # type: ignore[attr-defined]


async def test_a_person_who_writes_the_outer_element_confuses_nobody(start: Start) -> None:
    site = await start(WeChatMode.COMPATIBLE)
    for text in ("<Encrypt><![CDATA[QUJD]]></Encrypt>", "<Encrypt>"):
        assert await site.ask(text) == f"{text} ({len(site.handler.calls)})"


@pytest.mark.parametrize("mode", MODES)
async def test_a_request_with_a_wrong_or_missing_signature_is_refused(start: Start, mode: WeChatMode) -> None:
    site = await start(mode, keys=() if mode is WeChatMode.PLAIN else ("k" * 43,))
    signed = site.wechat.signed(write(site.wechat.fields("text", "oPerson", Content="x")))
    signature = "signature" if mode is WeChatMode.PLAIN else "msg_signature"
    queries: list[dict[str, str]] = [{}]
    for name in (signature, "timestamp", "nonce"):
        queries.append({k: v for k, v in signed.query.items() if k != name})
        queries += [{**signed.query, name: wrong} for wrong in ("", "0" * 40, "é" * 40, signed.query[name] + "0")]
    for query in queries:
        async with site.session.post(site.url, params=query, data=signed.body) as response:
            assert response.status == 403
    assert site.handler.calls == []


async def test_an_unsigned_body_is_not_even_read(start: Start) -> None:
    """The answer comes although the body never ends."""
    site = await start()

    async def endless() -> Any:
        yield b"<xml>"
        await asyncio.Event().wait()

    async with site.session.post(site.url, data=endless()) as response:
        assert response.status == 403


async def test_a_huge_body_is_refused(start: Start) -> None:
    site = await start(WeChatMode.PLAIN, keys=())
    query = site.wechat.signed(b"").query
    async with site.session.post(site.url, params=query, data=b"x" * (BODY_LIMIT + 1)) as response:
        assert response.status == 413

    async def pieces() -> Any:
        for _ in range(BODY_LIMIT // 1000 + 2):
            yield b"x" * 1000

    async with site.session.post(site.url, params=query, data=pieces()) as response:
        assert response.status == 413


async def test_replay_window_where_one_is_set(start: Start) -> None:
    site = await start(WeChatMode.PLAIN, keys=(), replay_seconds=600)
    body = write(site.wechat.fields("text", "oPerson", Content="x"))
    for age, status in ((0, 200), (500, 200), (700, 403), (-700, 403)):
        stamp = str(int(time.time()) - age)
        query = {"signature": sign(TOKEN, stamp, "n"), "timestamp": stamp, "nonce": "n"}
        async with site.session.post(site.url, params=query, data=body) as response:
            assert response.status == status


@pytest.mark.parametrize("mode", MODES)
async def test_a_captured_push_is_no_longer_good_whatever_our_clock_shows(start: Start, mode: WeChatMode) -> None:
    """Sent again with another body, which in plain mode no signature covers."""
    site = await start(mode, keys=() if mode is WeChatMode.PLAIN else ("k" * 43,))

    async def push(stamp: int) -> int:
        body = write(site.wechat.fields("text", "oPerson", Content=str(stamp), MsgId=stamp))
        signed = site.wechat.signed(body, stamp)
        async with site.session.post(site.url, params=signed.query, data=signed.body) as response:
            return response.status

    year = 365 * 24 * 3600  # our clock is wrong by years
    for stamp, status in ((year, 200), (year - 500, 200), (year + 900, 200), (year + 400, 200), (year, 403)):
        assert await push(stamp) == status
    assert [c[0].content for c in site.handler.calls][-1] == str(year + 400)  # type: ignore[attr-defined]


# --- repeats ----------------------------------------------------------------------------------


async def test_a_repeat_gets_the_stored_reply_and_is_not_answered_anew(start: Start) -> None:
    site = await start()
    push = site.wechat.fields("text", "oPerson", Content="几件", MsgId=7)
    replies = [await site.wechat.push(push) for _ in range(3)]
    assert [r and r["Content"] for r in replies] == ["几件 (1)"] * 3
    assert len(site.handler.calls) == 1


async def test_people_who_share_a_message_number_each_get_their_answer(start: Start) -> None:
    site = await start()
    answers = [await site.ask("几件", openid=f"o{n}", MsgId=7, CreateTime=1) for n in range(3)]
    assert answers == ["几件 (1)", "几件 (2)", "几件 (3)"]


async def test_a_repeat_that_comes_while_the_first_is_at_work_waits_for_it(start: Start) -> None:
    site = await start()
    site.handler.gate.clear()
    push = site.wechat.fields("text", "oPerson", Content="几件", MsgId=7)
    first = asyncio.create_task(site.wechat.push(push))
    await site.handler.started.wait()
    repeat = asyncio.create_task(site.wechat.push(push))
    await asyncio.sleep(0)
    site.handler.gate.set()
    assert [r and r["Content"] for r in await asyncio.gather(first, repeat)] == ["几件 (1)"] * 2
    assert len(site.handler.calls) == 1


async def test_two_buttons_within_one_second_are_two_events(start: Start) -> None:
    site = await start()
    for key in ("a", "b"):
        await site.wechat.push(site.wechat.fields("event", "oPerson", Event="CLICK", EventKey=key, CreateTime=1))
    assert len(site.handler.calls) == 2


# --- deadline ---------------------------------------------------------------------------------


async def settle(site: Site) -> None:
    """Let what runs behind the replies come to its end."""
    site.handler.gate.set()
    await site.webhook.aclose()


async def test_a_late_answer_is_held_and_kept_for_the_next_message(start: Start) -> None:
    site = await start(seconds=0.05)
    site.handler.gate.clear()
    push = site.wechat.fields("text", "oPerson", Content="慢问题", MsgId=7)
    held = await site.wechat.push(push)
    assert held is not None
    assert held["Content"].startswith("正在为您查询")
    assert f"msgmenuid={texts.HOLDING_ID}" in held["Content"]
    repeat = await site.wechat.push(push)
    assert repeat is not None
    assert (repeat["Content"], len(site.handler.calls)) == (held["Content"], 1)
    await settle(site)
    site.handler.outcome = lambda push, turn: Outcome(TextReply(f"late: {turn.late}"), late="")
    assert await site.ask("继续") == "late: 慢问题 (1)"
    site.handler.outcome = None
    assert await site.ask("下一个") == "下一个 (3)"
    assert site.handler.calls[-1][1].late == ""


async def test_a_question_whose_answer_was_lost_with_the_process_is_still_known(start: Start) -> None:
    """Another process on the same state, after this one died half way."""
    state = MemoryState()
    dying = await start(state=state, seconds=0.05)
    dying.handler.gate.clear()
    await dying.ask("慢问题")
    other = Echo()
    alive = await start(state=state, handler=other)
    await alive.ask("继续")
    assert other.calls[0][1].unanswered == "慢问题"
    dying.handler.gate.set()


class Sender:
    """Takes late answers as an account would that may send by itself."""

    def __init__(self, works: bool = True) -> None:
        self.works = works
        self.sent: list[tuple[str, Reply]] = []

    def may_send(self, push: Push) -> bool:
        return True

    async def send(self, push: Push, reply: Reply) -> bool:
        if self.works:
            self.sent.append((push.from_user, reply))
        return self.works


@pytest.mark.parametrize("works", [True, False])
async def test_a_late_answer_is_sent_where_the_account_may_and_kept_where_that_fails(start: Start, works: bool) -> None:
    sender = Sender(works)
    site = await start(seconds=0.05, late=sender)
    site.handler.gate.clear()
    assert await site.ask("慢问题") == texts.HOLDING_SENT
    await settle(site)
    assert sender.sent == ([("oPerson", TextReply("慢问题 (1)"))] if works else [])
    assert await site.state.get(late_key(person("oPerson"))) == (None if works else "!慢问题 (1)".encode())


async def test_a_late_event_is_answered_success(start: Start) -> None:
    site = await start(seconds=0.05)
    site.handler.gate.clear()
    assert await site.wechat.push(site.wechat.fields("event", "o", Event="CLICK", EventKey="k")) is None
    site.handler.gate.set()


# --- failures ---------------------------------------------------------------------------------


async def test_an_exception_becomes_an_apology(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    site = await start()
    site.handler.error = RuntimeError("database gone")
    assert await site.ask("几件") == texts.APOLOGY
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    assert "oPerson" not in caplog.text
    assert await site.wechat.push(site.wechat.fields("event", "o", Event="CLICK", EventKey="k")) is None


async def test_a_store_that_fails_in_any_way_is_never_seen(start: Start) -> None:
    class Broken(MemoryState):
        async def begin(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("broken")

    site = await start(state=Broken())
    assert await site.ask("几件") is None


async def test_a_store_that_hangs_is_left_for_memory(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(MemoryState):
        async def begin(self, *_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

    monkeypatch.setattr(ResilientState, "PATIENCE_SECONDS", 0.01)
    site = await start(state=ResilientState(Hanging()))
    assert await site.ask("几件") == "几件 (1)"


@pytest.mark.parametrize("hanging", ["begin", "finish"])
async def test_a_store_that_never_answers_holds_no_reply_up(start: Start, hanging: str) -> None:
    state = MemoryState()

    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    setattr(state, hanging, hang)
    site = await start(state=state, seconds=0.05)
    assert await site.ask("几件") == "几件 (1)"


async def test_a_repeat_that_cannot_learn_the_answer_in_time_gets_none_and_not_another(start: Start) -> None:
    state = MemoryState()

    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    state.wait = hang  # type: ignore[method-assign]
    site = await start(state=state, seconds=0.05)
    site.handler.gate.clear()
    push = site.wechat.fields("text", "oPerson", Content="几件", MsgId=7)
    first = asyncio.create_task(site.wechat.push(push))
    await site.handler.started.wait()
    repeat = await site.wechat.push(push)
    assert repeat is None or "正在为您查询" in repeat["Content"]
    site.handler.gate.set()
    await first
    assert len(site.handler.calls) == 1


async def test_an_exception_later_on_becomes_an_apology_too(start: Start) -> None:
    site = await start()
    site.handler.gate.clear()
    site.handler.error = RuntimeError("database gone")
    asking = asyncio.create_task(site.ask("几件"))
    await site.handler.started.wait()
    site.handler.gate.set()
    assert await asking == texts.APOLOGY


async def test_one_person_in_a_hurry_is_slowed_down_and_nobody_else(start: Start) -> None:
    site = await start(per_minute=3)
    site.handler.reply = ImageReply("m")
    answers = [await site.ask("快") for _ in range(5)]
    assert answers[3:] == [texts.TOO_MANY] * 2 or texts.TOO_MANY in answers
    assert await site.ask("慢", openid="oOther") == f"慢 ({len(site.handler.calls)})"
    click = await site.wechat.push(site.wechat.fields("event", "oPerson", Event="CLICK", EventKey="k"))
    assert click is not None
    assert click["Image"]["MediaId"] == "m"


async def test_conversation_goes_from_message_to_message(start: Start) -> None:
    site = await start()
    await site.ask("一")
    await site.ask("二")
    assert [turn.context for _, turn in site.handler.calls] == [None, "after 一".encode()]
    assert site.handler.calls[0][1].person == person("oPerson")


async def test_json_pushes_are_answered_in_json(start: Start) -> None:
    site = await start(WeChatMode.PLAIN, keys=())
    query = site.wechat.signed(b"").query
    body = '{"ToUserName":"gh_1","FromUserName":"o","CreateTime":1,"MsgType":"text","Content":"几件","MsgId":1}'
    async with site.session.post(site.url, params=query, data=body.encode()) as response:
        answer = await response.json()
    assert (answer["ToUserName"], answer["MsgType"], answer["Content"]) == ("o", "text", "几件 (1)")


@pytest.mark.parametrize("mode", [WeChatMode.PLAIN, WeChatMode.SECURE])
async def test_no_signed_bytes_bring_an_error_page(start: Start, mode: WeChatMode) -> None:
    site = await start(mode, keys=() if mode is WeChatMode.PLAIN else ("k" * 43,), per_minute=10_000)
    loop = asyncio.get_running_loop()

    def push(body: bytes) -> None:
        async def send() -> None:
            signed = site.wechat.signed(body)
            async with site.session.post(site.url, params=signed.query, data=signed.body) as response:
                assert response.status == 200
                answer = await response.read()
            if answer != b"success":
                assert answer.startswith((b"<xml>", b"{"))

        asyncio.run_coroutine_threadsafe(send(), loop).result(120)

    hostile = st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda b: b"<xml>" + b + b"</xml>"),
        st.text(st.characters(exclude_categories=()), max_size=100).map(
            lambda t: write(site.wechat.fields("text", f"o{t[:5]}", Content=t))
        ),
        st.binary(max_size=100).map(
            lambda b: (
                b"<xml><ToUserName>g</ToUserName><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>"
                + b + b"</Content><CreateTime>" + b[:5] + b"</CreateTime></xml>"
            )
        ),
    )  # fmt: skip

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(hostile)
    def run(body: bytes) -> None:
        push(body)

    await asyncio.to_thread(run)
