"""WeChat's pushes: signed and encrypted by wechatpy, with the time limit, the repeats and MarkFail (自动屏蔽)."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto

from storage.clock import FixedClock
from tests.fakes.wechat.account import FakeAccount

ATTEMPTS = 3
BLOCK_AFTER = 20
BLOCKED = timedelta(minutes=1)
ACTS = {"click": "tap", "scancode_push": "tap", "scancode_waitmsg": "tap", "subscribe": "follow", "scan": "scan"}


@dataclass
class FakePusher:
    """Pushes to one webhook. `seconds` is the time limit per attempt: five, but for tests that exceed it."""

    session: aiohttp.ClientSession
    url: str
    account: FakeAccount
    clock: FixedClock
    token: str
    aes_key: str = ""
    gh_id: str = "gh_0123456789ab"
    seconds: float = 5.0
    compatible: bool = False
    """兼容模式: the plain fields stand beside the ciphertext."""
    notices: list[str] = field(default_factory=list)
    """People who saw 该公众号提供的服务出现故障, and why."""
    skipped: int = 0

    def __post_init__(self) -> None:
        self._failed = 0
        self._blocked_until: datetime | None = None
        self._ids = itertools.count(23_000_000_000)
        self._crypto = WeChatCrypto(self.token, self.aes_key, self.account.app_id) if self.aes_key else None

    async def text(self, openid: str, content: str, **extra: Any) -> dict[str, Any] | None:
        """A person types something; the reply's fields, `None` for `success` or a failure (see `notices`)."""
        return await self.message(openid, "text", Content=content, **extra)

    async def message(self, openid: str, kind: str, **extra: Any) -> dict[str, Any] | None:
        self.account.followers.add(openid)
        self.account.acted(openid, "tap" if extra.get("bizmsgmenuid") else "message")
        return await self._deliver(self.xml(openid, kind, MsgId=next(self._ids), **extra), openid)

    async def event(self, openid: str, name: str, **extra: Any) -> dict[str, Any] | None:
        act = ACTS.get(name.lower())
        if act:
            self.account.acted(openid, act)
        if name == "unsubscribe":
            self.account.unfollowed(openid)
        return await self._deliver(self.xml(openid, "event", Event=name, **extra), openid)

    async def chose_notices(self, openid: str, template_id: str, *, accepts: bool) -> dict[str, Any] | None:
        """A person answers the popup that offers a subscription notice; what they refuse ends what they had."""
        had = self.account.consents[openid, template_id]
        self.account.consents[openid, template_id] = had + 1 if accepts else 0
        choice = {
            "TemplateId": template_id,
            "SubscribeStatusString": "accept" if accepts else "reject",
            "PopupScene": "1",
        }
        return await self.event(openid, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": choice})

    def xml(self, openid: str, kind: str, **extra: Any) -> str:
        fields = {
            "ToUserName": self.gh_id,
            "FromUserName": openid,
            "CreateTime": int(self.clock.now().timestamp()),
            "MsgType": kind,
            **extra,
        }
        return f"<xml>{''.join(_element(n, v) for n, v in fields.items())}</xml>"

    async def _deliver(self, body: str, openid: str) -> dict[str, Any] | None:
        if self._blocked_until is not None and self.clock.now() < self._blocked_until:
            self.skipped += 1
            return None
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                answer = await self.post(*self.signed(body))
                reply = self.read(answer, openid)
            except (aiohttp.ClientError, TimeoutError, ValueError, ExpatError) as error:
                reason = f"{type(error).__name__}: {error}"
                continue
            self._failed = 0
            return reply
        self.notices.append(f"{openid}: {reason}")
        self._failed += 1
        if self._failed >= BLOCK_AFTER:
            self._failed, self._blocked_until = 0, self.clock.now() + BLOCKED
        return None

    def signed(self, body: str) -> tuple[dict[str, str], bytes]:
        timestamp, nonce = str(int(self.clock.now().timestamp())), secrets.token_hex(5)
        plain = hashlib.sha1("".join(sorted([self.token, timestamp, nonce])).encode()).hexdigest()
        query = {"signature": plain, "timestamp": timestamp, "nonce": nonce}
        if self._crypto is None:
            return query, body.encode()
        sealed = self._crypto.encrypt_message(body, nonce, timestamp)
        signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
        encrypt = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
        plainly = body.removeprefix("<xml>").removesuffix("</xml>")
        beside = plainly if self.compatible else f"<ToUserName><![CDATA[{self.gh_id}]]></ToUserName>"
        outer = f"<xml>{beside}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        return {**query, "encrypt_type": "aes", "msg_signature": signature}, outer.encode()

    async def post(self, query: dict[str, str], body: bytes) -> bytes:
        """One attempt.

        Raises:
            TimeoutError: the webhook was too slow.
            ValueError: it did not answer 200.
        """
        async with self.session.post(
            self.url,
            params=query,
            data=body,
            headers={"Content-Type": "text/xml"},
            timeout=aiohttp.ClientTimeout(total=self.seconds),
        ) as response:
            content = await response.read()
            if response.status != 200:
                raise ValueError(f"HTTP {response.status}")
            return content

    def read(self, answer: bytes, openid: str) -> dict[str, Any] | None:
        """What WeChat makes of an answer.

        Raises:
            ValueError: the person would see the notice of failure.
        """
        if answer in (b"", b"success"):
            return None
        text = answer.decode("utf-8")
        if self._crypto is not None:
            outer = _plain(text)
            if set(outer) != {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}:
                raise ValueError("not encrypted in secure mode")
            text = self._crypto.decrypt_message(text, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
            text = text.decode() if isinstance(text, bytes) else text
        fields = _plain(text)
        if fields.get("ToUserName") != openid or fields.get("FromUserName") != self.gh_id:
            raise ValueError("sender and receiver are wrong")
        _check_reply(fields)
        return fields


COMMON = {"ToUserName", "FromUserName", "CreateTime", "MsgType"}
BODIES = {
    "text": {"Content"},
    "image": {"Image"},
    "voice": {"Voice"},
    "video": {"Video"},
    "music": {"Music"},
    "news": {"ArticleCount", "Articles"},
    "transfer_customer_service": set(),
}


def _check_reply(fields: dict[str, Any]) -> None:
    """Hold a passive reply (被动回复) against its page.

    Raises:
        ValueError: the person would see the notice of failure.
    """
    kind = str(fields.get("MsgType"))
    if kind not in BODIES or set(fields) - {"TransInfo"} != COMMON | BODIES[kind]:
        raise ValueError(f"fields of {kind}: {sorted(fields)}")
    if not str(fields["CreateTime"]).isdigit():
        raise ValueError("CreateTime is no number")
    if kind == "text" and not str(fields["Content"] or "").strip():
        raise ValueError("blank text")
    if kind == "text" and len(str(fields["Content"]).encode()) > 2048:
        raise ValueError("text too long")
    if kind in {"image", "voice"} and set(fields[kind.title()]) != {"MediaId"}:
        raise ValueError("media")
    if kind == "news" and (fields["ArticleCount"] != "1" or "Url" not in fields["Articles"]["item"]):
        raise ValueError("one article")


def _plain(text: str) -> dict[str, Any]:
    document = xmltodict.parse(text)
    if set(document) != {"xml"}:
        raise ValueError("no <xml>")
    return dict(document["xml"] or {})


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(n, v) for n, v in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(_element(name, v) for v in value)
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    return f"<{name}>{escape(text)}</{name}>" if "]]>" in text else f"<{name}><![CDATA[{text}]]></{name}>"
