"""Every type and event of the protocol as a typed object, and what hostile bytes do: nothing."""

from __future__ import annotations

from typing import Any

import pytest
import wechatpy
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat import events, messages
from bot.wechat.messages import parse
from bot.wechat.xml import Malformed, read, write

COMMON = {"ToUserName": "gh_1", "FromUserName": "oPerson", "CreateTime": 1348831860}
MESSAGES: list[tuple[dict[str, Any], type, dict[str, Any]]] = [
    (
        {"MsgType": "text", "Content": "你好", "bizmsgmenuid": "101", "MsgDataId": "d1", "Idx": 2},
        messages.TextMessage,
        {"content": "你好", "menu_id": "101", "article": ("d1", 2)},
    ),
    (
        {"MsgType": "image", "PicUrl": "http://p", "MediaId": "m"},
        messages.ImageMessage,
        {"url": "http://p", "media_id": "m", "article": None},
    ),
    (
        {"MsgType": "voice", "MediaId": "m", "MediaId16K": "m16", "Format": "amr", "Recognition": "几件"},
        messages.VoiceMessage,
        {"media_id": "m", "media_id_16k": "m16", "format": "amr", "recognition": "几件"},
    ),
    (
        {"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t"},
        messages.VideoMessage,
        {"media_id": "m", "thumb_media_id": "t", "short": False},
    ),
    ({"MsgType": "shortvideo", "MediaId": "m", "ThumbMediaId": "t"}, messages.VideoMessage, {"short": True}),
    (
        {"MsgType": "location", "Location_X": "23.134521", "Location_Y": "-113.3", "Scale": 20, "Label": "县政府"},
        messages.LocationMessage,
        {"latitude": 23.134521, "longitude": -113.3, "scale": 20, "label": "县政府"},
    ),
    (
        {"MsgType": "link", "Title": "题", "Description": "述", "Url": "http://u"},
        messages.LinkMessage,
        {"title": "题", "description": "述", "url": "http://u"},
    ),
    ({"MsgType": "file", "Title": "a.doc", "MediaId": "m"}, messages.FileMessage, {"title": "a.doc"}),
    ({"MsgType": "hologram", "Depth": "3"}, messages.UnknownMessage, {"kind": "hologram"}),
]
VERIFICATION = [
    "qualification_verify_success", "qualification_verify_fail", "naming_verify_success", "naming_verify_fail",
    "annual_renew", "verify_expired",
]  # fmt: skip
EVENTS: list[tuple[dict[str, Any], type, dict[str, Any]]] = [
    ({"Event": "subscribe", "EventKey": ""}, events.Subscribed, {"scene": "", "ticket": ""}),
    ({"Event": "subscribe", "EventKey": "qrscene_7", "Ticket": "T"}, events.Subscribed, {"scene": "7", "ticket": "T"}),
    ({"Event": "unsubscribe"}, events.Unsubscribed, {"name": "unsubscribe"}),
    ({"Event": "SCAN", "EventKey": "7", "Ticket": "T"}, events.Scanned, {"scene": "7", "ticket": "T"}),
    (
        {"Event": "LOCATION", "Latitude": "23.1", "Longitude": "113.3", "Precision": "119.385"},
        events.LocationReported,
        {"latitude": 23.1, "longitude": 113.3, "precision": 119.385},
    ),
    ({"Event": "CLICK", "EventKey": "去年收到多少件"}, events.MenuClicked, {"key": "去年收到多少件"}),
    (
        {"Event": "VIEW", "EventKey": "http://u", "MenuId": "9"},
        events.MenuViewed,
        {"target": "http://u", "menu_id": "9"},
    ),
    ({"Event": "view_miniprogram", "EventKey": "pages/i", "MenuId": "9"}, events.MenuViewed, {"target": "pages/i"}),
    (
        {"Event": "scancode_waitmsg", "EventKey": "k", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "r"}},
        events.CodeScanned,
        {"key": "k", "scan_type": "qrcode", "result": "r", "waits": True},
    ),
    ({"Event": "scancode_push", "EventKey": "k"}, events.CodeScanned, {"waits": False, "result": ""}),
    *(
        (
            {"Event": name, "EventKey": "k", "SendPicsInfo": {"Count": len(sums), "PicList": {"item": pictures}}},
            events.PicturesSent,
            {"count": len(sums), "md5s": sums},
        )
        for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
        for sums, pictures in (
            (("a",), {"PicMd5Sum": "a"}),
            (("a", "b"), [{"PicMd5Sum": "a"}, {"PicMd5Sum": "b"}]),
        )
    ),
    (
        {
            "Event": "location_select",
            "EventKey": "k",
            "SendLocationInfo": {
                "Location_X": "23",
                "Location_Y": "113",
                "Scale": "15",
                "Label": "路",
                "Poiname": "店",
            },
        },
        events.LocationChosen,
        {"latitude": 23.0, "longitude": 113.0, "scale": 15, "label": "路", "poi": "店"},
    ),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "20", "Status": "failed:user block"},
        events.TemplateSent,
        {"message_id": "20", "delivered": False},
    ),
    ({"Event": "TEMPLATESENDJOBFINISH", "MsgID": "20", "Status": "success"}, events.TemplateSent, {"delivered": True}),
    (
        {
            "Event": "MASSSENDJOBFINISH",
            "MsgID": "1000001625",
            "Status": "err(30003)",
            "TotalCount": 9,
            "FilterCount": 8,
            "SentCount": 7,
            "ErrorCount": 1,
            "CopyrightCheckResult": {"Count": 0, "ResultList": "", "CheckState": 2},
            "ArticleUrlResult": {"Count": 1, "ResultList": {"item": {"ArticleIdx": 1, "ArticleUrl": "http://a"}}},
        },
        events.MassSent,
        {"total": 9, "filtered": 8, "sent": 7, "errors": 1, "urls": ("http://a",), "status": "err(30003)"},
    ),
    (
        {
            "Event": "PUBLISHJOBFINISH",
            "PublishEventInfo": {
                "publish_id": "224",
                "publish_status": 0,
                "article_id": "AID",
                "article_detail": {"count": 1, "item": {"idx": 1, "article_url": "http://a"}},
            },
        },
        events.Published,
        {"publish_id": "224", "status": 0, "article_id": "AID", "urls": ("http://a",), "failed": ()},
    ),
    (
        {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": {"publish_id": "5", "publish_status": 2, "fail_idx": [1, 2]}},
        events.Published,
        {"status": 2, "failed": (1, 2)},
    ),
    (
        {
            "Event": "subscribe_msg_popup_event",
            "SubscribeMsgPopupEvent": {
                "List": [
                    {"TemplateId": "A", "SubscribeStatusString": "accept", "PopupScene": 2},
                    {"TemplateId": "B", "SubscribeStatusString": "reject", "PopupScene": 2},
                ]
            },
        },
        events.NoticesChosen,
        {"choices": (events.NoticeChoice("A", True, 2), events.NoticeChoice("B", False, 2))},
    ),
    (
        {
            "Event": "subscribe_msg_change_event",
            "SubscribeMsgChangeEvent": {"List": {"TemplateId": "A", "SubscribeStatusString": "reject"}},
        },
        events.NoticesChosen,
        {"choices": (events.NoticeChoice("A", False, 0),)},
    ),
    (
        {
            "Event": "subscribe_msg_sent_event",
            "SubscribeMsgSentEvent": {
                "List": {"TemplateId": "A", "MsgID": "8", "ErrorCode": 0, "ErrorStatus": "success"}
            },
        },
        events.NoticesSent,
        {"results": (events.NoticeResult("A", "8", 0, "success"),)},
    ),
    *(
        (
            {"Event": n, "ExpiredTime": 1442401156, "FailTime": 1442401122, "FailReason": "by time"},
            events.VerificationChanged,
            {"name": n, "expires": 1442401156, "failed": 1442401122, "reason": "by time"},
        )
        for n in VERIFICATION
    ),
    ({"Event": "kf_create_session", "KfAccount": "a@b"}, events.AgentSession, {"account": "a@b", "to_account": ""}),
    ({"Event": "kf_close_session", "KfAccount": "a@b"}, events.AgentSession, {"account": "a@b"}),
    (
        {"Event": "kf_switch_session", "FromKfAccount": "a@b", "ToKfAccount": "c@b"},
        events.AgentSession,
        {"account": "a@b", "to_account": "c@b"},
    ),
    (
        {"Event": "user_authorization_revoke", "OpenID": "o", "AppID": "w", "RevokeInfo": "1"},
        events.ProfileChanged,
        {"openid": "o", "app_id": "w", "revoked": "1"},
    ),
    ({"Event": "user_info_modified", "OpenID": "o"}, events.ProfileChanged, {"openid": "o"}),
    ({"Event": "debug_demo", "debug_str": "x"}, events.DebugSent, {"text": "x"}),
    ({"Event": "from_the_future", "News": {"Deep": ["1", "2"]}}, events.UnknownEvent, {"name": "from_the_future"}),
]
ALL = [({"MsgId": 1234567890123456, **f}, kind, expected) for f, kind, expected in MESSAGES]
ALL += [({"MsgType": "event", **f}, kind, expected) for f, kind, expected in EVENTS]


