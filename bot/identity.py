"""What an account is to the web pages: it signs them for sharing inside WeChat."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.accounts import OfficialAccount
from bot.wechat.api import WeChatError
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.jssdk import JsSdk

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """One account's."""

    account: OfficialAccount
    capabilities: Capabilities
    jssdk: JsSdk


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
