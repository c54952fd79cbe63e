"""What `gongkai doctor` looks at: each check gives a state, what was found, and what to do about it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.accounts import OfficialAccount
from bot.charts import chinese_font
from bot.cli import common
from bot.settings import BotSettings, WeChatMode
from bot.wechat.api import Unreachable, WeChatClient, WeChatError
from bot.wechat.api.capabilities import QUOTA, Capabilities, Feature
from bot.wechat.crypto import sign
from storage import people
from storage.clock import SystemClock
from storage.errors import Refused, StorageError
from storage.publishing import ledger
from storage.reports.versions import list_versions
from storage.state import MemoryState, RedisState

TIMEOUT = aiohttp.ClientTimeout(total=8, connect=4)
CALLBACK = "/cgi-bin/callback/check"
CUSTOM_SEND = "/cgi-bin/message/custom/send"
TOKEN_TEXT = re.compile(r"[A-Za-z0-9]{3,32}")
APP_ID = re.compile(r"wx[0-9a-f]{16}")
SLOW_CLOCK, WRONG_CLOCK = 30, 300
"""Seconds by which the clock may be off before it is remarked, and before it is wrong."""
LITTLE_LEFT = 0.1
"""Part of a daily quota below which it is remarked."""


class State(StrEnum):
    """How a check ended; only `FAIL` makes the command fail."""

    OK = "ok"
    NOTE = "note"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in Chinese."""

    name: str
    state: State
    found: str
    advice: str = ""

    def values(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


async def machine(settings: BotSettings, session: aiohttp.ClientSession | None) -> list[Check]:
    """Database, reports, state store, clock, font. Without a session nothing outside is asked."""
    checks = [await _database(settings), *await _watchers(settings), await _redis(settings)]
    if session is not None:
        checks.append(await _clock(session, settings.wechat_hosts[0]))
    return [*checks, _font(), _address(settings)]


async def _database(settings: BotSettings) -> Check:
    try:
        async with common.open_database(settings) as database, database.read() as session:
            live = [v for v in await list_versions(session) if v.live]
    except StorageError as error:
        return Check(
            "数据库", State.FAIL, "打不开", f"请检查数据库是否在运行、GONGKAI_DATABASE_URL 写得对不对。详情：{error}"
        )
    if not live:
        return Check(
            "数据库", State.WARN, "能用，但还没有发布任何年报", "请在工作台导入并发布年报，否则只能回答没有数据。"
        )
    years = "、".join(str(year) for year in sorted({v.year for v in live}))
    return Check("数据库", State.OK, f"能用，已发布 {years} 年年报")


async def _watchers(settings: BotSettings) -> list[Check]:
    """Whether the watch has anybody to tell; nothing where the database cannot say."""
    try:
        async with common.open_database(settings) as database, database.read() as session:
            known, watched = await people.anybody(session), bool(await ledger.duties(session))
    except StorageError:
        return []
    if known:
        return [Check("督办人员", State.OK, "已登记")]
    if not watched:
        return [Check("督办人员", State.NOTE, "没有登记，也没有公开义务要督办")]
    return [
        Check(
            "督办人员",
            State.WARN,
            "还没有登记任何人，公开事项到期、逾期时没有人会收到提醒",
            "请在工作台“督办—人员与渠道”登记责任人、监督人和运维；登记后，没办结的事项会补发提醒。",
        )
    ]


async def _redis(settings: BotSettings) -> Check:
    if settings.redis_url is None:
        return Check("Redis", State.NOTE, "没有设置，对话状态记在进程内存里", "只运行一个 Web 进程时不需要 Redis。")
    try:
        state = RedisState(settings.redis_url.get_secret_value(), timeout=3)
    except ValueError:
        return Check("Redis", State.FAIL, "GONGKAI_REDIS_URL 不是 Redis 地址", "应像 redis://127.0.0.1:6379/0。")
    try:
        if await state.ping():
            return Check("Redis", State.OK, "能用")
    finally:
        await state.aclose()
    return Check("Redis", State.FAIL, "没有应答", "请检查 GONGKAI_REDIS_URL，以及 Redis 是否在运行。")


async def _clock(session: aiohttp.ClientSession, host: str) -> Check:
    try:
        async with session.get(host, timeout=TIMEOUT, allow_redirects=False) as response:
            there = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
        return Check(
            "外网和时钟",
            State.FAIL,
            f"连不上微信服务器 {urlsplit(host).hostname}（{type(error).__name__}）",
            "请检查服务器能否访问外网、防火墙和域名解析；没有外网时可加 --offline 只查本机。",
        )
    off = abs((datetime.now(UTC) - there.astimezone(UTC)).total_seconds())
    if off < SLOW_CLOCK:
        return Check("外网和时钟", State.OK, "能连上微信服务器，时钟准确")
    state = State.FAIL if off > WRONG_CLOCK else State.WARN
    much = f"{off / 60:.0f} 分钟" if off > WRONG_CLOCK else f"{off:.0f} 秒"
    return Check("外网和时钟", state, f"服务器时钟差了 {much}", "请打开时间同步（如 timedatectl set-ntp true）。")


def _font() -> Check:
    if chinese_font() is None:
        return Check("中文字体", State.WARN, "没有找到，回答里不带图表", "Debian/Ubuntu：apt install fonts-noto-cjk。")
    return Check("中文字体", State.OK, "找到了，可以画图表")


def _address(settings: BotSettings) -> Check:
    if not settings.base_url:
        return Check(
            "公网地址",
            State.WARN,
            "没有设置 GONGKAI_BASE_URL，回答和提醒里不带链接",
            "请设为公众能打开的地址，如 https://xxgk.example.cn。",
        )
    parts = urlsplit(settings.base_url)
    usable = (parts.scheme, parts.port) in {("https", None), ("https", 443), ("http", None), ("http", 80)}
    if not usable or not parts.hostname:
        return Check(
            "公网地址",
            State.FAIL,
            f"{settings.base_url} 微信不接受",
            "微信只访问 https 的 443 端口或 http 的 80 端口，请用 Nginx 等转发（见 deploy/nginx.conf）。",
        )
    if parts.scheme == "http":
        return Check("公网地址", State.WARN, f"{settings.base_url} 没有加密", "请配置证书，改用 https。")
    return Check("公网地址", State.OK, settings.base_url)


# --- one account ------------------------------------------------------------------------------------


def written(account: OfficialAccount) -> list[Check]:
    """What is set about the account, without asking anybody."""
    checks = [_token(account), _key(account)]
    if account.app_id and not APP_ID.fullmatch(account.app_id):
        checks.append(
            Check("AppID", State.WARN, f"{account.app_id} 不像 AppID", "AppID 是 wx 加 16 位小写字母或数字。")
        )
    return [c for c in checks if c is not None]


def _token(account: OfficialAccount) -> Check:
    if account.token is None:
        return Check(
            "Token", State.FAIL, f"没有设置 {account.setting('token')}", "按下面的步骤填写；没有它收不到消息。"
        )
    if not TOKEN_TEXT.fullmatch(account.token.get_secret_value()):
        return Check("Token", State.WARN, "含有字母数字以外的字符，或长度不在 3 到 32 位之间", "请换一个，两边一起改。")
    return Check("Token", State.OK, "已设置")


def _key(account: OfficialAccount) -> Check:
    try:
        account.endpoint(replay_seconds=0, per_minute=1)
    except Refused as error:
        return Check("消息加解密", State.FAIL, str(error))
    if account.mode is WeChatMode.PLAIN:
        return Check("消息加解密", State.WARN, "明文模式：推送内容没有经过验证", "建议在平台上改用安全模式。")
    return Check("消息加解密", State.OK, {"secure": "安全模式", "compatible": "兼容模式"}[account.mode])


async def own_address(session: aiohttp.ClientSession, settings: BotSettings, account: OfficialAccount) -> Check:
    """Do WeChat's URL verification ourselves, over the public address."""
    name = "服务器地址（URL）"
    if not settings.base_url or account.token is None:
        return Check(name, State.NOTE, "公网地址或 Token 没有设置，没有检查")
    url = settings.base_url.rstrip("/") + account.path
    timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(5), secrets.token_hex(8)
    query = {"timestamp": timestamp, "nonce": nonce, "echostr": echo}
    query["signature"] = sign(account.token.get_secret_value(), timestamp, nonce)
    try:
        async with session.get(url, params=query, timeout=TIMEOUT, allow_redirects=False) as response:
            text = (await response.content.read(1000)).decode("utf-8", "replace")
            status = response.status
    except aiohttp.ClientConnectorDNSError:
        return Check(name, State.FAIL, f"{url} 的域名解析不到", "请检查域名是否填对、是否已解析到这台服务器。")
    except aiohttp.ClientConnectorCertificateError:
        return Check(name, State.FAIL, f"{url} 的证书有问题", "请换用有效的证书，微信不接受自签名证书。")
    except (aiohttp.ClientError, TimeoutError) as error:
        return Check(
            name, State.FAIL, f"{url} 打不开（{type(error).__name__}）", "请检查服务是否在运行、端口和防火墙。"
        )
    if status == 200 and text == echo:
        return Check(name, State.OK, f"{url} 能打开，Token 一致")
    reasons = {
        403: ("Token 不一致", "运行中的服务用的是另一个 Token：改了设置后请重启服务。"),
        404: ("没有这个地址", "请检查 Nginx 是否把 /wechat 转给了本服务。"),
        502: ("网关找不到服务", "请检查服务是否在运行。"),
    }
    found, advice = reasons.get(status, (f"返回 HTTP {status}", "请检查是不是别的程序占用了这个地址。"))
    return Check(name, State.FAIL, f"{url}：{found}", advice)


@asynccontextmanager
async def asking(settings: BotSettings, account: OfficialAccount) -> AsyncIterator[WeChatClient]:
    """A client for the account with a token store of its own: what is seen is what WeChat says now."""
    assert account.app_id
    assert account.app_secret
    secret = account.app_secret.get_secret_value()
    async with aiohttp.ClientSession() as session:
        yield WeChatClient(session, account.app_id, secret, MemoryState(), SystemClock(), hosts=settings.wechat_hosts)


async def asked(client: WeChatClient, account: OfficialAccount, capabilities: Capabilities) -> list[Check]:
    """What WeChat says: token, rights, reachability, quotas."""
    name = "AppID 和 AppSecret"
    try:
        await capabilities.probe(client)
    except Unreachable as error:
        return [Check(name, State.FAIL, f"没有查成：{error.meaning}", "请先解决上面的“外网和时钟”，再运行一次。")]
    except WeChatError as error:
        return [Check(name, State.FAIL, f"{error.meaning}（微信返回 {error.code}）", error.advice)]
    checks = [Check("AppID 和 AppSecret", State.OK, "能取得 access_token，服务器地址在 IP 白名单里")]
    checks += _contradictions(account, capabilities)
    checks.append(await _told("微信到服务器的网络", client, _callback))
    if capabilities.may(Feature.CUSTOM_MESSAGE):
        checks.append(await _told("今日客服消息次数", client, _quota))
    return checks


def _contradictions(account: OfficialAccount, capabilities: Capabilities) -> list[Check]:
    kind, verified = capabilities.guess
    if verified is not None and account.verified not in (None, verified):
        said = "已认证" if account.verified else "未认证"
        return [
            Check("认证", State.WARN, f"设置里写的是{said}，微信说的不是", "以微信为准；请改设置，或检查认证是否到期。")
        ]
    if kind is not None and account.kind not in (None, kind):
        return [Check("账号类型", State.WARN, "设置里的账号类型和微信说的不一样", "以微信为准；请改设置。")]
    return []


async def _told(name: str, client: WeChatClient, ask: Callable[[WeChatClient, str], Awaitable[Check]]) -> Check:
    try:
        return await ask(client, name)
    except WeChatError as error:
        return Check(name, State.WARN, f"{error.meaning}（微信返回 {error.code}）", error.advice)


async def _callback(client: WeChatClient, name: str) -> Check:
    answer = await client.post(CALLBACK, {"action": "all", "check_operator": "DEFAULT"})
    rows: list[dict[str, Any]] = answer.get("ping") or []
    lost = [r for r in rows if r.get("package_loss") == "100%"]
    if not answer.get("dns"):
        return Check(name, State.WARN, "微信解析不到服务器地址的域名", "请检查域名解析是否已经生效。")
    if rows and len(lost) == len(rows):
        return Check(
            name, State.NOTE, "微信 ping 不通服务器", "如果服务器禁了 ping，可以不管；收不到消息时再查防火墙。"
        )
    return Check(name, State.OK, "通畅")


async def _quota(client: WeChatClient, name: str) -> Check:
    quota = (await client.post(QUOTA, {"cgi_path": CUSTOM_SEND})).get("quota") or {}
    limit, remain = int(quota.get("daily_limit", 0)), int(quota.get("remain", 0))
    state = State.WARN if remain < limit * LITTLE_LEFT else State.OK
    return Check(name, state, f"{limit} 次里还剩 {remain} 次", "次日零时恢复。" if state is State.WARN else "")
