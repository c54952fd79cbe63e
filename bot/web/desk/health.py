"""Whether everything runs (运行情况): the jobs of the watch, its sources, and the access token of each account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlmodel import col, select

from bot.web.desk.common import desk
from storage import jobs
from storage.models.watch import WatchSource

JOB_NAMES = {
    "read": "读取来源",
    "scan": "检查到期和逾期",
    "send": "发送通知",
    "digest": "每日汇总",
    "weekly": "每周汇总",
    "check": "检查监测是否正常",
    "tidy": "清理旧记录",
}
_SOON = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TokenState:
    """How it stands with the access token (access_token) of one account.

    Attributes:
        account: the account's name.
        fetched_at: when WeChat gave the one in use, `None` where there is none.
        ends_at: when it ends.
        failed_at: when fetching failed last, `None`: not within a week.
        failure: why, with what to do.
    """

    account: str
    fetched_at: datetime | None = None
    ends_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""

    def stand(self, now: datetime) -> tuple[str, str]:
        """In a word, with the colour of its mark."""
        if self.failed_at is not None and (self.fetched_at is None or self.failed_at > self.fetched_at):
            return "取不到", "bad"
        if self.ends_at is None:
            return "还没有取过", ""
        return ("正常", "good") if self.ends_at > now + _SOON else ("快到期", "warn")


Tokens = Callable[[], Awaitable[Sequence[TokenState]]]
TOKENS: web.AppKey[Tokens] = web.AppKey("tokens", Callable)  # type: ignore[arg-type]


async def running(request: web.Request) -> dict[str, Any]:
    """What the page shows."""
    here, tokens = desk(request), request.config_dict.get(TOKENS)
    async with here.database.read() as session:
        runs = await jobs.last_of_each(session)
        silence = await jobs.silence(session, here.clock)
        sources = (await session.exec(select(WatchSource).where(col(WatchSource.enabled)))).all()
    return {
        "runs": runs,
        "jobs": JOB_NAMES,
        "silence": silence,
        "sources": len(sources),
        "failing": [s for s in sources if s.failures],
        "tokens": await tokens() if tokens is not None else [],
        "account_names": here.accounts,
    }
