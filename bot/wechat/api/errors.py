"""What WeChat's error codes mean and what to do about each (全局返回码, per-interface error tables).

    WeChatError            the interface answered with an errcode
    └── Unreachable        no answer: the call may or may not have been carried out

`errmsg` carries a request id (`rid: …`) that support asks for; it is kept, but nothing is decided by its wording.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}", re.IGNORECASE)


class Action(StrEnum):
    """What the caller is to do."""

    REFRESH = "refresh"
    """The access token is no longer good: renew it and call once more."""
    BACK_OFF = "back_off"
    """Try again later, a few times."""
    DROP = "drop"
    """This message cannot be delivered; do not try again."""
    TELL_ADMIN = "tell_admin"
    """Only a person can mend it, on the platform or in the settings."""
    MEND_CALL = "mend_call"
    """The call itself is wrong: our fault."""
    REUPLOAD = "reupload"
    """The media has expired: upload it again, then once more."""
    DONE = "done"
    """It was carried out before."""
    IGNORE = "ignore"
    """Nothing to do."""
    RESTART_LOGIN = "restart_login"
    """Send the browser through the authorisation page again."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An error code in Chinese, and what to do."""

    action: Action
    meaning: str
    advice: str = ""


_A, _B, _S, _C, _R = Action.TELL_ADMIN, Action.BACK_OFF, Action.DROP, Action.MEND_CALL, Action.REFRESH

ERRORS: dict[int, Meaning] = {
    -1: Meaning(_B, "微信系统繁忙", "稍后自动重试。"),
    40001: Meaning(_R, "access_token 无效或不是最新的", "若在获取 access_token 时出现，说明 AppSecret 不对。"),
    40002: Meaning(_C, "grant_type 不合法"),
    40003: Meaning(_S, "openid 不合法，或属于别的公众号"),
    40004: Meaning(Action.REUPLOAD, "媒体文件类型不合法"),
    40007: Meaning(Action.REUPLOAD, "media_id 不合法或已超过 3 天"),
    40013: Meaning(_A, "AppID 不合法", "请在微信开发者平台核对 GONGKAI_WECHAT_APP_ID。"),
    40014: Meaning(_R, "access_token 不合法"),
    40016: Meaning(_C, "菜单按钮数量不对"),
    40018: Meaning(_C, "菜单按钮名称过长"),
    40019: Meaning(_C, "菜单按钮 key 过长"),
    40020: Meaning(_C, "菜单按钮网址过长"),
    40029: Meaning(Action.RESTART_LOGIN, "网页授权 code 无效"),
    40033: Meaning(_C, "请求里含有 \\uXXXX 形式的字符"),
    40037: Meaning(_A, "模板 ID 不正确", "请核对模板消息设置。"),
    40039: Meaning(_C, "网址过长"),
    40054: Meaning(_A, "菜单网址的域名不合法", "请在微信开发者平台核对域名设置。"),
    40055: Meaning(_A, "菜单网址的域名不合法", "请在微信开发者平台核对域名设置。"),
    40125: Meaning(_A, "AppSecret 不正确", "请在微信开发者平台重置 AppSecret，并更新 GONGKAI_WECHAT_APP_SECRET。"),
    40163: Meaning(Action.RESTART_LOGIN, "网页授权 code 已用过"),
    40164: Meaning(_A, "服务器地址不在 IP 白名单里", "请在微信开发者平台把服务器地址加入 IP 白名单。"),
    61004: Meaning(_A, "服务器地址不在 IP 白名单里", "请在微信开发者平台把服务器地址加入 IP 白名单。"),
    40201: Meaning(_A, "公众号没有设置服务器地址", "请在微信开发者平台填写服务器地址（URL）。"),
    40243: Meaning(_A, "AppSecret 已被冻结", "请在微信开发者平台解冻，约 10 分钟后生效。"),
    40249: Meaning(_A, "模板消息里含有营销内容"),
    41001: Meaning(_C, "缺少 access_token"),
    41002: Meaning(_C, "缺少 AppID"),
    41004: Meaning(_C, "缺少 AppSecret"),
    41005: Meaning(_C, "缺少媒体文件"),
    42001: Meaning(_R, "access_token 已过期"),
    43002: Meaning(_C, "应当用 POST"),
    43004: Meaning(_S, "对方没有关注公众号"),
    43101: Meaning(_S, "对方没有订阅这类通知"),
    43116: Meaning(_A, "模板已被封禁"),
    44002: Meaning(_C, "请求内容为空"),
    44004: Meaning(_C, "文本内容为空"),
    45002: Meaning(_C, "消息内容过长"),
    45008: Meaning(_C, "图文消息条数过多"),
    45009: Meaning(_A, "今天的调用次数已用完", "次日零时恢复；也可在微信开发者平台清零（每月 10 次）。"),
    45011: Meaning(_B, "调用太频繁", "下一分钟再试。"),
    45015: Meaning(_S, "对方超过 48 小时没有发来消息，不能再主动回复"),
    45047: Meaning(_S, "对方发来消息后的客服消息条数已用完"),
    45065: Meaning(Action.DONE, "同一条消息已经发送过"),
    45066: Meaning(_B, "同一条消息重发太快"),
    45067: Meaning(_C, "client_msg_id 过长"),
    45072: Meaning(_C, "输入状态指令不对"),
    45080: Meaning(Action.IGNORE, "近 30 秒没有对话，不能显示“正在输入”"),
    45081: Meaning(Action.IGNORE, "已在显示“正在输入”"),
    46003: Meaning(Action.IGNORE, "还没有菜单"),
    47001: Meaning(_C, "JSON 格式错误"),
    47003: Meaning(_C, "模板参数不合法"),
    48001: Meaning(_A, "这个公众号没有该接口的权限", "多数接口要求完成微信认证；未认证时系统会改用可用的方式。"),
    48002: Meaning(_S, "对方关闭了接收消息"),
    48004: Meaning(_A, "该接口已被封禁", "请登录微信公众平台查看原因。"),
    48006: Meaning(_A, "清零次数已用完"),
    50001: Meaning(_S, "对方没有授权"),
    50002: Meaning(_A, "用户或账号受限"),
    50004: Meaning(_A, "这个公众号不能获取 access_token", "请在微信开发者平台启用 AppSecret（未认证的主体需先实名）。"),
    50005: Meaning(_S, "对方没有关注公众号"),
    50007: Meaning(_A, "公众号已被冻结", "请登录微信公众平台查看原因。"),
    65303: Meaning(_C, "还没有默认菜单，不能创建个性化菜单"),
    70000: Meaning(_S, "为保护未成年人，消息被拦截"),
    89501: Meaning(_A, "新的服务器地址等待管理员确认", "请公众号管理员在微信里确认，然后再试。"),
    89503: Meaning(_A, "新的服务器地址需要管理员确认", "请公众号管理员在微信里确认，然后再试。"),
    89506: Meaning(_A, "服务器地址两次被管理员拒绝", "24 小时内不能再试。"),
    89507: Meaning(_A, "服务器地址被管理员拒绝", "1 小时内不能再试。"),
    268487001: Meaning(_B, "微信系统繁忙", "稍后自动重试。"),
    268487002: Meaning(_B, "微信系统繁忙", "稍后自动重试。"),
}
"""By errcode. Codes that are not here are told to the admin with WeChat's own words."""


