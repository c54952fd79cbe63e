"""A web process's sending of replies to citizens, alone in a process that can be killed; run by `test_replying`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aiohttp

from bot.attention import Attention
from bot.ledger import Ledger
from bot.notices import Outbound
from bot.replying import ReplySender
from bot.sealing import Seal
from bot.sender import Sender
from bot.settings import AccountKind
from bot.wechat.api import WeChatClient
from bot.wechat.api.capabilities import Capabilities
from bot.wechat.api.media import Media
from storage.clock import FixedClock
from storage.database import Database
from storage.state import MemoryState


async def main() -> None:
    url, app_id, secret, address, at, key = sys.argv[1:]
    clock = FixedClock(datetime.fromisoformat(at))
    database, seal = Database(address), Seal(bytes.fromhex(key))
    async with aiohttp.ClientSession() as session:
        client = WeChatClient(session, app_id, secret, MemoryState(), clock, hosts=(url,), pause=0)
        capabilities = Capabilities(AccountKind.SERVICE, True, can_call=True)
        ledger = Ledger(database, "main", str, clock, seal.seal)
        sender = Sender(client, capabilities, ledger, Media(client, "main", MemoryState()))
        await Attention(database, clock).look()
        await ReplySender(
            database, "main", Outbound(client, capabilities, sender), seal, f"worker at {at}", clock
        ).deliver()
    await database.close()


asyncio.run(main())
