"""Fetching addresses: a real server on this machine, names answered by a resolver of the test."""

from __future__ import annotations

import gzip
import ipaddress
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from storage.reading.errors import FetchFailed
from storage.reading.fetch import FetchStatus, SafeFetcher, is_public


class Names(AbstractResolver):
    """Answers every name with the addresses given for it and counts the questions."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for a in self.answers.get(host, [])
        ]

    async def close(self) -> None:
        return None


async def hop(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["to"])


async def loop(_: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently("/loop")


async def page(_: web.Request) -> web.Response:
    return web.Response(text="年报", content_type="text/html", charset="gbk")


async def bomb(_: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"})


async def cached(request: web.Request) -> web.Response:
    return web.Response(status=304 if request.headers.get("If-None-Match") == '"a"' else 200)


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/hop", hop)
    app.router.add_get("/loop", loop)
    app.router.add_get("/page", page)
    app.router.add_get("/bomb", bomb)
    app.router.add_get("/cached", cached)
    async with TestServer(app) as server:
        yield server


async def test_a_page_is_fetched_through_redirects(server: TestServer) -> None:
    async with SafeFetcher(allow_private=True) as fetcher:
        fetched = await fetcher.get(str(server.make_url("/hop?to=/page%23top")))
    assert (fetched.content.decode("gbk"), fetched.charset) == ("年报", "gbk")
    assert fetched.url == str(server.make_url("/page"))


async def test_an_unchanged_page_answers_304(server: TestServer) -> None:
    async with SafeFetcher(allow_private=True) as fetcher:
        fetched = await fetcher.get(str(server.make_url("/cached")), headers={"If-None-Match": '"a"'})
    assert (fetched.status, fetched.content) == (304, b"")


async def test_an_error_page_is_no_content(server: TestServer) -> None:
    async with SafeFetcher(allow_private=True) as fetcher:
        with pytest.raises(FetchStatus, match="404") as caught:
            await fetcher.get(str(server.make_url("/none")))
    assert caught.value.status == 404


async def test_the_size_limit_counts_what_is_unpacked(server: TestServer) -> None:
    async with SafeFetcher(allow_private=True, max_bytes=1_000_000) as fetcher:
        with pytest.raises(FetchFailed, match="超过"):
            await fetcher.get(str(server.make_url("/bomb")))


async def test_endless_redirects_end(server: TestServer) -> None:
    async with SafeFetcher(allow_private=True) as fetcher:
        with pytest.raises(FetchFailed, match="跳转"):
            await fetcher.get(str(server.make_url("/loop")))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://127.1/",
        "http://2130706433/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://0.0.0.0/",
        "http://user:word@example.com/",
        "http://8.8.8.8:22/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "http://",
        "不是网址",
        "http://[zz]/",
    ],
)
async def test_addresses_inside_the_network_are_refused(url: str) -> None:
    async with SafeFetcher(resolver=Names({})) as fetcher:
        with pytest.raises(FetchFailed):
            await fetcher.get(url)


async def test_a_name_that_leads_inside_is_refused_by_its_answer(server: TestServer) -> None:
    names = Names({"gov.example": ["93.184.216.34", "127.0.0.1"]})
    async with SafeFetcher(resolver=names) as fetcher:
        with pytest.raises(FetchFailed, match="内部网络"):
            await fetcher.get(f"http://gov.example:{server.port}/page")


async def test_a_redirect_inside_is_refused(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own address counts as public here, so that a public page can send us to a private one."""
    monkeypatch.setattr("storage.reading.fetch.is_public", lambda address: address == ipaddress.ip_address("127.0.0.1"))
    async with SafeFetcher() as fetcher:
        with pytest.raises(FetchFailed, match="内部网络"):
            await fetcher.get(str(server.make_url("/hop").with_query(to="http://10.0.0.1/admin")))


async def test_one_connection_asks_for_the_name_once(server: TestServer) -> None:
    names = Names({"gov.example": ["127.0.0.1"]})
    async with SafeFetcher(resolver=names, allow_private=True) as fetcher:
        await fetcher.get(f"http://gov.example:{server.port}/page")
    assert names.asked == ["gov.example"]


def test_public_addresses() -> None:
    assert is_public(ipaddress.ip_address("223.5.5.5"))
    assert is_public(ipaddress.ip_address("2400:3200::1"))
    assert not is_public(ipaddress.ip_address("2002:0a00:0001::"))
    assert not is_public(ipaddress.ip_address("224.0.0.251"))
    assert not is_public(ipaddress.ip_address("100.64.0.1"))
