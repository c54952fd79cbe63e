"""The WeCom group robot (企业微信群机器人).

https://developer.work.weixin.qq.com/document/path/91770: a text is at most 2048 bytes, 20 messages a minute for each
robot (45009 beyond), 93000 for a wrong key or a robot that was removed. The key in the address is the only secret.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp

from scheduler.channels.base import post_json
from storage.models.outbox import OutboxMessage
from storage.outbox import ChannelError, Outcome

_ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
_LONGEST = 2048
_BUSY, _TOO_FAST = -1, 45009
_CUT = "……（全文见后台）"


def shorten(text: str, longest: int = _LONGEST) -> str:
    """The text within so many UTF-8 bytes, cut at a line's end where that is possible."""
    if len(text.encode()) <= longest:
        return text
    room = longest - len(_CUT.encode())
    cut = text.encode()[:room].decode("utf-8", "ignore")
    whole = cut.rfind("\n")
    return (cut[: whole + 1] if whole > len(cut) // 2 else cut) + _CUT


class WeComRobot:
    """Sends to the group whose robot's key (or whole address) is the person's address."""

    repeatable = False

    def __init__(self, http: aiohttp.ClientSession, base: str = _ADDRESS) -> None:
        self._http = http
        self._base = base

    async def send(self, message: OutboxMessage) -> None:
        """Deliver as text."""
        url = message.address if urlsplit(message.address).scheme else self._base + message.address
        text = shorten(f"{message.subject}\n{message.body}")
        answer = await post_json(self._http, url, {"msgtype": "text", "text": {"content": text}})
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code == 0:
            return
        if code == _TOO_FAST:
            raise ChannelError(Outcome.RETRY, "群机器人发送过快（45009）", after=timedelta(seconds=65))
        if code == _BUSY:
            raise ChannelError(Outcome.RETRY, "企业微信系统繁忙（-1）")
        raise ChannelError(Outcome.REFUSED, f"群机器人拒收（{code}）")
