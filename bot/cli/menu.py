"""`gongkai menu`: the account's menu, from the reviewed file to WeChat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.accounts import OfficialAccount, account_named
from bot.cli import app, common
from bot.cli.doctor_checks import asking
from bot.settings import BotSettings
from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.api import menu as menus
from storage import people
from storage.errors import Refused, StorageError

menu = typer.Typer(help="The account's menu.", no_args_is_help=True)
app.add_typer(menu, name="menu")

AccountName = Annotated[str | None, typer.Option("--account", help="哪个账号；只有一个时可不写。")]
File = Annotated[Path | None, typer.Option("--file", help="菜单文件；不写为设置里的或自带的。")]


class NotDone(StorageError):
    """WeChat did not do it; the message says why and what to do."""


@menu.command("show")
def show(
    account: AccountName = None,
    file: File = None,
    current: Annotated[bool, typer.Option("--current", help="和微信上现在的菜单比较。")] = False,
) -> None:
    """Show the menu of the file, checked against WeChat's limits."""
    settings = common.load_settings()
    loaded = _load(settings, _account(settings, account), file)
    _print(loaded.buttons)
    if loaded.staff_tag:
        typer.echo(f"\n工作人员（标签“{loaded.staff_tag}”）看到的：")
        _print(loaded.staff)
    for remark in menus.remarks(loaded.buttons):
        typer.echo(f"注意：{remark}。")
    if current:
        common.run(_compare(settings, account_named(settings, account), loaded))


@menu.command("push")
def push(
    account: AccountName = None,
    file: File = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
) -> None:
    """Show what would change on WeChat, ask, and push the menu."""
    settings = common.load_settings()
    chosen = account_named(settings, account)
    common.run(_push(settings, chosen, _load(settings, chosen, file), yes=yes))


def _account(settings: BotSettings, name: str | None) -> OfficialAccount | None:
    """The account whose menu file is meant; none is needed to look at a file."""
    try:
        return account_named(settings, name)
    except Refused:
        if name is not None:
            raise
        return None


def _load(settings: BotSettings, account: OfficialAccount | None, file: Path | None) -> menus.Menu:
    try:
        return menus.load(file or (account.menu_file if account else None), base_url=settings.base_url)
    except menus.MenuError as error:
        raise Refused(f"{error}。") from error


def _print(buttons: Sequence[menus.Button]) -> None:
    for button in buttons:
        typer.echo(f"{button.name}{_does(button)}")
        for child in button.children:
            typer.echo(f"  └ {child.name}{_does(child)}")


def _does(button: menus.Button) -> str:
    if button.url:
        return f"　打开 {button.url}"
    return f"　问“{button.ask}”" if button.ask else ""


@asynccontextmanager
async def _client(settings: BotSettings, account: OfficialAccount) -> AsyncIterator[WeChatClient]:
    if not account.can_call:
        raise Refused(
            f"推送菜单要调用微信接口，请先设置 {account.setting('app_id')} 和 {account.setting('app_secret')}；"
            "未认证的公众号没有菜单接口，gongkai doctor 会说明怎么办。"
        )
    try:
        async with asking(settings, account) as client:
            yield client
    except WeChatError as error:
        raise NotDone(f"微信没有接受（{error.code}）：{error.meaning}。{error.advice}") from error


async def _compare(settings: BotSettings, account: OfficialAccount, loaded: menus.Menu) -> None:
    async with _client(settings, account) as client:
        _print_changes(await menus.plan(client, loaded))


def _print_changes(plan: menus.Plan) -> None:
    if not plan.changes:
        typer.echo("微信上的菜单和文件一致。")
        return
    typer.echo("要改的：")
    for line in plan.changes:
        typer.echo(f"  {line}")


async def _push(settings: BotSettings, account: OfficialAccount, loaded: menus.Menu, *, yes: bool) -> None:
    async with _client(settings, account) as client:
        plan = await menus.plan(client, loaded)
        _print_changes(plan)
        if not plan.changes:
            return
        if not yes and not typer.confirm("推送到微信吗？"):
            typer.echo("没有推送。")
            return
        await menus.carry_out(client, plan)
        if loaded.staff_tag:
            await menus.mark_staff(client, loaded.staff_tag, await _bound(settings, account.name))
    typer.echo("菜单已推送。手机上最多 5 分钟后更新；取消关注再关注可以马上看到。")


async def _bound(settings: BotSettings, account: str) -> frozenset[str]:
    async with common.open_database(settings) as database, database.read() as session:
        return await people.bound(session, account)
