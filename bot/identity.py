"""What an account is to the web pages: it signs them for sharing inside WeChat, and finds out whose WeChat looks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.accounts import OfficialAccount
from bot.web.bind import NotKnown
from bot.wechat.api import WeChatError
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.jssdk import JsSdk
from bot.wechat.api.oauth import NotIdentified, OAuth
from storage.models.watch import WatchPerson
from storage.staffchat import StaffChat

log = logging.getLogger(__name__)

NO_ANSWER = "微信暂时没有应答，请过一会儿再试。"
NOT_GRANTED = "这个公众号没有网页授权，请改为向公众号发送绑定码。"


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """One account's (`bot.web.bind.Identity`). `person`: an openid as its keyed hash."""

    account: OfficialAccount
    capabilities: Capabilities
    jssdk: JsSdk
    oauth: OAuth
    chat: StaffChat
    person: Callable[[str], str]

    def may(self) -> bool:
        """Whether the account has 网页授权."""
        return self.capabilities.may(Feature.OAUTH)

    async def leave(self, back: str, carry: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back."""
        leave = await self.oauth.start(back, carry)
        return leave.url, leave.cookie

    async def bind(self, code: str, state: str, cookie: str) -> WatchPerson | None:
        """Bind who came back by the code that was carried.

        Raises:
            NotKnown: it was not found out who came back.
        """
        try:
            visitor = await self.oauth.finish(code, state, cookie)
        except NotIdentified as error:
            raise NotKnown(str(error), again=error.again) from None
        except WeChatError as error:
            self.capabilities.lacks(Feature.OAUTH, error)
            log.warning("account %s: who binds was not found out: %s", self.account.name, error)
            raise NotKnown(NO_ANSWER if self.may() else NOT_GRANTED, again=self.may()) from None
        return await self.chat.bind(visitor.openid, self.person(visitor.openid), visitor.carried)


async def sign_page(identities: Mapping[str, WebIdentity], agency: str, url: str) -> dict[str, Any] | None:
    """What a page of an agency hands to `wx.config`; `None` where its account may not or WeChat does not answer."""
    own = _of_agency(identities, agency)
    if own is None or not own.capabilities.may(Feature.JS_SHARE):
        return None
    try:
        config = await own.jssdk.config(url)
    except WeChatError as error:
        own.capabilities.lacks(Feature.JS_SHARE, error)
        log.warning("account %s: a page is not signed: %s", own.account.name, error)
        return None
    return {
        "appId": config.app_id,
        "timestamp": config.timestamp,
        "nonceStr": config.nonce,
        "signature": config.signature,
    }


def _of_agency(identities: Mapping[str, WebIdentity], agency: str) -> WebIdentity | None:
    """The account of that agency, else the one that answers for the only agency stored."""
    for wanted in (agency, None):
        for one in identities.values():
            if one.account.agency == wanted:
                return one
    return None
