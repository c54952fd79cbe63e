"""`gongkai serve`: the web process. Also what `python -m bot` starts."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from typing import Annotated

import typer
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bot.accounts import WEBHOOK_PATH
from bot.app import create_app
from bot.cli import app, common
from bot.cli.watching import keep_watch, settings_of
from bot.settings import BotSettings
from bot.web.desk import first_admin_link
from storage import migrate
from storage.clock import SystemClock
from storage.errors import Refused
from storage.sample import load_sample
from storage.secrets import load_or_create

_PORTS = 20
"""How many ports after the wanted one are tried where any will do."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_END_SECONDS = 10.0
"""How long requests that are still at work may go on after a signal; a push is answered in five."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Run the web process: the webhook at /wechat, pages, health checks."""
    settings = common.load_settings()
    settings = settings.model_copy(update={"host": host or settings.host, "port": port or settings.port})
    if settings.development:
        settings = with_own_account(settings)
    _set_up_log()
    asyncio.run(_prepare(settings, sample=False))
    listener = _listen(settings.host, settings.port, ports=1)
    address = _address(listener)
    if settings.wechat_token is None:
        typer.echo("没有设置 GONGKAI_WECHAT_TOKEN：公众号接口 /wechat 未开启，其他页面照常。", err=True)
    _print_desk(settings, address)
    _run(settings, listener, f"Gongkai 已启动：{address}")


def try_out() -> None:
    """Everything on this machine, to try it: database, sample, an account of its own, the chat page."""
    settings = common.load_settings().model_copy(update={"development": True})
    _set_up_log()
    settings = with_own_account(settings)
    sample = asyncio.run(_prepare(settings, sample=True))
    listener = _listen(settings.host, settings.port, ports=_PORTS)
    address = _address(listener)
    if sample:
        typer.echo("数据库是空的，已载入一份样例年报（2023年，样例数据）。")
    if address.port != settings.port:
        typer.echo(f"端口 {settings.port} 已被占用，改用 {address.port}。")
    typer.echo(f"\n  聊天页面：    {address / 'demo'}")
    _print_desk(settings, address)
    typer.echo(f"  公众号接口：  {address / WEBHOOK_PATH.lstrip('/')}")
    typer.echo(f"  数据文件夹：  {settings.data_dir.resolve()}")
    _run(settings, listener, "\n已启动，按 Ctrl+C 停止。")


def with_own_account(settings: BotSettings) -> BotSettings:
    """Settings with Token, key and AppID of this installation's own where none are set (development mode)."""
    update: dict[str, object] = {}
    if settings.wechat_token is None:
        update["wechat_token"] = SecretStr(load_or_create(settings.data_dir, "wechat_token").hex()[:32])
    if settings.wechat_aes_key is None:
        update["wechat_aes_key"] = SecretStr(load_or_create(settings.data_dir, "wechat_aes_key").hex()[:43])
    if settings.wechat_app_id is None:
        update["wechat_app_id"] = "wxdevelopment0000"
    return settings.model_copy(update=update)


async def _prepare(settings: BotSettings, *, sample: bool) -> bool:
    """Bring the database up to date where that is ours to do; whether the sample was loaded."""
    async with common.open_database(settings, check=not sample) as database:
        if sample:
            await migrate.upgrade(database)
            return await load_sample(database, SystemClock())
    return False


def _print_desk(settings: BotSettings, address: URL) -> None:
    """Say where the desk is, and while nobody can sign in, by which link the first admin comes in."""

    async def link() -> str | None:
        async with common.open_database(settings, check=False) as database:
            return await first_admin_link(database, SystemClock(), settings.base_url or str(address))

    first = asyncio.run(link())
    typer.echo(f"  工作台：      {address / 'desk/'}")
    if first is not None:
        typer.echo(f"  开通管理员：  {first}\n                （只能用一次，72小时内有效）")


def _listen(host: str, port: int, *, ports: int) -> socket.socket:
    """A listening socket on the first free one of `ports` ports.

    Raises:
        Refused: none is free, or the address is not this machine's.
    """
    for candidate in range(port, min(port + ports, 65536)):
        try:
            return socket.create_server((host, candidate), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Refused(f"不能在 {host}:{candidate} 上监听：{error.strerror}") from error
    raise Refused(f"端口 {port} 已被占用，请用 --port 换一个，或停掉占用它的程序。")


def _address(listener: socket.socket) -> URL:
    """Where this machine's own programs reach the listener."""
    host, port = listener.getsockname()[:2]
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not bound)
    return URL.build(scheme="http", host=own, port=port)


def _run(settings: BotSettings, listener: socket.socket, started: str) -> None:
    """Serve until a signal; `started` is printed once connections are answered."""
    application = create_app(settings, address=_address(listener))
    application.cleanup_ctx.append(keep_watch(settings_of(settings)))
    loop = asyncio.new_event_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, _end, loop)
    web.run_app(
        application,
        sock=listener,
        access_log=None,
        print=lambda *_: typer.echo(started),
        loop=loop,
        handle_signals=False,
        shutdown_timeout=_END_SECONDS,
    )


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """End in order at the first signal; those that follow change nothing, so that it comes to its end."""
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
    raise web.GracefulExit


def _set_up_log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "aiosqlite", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
