"""Public pages of a whole web process: an answer links to its cell, and the page is signed by its bureau's account."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp

from storage.clock import FixedClock
from tests.fakes.wechat import Kind
from tests.journeys.conftest import APP_ID, OTHER_ID, Deployment, Start

BASE = "https://xxgk.example.cn"
QUESTION = "2025年新收多少件申请"


async def ask(deployment: Deployment, path: str, **query: str) -> aiohttp.ClientResponse:
    url = deployment.url.replace("/wechat", path)
    async with aiohttp.ClientSession() as session, session.get(url, params=query) as response:
        await response.read()
        return response


async def test_an_answer_links_to_its_cell_on_the_public_page(start: Start) -> None:
    deployment = await start(base_url=BASE)
    reply = await deployment.pusher.text("oOne", QUESTION)
    assert reply
    [address] = re.findall(rf'<a href="({BASE}[^"]+)">看年报原文</a>', reply["Content"])
    parts = urlsplit(address)
    page = await (await ask(deployment, parts.path)).text()
    assert f'id="{parts.fragment}" class="number" data-place="表三·本年新收·总计：37件">37' in page
    assert len(reply["Content"].encode()) <= 2048


async def test_without_a_public_address_answers_have_no_link(start: Start) -> None:
    reply = await (await start()).pusher.text("oOne", QUESTION)
    assert reply
    assert "看年报原文" not in reply["Content"]


async def test_each_bureaus_page_is_signed_by_its_own_account(start: Start) -> None:
    deployment = await start(base_url=BASE)
    for number, app_id in ((1, APP_ID), (2, OTHER_ID)):
        page = f"{BASE}/reports/{number}/2025"
        config = await (await ask(deployment, "/reports/signature", url=page)).json()
        ticket = deployment.wechat.accounts[app_id].ticket
        assert ticket is not None
        text = f"jsapi_ticket={ticket.value}&noncestr={config['nonceStr']}&timestamp={config['timestamp']}&url={page}"
        assert config["appId"] == app_id
        assert config["signature"] == hashlib.sha1(text.encode()).hexdigest()
    for _ in range(3):
        await ask(deployment, "/reports/signature", url=f"{BASE}/reports/1/2025")
    assert deployment.wechat.count("/cgi-bin/ticket/getticket") == 2
    assert deployment.wechat.errcodes() == {}


async def test_where_the_account_may_not_share_nothing_is_asked(start: Start, clock: FixedClock) -> None:
    deployment = await start(base_url=BASE, fake={"kind": Kind.SUBSCRIPTION, "verified": False})
    assert (await ask(deployment, "/reports/signature", url=f"{BASE}/reports/1/2025")).status == 204
    assert deployment.wechat.count("/cgi-bin/ticket/getticket") == 0


async def test_wechat_away_costs_the_page_nothing_and_wechat_one_call_a_minute(start: Start, clock: FixedClock) -> None:
    deployment = await start(base_url=BASE)
    deployment.wechat.inject("/cgi-bin/ticket/getticket", "html", 48001)
    for minutes in range(3):
        for _ in range(3):
            assert (await ask(deployment, "/reports/signature", url=f"{BASE}/reports/1/2025")).status == 204
        assert deployment.wechat.count("/cgi-bin/ticket/getticket") == min(minutes + 1, 2)
        clock.move(timedelta(minutes=1))
