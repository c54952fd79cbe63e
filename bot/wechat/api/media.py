"""Temporary media (临时素材): uploaded once, used for three days, uploaded again when WeChat no longer knows it.

Source: developers.weixin.qq.com, 新增临时素材. A media_id is reusable for 3 days; an image may have 10 MB (another line
of the same page says 2 MB, which is what is kept to here) and must be png, jpg or gif.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, WeChatError
from bot.wechat.api.messages import Unsendable
from bot.wechat.api.tokens import Store

IMAGE_LIMIT = 2 * 2**20
KEPT_SECONDS = 3 * 86400 - 3600
"""An hour less than WeChat keeps it."""
TYPES = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"GIF8": ("image/gif", "gif"),
}

T = TypeVar("T")


class Media:
    """The uploaded pictures of one account, known by their content."""

    def __init__(self, client: WeChatClient, account: str, store: Store) -> None:
        self._client = client
        self._account = account
        self._store = store

    async def image(self, content: bytes) -> str:
        """The media_id of a picture, uploaded if WeChat does not have it.

        Raises:
            Unsendable: not a picture that WeChat takes, or too large.
            WeChatError: the upload failed.
        """
        known = await self._store.get(self._key(content))
        return known.decode() if known is not None else await self._upload(content)

    async def use(self, content: bytes, send: Callable[[str], Awaitable[T]]) -> T:
        """Do something with a picture's media_id; once more with a new one where WeChat has lost it (40007).

        Raises:
            Unsendable: see `image`.
            WeChatError: what `send` raised, or the upload.
        """
        media_id = await self.image(content)
        try:
            return await send(media_id)
        except WeChatError as error:
            if error.action is not Action.REUPLOAD:
                raise
        await self._store.remove(self._key(content), media_id.encode())
        return await send(await self.image(content))

    async def _upload(self, content: bytes) -> str:
        kind = next((t for magic, t in TYPES.items() if content.startswith(magic)), None)
        if kind is None:
            raise Unsendable("图片不是 png、jpg 或 gif")
        if len(content) > IMAGE_LIMIT:
            raise Unsendable(f"图片有 {len(content)} 字节，超过 {IMAGE_LIMIT}")
        content_type, suffix = kind
        media_id = await self._client.upload("image", f"image.{suffix}", content, content_type)
        await self._store.put(self._key(content), media_id.encode(), KEPT_SECONDS)
        return media_id

    def _key(self, content: bytes) -> str:
        return f"media:{self._account}:{hashlib.sha256(content).hexdigest()}"
