"""The account's articles in the publishing ledger, over the fake WeChat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.published import AccountArticles, MassMessages
from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.events import MassSent
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.models.watch import Publication
from tests.fakes.wechat import FakeAccount, FakeWeChat

START = datetime(2026, 5, 1, 23, 30, tzinfo=BEIJING)


def article(number: int, **extra: Any) -> dict[str, Any]:
    moment = START + timedelta(days=number)
    news = {"title": f"第{number}篇", "url": f"https://mp.weixin.qq.com/s/{number}", "is_deleted": False} | extra
    return {"article_id": str(number), "content": {"news_item": [news]}, "update_time": int(moment.timestamp())}


async def ledger(database: Database) -> dict[str, date]:
    async with database.read() as reading:
        return {p.title: p.published_on for p in (await reading.exec(select(Publication))).all()}


@pytest.fixture
def articles(sqlite: Database, clock: FixedClock) -> AccountArticles:
    return AccountArticles(sqlite, clock, "微信公众号")


async def test_published_articles_enter_the_ledger_once_with_their_day_in_beijing(
    articles: AccountArticles,
    client: WeChatClient,
    account: FakeAccount,
    sqlite: Database,
) -> None:
    account.published = [article(n) for n in range(45)]
    assert await articles.read(client) == 45
    account.published.append(article(45))
    assert await articles.read(client) == 1
    entered = await ledger(sqlite)
    assert len(entered) == 46
    assert entered["第3篇"] == date(2026, 5, 4)


async def test_deleted_articles_are_left_out(
    articles: AccountArticles,
    client: WeChatClient,
    account: FakeAccount,
    sqlite: Database,
) -> None:
    account.published = [article(1), article(2, is_deleted=True)]
    await articles.read(client)
    assert set(await ledger(sqlite)) == {"第1篇"}


async def test_an_unverified_account_is_told_plainly(
    articles: AccountArticles,
    wechat: FakeWeChat,
    session: Any,
    state: Any,
    clock: FixedClock,
) -> None:
    poor = wechat.account(verified=False)
    client = WeChatClient(session, poor.app_id, poor.secret, state, clock, hosts=(wechat.url,), pause=0)
    with pytest.raises(WeChatError) as caught:
        await articles.read(client)
    assert caught.value.code == 48001


def mass_message(sent: int) -> MassSent:
    urls = ("https://mp.weixin.qq.com/s/m",) if sent else ()
    at = int(START.timestamp())
    return MassSent(
        "gh_1", "system", at, "id", "masssendjobfinish", "msg-9", "send success", 900, 880, sent, 880 - sent, urls
    )


async def test_a_mass_message_counts_although_the_list_never_shows_it(
    articles: AccountArticles, sqlite: Database, tmp_path: Path
) -> None:
    messages = MassMessages(tmp_path / "mass", articles)
    await messages.sent(mass_message(870))
    await messages.sent(mass_message(870))
    assert await ledger(sqlite) == {"群发消息msg-9": date(2026, 5, 1)}


async def test_a_mass_message_that_reached_nobody_does_not_count(
    articles: AccountArticles, sqlite: Database, tmp_path: Path
) -> None:
    await MassMessages(tmp_path / "mass", articles).sent(mass_message(0))
    assert await ledger(sqlite) == {}


async def test_a_mass_message_told_while_the_database_was_away_is_entered_by_the_next_process(
    articles: AccountArticles, sqlite: Database, clock: FixedClock, tmp_path: Path
) -> None:
    away = Database(f"sqlite+aiosqlite:///{tmp_path / 'without' / 'tables.db'}")
    await MassMessages(tmp_path / "mass", AccountArticles(away, clock, "微信公众号")).sent(mass_message(870))
    await away.close()
    assert await ledger(sqlite) == {}
    await MassMessages(tmp_path / "mass", articles).catch_up()
    assert await ledger(sqlite) == {"群发消息msg-9": date(2026, 5, 1)}
    assert list((tmp_path / "mass").iterdir()) == []
