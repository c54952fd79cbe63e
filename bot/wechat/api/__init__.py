"""Calls to WeChat's server interface: one client, one family of errors, one keeper of the access token."""

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, Unreachable, WeChatError
from bot.wechat.api.tokens import TokenKeeper

__all__ = ["Action", "TokenKeeper", "Unreachable", "WeChatClient", "WeChatError"]
