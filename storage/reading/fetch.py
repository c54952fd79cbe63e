"""Fetching a public page or file: timeouts, a size limit, every redirect checked, no address inside the network.

The name is resolved once per connection, the answer is checked, and exactly that answer is connected to; a second
answer (DNS rebinding) is never asked for.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from storage.reading.errors import FetchFailed

MAX_BYTES = 50 * 1024 * 1024
SECONDS = 30.0
MAX_REDIRECTS = 6
AGENT = "Mozilla/5.0 (compatible; Gongkai/1.0; government information disclosure reader)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WEB_PORTS = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave.

    Attributes:
        url: the address at the end of all redirects.
        content: the body, decompressed; empty for 304.
        status: 200, or 304 where the request was conditional.
        charset: as the server declares it, else `None`.
        headers: of the answer, for ETag and Last-Modified; names in lower case.
    """

    url: str
    content: bytes
    status: int = 200
    charset: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class FetchStatus(FetchFailed):
    """The site answered, but not with the page; `status` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SafeFetcher:
    """Fetches addresses that strangers or site pages name.

    Use it as an async context manager; one instance serves many concurrent calls.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        seconds: float = SECONDS,
        max_bytes: int = MAX_BYTES,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Prepare; connections are opened on entering.

        Args:
            allow_private: also addresses inside the network: for an operator who types the address.
            seconds: for one call, all redirects included.
            max_bytes: largest body after decompression.
            resolver: asked for addresses; the system's if `None`.
        """
        self._allow_private = allow_private
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(seconds, 10), sock_read=min(seconds, 15))
        self._max_bytes = max_bytes
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver: AbstractResolver = self._resolver or aiohttp.ThreadedResolver()
        if not self._allow_private:
            resolver = _PublicResolver(resolver)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, limit=20, limit_per_host=4, use_dns_cache=False),
            timeout=self._timeout,
            headers={"User-Agent": AGENT, "Accept-Language": "zh-CN,zh;q=0.9"},
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an address, following redirects.

        Args:
            url: http or https.
            headers: sent along, such as If-None-Match; not sent on to another host.

        Raises:
            FetchFailed: not allowed, not reachable, too slow, too large; the message is Chinese and says which.
            FetchStatus: the site answered with an error status.
        """
        if self._session is None:
            raise RuntimeError("SafeFetcher is used outside its context")
        target, first = self._check(url), self._check(url)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                extra = headers if target.host == first.host else None
                async with self._session.get(target, allow_redirects=False, headers=extra) as response:
                    location = response.headers.get("Location")
                    if response.status in _REDIRECTS and location:
                        target = self._check(str(target.join(URL(location))))
                        continue
                    return await self._body(response)
        except TimeoutError as error:
            raise FetchFailed(f"访问{target.host}超时，请稍后再试。") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise FetchFailed(f"{target.host}的安全证书无效，未读取。") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            refused = _refusal(error)
            raise refused or FetchFailed(f"无法访问{target.host}，请检查网址或稍后再试。") from error
        raise FetchFailed("网址跳转次数过多，未读取。")

    def _check(self, text: str) -> URL:
        """The address parsed and allowed."""
        try:
            url = URL(text.strip())
            host, port = url.host, url.port
        except ValueError as error:
            raise FetchFailed("网址格式不正确。") from error
        if url.scheme not in ("http", "https") or not host:
            raise FetchFailed("只能读取以http://或https://开头的网址。")
        if url.user or url.password:
            raise FetchFailed("网址里不能带用户名或密码。")
        if not self._allow_private:
            if port not in _WEB_PORTS and (port is None or port < 1024):
                raise FetchFailed("网址的端口不允许访问。")
            address = _address(host)
            if address is not None and not is_public(address):
                raise _PrivateAddress(host).refusal
        return url.with_fragment(None)

    async def _body(self, response: aiohttp.ClientResponse) -> Fetched:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status not in (200, 304):
            raise FetchStatus(f"网站返回错误（HTTP {response.status}），未读取到内容。", response.status)
        too_large = FetchFailed(f"网址内容超过{self._max_bytes / 1024 / 1024:g}MB，未读取。")
        if response.content_length is not None and response.content_length > self._max_bytes:
            raise too_large
        body = bytearray()
        async for chunk in response.content.iter_chunked(1 << 16):
            body += chunk
            if len(body) > self._max_bytes:
                raise too_large
        return Fetched(str(response.url), bytes(body), response.status, response.charset, headers)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the public internet, also when it wraps another one (mapped, 6to4, Teredo, NAT64)."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        return all(is_public(i) for i in inner if i is not None)
    return True


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return None


class _PrivateAddress(OSError):
    """A name that leads inside the network; an OSError so that it passes through the connector."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.refusal = FetchFailed(f"{host}是内部网络地址，不允许访问。")


def _refusal(error: BaseException | None) -> FetchFailed | None:
    """Our own refusal behind an error of the client."""
    while error is not None:
        if isinstance(error, _PrivateAddress):
            return error.refusal
        error = error.__cause__ or error.__context__
    return None


class _PublicResolver(AbstractResolver):
    """Passes on a resolver's answer only if every address in it is public."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            OSError: not found, or an address inside the network is among them.
        """
        found = await self._inner.resolve(host, port, family)
        for answer in found:
            address = _address(answer["host"])
            if address is None or not is_public(address):
                raise _PrivateAddress(host)
        return found

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()
