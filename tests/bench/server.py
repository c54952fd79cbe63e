"""A process under measurement: `python tests/bench/server.py FOLDER KIND [REDIS]` prints its port and tells its CPU time.

Kinds: `bare`, a handler that does nothing: what aiohttp itself costs here; `peer`, a bot on wechatpy that answers the
same words to everybody; `new`, the web process without what it keeps of answers; any other, the web process.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from pathlib import Path

import wechatpy
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import create_reply
from wechatpy.utils import check_signature

from bot.app import create_app
from bot.cli.serve import with_own_account
from bot.qa import known
from bot.settings import BotSettings
from storage import migrate
from storage.clock import SystemClock
from storage.database import Database
from storage.sample import load_sample


async def prepare(settings: BotSettings) -> None:
    database = Database(settings.sqlalchemy_url)
    await migrate.upgrade(database)
    await load_sample(database, SystemClock())
    await database.close()


async def cpu(_request: web.Request) -> web.Response:
    return web.json_response({"seconds": time.process_time()})


async def nothing(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=b"success")


def peer(settings: BotSettings) -> web.Application:
    assert settings.wechat_token is not None
    assert settings.wechat_aes_key is not None
    crypto = WeChatCrypto(
        settings.wechat_token.get_secret_value(), settings.wechat_aes_key.get_secret_value(), settings.wechat_app_id
    )

    async def answer(request: web.Request) -> web.Response:
        query = request.query
        check_signature(
            settings.wechat_token.get_secret_value(), query["signature"], query["timestamp"], query["nonce"]
        )
        body = crypto.decrypt_message(await request.read(), query["msg_signature"], query["timestamp"], query["nonce"])
        reply = create_reply("您好，您的问题已经收到。", wechatpy.parse_message(body))
        text = crypto.encrypt_message(reply.render(), query["nonce"], query["timestamp"])
        return web.Response(text=text, content_type="text/xml")

    app = web.Application()
    app.router.add_post("/wechat", answer)
    return app


def main(folder: Path, kind: str, redis_url: str | None) -> None:
    settings = with_own_account(BotSettings(data_dir=folder, redis_url=redis_url, _env_file=None))
    if kind == "bare":
        app = web.Application()
        app.router.add_post("/wechat", nothing)
    elif kind == "peer":
        app = peer(settings)
    else:
        if kind == "new":
            known.LONGEST = 0
        asyncio.run(prepare(settings))
        app = create_app(settings)
    app.router.add_get("/cpu", cpu)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    web.run_app(app, sock=listener, access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
