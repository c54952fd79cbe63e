"""What `gongkai doctor` tells people who have never set up an official account: what it can do, what to fill in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from bot.accounts import MAIN, OfficialAccount
from bot.settings import VERIFY, AccountKind, BotSettings, WeChatMode
from bot.wechat.api.capabilities import Capabilities, Feature, Need

PLATFORM = "https://developers.weixin.qq.com/platform"
KINDS = {AccountKind.SUBSCRIPTION: "公众号（订阅号）", AccountKind.SERVICE: "服务号", None: "类型还不清楚"}
LACKING = {
    Need.ALL: "填写 AppSecret 就有的",
    Need.VERIFIED: "完成微信认证、填写 AppSecret 才有的",
    Need.VERIFIED_SERVICE: "认证的服务号才有的",
}
NOT_ASKED = (
    "这个公众号能用哪些功能，要问微信才知道，这一次没有问成（原因见上面标着“有问题”的）。",
    "解决以后再运行一次，这里会逐项列出。当场回答群众的提问不受影响。",
)
MODES = {WeChatMode.PLAIN: "明文模式", WeChatMode.COMPATIBLE: "兼容模式", WeChatMode.SECURE: "安全模式"}


def title(account: OfficialAccount, capabilities: Capabilities) -> str:
    """The account in a line."""
    guessed_kind, guessed = capabilities.guess
    kind = guessed_kind or account.kind
    verified = account.verified if guessed is None else guessed
    told = {True: "已认证", False: "未认证", None: "是否认证还不清楚"}[verified]
    return f"{account.agency or '（未指定机关）'}　{KINDS[kind]}，{told}　账号名 {account.name}"


def abilities(capabilities: Capabilities) -> Iterator[str]:
    """What the account can do, and what happens instead of what it cannot."""
    can = [f for f in Feature if capabilities.may(f)]
    yield "现在能做的："
    for feature in can:
        yield f"  ✓ {feature.value.name}：{feature.value.use}。"
    for need, heading in LACKING.items():
        rules = [f.value for f in Feature if f not in can and f.value.need is need]
        if rules:
            yield ""
            yield f"{heading}，现在系统自动换一种办法："
            for rule in rules:
                yield f"  － {rule.name}（{rule.use}）"
                yield f"      现在：{rule.fallback}。"


def advice(account: OfficialAccount, capabilities: Capabilities) -> Iterator[str]:
    """What would change what the account can do."""
    if capabilities.may(Feature.CUSTOM_MESSAGE):
        return
    yield "要不要认证？"
    yield "  不认证也能用：群众发来问题，系统当场回答。"
    if not account.can_call:
        yield "  已经认证的，请在下面第 2 步取得 AppSecret 并填写，系统就能用上更多功能。"
    yield "  没有认证的，单位（企业、机关、事业单位等）主体可以在微信公众平台 mp.weixin.qq.com 左侧"
    yield "  “设置与开发”里申请微信认证；个人主体的公众号不能认证。"
    if account.kind is not AccountKind.SERVICE:
        yield "  模板消息、网页授权只有认证的服务号才有；用公众号（订阅号）时，提醒走群机器人或邮件。"


def steps(settings: BotSettings, account: OfficialAccount, capabilities: Capabilities, address: str) -> Iterator[str]:
    """What to fill in where on the platform, step by step.

    Args:
        settings: of the deployment.
        account: whose steps.
        capabilities: what it may do.
        address: of this server as WeChat sees it; empty where it is not known.
    """
    base = (settings.base_url or "https://（您的域名）").rstrip("/")
    host = base.partition("://")[2]
    yield f"第 1 步　打开微信开发者平台 {PLATFORM} ，用公众号管理员的微信扫码登录，选中这个公众号。"
    yield ""
    yield f"第 2 步　复制 AppID（wx 开头），填到本系统的{_file(settings, account)}："
    yield f"      {_set(account, 'app_id', account.app_id or '（粘贴在这里）')}"
    yield "  AppSecret 用来主动调用微信的接口。只当场回答的，可以不填；要填的，在同一页启用后复制"
    yield "  （只显示一次；个人主体要先实名，其他主体要先认证）："
    yield f"      {_set(account, 'app_secret', '（已填写）' if account.app_secret else '（可以先空着）')}"
    yield ""
    yield "第 3 步　填了 AppSecret 的，在“IP 白名单”里加上这台服务器的公网出口地址："
    yield f"      {address or '（问机房或云服务商；填错时，本命令会显示微信看到的地址）'}"
    yield ""
    yield "第 4 步　先把下面几项填到设置文件里，并重启服务："
    if account.token is None or (account.aes_key is None and account.mode is not WeChatMode.PLAIN):
        yield "  （Token 和密钥是刚刚随机生成的，可以照抄）"
    if account.token is None:
        yield f"      {_set(account, 'token', secrets.token_hex(12))}"
    else:
        yield f"      {_set(account, 'token', '（已填写）')}"
    if account.mode is not WeChatMode.PLAIN:
        key = "（已填写）" if account.aes_key else _key()
        yield f"      {_set(account, 'aes_key', key)}"
    yield f"      {_set(account, 'mode', account.mode.value)}"
    yield ""
    yield "第 5 步　再到平台的“消息与事件推送”（服务器配置）里照着填，然后点提交："
    yield f"      URL：{base}{account.path}"
    yield f"      Token：和 {account.setting('token')} 一字不差"
    yield f"      EncodingAESKey：和 {account.setting('aes_key')} 一字不差（43 位）"
    yield f"      消息加解密方式：{MODES[account.mode]}"
    yield "      数据格式：XML"
    yield "  点提交时微信会马上来访问这个地址，所以服务要先运行着。"
    yield "  启用以后，原来在网站上设的自动回复和菜单会失效。"
    step = 6
    if capabilities.may(Feature.MENU):
        yield ""
        yield f"第 {step} 步　推送菜单：gongkai menu push" + (
            "" if account.path == "/wechat" else f" --account {account.name}"
        )
        step += 1
    if capabilities.may(Feature.OAUTH) or capabilities.may(Feature.JS_SHARE):
        yield ""
        yield f"第 {step} 步　在平台的“域名”设置里填：{host}（只填域名，不带 https://）"
        if capabilities.may(Feature.OAUTH):
            yield "      网页授权域名：有了它，工作人员扫码就能绑定微信"
        yield "      JS 接口安全域名：有了它，年报网页在微信里转发时带标题"
        yield f"  平台会给您一个校验文件（MP_verify_….txt），放到这台机器的 {settings.data_dir / VERIFY} 里就行。"
        step += 1
    yield ""
    yield "最后一步　用手机关注公众号，发一句“去年收到多少件申请”，收到回答就成了。"
    yield "  没有回答时，再运行一次 gongkai doctor，它会说卡在哪里。"


def _file(settings: BotSettings, account: OfficialAccount) -> str:
    """Where an account is set."""
    if account.name == MAIN:
        return "设置文件里（.env，或 /etc/gongkai/gongkai.env）"
    return f"账号文件 {settings.accounts_file} 的 [{account.name}] 下面"


def _set(account: OfficialAccount, field: str, value: str) -> str:
    """A line of that file."""
    return f"{account.setting(field)}={value}" if account.name == MAIN else f'{field} = "{value}"'


def _key() -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(43))
