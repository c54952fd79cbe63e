"""The web process under measurement: `python tests/bench/server.py FOLDER [bare]` prints its port and tells its CPU time.

`bare` serves a handler that does nothing: what aiohttp itself costs here.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from pathlib import Path

from aiohttp import web

from bot.app import create_app
from bot.cli.serve import with_own_account
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


def main(folder: Path, kind: str) -> None:
    if kind == "bare":
        app = web.Application()
        app.router.add_post("/wechat", nothing)
    else:
        settings = with_own_account(BotSettings(data_dir=folder, redis_url=kind or None, _env_file=None))
        asyncio.run(prepare(settings))
        app = create_app(settings)
    app.router.add_get("/cpu", cpu)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    web.run_app(app, sock=listener, access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
