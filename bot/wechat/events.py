"""What happens around the account (接收事件推送) as typed objects. Pure.

Source: developers.weixin.qq.com, 接收事件推送 and the pages of the features that push events. Event names differ in
letter case from page to page and are compared without it. Unknown events arrive as `UnknownEvent`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.wechat.push import Push
from bot.wechat.xml import Fields, fields_of, float_of, int_of, list_of, text_of
from storage.values import immutable


@immutable
class Event(Push):
    """Something that happened; `name` is the event's name in lower case."""

    name: str


@immutable
class Subscribed(Event):
    """关注. `scene` of the QR code that led here (without the prefix `qrscene_`), empty from elsewhere."""

    scene: str
    ticket: str


@immutable
class Unsubscribed(Event):
    """取消关注. The person's data must be deleted; no reply reaches them."""


@immutable
class Scanned(Event):
    """A follower scanned a QR code with parameters."""

    scene: str
    ticket: str


@immutable
class LocationReported(Event):
    """上报地理位置: sent on entering the conversation or every five seconds; degrees and metres."""

    latitude: float | None
    longitude: float | None
    precision: float | None


@immutable
class MenuClicked(Event):
    """A menu button of type click; `key` is the button's."""

    key: str


@immutable
class MenuViewed(Event):
    """A menu button that opened a page or a mini program; `target` is the address or the page path."""

    target: str
    menu_id: str


@immutable
class CodeScanned(Event):
    """扫码. `waits`: the client shows 消息接收中 until a reply comes (scancode_waitmsg)."""

    key: str
    scan_type: str
    result: str
    waits: bool


@immutable
class PicturesSent(Event):
    """A menu button for pictures was used; the pictures follow as messages."""

    key: str
    count: int
    md5s: tuple[str, ...]


@immutable
class LocationChosen(Event):
    """A menu button for a place was used; the place follows as a message."""

    key: str
    latitude: float | None
    longitude: float | None
    scale: int
    label: str
    poi: str


@immutable
class TemplateSent(Event):
    """What became of a template message: `success`, or `failed:` with a reason in varying spelling."""

    message_id: str
    status: str
    delivered: bool


@immutable
class MassSent(Event):
    """What became of a mass message (群发)."""

    message_id: str
    status: str
    total: int
    filtered: int
    sent: int
    errors: int
    urls: tuple[str, ...]


@immutable
class Published(Event):
    """What became of a publication (发布).

    Attributes:
        status: 0 done, 1 running, 2 originality check failed, 3 failed, 4 refused by moderation, 5 later deleted by
            the owner, 6 later blocked.
        failed: 1-based numbers of the articles that failed.
    """

    publish_id: str
    status: int
    article_id: str
    urls: tuple[str, ...]
    failed: tuple[int, ...]


@immutable
class NoticeChoice:
    """A person's decision on one notice template; `scene` 1 web page, 2 article, 0 where it is not said."""

    template_id: str
    accepted: bool
    scene: int


@immutable
class NoticesChosen(Event):
    """A person accepted or refused subscription notices (订阅通知), in the popup or later in their settings."""

    choices: tuple[NoticeChoice, ...]


@immutable
class NoticeResult:
    """What became of one subscription notice; error code 0 means delivered."""

    template_id: str
    message_id: str
    error_code: int
    error_status: str


@immutable
class NoticesSent(Event):
    """What became of subscription notices."""

    results: tuple[NoticeResult, ...]


@immutable
class VerificationChanged(Event):
    """认证: done, refused, due or expired. Times in seconds since 1970, 0 where not said."""

    expires: int
    failed: int
    reason: str


@immutable
class AgentSession(Event):
    """多客服: a conversation with an agent begins, ends or changes hands (`to_account` only then)."""

    account: str
    to_account: str


@immutable
class ProfileChanged(Event):
    """A person changed or withdrew what they had shared; stored copies are to be refreshed or deleted."""

    openid: str
    app_id: str
    revoked: str


