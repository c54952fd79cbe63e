"""A web process's delivery of notices, alone in a process that can be killed; run by `test_notices`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aiohttp

from bot.ledger import Ledger
from bot.notices import AccountChannel, NoticeTemplate, Outbound
from bot.sender import Sender
from bot.settings import AccountKind
from bot.wechat.api import WeChatClient
from bot.wechat.api.capabilities import Capabilities
from bot.wechat.api.media import Media
from storage import outbox
from storage.clock import FixedClock
from storage.database import Database
from storage.state import MemoryState


async def main() -> None:
    url, app_id, secret, address, at, template = sys.argv[1:]
    clock = FixedClock(datetime.fromisoformat(at))
    database = Database(address)
    async with aiohttp.ClientSession() as session:
        client = WeChatClient(session, app_id, secret, MemoryState(), clock, hosts=(url,), pause=0)
        capabilities = Capabilities(AccountKind.SERVICE, True, can_call=True)
        ledger = Ledger(database, "main", str, clock)
        sender = Sender(client, capabilities, ledger, Media(client, "main", MemoryState()))
        chosen = NoticeTemplate.parse(template) if template else None
        channel = AccountChannel(Outbound(client, capabilities, sender), chosen)
        await outbox.deliver(database, {outbox.WECHAT: channel}, "worker", clock)
    await database.close()


asyncio.run(main())
