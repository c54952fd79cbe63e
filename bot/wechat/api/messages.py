"""Messages that the account sends by itself: 客服消息, 模板消息, 订阅通知 and 输入状态. Builders are pure.

Source: developers.weixin.qq.com, 发送客服消息, 客服输入状态, 发送模板消息, 发送订阅通知. What WeChat would refuse is
refused here, before a call and an allowance are spent on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, WeChatError
from bot.wechat.replies import TEXT_LIMIT
from bot.wechat.xml import clean

CUSTOM = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIPTION = "/cgi-bin/message/subscribe/bizsend"
URL_LIMIT = 1024
CLIENT_ID_LIMIT = 32
"""Bytes of client_msg_id, by which WeChat drops a repeated template message (45065)."""
KEYWORD_LIMITS = {
    "thing": 20, "const": 20, "character_string": 32, "number": 32, "letter": 32, "symbol": 5, "phrase": 5, "name": 10,
    "phone_number": 17, "car_number": 8, "amount": 12, "time": 40, "date": 40,
}  # fmt: skip
"""Characters of a template's value by the kind of its keyword (订阅消息参数值内容限制); over it WeChat says 47003."""
_SHORTENED = frozenset({"thing", "const"})
"""Kinds whose text may be shortened; half a date or number would be a wrong one."""
_END = re.compile(r"[。！？；\n]")


class Unsendable(ValueError):
    """WeChat would refuse this message; says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text, at most 2048 bytes of UTF-8; may hold `<a>` links. Longer text: `split`."""

    content: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that was uploaded before."""

    media_id: str


@dataclass(frozen=True, slots=True)
class News:
    """A card that links to a page."""

    title: str
    description: str
    url: str
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """A menu message (msgmenu): each item has an id and a text; a tap sends the text, with the id as bizmsgmenuid."""

    items: tuple[tuple[str, str], ...]
    head: str = ""
    tail: str = ""


Outgoing = Text | Image | News | Choices


@dataclass(frozen=True, slots=True)
class Notice:
    """A template message or a subscription notice.

    Attributes:
        template_id: of a template that the account holds.
        values: by keyword as the template names them: thing1, time2 …
        url: the page that a tap opens.
        client_id: the same for every attempt to send this one, at most 32 bytes; template messages only.
    """

    template_id: str
    values: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    client_id: str = ""


def custom(openid: str, message: Outgoing) -> dict[str, Any]:
    """The body of a customer-service message.

    Raises:
        Unsendable: blank, too long, or no usable address.
    """
    match message:
        case Text(content):
            return {"touser": openid, "msgtype": "text", "text": {"content": _text(content)}}
        case Image(media_id):
            return {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}
        case News(title, description, url, picture_url):
            article = {"title": clean(title), "description": clean(description), "url": _url(url)}
            return {"touser": openid, "msgtype": "news", "news": {"articles": [{**article, "picurl": picture_url}]}}
        case Choices(items, head, tail):
            _text("".join((head, tail, *(content for _, content in items))))
            body: dict[str, Any] = {"list": [{"id": i, "content": clean(content)} for i, content in items]}
            if head:
                body = {"head_content": clean(head), **body}
            if tail:
                body["tail_content"] = clean(tail)
            return {"touser": openid, "msgtype": "msgmenu", "msgmenu": body}


def split(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """`text` in pieces of at most `limit` bytes of UTF-8, cut at line and sentence ends where there are any.

    A link is never cut in two, unless it alone is longer than the limit.
    """
    rest, pieces = clean(text).strip(), []
    while len(rest.encode()) > limit:
        end = _cut(rest.encode()[:limit].decode("utf-8", "ignore"))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [p for p in (*pieces, rest) if p]


def _cut(head: str) -> int:
    """Where to end a piece that may be as long as `head`."""
    whole = len(head)
    link = head.rfind("<a ")
    if link > head.rfind("</a>"):
        whole = link or whole
    ends = [m.end() for m in _END.finditer(head, 0, whole) if not _inside_link(head, m.start())]
    return ends[-1] if ends and ends[-1] > whole // 2 else whole


def _inside_link(text: str, at: int) -> bool:
    return text.rfind("<a ", 0, at) > text.rfind("</a>", 0, at)


def template(openid: str, notice: Notice) -> dict[str, Any]:
    """The body of a template message (模板消息).

    Raises:
        Unsendable: a value that the template's keyword cannot take.
    """
    if len(notice.client_id.encode()) > CLIENT_ID_LIMIT:
        raise Unsendable(f"client_msg_id 超过 {CLIENT_ID_LIMIT} 字节")
    body = _notice(openid, notice, link="url")
    return {**body, "client_msg_id": notice.client_id} if notice.client_id else body


def subscription(openid: str, notice: Notice) -> dict[str, Any]:
    """The body of a subscription notice (订阅通知). One consent of the person pays for one.

    Raises:
        Unsendable: a value that the template's keyword cannot take.
    """
    return _notice(openid, notice, link="page")


def _notice(openid: str, notice: Notice, *, link: str) -> dict[str, Any]:
    if not notice.values:
        raise Unsendable("模板没有内容")
    data = {name: {"value": _value(name, value)} for name, value in notice.values.items()}
    where = {link: _url(notice.url)} if notice.url else {}
    return {"touser": openid, "template_id": notice.template_id, **where, "data": data}


def _value(name: str, value: str) -> str:
    kind = name.rstrip("0123456789")
    limit = KEYWORD_LIMITS.get(kind)
    text = " ".join(clean(value).split())
    if limit is None:
        raise Unsendable(f"模板参数 {name} 的类型不认识")
    if not text:
        raise Unsendable(f"模板参数 {name} 是空的")
    if len(text) <= limit:
        return text
    if kind not in _SHORTENED:
        raise Unsendable(f"模板参数 {name} 超过 {limit} 个字符：{text}")
    return text[: limit - 1] + "…"


def _text(content: str) -> str:
    text = clean(content)
    if not text.strip():
        raise Unsendable("消息内容为空")
    if (size := len(text.encode())) > TEXT_LIMIT:
        raise Unsendable(f"消息有 {size} 字节，超过 {TEXT_LIMIT}")
    return text


def _url(url: str) -> str:
    if not url.startswith(("https://", "http://")) or len(url.encode()) > URL_LIMIT:
        raise Unsendable(f"网址不能用：{url[:100]}")
    return url


async def typing(client: WeChatClient, openid: str, *, on: bool = True) -> bool:
    """Show or hide 对方正在输入 while a slow answer is made; whether WeChat took it. Never fails."""
    try:
        await client.post(TYPING, {"touser": openid, "command": "Typing" if on else "CancelTyping"})
    except WeChatError as error:
        return error.action is Action.IGNORE
    return True