@immutable
class DebugSent(Event):
    """Sent by the official debugging tool."""

    text: str


@immutable
class UnknownEvent(Event):
    """An event that this code does not know; `fields` are all its elements."""

    fields: Mapping[str, Any]


Common = tuple[str, str, int, str, str]
"""The values of `Event` in order."""
_TELLING = frozenset(
    {
        "EventKey", "MsgID", "MsgId", "publish_id", "Ticket", "MenuId", "TemplateId", "SubscribeStatusString",
        "KfAccount",
        "FromKfAccount", "ToKfAccount", "OpenID", "RevokeInfo", "ScanResult", "PicMd5Sum", "Latitude", "Longitude",
        "Location_X", "Location_Y", "Content", "MediaId", "debug_str",
    }
)  # fmt: skip
"""Elements that tell two pushes apart which share sender, second and type."""


def event_identity(from_user: str, created: int, name: str, fields: Fields) -> str:
    """What is the same in every attempt to deliver one event.

    Sender and second alone are not enough: a person causes several events within one second.
    """
    return " ".join((from_user, str(created), name, *_telling(fields)))


def _telling(fields: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in fields.items():
        if isinstance(value, str):
            if value and name in _TELLING:
                found.append(f"{name}={value}")
        else:
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, dict):
                    found += _telling(one)
    return sorted(found)


def _scene(fields: Fields) -> str:
    return text_of(fields, "EventKey").removeprefix("qrscene_")


def _subscribed(common: Common, fields: Fields) -> Event:
    return Subscribed(*common, _scene(fields), text_of(fields, "Ticket"))


def _unsubscribed(common: Common, fields: Fields) -> Event:
    return Unsubscribed(*common)


def _scanned(common: Common, fields: Fields) -> Event:
    return Scanned(*common, _scene(fields), text_of(fields, "Ticket"))


def _location_reported(common: Common, fields: Fields) -> Event:
    return LocationReported(*common, *(float_of(fields, n) for n in ("Latitude", "Longitude", "Precision")))


def _menu_clicked(common: Common, fields: Fields) -> Event:
    return MenuClicked(*common, text_of(fields, "EventKey"))


def _menu_viewed(common: Common, fields: Fields) -> Event:
    return MenuViewed(*common, text_of(fields, "EventKey"), text_of(fields, "MenuId"))


def _code_scanned(common: Common, fields: Fields, *, waits: bool) -> Event:
    info = fields_of(fields, "ScanCodeInfo")
    scan = text_of(info, "ScanType"), text_of(info, "ScanResult")
    return CodeScanned(*common, text_of(fields, "EventKey"), *scan, waits)


def _pictures_sent(common: Common, fields: Fields) -> Event:
    info = fields_of(fields, "SendPicsInfo")
    items = [i for i in list_of(fields_of(info, "PicList"), "item") if isinstance(i, dict)]
    sums = tuple(text_of(i, "PicMd5Sum") for i in items)
    return PicturesSent(*common, text_of(fields, "EventKey"), int_of(info, "Count"), sums)


def _location_chosen(common: Common, fields: Fields) -> Event:
    info = fields_of(fields, "SendLocationInfo")
    place = float_of(info, "Location_X"), float_of(info, "Location_Y"), int_of(info, "Scale")
    return LocationChosen(
        *common, text_of(fields, "EventKey"), *place, text_of(info, "Label"), text_of(info, "Poiname")
    )


def _template_sent(common: Common, fields: Fields) -> Event:
    status = text_of(fields, "Status")
    return TemplateSent(*common, text_of(fields, "MsgID"), status, status.strip().lower().startswith("success"))


def _mass_sent(common: Common, fields: Fields) -> Event:
    counts = int_of(fields, "TotalCount"), int_of(fields, "FilterCount"), int_of(fields, "SentCount")
    items = list_of(fields_of(fields, "ArticleUrlResult", "ResultList"), "item")
    urls = tuple(text_of(i, "ArticleUrl") for i in items if isinstance(i, dict))
    message_id = text_of(fields, "MsgID") or text_of(fields, "MsgId")
    return MassSent(*common, message_id, text_of(fields, "Status"), *counts, int_of(fields, "ErrorCount"), urls)


