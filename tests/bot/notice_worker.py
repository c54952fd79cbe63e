"""A web process's delivery of notices, alone in a process that can be killed; run by `test_notice_kill`."""

from __future__ import annotations

from datetime import datetime

import aiohttp

from bot.ledger import Ledger
from bot.notices import AccountChannel, NoticeTemplate, Outbound
from bot.sender import Sender
from bot.settings import AccountKind
from bot.wechat.api import WeChatClient
from bot.wechat.api.capabilities import Capabilities
from bot.wechat.api.media import Media
from scheduler.channels.webhook import JsonWebhook
from storage import outbox
from storage.clock import FixedClock
from storage.database import Database
from storage.state import MemoryState
from tests.killing import serve

WATCHED = (
    "storage/outbox.py",
    "storage/allowance.py",
    "bot/notices.py",
    "bot/sender.py",
    "bot/ledger.py",
    "wechat/api/",
)


async def work(path: str, moment: str, url: str, app_id: str, secret: str, *template: str) -> None:
    clock = FixedClock(datetime.fromisoformat(moment))
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with aiohttp.ClientSession() as session:
        client = WeChatClient(session, app_id, secret, MemoryState(), clock, hosts=(url,), pause=0)
        capabilities = Capabilities(AccountKind.SERVICE, True, can_call=True)
        ledger = Ledger(database, "main", str, clock)
        sender = Sender(client, capabilities, ledger, Media(client, "main", MemoryState()))
        chosen = NoticeTemplate.parse(" ".join(template)) if template else None
        channel = AccountChannel(Outbound(client, capabilities, sender), chosen)
        channels = {outbox.WECHAT: channel, "webhook": JsonWebhook(session)}
        await outbox.deliver(database, channels, "worker", clock)
    await database.close()


if __name__ == "__main__":
    serve(work, WATCHED)