def ids(case: tuple[dict[str, Any], type, dict[str, Any]]) -> str:
    return str(case[0].get("Event", case[0]["MsgType"]))


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_each_type_is_read_into_its_object(case: tuple[dict[str, Any], type, dict[str, Any]]) -> None:
    fields, kind, expected = case
    push = parse(read(write({**COMMON, **fields})))
    assert type(push) is kind
    assert (push.to_user, push.from_user, push.created) == ("gh_1", "oPerson", 1348831860)
    assert {name: getattr(push, name) for name in expected} == expected


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_wechatpy_reads_the_same_sender_and_number(case: tuple[dict[str, Any], type, dict[str, Any]]) -> None:
    if case[1] in (messages.UnknownMessage, messages.FileMessage):
        return
    body = write({**COMMON, **case[0]})
    push, judge = parse(read(body)), wechatpy.parse_message(body.decode())
    assert (push.from_user, push.to_user) == (judge.source, judge.target)
    if isinstance(push, messages.Message):
        assert push.message_id == str(judge.id)
    if isinstance(push, messages.TextMessage):
        assert push.content == judge.content


def test_event_names_in_any_letter_case() -> None:
    assert isinstance(parse({**COMMON, "MsgType": "EVENT", "Event": "Click", "CreateTime": "1"}), events.MenuClicked)