def _published(common: Common, fields: Fields) -> Event:
    info = fields_of(fields, "PublishEventInfo")
    items = list_of(fields_of(info, "article_detail"), "item")
    urls = tuple(text_of(i, "article_url") for i in items if isinstance(i, dict))
    failed = tuple(int(n) for n in list_of(info, "fail_idx") if isinstance(n, str) and n.isdecimal() and len(n) < 5)
    return Published(
        *common, text_of(info, "publish_id"), int_of(info, "publish_status"), text_of(info, "article_id"), urls, failed
    )


def _notices_chosen(common: Common, fields: Fields, *, within: str) -> Event:
    choices = tuple(
        NoticeChoice(
            text_of(i, "TemplateId"), text_of(i, "SubscribeStatusString").lower() == "accept", int_of(i, "PopupScene")
        )
        for i in list_of(fields_of(fields, within), "List")
        if isinstance(i, dict)
    )
    return NoticesChosen(*common, choices)


def _notices_sent(common: Common, fields: Fields) -> Event:
    results = tuple(
        NoticeResult(text_of(i, "TemplateId"), text_of(i, "MsgID"), int_of(i, "ErrorCode"), text_of(i, "ErrorStatus"))
        for i in list_of(fields_of(fields, "SubscribeMsgSentEvent"), "List")
        if isinstance(i, dict)
    )
    return NoticesSent(*common, results)


def _verification_changed(common: Common, fields: Fields) -> Event:
    times = int_of(fields, "ExpiredTime"), int_of(fields, "FailTime")
    return VerificationChanged(*common, *times, text_of(fields, "FailReason"))


def _agent_session(common: Common, fields: Fields) -> Event:
    account = text_of(fields, "KfAccount") or text_of(fields, "FromKfAccount")
    return AgentSession(*common, account, text_of(fields, "ToKfAccount"))


def _profile_changed(common: Common, fields: Fields) -> Event:
    return ProfileChanged(*common, *(text_of(fields, n) for n in ("OpenID", "AppID", "RevokeInfo")))


def _debug_sent(common: Common, fields: Fields) -> Event:
    return DebugSent(*common, text_of(fields, "debug_str"))


EVENTS: Mapping[str, Callable[[Common, Fields], Event]] = {
    "subscribe": _subscribed,
    "unsubscribe": _unsubscribed,
    "scan": _scanned,
    "location": _location_reported,
    "click": _menu_clicked,
    "view": _menu_viewed,
    "view_miniprogram": _menu_viewed,
    "scancode_push": partial(_code_scanned, waits=False),
    "scancode_waitmsg": partial(_code_scanned, waits=True),
    "pic_sysphoto": _pictures_sent,
    "pic_photo_or_album": _pictures_sent,
    "pic_weixin": _pictures_sent,
    "location_select": _location_chosen,
    "templatesendjobfinish": _template_sent,
    "masssendjobfinish": _mass_sent,
    "publishjobfinish": _published,
    "subscribe_msg_popup_event": partial(_notices_chosen, within="SubscribeMsgPopupEvent"),
    "subscribe_msg_change_event": partial(_notices_chosen, within="SubscribeMsgChangeEvent"),
    "subscribe_msg_sent_event": _notices_sent,
    "qualification_verify_success": _verification_changed,
    "qualification_verify_fail": _verification_changed,
    "naming_verify_success": _verification_changed,
    "naming_verify_fail": _verification_changed,
    "annual_renew": _verification_changed,
    "verify_expired": _verification_changed,
    "kf_create_session": _agent_session,
    "kf_close_session": _agent_session,
    "kf_switch_session": _agent_session,
    "user_info_modified": _profile_changed,
    "user_authorization_revoke": _profile_changed,
    "debug_demo": _debug_sent,
}
"""How each known event is read, by its name in lower case."""
