"""The files by which WeChat sees that a domain is ours (校验文件), served at its root from a folder.

Source: 网页授权域名 and JS接口安全域名 in the developer platform: it hands out MP_verify_….txt and fetches it from the
domain's root. Only what the operator put there is served: whoever could have any such file served could have the domain
for an account of theirs.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

_LARGEST = 1024


def setup_verification(app: web.Application, folder: Path) -> None:
    """Add `/MP_verify_….txt`."""

    async def serve(request: web.Request) -> web.Response:
        try:
            content = await asyncio.to_thread(_read, folder / request.match_info["name"])
        except OSError:
            raise web.HTTPNotFound from None
        return web.Response(body=content, content_type="text/plain")

    app.router.add_get(r"/{name:MP_verify_[0-9A-Za-z]{4,64}\.txt}", serve)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST)