class WeChatError(Exception):
    """WeChat answered with an error.

    Attributes:
        code: the errcode.
        path: the interface, without query.
        action: what to do.
        meaning: what it means, in Chinese.
        advice: what a person can do, in Chinese; may be empty.
        detail: WeChat's errmsg.
    """

    def __init__(self, code: int, path: str, detail: str = "", action: Action | None = None) -> None:
        known = ERRORS.get(code, Meaning(Action.TELL_ADMIN, "微信返回了未收录的错误"))
        self.code = code
        self.path = path
        self.detail = detail
        self.action = action or known.action
        self.meaning = known.meaning
        self.advice = known.advice
        if code in {40164, 61004} and (address := _ADDRESS.search(detail)):
            self.advice = f"请在微信开发者平台把 {address[0]} 加入 IP 白名单。"
        super().__init__(f"微信接口 {path} 返回 {code}：{self.meaning}。{self.advice}{self._rid()}")

    def _rid(self) -> str:
        found = re.search(r"rid:\s*([\w-]+)", self.detail)
        return f"（rid {found[1]}）" if found else ""


class Unreachable(WeChatError):
    """No usable answer came.

    Attributes:
        maybe_done: the request went out, so it may have been carried out; a repeat may deliver twice.
    """

    def __init__(self, path: str, reason: str, *, maybe_done: bool) -> None:
        super().__init__(-1, path, action=Action.BACK_OFF)
        self.maybe_done = maybe_done
        self.meaning = f"连不上微信服务器（{reason}）"
        self.args = (f"微信接口 {path} 没有应答：{reason}。",)
