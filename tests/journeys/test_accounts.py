"""Two accounts in one process: each answers for its own bureau, and nothing of one is found from the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import keys
from bot.sender import NotAllowed
from bot.wechat.api.messages import Text
from storage.clock import FixedClock
from tests.builders import AGENCY
from tests.journeys.conftest import AES_KEY, OTHER_AGENCY, Start

QUESTION = "2025年新收多少件申请"


async def test_each_account_answers_for_its_own_bureau(start: Start) -> None:
    deployment = await start()
    ours, theirs = await deployment.pusher.text("oOne", QUESTION), await deployment.other.text("oTwo", QUESTION)
    assert ours
    assert theirs
    assert "37件" in ours["Content"]
    assert "91件" not in ours["Content"]
    assert "91件" in theirs["Content"]
    assert AGENCY not in theirs["Content"]
    assert OTHER_AGENCY not in ours["Content"]


async def test_contact_data_is_each_bureaus_own(start: Start) -> None:
    deployment = await start()
    question = "怎么申请政府信息公开，电话是多少"
    ours, theirs = await deployment.pusher.text("oOne", question), await deployment.other.text("oTwo", question)
    assert ours
    assert theirs
    assert "0000-7654321" not in ours["Content"]
    assert "0000-1234567" not in theirs["Content"]


async def test_a_conversation_of_one_account_is_unknown_to_the_other(start: Start) -> None:
    deployment = await start()
    await deployment.pusher.text("oSame", QUESTION)
    ours = await deployment.pusher.text("oSame", "那结转下年度的呢")
    theirs = await deployment.other.text("oSame", "那结转下年度的呢")
    assert ours
    assert theirs
    assert ours["Content"] != theirs["Content"]


async def test_a_push_of_one_account_is_refused_at_the_others_address(start: Start) -> None:
    deployment = await start()
    deployment.other.url = deployment.url
    assert await deployment.other.text("oTwo", QUESTION) is None
    assert "403" in deployment.other.notices[0]
    deployment.other.url = f"{deployment.url}/nobody"
    assert await deployment.other.text("oTwo", QUESTION) is None
    assert "404" in deployment.other.notices[1]


async def test_an_allowance_at_one_account_is_none_at_the_other(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    senders = deployment.app[keys.SENDERS]
    await deployment.pusher.text("oSame", QUESTION)
    clock.move(timedelta(minutes=1))
    await senders["main"].send("oSame", Text("办好了"))
    with pytest.raises(NotAllowed):
        await senders["ybj"].send("oSame", Text("办好了"))
    assert [m["touser"] for m in deployment.account.sent] == ["oSame"]


async def test_tokens_are_each_accounts_own(start: Start, clock: FixedClock) -> None:
    deployment = await start()
    senders = deployment.app[keys.SENDERS]
    for pusher, name in ((deployment.pusher, "main"), (deployment.other, "ybj")):
        pusher.account.acted("oSame", "follow")
        await pusher.text("oSame", QUESTION)
        await senders[name].send("oSame", Text("办好了"))
    used = {(c.app_id, c.token) for c in deployment.wechat.calls if c.path == "/cgi-bin/message/custom/send"}
    assert len(used) == 2
    assert deployment.wechat.errcodes() == {}


async def test_the_wrong_key_is_never_a_notice_of_failure(start: Start) -> None:
    deployment = await start()
    deployment.other._crypto = type(deployment.other._crypto)(deployment.other.token, AES_KEY, "wx00000000000000bb")
    assert await deployment.other.text("oTwo", QUESTION) is None
    assert deployment.other.notices == []
