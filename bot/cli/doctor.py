"""`gongkai doctor`: what works, what does not and why, and what to fill in where on WeChat's platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import aiohttp
import typer

from bot.accounts import MAIN, OfficialAccount, accounts_of
from bot.cli import app, common, doctor_guide
from bot.cli.doctor_checks import Check, State, asked, asking, machine, own_address, written
from bot.settings import BotSettings
from bot.wechat.api.capabilities import Capabilities, Feature
from storage.errors import Refused

MARKS = {State.OK: "✓ 正常", State.NOTE: "· 说明", State.WARN: "! 注意", State.FAIL: "✗ 有问题"}
_ADDRESS = re.compile(r"把 (\S+) 加入 IP 白名单")


@dataclass(frozen=True, slots=True)
class Examined:
    """One account with what was found."""

    account: OfficialAccount
    capabilities: Capabilities
    checks: list[Check]

    @property
    def unknown(self) -> bool:
        """Whether WeChat was to be asked what the account may, and did not say."""
        return self.account.can_call and not self.capabilities.asked


@app.command("doctor")
def doctor(
    account: Annotated[str | None, typer.Option("--account", help="只查这个账号；不写为全部。")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="不访问外网，只查本机和设置。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，供监控用。")] = False,
) -> None:
    """Check everything and explain, in Chinese, what to do; exit code 1 when something does not work."""
    failed = common.run(_doctor(common.load_settings(), account, offline=offline, as_json=as_json))
    raise typer.Exit(1 if failed else 0)


async def _doctor(settings: BotSettings, name: str | None, *, offline: bool, as_json: bool) -> bool:
    accounts = [a for a in accounts_of(settings) if name in (None, a.name)]
    if name is not None and not accounts:
        raise Refused(f"没有名为 {name} 的账号。")
    if offline:
        checks = await machine(settings, None)
        examined = [Examined(a, _by_settings(a), written(a)) for a in accounts]
    else:
        async with aiohttp.ClientSession() as session:
            checks = await machine(settings, session)
            examined = [await _examine(session, settings, a) for a in accounts]
    if not accounts:
        checks.append(Check("公众号", State.FAIL, "还没有设置公众号", "照下面的步骤做一遍，大约半小时。"))
    if as_json:
        common.print_json(_values(checks, examined))
    else:
        _print(settings, checks, examined)
    return any(c.state is State.FAIL for c in (*checks, *(c for e in examined for c in e.checks)))


def _by_settings(account: OfficialAccount) -> Capabilities:
    return Capabilities(account.kind, account.verified, can_call=account.can_call)


async def _examine(session: aiohttp.ClientSession, settings: BotSettings, account: OfficialAccount) -> Examined:
    capabilities = _by_settings(account)
    checks = [*written(account), await own_address(session, settings, account)]
    if account.can_call:
        async with asking(settings, account) as client:
            checks += await asked(client, account, capabilities)
    else:
        checks.append(
            Check(
                "AppID 和 AppSecret",
                State.NOTE,
                f"没有填写 {account.setting('app_secret' if account.app_id else 'app_id')}，没有向微信查询",
                "只当场回答不需要；要用更多功能时再填。",
            )
        )
    return Examined(account, capabilities, checks)


def _values(checks: list[Check], examined: list[Examined]) -> dict[str, Any]:
    everything = [*checks, *(c for e in examined for c in e.checks)]
    return {
        "ok": all(c.state is not State.FAIL for c in everything),
        "checks": [c.values() for c in checks],
        "accounts": [
            {
                "name": e.account.name,
                "agency": e.account.agency,
                "path": e.account.path,
                "can": {f.name.lower(): e.capabilities.may(f) for f in Feature},
                "checks": [c.values() for c in e.checks],
            }
            for e in examined
        ],
    }


def _print(settings: BotSettings, checks: list[Check], examined: list[Examined]) -> None:
    _print_lines(_conclusion([*checks, *(c for e in examined for c in e.checks)]))
    typer.echo("\n一、这台机器")
    _print_checks(checks)
    if not examined:
        nobody = OfficialAccount(name=MAIN, agency=settings.agency)
        typer.echo("\n二、怎样接上公众号")
        _print_lines(doctor_guide.steps(settings, nobody, _by_settings(nobody), ""))
        return
    for number, one in enumerate(examined):
        heading = "二、公众号" if len(examined) == 1 else f"二（{number + 1}）、公众号"
        typer.echo(f"\n{heading}：{doctor_guide.title(one.account, one.capabilities)}")
        _print_checks(one.checks)
        typer.echo("")
        if one.unknown:
            _print_lines(doctor_guide.NOT_ASKED)
        else:
            _print_lines(doctor_guide.abilities(one.capabilities))
            typer.echo("")
            _print_lines(doctor_guide.advice(one.account, one.capabilities))
        typer.echo("\n三、在微信平台上怎么填" + ("" if len(examined) == 1 else f"（{one.account.name}）"))
        _print_lines(doctor_guide.steps(settings, one.account, one.capabilities, _address(one.checks)))


def _conclusion(checks: list[Check]) -> Iterator[str]:
    """What it comes to, and what to do first."""
    wrong = [c for c in checks if c.state is State.FAIL]
    remarks = sum(c.state is State.WARN for c in checks)
    if not wrong:
        yield "结论：可以用。" + (f"另有 {remarks} 处要留意，见下面标着“注意”的。" if remarks else "")
        return
    yield f"结论：有 {len(wrong)} 个问题，请按顺序解决，然后再运行一次 gongkai doctor："
    for number, check in enumerate(wrong, 1):
        yield f"  {number}. {check.name}：{check.found}。{check.advice}"


def _print_checks(checks: list[Check]) -> None:
    for check in checks:
        typer.echo(f"  {MARKS[check.state]}　{check.name}：{check.found}")
        if check.advice:
            typer.echo(f"            → {check.advice}")


def _print_lines(lines: Any) -> None:
    for line in lines:
        typer.echo(f"  {line}" if line else "")


def _address(checks: list[Check]) -> str:
    """The address that WeChat named when it refused this server."""
    found = (_ADDRESS.search(c.advice) for c in checks)
    return next((m[1] for m in found if m), "")
