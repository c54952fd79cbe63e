"""The account's own articles into the publishing ledger: what the interface lists, and what mass-send events tell.

`freepublish/batchget` (获取已发布的消息列表) lists only articles published without mass notification; those sent to
followers are missing from it, so the event that tells of a finished mass message (群发) is entered as well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.noted import Noted
from bot.wechat.api import WeChatClient
from bot.wechat.events import MassSent
from storage.clock import BEIJING, Clock
from storage.database import Database
from storage.publishing.importing import Item, record_items

log = logging.getLogger(__name__)

PAGE = 20
MOST_PAGES = 50
ORIGIN = "account"
ACTOR = "wechat"


class MassMessages:
    """Takes in mass messages; WeChat tells of each once, so that none may be lost while the database is away."""

    def __init__(self, folder: Path, articles: AccountArticles) -> None:
        """Take where to note them, and where they are entered."""
        self._noted = Noted(folder, articles.enter_sent)
        self.run = self._noted.run
        self.catch_up = self._noted.catch_up

    async def sent(self, event: MassSent) -> None:
        """Enter a mass message that reached followers, now or as soon as the database answers.

        Raises:
            OSError: it could be neither noted nor entered.
        """
        if event.sent:
            told = {"id": event.message_id, "created": event.created, "urls": event.urls}
            await self._noted.do(
                sha256(event.identity.encode("utf-8", "replace")).hexdigest(), json.dumps(told).encode()
            )


class AccountArticles:
    """Enters what one account published under the column that stands for it (微信公众号)."""

    def __init__(self, database: Database, clock: Clock, column: str) -> None:
        """Take where to write and under which column."""
        self._database = database
        self._clock = clock
        self._column = column

    async def read(self, client: WeChatClient) -> int:
        """Read the list from the newest on, up to the first page that holds nothing new; how many were new.

        Raises:
            WeChatError: the interface refuses (48001: only verified accounts may) or does not answer.
        """
        new = 0
        for page in range(MOST_PAGES):
            body = {"offset": page * PAGE, "count": PAGE, "no_content": 1}
            answer = await client.post("/cgi-bin/freepublish/batchget", body)
            entries = answer.get("item") or []
            found = await self._record([i for entry in entries for i in self._items(entry)])
            new += found
            if not found or (page + 1) * PAGE >= int(answer.get("total_count") or 0):
                break
        return new

    async def enter_sent(self, _name: str, content: bytes) -> None:
        """Enter a mass message that reached followers, from what `sent` noted of it; a second time changes nothing.

        WeChat tells its addresses and no titles.
        """
        told = json.loads(content)
        day = datetime.fromtimestamp(told["created"], UTC).astimezone(BEIJING).date()
        title = f"群发消息{told['id']}"
        await self._record([Item(self._column, title, url or None, day) for url in told["urls"] or ("",)])

    def _items(self, entry: dict[str, Any]) -> list[Item]:
        day = datetime.fromtimestamp(int(entry["update_time"]), UTC).astimezone(BEIJING).date()
        news = (entry.get("content") or {}).get("news_item") or []
        return [
            Item(self._column, str(n.get("title") or "无标题")[:500], n.get("url") or None, day)
            for n in news
            if not n.get("is_deleted")
        ]

    async def _record(self, items: Sequence[Item]) -> int:
        distinct = {(i.title, i.url): i for i in items}
        if not distinct:
            return 0
        async with self._database.write() as session:
            plan = await record_items(session, [*distinct.values()], origin=ORIGIN, actor=ACTOR, clock=self._clock)
        return len(plan.new)