def identity(**fields: Any) -> str:
    return parse(read(write({**COMMON, **fields}))).identity


def test_repeats_share_an_identity_and_nothing_else_does() -> None:
    text = {"MsgType": "text", "Content": "a", "MsgId": 1}
    click = {"MsgType": "event", "Event": "CLICK", "EventKey": "k"}
    different = [
        identity(**text),
        identity(**text | {"MsgId": 2}),
        identity(**text | {"FromUserName": "oOther"}),  # two people may share a MsgId
        identity(**text | {"CreateTime": 2}),
        identity(**click),
        identity(**click | {"EventKey": "l"}),  # two buttons within one second
        identity(**click | {"Event": "VIEW"}),
        identity(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=1),
        identity(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=2),
        identity(MsgType="event", Event="PUBLISHJOBFINISH", PublishEventInfo={"publish_id": 1}),
        identity(MsgType="event", Event="PUBLISHJOBFINISH", PublishEventInfo={"publish_id": 2}),
        identity(MsgType="text", Content="a"),
        identity(MsgType="text", Content="b"),
    ]
    assert len(set(different)) == len(different)
    assert identity(**text) == identity(**text | {"Content": "as cleaned differently"})


def test_control_characters_are_taken_out_before_parsing() -> None:
    body = write({**COMMON, "MsgType": "text", "Content": "去年MARK多少"}).replace(
        b"MARK", b"\x02\x1d\x0c\xff\xed\xa0\x80"
    )
    push = parse(read(body))
    assert isinstance(push, messages.TextMessage)
    assert push.content.replace("\ufffd", "") == "去年多少"


def test_text_that_breaks_out_of_its_section_replaces_no_sender() -> None:
    hostile = "x]]></Content><FromUserName><![CDATA[oVictim]]></FromUserName><Content><![CDATA["
    body = b"<xml><ToUserName>gh_1</ToUserName><FromUserName><![CDATA[oPerson]]></FromUserName><MsgType>text</MsgType>"
    body += f"<Content><![CDATA[{hostile}]]></Content><MsgId>1</MsgId></xml>".encode()
    assert parse(read(body)).from_user == "oPerson"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        "<!-- x --><!DOCTYPE xml>",
    ],
)
def test_a_document_type_is_refused(prolog: str) -> None:
    with pytest.raises(Malformed):
        read(f"{prolog}<xml><Content>&a;&b;</Content></xml>".encode())


def test_entities_are_never_expanded() -> None:
    fields = read(b"<xml><Content>a&lt;b &nothing; &#2;</Content><MsgType>text</MsgType></xml>")
    assert fields["MsgType"] == "text"
    assert "root" not in fields["Content"]


def test_json_reads_like_xml() -> None:
    push = parse(
        read(b' {"ToUserName":"gh_1","FromUserName":"o","CreateTime":5,"MsgType":"text","Content":"a","MsgId":9}')
    )
    assert isinstance(push, messages.TextMessage)
    assert (push.created, push.message_id) == (5, "9")


NAMES = st.sampled_from(["List", "item", "TemplateId", "PopupScene", "x"])


def flat(values: list[Any]) -> list[Any]:
    return [v for v in values if not isinstance(v, list)]


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=200).map(lambda b: b"<xml>" + b + b"</xml>"),
    st.binary(max_size=200).map(lambda b: b'{"MsgType":' + b),
    st.recursive(
        st.text(max_size=8),
        lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=3).map(flat)),
        max_leaves=20,
    ).map(lambda v: write({**COMMON, "MsgType": "event", "Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": v})),
)  # fmt: skip


@given(HOSTILE)
def test_bytes_are_read_or_refused_but_never_break_anything(body: bytes) -> None:
    try:
        push = parse(read(body))
    except Malformed:
        return
    assert push.from_user
    assert push.identity


@given(
    st.sampled_from([f for f, _, _ in ALL]), st.dictionaries(st.text("abcILT_eykStr", min_size=1), st.text(max_size=30))
)
def test_known_types_survive_unexpected_elements(fields: dict[str, Any], more: dict[str, str]) -> None:
    names = {n: v for n, v in more.items() if n[0] not in "_" and n not in fields}
    assert type(parse(read(write({**COMMON, **fields, **names})))) is type(parse(read(write({**COMMON, **fields}))))


@given(st.sampled_from([f for f, _, _ in ALL]), st.text(max_size=30))
def test_every_element_may_hold_rubbish_or_be_missing(fields: dict[str, Any], rubbish: str) -> None:
    for name in fields:
        for broken in ({**fields, name: rubbish}, {n: v for n, v in fields.items() if n != name}):
            try:
                parse(read(write({**COMMON, **broken})))
            except Malformed:
                assert name == "MsgType"
