"""Messages of our own: what the strict fake takes is built, what it would refuse is refused before the call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.api import WeChatClient
from bot.wechat.api.messages import (
    CUSTOM,
    SUBSCRIPTION,
    TEMPLATE,
    Choices,
    Image,
    News,
    Notice,
    Outgoing,
    Text,
    Unsendable,
    custom,
    split,
    subscription,
    template,
    typing,
)
from storage.clock import FixedClock
from tests.fakes.wechat import FakeAccount, FakeWeChat

PERSON = "oCitizen"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.mark.parametrize(
    "message",
    [
        Text("2023年新收申请 0 件\n<a href=\"https://example.cn\">看年报</a>"),
        Text("字" * 682),
        Text("带\x02控制\x1d字符和😀"),
        News("2023年年报", "云岭县人力资源和社会保障局", "https://example.cn/r/2023", "https://example.cn/p.png"),
        Choices((("1", "去年新收"), ("2", "去年办结")), head="您想问的是：", tail="请点选"),
        Choices((("1", "去年新收"),)),
    ],
    ids=lambda m: type(m).__name__,
)  # fmt: skip
async def test_every_kind_is_taken_by_wechat(
    account: FakeAccount, client: WeChatClient, wechat: FakeWeChat, message: Outgoing
) -> None:
    account.acted(PERSON, "follow")
    await client.post(CUSTOM, custom(PERSON, message))
    assert len(account.sent) == 1
    assert wechat.errcodes() == {}


async def test_a_picture_is_taken_after_its_upload(account: FakeAccount, client: WeChatClient) -> None:
    account.acted(PERSON, "follow")
    media_id = await client.upload("image", "图表.png", PNG, "image/png")
    await client.post(CUSTOM, custom(PERSON, Image(media_id)))
    assert account.sent[0]["image"] == {"media_id": media_id}


@pytest.mark.parametrize(
    "message",
    [Text(""), Text(" \n"), Text("\x02"), Text("字" * 683), News("t", "d", "javascript:alert(1)"), Choices(())],
    ids=str,
)
def test_what_wechat_would_refuse_is_refused_before_the_call(message: Outgoing) -> None:
    with pytest.raises(Unsendable):
        custom(PERSON, message)


NOTICE = Notice(
    "TPL",
    {
        "thing1": "规范性文件栏目超期" * 5,
        "time2": "2026年6月15日 09:00",
        "phrase3": "已逾期",
        "character_string4": "A-12",
    },
    "https://example.cn/case/1",
    "case-1-owner-1",
)


async def test_a_template_message_arrives_once_however_often_it_is_sent(
    account: FakeAccount, client: WeChatClient, wechat: FakeWeChat
) -> None:
    account.templates.add("TPL")
    account.followers.add(PERSON)
    await client.post(TEMPLATE, template(PERSON, NOTICE))
    with pytest.raises(Exception, match="45065"):
        await client.post(TEMPLATE, template(PERSON, NOTICE))
    [sent] = account.sent
    assert sent["data"]["thing1"]["value"].endswith("…")
    assert sent["data"]["phrase3"]["value"] == "已逾期"


async def test_a_subscription_notice_needs_a_consent(account: FakeAccount, client: WeChatClient) -> None:
    account.templates.add("TPL")
    with pytest.raises(Exception, match="43101"):
        await client.post(SUBSCRIPTION, subscription(PERSON, NOTICE))
    account.consents[PERSON, "TPL"] = 1
    await client.post(SUBSCRIPTION, subscription(PERSON, NOTICE))
    assert account.consents[PERSON, "TPL"] == 0


@pytest.mark.parametrize(
    "values",
    [{}, {"thing1": "  "}, {"what1": "x"}, {"number1": "1" * 33}, {"phrase1": "六个汉字不行啊"}, {"time1": "x" * 41}],
    ids=str,
)
def test_a_value_that_the_keyword_cannot_take_is_never_cut_into_a_wrong_one(values: dict[str, str]) -> None:
    with pytest.raises(Unsendable):
        template(PERSON, Notice("TPL", values))


def test_a_repeat_key_over_32_bytes_is_refused_before_the_call() -> None:
    with pytest.raises(Unsendable):
        template(PERSON, Notice("TPL", {"thing1": "x"}, client_id="k" * 33))


async def test_typing_is_shown_after_a_message_and_never_fails(
    account: FakeAccount, client: WeChatClient, wechat: FakeWeChat, clock: FixedClock
) -> None:
    account.acted(PERSON, "message")
    assert await typing(client, PERSON)
    assert await typing(client, PERSON)  # 45081: shown already
    clock.move(timedelta(minutes=1))
    assert await typing(client, PERSON)  # 45080: too long ago
    account.verified = False
    assert not await typing(client, PERSON)
    wechat.inject("/cgi-bin/message/custom/typing", "close")
    assert not await typing(client, PERSON)


LINK = '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%8E%BB%E5%B9%B4&msgmenuid=ask">去年新收多少件</a>'


def test_long_text_is_split_at_sentence_ends_and_never_inside_a_link() -> None:
    text = "2023年本机关新收政府信息公开申请若干件。" * 60 + LINK + "以上数字来自年报。" * 40
    pieces = split(text)
    assert len(pieces) > 1
    assert all(len(p.encode()) <= 2048 for p in pieces)
    assert "".join(pieces) == text
    assert all(p.endswith(("。", "</a>")) for p in pieces)
    assert sum(LINK in p for p in pieces) == 1


@given(st.text(st.sampled_from("年报。！\n😀a字<>\x02 ") | st.characters(), max_size=400), st.integers(60, 200))
def test_pieces_hold_the_whole_text_within_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(p.encode()) <= limit for p in pieces)
    assert "".join("".join(pieces).split()) == "".join("".join(split(text, 10**6)).split())
