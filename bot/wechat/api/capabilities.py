"""What an account may do: by its kind and verification, corrected by what WeChat itself says when asked.

Source: the account tables (公众号/服务号, ✔ or 仅认证) at the head of each interface page on developers.weixin.qq.com.
A 公众号 (formerly 订阅号) of a person cannot be verified. Every feature asks `Capabilities.may` before it calls, and
does what its rule's `fallback` says where it may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.settings import AccountKind
from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import WeChatError

QUOTA = "/cgi-bin/openapi/quota/get"
NOT_GRANTED = frozenset({48001, 76022})
"""The interface is not granted (48001); its quota is not this kind of account's to ask for (76022)."""


class Need(Enum):
    """Who may use a feature."""

    ALL = "所有公众号和服务号"
    VERIFIED = "完成微信认证的公众号和服务号"
    VERIFIED_SERVICE = "完成微信认证的服务号"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the matrix.

    Attributes:
        name: what people call it.
        need: who may.
        path: an interface that is granted exactly where the feature is; empty where none can be asked about.
        use: what this service does with it.
        fallback: what it does without.
    """

    name: str
    need: Need
    path: str
    use: str
    fallback: str = ""


class Feature(Enum):
    """What the service can do on an account."""

    REPLY = Rule("接收消息并回复", Need.ALL, "", "群众发来问题，当场回答")
    CUSTOM_MESSAGE = Rule(
        "客服消息",
        Need.VERIFIED,
        "/cgi-bin/message/custom/send",
        "查得慢的结果、工作人员的答复、48 小时内的提醒，由系统主动发出",
        "先回“正在查”，群众点链接或再发任意一句就能看到结果；提醒改用其他渠道，或在本人下次发消息时显示",
    )
    TYPING = Rule(
        "“对方正在输入”",
        Need.VERIFIED,
        "/cgi-bin/message/custom/typing",
        "查得慢时显示正在输入",
        "不显示，不影响回答",
    )
    MENU = Rule(
        "自定义菜单",
        Need.VERIFIED,
        "/cgi-bin/menu/create",
        "聊天框下方的查年报、近况与公示、怎么申请",
        "没有菜单，回答里带可以点的问题",
    )
    CONDITIONAL_MENU = Rule(
        "个性化菜单",
        Need.VERIFIED,
        "/cgi-bin/menu/addconditional",
        "工作人员看到带“我的待办”的菜单",
        "工作人员直接发送“我的待办”等文字",
    )
    TEMPLATE = Rule(
        "模板消息",
        Need.VERIFIED_SERVICE,
        "/cgi-bin/message/template/send",
        "到期、逾期提醒直接发到工作人员的微信",
        "48 小时内有过对话的用客服消息，其余改用群机器人、邮件等渠道",
    )
    SUBSCRIPTION_NOTICE = Rule(
        "订阅通知",
        Need.VERIFIED_SERVICE,
        "/cgi-bin/message/subscribe/bizsend",
        "工作人员订阅一次，超过 48 小时没有对话也能再提醒一次",
        "超过 48 小时没有对话的，提醒改用其他渠道",
    )
    OAUTH = Rule(
        "网页授权",
        Need.VERIFIED_SERVICE,
        "",
        "工作人员扫码或打开链接就能绑定微信",
        "工作人员在聊天里发送一次性绑定码",
    )
    MEDIA = Rule(
        "临时素材", Need.ALL, "/cgi-bin/media/upload", "上传图片；有客服消息的，跨年度的数字可以配图", "只用文字回答"
    )
    JS_SHARE = Rule(
        "JS-SDK 分享",
        Need.VERIFIED,
        "",
        "年报网页在微信里转发时，带上标题和准确的链接",
        "网页照常打开，转发时由微信自己取标题",
    )
    ARTICLES = Rule(
        "已发布文章列表",
        Need.VERIFIED,
        "/cgi-bin/freepublish/batchget",
        "监测公众号多久没有更新",
        "改为由工作人员转发文章或导入表格登记",
    )


_ALIKE = {Feature.OAUTH: Feature.TEMPLATE, Feature.JS_SHARE: Feature.CUSTOM_MESSAGE}
"""Features that WeChat cannot be asked about, and one that is granted to the same accounts."""


class Capabilities:
    """What one account may do.

    Attributes:
        asked: what WeChat said when asked, which overrules the table.
    """

    def __init__(self, kind: AccountKind | None, verified: bool | None, *, can_call: bool) -> None:
        """Take what the settings say.

        Args:
            kind: `None`: not said.
            verified: 已完成微信认证; `None`: not said.
            can_call: there is an AppID and an AppSecret; without them no interface can be called at all.
        """
        self.kind, self.verified, self.can_call = kind, verified, can_call
        self.asked: dict[Feature, bool] = {}

    def may(self, feature: Feature) -> bool:
        """Whether to use a feature. What is not known counts as not allowed."""
        if feature is Feature.REPLY:
            return True
        if not self.can_call:
            return False
        if feature in self.asked:
            return self.asked[feature]
        return self._by_table(feature.value.need)

    def _by_table(self, need: Need) -> bool:
        if need is Need.ALL:
            return True
        if not self.verified:
            return False
        return need is Need.VERIFIED or self.kind is AccountKind.SERVICE

    def lacks(self, feature: Feature, error: WeChatError) -> None:
        """Learn from an answer to a feature that has no interface of its own."""
        if error.code in NOT_GRANTED:
            self.asked[feature] = False

    def refused(self, path: str, error: WeChatError) -> None:
        """Learn from an answer: an interface that is not granted is not called again by this process."""
        if error.code in NOT_GRANTED:
            self.asked |= {f: False for f in Feature if f.value.path == path}

    async def probe(self, client: WeChatClient) -> None:
        """Ask WeChat about each feature by its quota: nothing is sent and nobody notices.

        Raises:
            WeChatError: no token, so that nothing can be asked.
        """
        await client.tokens.get()
        for feature in Feature:
            path = feature.value.path
            if not path:
                continue
            try:
                answer = await client.post(QUOTA, {"cgi_path": path})
            except WeChatError as error:
                if error.code in NOT_GRANTED:
                    self.asked[feature] = False
                continue
            quota = answer.get("quota")
            if isinstance(quota, dict) and isinstance(quota.get("daily_limit"), int):
                self.asked[feature] = quota["daily_limit"] > 0
        self.asked |= {feature: self.asked[like] for feature, like in _ALIKE.items() if like in self.asked}

    @property
    def guess(self) -> tuple[AccountKind | None, bool | None]:
        """Kind and verification as the answers suggest them; `None` where they say nothing."""
        verified = self.asked.get(Feature.CUSTOM_MESSAGE)
        if self.asked.get(Feature.TEMPLATE):
            return AccountKind.SERVICE, True
        return (AccountKind.SUBSCRIPTION if verified else None), verified
