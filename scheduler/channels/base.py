"""What the HTTP channels share: one POST with a timeout, and what each way of failing means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from storage.outbox import ChannelError, Outcome

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
_LARGEST_ANSWER = 64 * 1024


async def post_json(
    http: aiohttp.ClientSession, url: str, payload: object, headers: Mapping[str, str] | None = None
) -> Any:
    """POST JSON and give back the JSON answered, `None` where the answer is none.

    Raises:
        ChannelError: not connected or a server's error (again later), no answer (uncertain), refused for good.
    """
    body = json.dumps(payload, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        async with http.post(url, data=body, headers=sent, timeout=TIMEOUT, allow_redirects=False) as response:
            content = await response.content.read(_LARGEST_ANSWER)
            status = response.status
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise ChannelError(Outcome.RETRY, "连不上对方服务器") from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise ChannelError(Outcome.REFUSED, "地址不是有效的网址") from error
    except (TimeoutError, aiohttp.ClientError) as error:
        raise ChannelError(Outcome.UNCERTAIN, "对方服务器没有应答") from error
    if status == 429 or status in (502, 503, 504):
        raise ChannelError(Outcome.RETRY, f"对方服务器忙（{status}）")
    if status >= 500:
        raise ChannelError(Outcome.UNCERTAIN, f"对方服务器出错（{status}）")
    if not 200 <= status < 300:
        raise ChannelError(Outcome.REFUSED, f"对方拒收（{status}）")
    try:
        return json.loads(content)
    except ValueError:
        return None
