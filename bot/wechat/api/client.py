r"""The client of WeChat's server interface (公众号/服务号 API).

One call is: token, request, errcode. A refused token is replaced and the call repeated once, never more; a busy
system is tried again up to three times; a host that cannot be connected to is replaced by the disaster host. An
interface whose quota is used up is left alone for a while (45009, 45011). Bodies are JSON in UTF-8 without `\uXXXX`
escapes, which menus would show literally (40033). Neither token nor secret ever stands in a log line or an error.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp

from bot.settings import WECHAT_HOSTS
from bot.wechat.api.errors import Action, Unreachable, WeChatError
from bot.wechat.api.tokens import Fetched, Store, TokenKeeper
from storage.clock import BEIJING, Clock

log = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=8, connect=3)
MAX_ANSWER = 16 * 1024 * 1024
BUSY_TRIES = 3
TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105  (a path)
_DAY_USED_UP, _MINUTE_USED_UP = 45009, 45011
_ASK_AGAIN = timedelta(hours=1)
"""A used-up day is looked at again after this: the admin may have reset the quota by hand."""

Form = Callable[[], aiohttp.FormData]
"""Makes the multipart body of an upload; each try needs a new one."""


class Session(Protocol):
    """What is needed of aiohttp's `ClientSession`."""

    def request(self, method: str, url: str, **options: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send a request; entering the block gives the answer."""
        ...


class WeChatClient:
    """Calls of one account."""

    def __init__(
        self,
        session: Session | aiohttp.ClientSession,
        app_id: str,
        app_secret: str,
        store: Store,
        clock: Clock,
        *,
        hosts: tuple[str, ...] = WECHAT_HOSTS,
        pause: float = 0.5,
    ) -> None:
        self._session = session
        self._app_id = app_id
        self._secret = app_secret
        self._hosts = hosts
        self._pause = pause
        self._clock = clock
        self._closed: dict[str, tuple[datetime, WeChatError]] = {}
        self.tokens = TokenKeeper(app_id, self._fetch_token, store, clock)

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """GET an interface.

        Raises:
            WeChatError: see `call`.
        """
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST JSON to an interface.

        Raises:
            WeChatError: see `call`.
        """
        return await self.call("POST", path, body=body)

    async def upload(self, kind: str, name: str, content: bytes, content_type: str) -> str:
        """Upload a temporary media file (新增临时素材) and return its media_id, good for three days.

        Args:
            kind: image, voice, video or thumb.
            name: file name; the interface refuses a part without one (41005).
            content: the file.
            content_type: image/png …

        Raises:
            WeChatError: see `call`.
        """

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("media", content, filename=name, content_type=content_type)
            return data

        answer = await self.call("POST", "/cgi-bin/media/upload", params={"type": kind}, form=form)
        media_id = answer.get("media_id") or answer.get("thumb_media_id")
        if not media_id:
            raise Unreachable("/cgi-bin/media/upload", "应答里没有 media_id", maybe_done=True)
        return str(media_id)

    async def exchange_code(self, code: str) -> dict[str, Any]:
        """The visitor behind an OAuth code (通过 code 换取网页授权凭据); needs no access token.

        Raises:
            Unreachable: no usable answer.
            WeChatError: 40029 or 40163 for a code that is wrong or used.
        """
        query = {"appid": self._app_id, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        return await self._send("GET", "/sns/oauth2/access_token", query, None, None)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Form | None = None,
    ) -> dict[str, Any]:
        """Call an interface with the access token.

        Raises:
            Unreachable: no usable answer.
            WeChatError: an errcode other than 0.
        """
        self._raise_if_closed(path)
        token = await self.tokens.get()
        refreshed = False
        busy = 0
        while True:
            query = {**(params or {}), "access_token": token}
            try:
                return await self._send(method, path, query, body, form)
            except Unreachable:
                raise
            except WeChatError as error:
                if error.action is Action.REFRESH and not refreshed:
                    refreshed = True
                    failed, token = token, await self.tokens.replace(token)
                    if token == failed:
                        raise
                elif error.code == -1 and busy < BUSY_TRIES:
                    busy += 1
                    await asyncio.sleep(self._pause * 2 ** (busy - 1) * random.uniform(1, 1.5))
                else:
                    self._close(path, error)
                    raise

    def _close(self, path: str, error: WeChatError) -> None:
        now = self._clock.now()
        if error.code == _DAY_USED_UP:
            midnight = datetime.combine(
                now.astimezone(BEIJING).date() + timedelta(days=1), datetime.min.time(), BEIJING
            )
            self._closed[path] = (min(midnight, now + _ASK_AGAIN), error)
        elif error.code == _MINUTE_USED_UP:
            self._closed[path] = (now.replace(second=0, microsecond=0) + timedelta(minutes=1), error)

    def _raise_if_closed(self, path: str) -> None:
        until, error = self._closed.get(path, (None, None))
        if until is not None and error is not None:
            if self._clock.now() < until:
                raise WeChatError(error.code, path, error.detail)
            del self._closed[path]

    async def _fetch_token(self) -> Fetched:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = await self._send("POST", TOKEN_PATH, {}, body, None)
        except WeChatError as error:
            if error.code == 40001:  # here it means a wrong secret, not a stale token
                raise WeChatError(40125, TOKEN_PATH, error.detail) from None
            raise
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(seconds, int) or seconds <= 0:
            raise Unreachable(TOKEN_PATH, "应答里没有 access_token", maybe_done=False)
        return Fetched(value, seconds)

    async def _send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None, form: Form | None
    ) -> dict[str, Any]:
        data: aiohttp.FormData | bytes | None = form() if form else None
        headers = {}
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json; charset=utf-8"
        reason = ""
        for host in self._hosts:
            try:
                async with self._session.request(
                    method,
                    host + path,
                    params=query,
                    data=data,
                    headers=headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    return _read(path, response.status, await _content(response))
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                reason = type(error).__name__  # nothing went out: the next host may be asked
                data = form() if form else data
            except (aiohttp.ClientError, TimeoutError) as error:
                raise Unreachable(path, type(error).__name__, maybe_done=True) from None
        raise Unreachable(path, reason, maybe_done=False)


async def _content(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        content += chunk
        if len(content) > MAX_ANSWER:
            raise aiohttp.ClientPayloadError("answer too large")
    return bytes(content)


def _read(path: str, status: int, content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise Unreachable(path, f"HTTP {status}，内容不是 JSON", maybe_done=True) from None
    if not isinstance(answer, dict):
        raise Unreachable(path, "内容不是 JSON 对象", maybe_done=True)
    code = answer.get("errcode") or 0
    if not isinstance(code, int):
        raise Unreachable(path, "errcode 不是数字", maybe_done=True)
    if code:
        raise WeChatError(code, path, str(answer.get("errmsg", "")))
    return answer
