"""Every type of message and event through the whole process, in each mode: answered where people expect it, never failed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import WeChatMode
from tests.bot.wechat.test_wechat_messages import EVENTS, MESSAGES
from tests.fakes.wechat import FakePusher
from tests.journeys.conftest import AES_KEY, Start

ANSWERED = {"subscribe", "scan", "click", "scancode_waitmsg"}


def names(table: str, section: str) -> set[str]:
    """The first column of a section's table, a name each."""
    part = table.split(f"### {section} ")[1].split("\n### ")[0].split("\n## ")[0]
    rows = [row.split("|")[1] for row in part.splitlines() if row.startswith("| ") and not row.startswith("| ---")]
    return {name.lower() for row in rows[1:] for name in re.findall(r"[A-Za-z_]+", row)}


def test_the_tables_hold_every_type_of_the_protocol(shared: Path) -> None:
    sheet = (shared / "wechat.md").read_text(encoding="utf-8")
    assert names(sheet, "3.1") <= {f["MsgType"] for f, _, _ in MESSAGES}
    assert names(sheet, "3.2") <= {f["Event"].lower() for f, _, _ in EVENTS}
    assert len(names(sheet, "3.2")) > 30


def pusher_in(mode: WeChatMode, pusher: FakePusher) -> FakePusher:
    return replace(
        pusher,
        aes_key="" if mode is WeChatMode.PLAIN else AES_KEY,
        compatible=mode is WeChatMode.COMPATIBLE,
        notices=[],
    )


@pytest.mark.parametrize("mode", WeChatMode)
async def test_every_push_is_taken(start: Start, mode: WeChatMode) -> None:
    deployment = await start(wechat_mode=mode, wechat_per_minute=10**6)
    pusher = pusher_in(mode, deployment.pusher)
    for number, (fields, _, _) in enumerate(MESSAGES):
        kind, rest = fields["MsgType"], {n: v for n, v in fields.items() if n != "MsgType"}
        reply = await pusher.message(f"oMessage{number}", kind, **rest)
        assert reply, kind
        assert reply["MsgType"] == "text"
    for number, (fields, _, _) in enumerate(EVENTS):
        name, rest = fields["Event"], {n: v for n, v in fields.items() if n != "Event"}
        deployment.account.followers.add(f"oEvent{number}")
        reply = await pusher.event(f"oEvent{number}", name, **rest)
        assert (reply is not None) is (name.lower() in ANSWERED), name
    assert pusher.notices == []
    assert deployment.wechat.errcodes() == {}
