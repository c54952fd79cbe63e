"""Passive replies (被动回复用户消息): typed objects to XML or JSON. Pure.

Source: developers.weixin.qq.com, 被动回复用户消息. Exactly one reply goes with each push; an empty one is `success`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from bot.wechat.crypto import Sealed
from bot.wechat.push import Push
from bot.wechat.xml import cdata_of_clean, clean, write, write_json
from storage.values import immutable

TEXT_LIMIT = 2048
"""Bytes of UTF-8 in a text reply. The official page names no number; this is what deployed accounts use."""
_WIDEST = 4
"""Bytes of a character in UTF-8, at most."""
SUCCESS = b"success"
"""The answer that says "received, no reply"; it is never encrypted."""


@immutable
class TextReply:
    """Text; may hold `<a>` links. Blank text is refused by WeChat and therefore rendered as `success`."""

    content: str


@immutable
class ImageReply:
    """A picture that was uploaded before."""

    media_id: str


@immutable
class VoiceReply:
    """Speech that was uploaded before."""

    media_id: str


@immutable
class VideoReply:
    """A video that was uploaded before."""

    media_id: str
    title: str = ""
    description: str = ""


@immutable
class MusicReply:
    """A piece of music; WeChat requires the thumbnail."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    url: str = ""
    hq_url: str = ""


@immutable
class NewsReply:
    """A card that links to a page. Always one: of several, WeChat drops all but the first when answering a message."""

    title: str
    description: str
    picture_url: str
    url: str


@immutable
class TransferReply:
    """Hands the conversation to human agents (多客服), or to one of them."""

    account: str = ""


Reply = TextReply | ImageReply | VoiceReply | VideoReply | MusicReply | NewsReply | TransferReply


def menu_link(label: str, sends: str, menu_id: str) -> str:
    """A link that, tapped, sends `sends` as if the person had typed it; `menu_id` arrives with it.

    Not documented by WeChat, used by many accounts; both values must be non-empty. `label` must not hold markup.
    """
    quoted_id = menu_id if _UNRESERVED.fullmatch(menu_id) else quote(menu_id, safe="")
    target = f"weixin://bizmsgmenu?msgmenucontent={_quoted(sends)}&msgmenuid={quoted_id}"
    return f'<a href="{target}">{label}</a>'


_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""Text that an address holds as it is (RFC 3986, 2.3)."""


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return quote(clean(text), safe="")


def fit(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` cut to `limit` bytes of UTF-8 between characters, with … where something was cut.

    A link is never cut in two: it is left out from its `<a` on.
    """
    text = clean(text)
    if len(text) * _WIDEST <= limit:
        return text
    raw = text.encode()
    if len(raw) <= limit:
        return text
    kept = raw[: limit - len("…".encode())].decode("utf-8", "ignore")
    if kept.rfind("<a ") > kept.rfind("</a>"):
        kept = kept[: kept.rfind("<a ")]
    return kept.rstrip() + "…"


def render(reply: Reply | None, push: Push, now: int, *, as_json: bool = False) -> bytes:
    """The bytes of a reply to `push`; empty where there is nothing to say (answer `SUCCESS`).

    Sender and receiver change places. `now`: seconds since 1970.
    """
    body = None if reply is None else _body(reply)
    if body is None:
        return b""
    if not as_json and isinstance(reply, TextReply):  # nearly every reply
        return (
            f"<xml><ToUserName>{cdata_of_clean(push.from_user)}</ToUserName>"
            f"<FromUserName>{cdata_of_clean(push.to_user)}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content>{cdata_of_clean(body['Content'])}</Content></xml>"
        ).encode()
    fields = {"ToUserName": push.from_user, "FromUserName": push.to_user, "CreateTime": now, **body}
    return write_json(fields) if as_json else write(fields)


def render_sealed(sealed: Sealed, *, as_json: bool = False) -> bytes:
    """The outer form of an encrypted reply; no names outside."""
    if as_json:
        fields = {"Encrypt": sealed.encrypt, "MsgSignature": sealed.signature, "TimeStamp": int(sealed.timestamp)}
        return write_json({**fields, "Nonce": sealed.nonce})
    return (
        f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{sealed.signature}]]></MsgSignature>"
        f"<TimeStamp>{sealed.timestamp}</TimeStamp><Nonce><![CDATA[{sealed.nonce}]]></Nonce></xml>"
    ).encode()


def _body(reply: Reply) -> Mapping[str, Any] | None:
    match reply:
        case TextReply(content):
            text = fit(content)
            return {"MsgType": "text", "Content": text} if text.strip() else None
        case ImageReply(media_id):
            return {"MsgType": "image", "Image": {"MediaId": media_id}}
        case VoiceReply(media_id):
            return {"MsgType": "voice", "Voice": {"MediaId": media_id}}
        case VideoReply(media_id, title, description):
            video = {"MediaId": media_id, **_given(Title=title, Description=description)}
            return {"MsgType": "video", "Video": video}
        case MusicReply(thumb, title, description, url, hq_url):
            given = _given(Title=title, Description=description, MusicUrl=url, HQMusicUrl=hq_url)
            return {"MsgType": "music", "Music": {**given, "ThumbMediaId": thumb}}
        case NewsReply(title, description, picture_url, url):
            item = {"Title": title, "Description": description, "PicUrl": picture_url, "Url": url}
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": item}}
        case TransferReply(account):
            return {"MsgType": "transfer_customer_service", **_given(TransInfo=account and {"KfAccount": account})}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
