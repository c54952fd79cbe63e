"""Who is looking at a page inside WeChat (网页授权, snsapi_base): silent, and gives the openid only.

Source: developers.weixin.qq.com, 网页授权. Verified service accounts only. The way back is protected by a state of ours
that works once and only in the browser that was sent away. A visitor in 快照页模式 has a made-up identity and is
refused.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, WeChatError
from bot.wechat.api.tokens import Store

AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
STATE_SECONDS = 600
_CODE = re.compile(r"[A-Za-z0-9_-]{1,512}")
_STATE = re.compile(r"[0-9a-f]{32}")


class NotIdentified(Exception):
    """The visitor's openid was not found out; says why in Chinese.

    Attributes:
        again: sending the browser through `OAuth.start` once more may help.
    """

    def __init__(self, text: str, *, again: bool) -> None:
        super().__init__(text)
        self.again = again


@dataclass(frozen=True, slots=True)
class Leave:
    """Where to send the browser, and the secret that it must bring back in a cookie."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came back, and what was to be kept for the return."""

    openid: str
    carried: str


class OAuth:
    """Finds out the openids of visitors for one account."""

    def __init__(self, client: WeChatClient, app_id: str, store: Store) -> None:
        self._client = client
        self._app_id = app_id
        self._store = store

    async def start(self, back: str, carry: str = "") -> Leave:
        """Begin: the browser goes to WeChat and comes back to `back` with `code` and `state`.

        Args:
            back: a page of ours, on the domain that is set as 网页授权域名.
            carry: given back by `finish`; it stays here and stands in no address.
        """
        state, cookie = secrets.token_hex(16), secrets.token_urlsafe(24)
        await self._store.put(self._key(state), f"{cookie} {carry}".encode(), STATE_SECONDS)
        query = f"appid={self._app_id}&redirect_uri={quote(back, safe='')}&response_type=code&scope=snsapi_base"
        return Leave(f"{AUTHORIZE}?{query}&state={state}#wechat_redirect", cookie)

    async def finish(self, code: str, state: str, cookie: str) -> Visitor:
        """The visitor who came back; a state is good once, whatever comes of it.

        Raises:
            NotIdentified: not the browser that left, refused, too late, or a snapshot visitor.
            WeChatError: WeChat does not answer or does not grant it.
        """
        if not _STATE.fullmatch(state):
            raise NotIdentified("链接不完整，请重新打开。", again=True)
        kept, _, carried = (await self._store.get(self._key(state)) or b"").partition(b" ")
        if not kept or not hmac.compare_digest(kept, cookie.encode("utf-8", "surrogatepass")):
            raise NotIdentified("页面已过期，请重新打开。", again=True)
        if not await self._store.add(f"{self._key(state)}:used", b"1", STATE_SECONDS):
            raise NotIdentified("页面已过期，请重新打开。", again=True)
        if not _CODE.fullmatch(code):
            raise NotIdentified("您没有同意授权，无法确认身份。", again=False)
        try:
            answer = await self._client.exchange_code(code)
        except WeChatError as error:
            if error.action is Action.RESTART_LOGIN:
                raise NotIdentified("授权已失效，请重新打开。", again=True) from None
            raise
        if answer.get("is_snapshotuser") == 1:
            raise NotIdentified("现在是快照页，不能确认身份。请点页面下方的“使用完整服务”再试。", again=True)
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            raise NotIdentified("微信没有返回身份，请重新打开。", again=True)
        return Visitor(openid, carried.decode())

    def _key(self, state: str) -> str:
        return f"oauth:{self._app_id}:{state}"
