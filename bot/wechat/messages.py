"""What people send (接收普通消息) as typed objects, and the way from a push to one of them or to an event. Pure.

Source: developers.weixin.qq.com, 接收普通消息. Types that are not known yet arrive as
`UnknownMessage`: WeChat adds some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.wechat.events import EVENTS, Event, UnknownEvent, event_identity
from bot.wechat.push import Push
from bot.wechat.xml import Fields, Malformed, float_of, int_of, text_of
from storage.values import immutable


@immutable
class Message(Push):
    """Something a person sent.

    Attributes:
        message_id: MsgId, 64 bit, kept as text. Not unique: people who speak in the same moment may share it.
        article: MsgDataId and Idx of the article that it was sent from, else empty.
    """

    message_id: str
    article: tuple[str, int] | None


@immutable
class TextMessage(Message):
    """Text; `menu_id` is the id of the menu entry or link that was tapped to send it, else empty."""

    content: str
    menu_id: str = ""


@immutable
class ImageMessage(Message):
    """A picture."""

    url: str
    media_id: str


@immutable
class VoiceMessage(Message):
    """Speech; `recognition` is WeChat's transcript, in practice nearly always empty."""

    media_id: str
    media_id_16k: str
    format: str
    recognition: str


@immutable
class VideoMessage(Message):
    """A video, `short` where it was taken as 小视频."""

    media_id: str
    thumb_media_id: str
    short: bool


@immutable
class LocationMessage(Message):
    """A place that a person sent; degrees, `None` where WeChat sends no number."""

    latitude: float | None
    longitude: float | None
    scale: int
    label: str


@immutable
class LinkMessage(Message):
    """A link to a page."""

    title: str
    description: str
    url: str


@immutable
class FileMessage(Message):
    """A file; not on the official list for official accounts, seen from other account kinds."""

    title: str
    media_id: str


@immutable
class UnknownMessage(Message):
    """A type that this code does not know; `fields` are all its elements."""

    kind: str
    fields: Mapping[str, Any]


def parse(fields: Fields) -> Push:
    """The typed message or event of a verified push.

    Raises:
        Malformed: sender, receiver or type is missing, so that it could not even be answered.
    """
    kind = text_of(fields, "MsgType").strip().lower()
    to_user, from_user = text_of(fields, "ToUserName").strip(), text_of(fields, "FromUserName").strip()
    if not (kind and to_user and from_user):
        raise Malformed("ToUserName, FromUserName or MsgType is missing")
    if kind == "event":
        return _event(fields, to_user, from_user)
    created, message_id = int_of(fields, "CreateTime"), text_of(fields, "MsgId").strip()
    identity = f"{from_user} {created} {message_id}" if message_id else event_identity(from_user, created, kind, fields)
    article = text_of(fields, "MsgDataId")
    common = (
        to_user,
        from_user,
        created,
        identity,
        message_id,
        (article, int_of(fields, "Idx")) if article else None,
    )
    build = _MESSAGES.get(kind)
    return UnknownMessage(*common, kind, fields) if build is None else build(common, fields)


def _event(fields: Fields, to_user: str, from_user: str) -> Event:
    name, created = text_of(fields, "Event").strip().lower(), int_of(fields, "CreateTime")
    common = (to_user, from_user, created, event_identity(from_user, created, name, fields), name)
    build = EVENTS.get(name)
    return UnknownEvent(*common, fields) if build is None else build(common, fields)


_Common = tuple[str, str, int, str, str, tuple[str, int] | None]
_Build = Callable[[_Common, Fields], Message]


def _text(common: _Common, fields: Fields) -> Message:
    return TextMessage(*common, text_of(fields, "Content"), text_of(fields, "bizmsgmenuid"))


def _image(common: _Common, fields: Fields) -> Message:
    return ImageMessage(*common, text_of(fields, "PicUrl"), text_of(fields, "MediaId"))


def _voice(common: _Common, fields: Fields) -> Message:
    return VoiceMessage(*common, *(text_of(fields, n) for n in ("MediaId", "MediaId16K", "Format", "Recognition")))


def _video(common: _Common, fields: Fields) -> Message:
    short = text_of(fields, "MsgType").strip().lower() == "shortvideo"
    return VideoMessage(*common, text_of(fields, "MediaId"), text_of(fields, "ThumbMediaId"), short)


def _location(common: _Common, fields: Fields) -> Message:
    latitude, longitude = float_of(fields, "Location_X"), float_of(fields, "Location_Y")
    return LocationMessage(*common, latitude, longitude, int_of(fields, "Scale"), text_of(fields, "Label"))


def _link(common: _Common, fields: Fields) -> Message:
    return LinkMessage(*common, *(text_of(fields, n) for n in ("Title", "Description", "Url")))


def _file(common: _Common, fields: Fields) -> Message:
    return FileMessage(*common, text_of(fields, "Title") or text_of(fields, "FileName"), text_of(fields, "MediaId"))


_MESSAGES: Mapping[str, _Build] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "file": _file,
}
