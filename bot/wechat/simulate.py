"""WeChat's side of the conversation: signs, encrypts and POSTs pushes to a webhook and reads the replies.

The chat page and the tests speak through it, so that what they try is what runs.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.settings import WeChatMode
from bot.wechat.crypto import AesKey, Envelope, sign
from bot.wechat.replies import SUCCESS
from bot.wechat.xml import Fields, fields_of, list_of, read, text_of, write

TIMEOUT = aiohttp.ClientTimeout(total=5)
"""WeChat cuts the connection after five seconds."""
_counter = itertools.count(int(time.time() * 1000) << 20)


class NotAccepted(Exception):
    """The webhook's answer is not one that WeChat accepts; a person would see the notice of failure."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One push as it goes over the wire: query and body."""

    query: Mapping[str, str]
    body: bytes


class Simulator:
    """Stands where WeChat stands, for one account."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str | URL,
        *,
        token: str,
        mode: WeChatMode,
        app_id: str = "",
        aes_key: str = "",
        account: str = "gh_simulated",
    ) -> None:
        """Take the server configuration (服务器配置) of the account whose webhook is at `url`."""
        self._session = session
        self._url = URL(url)
        self._token = token
        self._mode = mode
        self._account = account
        self._key = AesKey(aes_key) if mode is not WeChatMode.PLAIN else None
        self._envelope = Envelope(token, app_id, (self._key,) if self._key else ())

    async def __call__(
        self,
        kind: str,
        *,
        openid: str,
        content: str = "",
        menu_id: str = "",
        event: str = "",
        event_key: str = "",
    ) -> list[dict[str, Any]]:
        """Push a `text` with its content, or an `event` with its name and key; the replies as the chat page shows them.

        `menu_id` comes with a text that was sent by tapping a link.

        Raises:
            NotAccepted: the answer is not valid.
        """
        if kind == "text":
            extra = {"Content": content, **({"bizmsgmenuid": menu_id} if menu_id else {})}
        else:
            extra = {"Event": event, "EventKey": event_key}
        reply = await self.push(self.fields(kind, openid, **extra))
        return [] if reply is None else [_shown(reply)]

    def fields(self, kind: str, openid: str, **extra: Any) -> dict[str, Any]:
        """The elements of a new push; messages get a MsgId of their own."""
        fields = {
            "ToUserName": self._account,
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": kind,
            **extra,
        }
        if kind != "event":
            fields.setdefault("MsgId", next(_counter))
        return fields

    def signed(self, body: bytes, at: int | None = None) -> Signed:
        """Sign, and encrypt as the mode says, what is to be pushed now, or `at` seconds since 1970."""
        timestamp, nonce = str(int(time.time()) if at is None else at), secrets.token_hex(5)
        query = {"signature": sign(self._token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if self._key is None:
            return Signed(query, body)
        sealed = self._envelope.seal(body, self._key, int(timestamp))
        query = {
            "signature": sign(self._token, sealed.timestamp, sealed.nonce),
            "timestamp": sealed.timestamp,
            "nonce": sealed.nonce,
            "encrypt_type": "aes",
            "msg_signature": sealed.signature,
        }
        outer: dict[str, Any] = {"ToUserName": self._account, "Encrypt": sealed.encrypt}
        if self._mode is WeChatMode.COMPATIBLE:
            outer = {**read(body), "Encrypt": sealed.encrypt}
        return Signed(query, write(outer))

    async def push(self, fields: Mapping[str, Any]) -> Fields | None:
        """Push elements and return those of the reply, `None` for `success`.

        Raises:
            NotAccepted: the answer is not valid.
        """
        signed = self.signed(write(fields))
        query = {**signed.query, "openid": str(fields.get("FromUserName", ""))}
        async with self._session.post(
            self._url.with_query(query), data=signed.body, headers={"Content-Type": "text/xml"}, timeout=TIMEOUT
        ) as response:
            body = await response.read()
            if response.status != 200:
                raise NotAccepted(f"HTTP {response.status}")
        return self.opened(body, fields)

    def opened(self, body: bytes, push: Mapping[str, Any]) -> Fields | None:
        """The elements of a reply, checked as WeChat does.

        Raises:
            NotAccepted: not XML, not signed, not for the sender, or blank.
        """
        if body in (b"", SUCCESS):
            return None
        try:
            reply = read(body)
            if self._key is not None:
                values = (text_of(reply, n) for n in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce"))
                reply = read(self._envelope.open(*values).message)
        except Exception as error:
            raise NotAccepted(f"the answer cannot be read: {error}") from error
        if text_of(reply, "ToUserName") != push["FromUserName"] or text_of(reply, "FromUserName") != push["ToUserName"]:
            raise NotAccepted("the answer is not for the sender")
        if text_of(reply, "MsgType") == "text" and not text_of(reply, "Content").strip():
            raise NotAccepted("the answer is blank")
        return reply

    async def verify(self, echo: str) -> str:
        """Do the URL verification and return what the webhook echoes.

        Raises:
            NotAccepted: the webhook refused.
        """
        query = {**self.signed(write(self.fields("event", "verify"))).query, "echostr": echo}
        async with self._session.get(self._url.with_query(query), timeout=TIMEOUT) as response:
            if response.status != 200:
                raise NotAccepted(f"HTTP {response.status}")
            return await response.text()


def _shown(reply: Fields) -> dict[str, Any]:
    kind = text_of(reply, "MsgType")
    if kind == "news":
        articles = [i for i in list_of(fields_of(reply, "Articles"), "item") if isinstance(i, dict)]
        names = {"title": "Title", "description": "Description", "url": "Url", "picture": "PicUrl"}
        return {"type": kind, "articles": [{k: text_of(a, n) for k, n in names.items()} for a in articles]}
    return {"type": kind, "content": text_of(reply, "Content")}
