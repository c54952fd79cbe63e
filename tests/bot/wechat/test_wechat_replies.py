"""What we answer: read back by wechatpy, whatever the text."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from wechatpy.messages import TextMessage
from wechatpy.replies import ArticlesReply, deserialize_reply

from bot.wechat.messages import parse
from bot.wechat.replies import (
    TEXT_LIMIT,
    ImageReply,
    MusicReply,
    NewsReply,
    Reply,
    TextReply,
    TransferReply,
    VideoReply,
    VoiceReply,
    fit,
    menu_link,
    render,
)
from bot.wechat.xml import read

PUSH = parse({"ToUserName": "gh_1", "FromUserName": "oPerson", "MsgType": "text", "Content": "x", "MsgId": "1"})
ANY_TEXT = st.text(st.characters(exclude_categories=()))
REPLIES: list[Reply] = [
    TextReply("<a href='https://x'>好</a> & ]]> <b>"),
    ImageReply("m"),
    VoiceReply("m"),
    VideoReply("m", "题", "述"),
    VideoReply("m"),
    MusicReply("t", "题", "述", "http://m", "http://hq"),
    TransferReply(),
]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda r: type(r).__name__)
def test_wechatpy_reads_what_we_render(reply: Reply) -> None:
    judge = deserialize_reply(render(reply, PUSH, 1400000000).decode())
    assert (judge.target, judge.source) == ("oPerson", "gh_1")
    assert judge.type == {
        TextReply: "text",
        ImageReply: "image",
        VoiceReply: "voice",
        VideoReply: "video",
        MusicReply: "music",
        NewsReply: "news",
        TransferReply: "transfer_customer_service",
    }[type(reply)]  # fmt: skip
    match reply:
        case TextReply(content):
            assert judge.content == content
        case ImageReply(media_id):
            assert judge.image == media_id
        case VideoReply(media_id, title, description):
            assert (judge.media_id, judge.title or "", judge.description or "") == (media_id, title, description)
        case MusicReply():
            assert judge.thumb_media_id == "t"
            assert judge.hq_music_url == "http://hq"
        case NewsReply(title, _, _, url):
            assert [(a["title"], a["url"]) for a in judge.articles] == [(title, url)]


def test_a_card_reads_like_wechatpys_own() -> None:
    """Wechatpy cannot read a reply with one article, so it writes one and we compare."""
    message = TextMessage({"FromUserName": "oPerson", "ToUserName": "gh_1", "MsgType": "text"})
    article = {"title": "题", "description": "述", "image": "http://p", "url": "http://u"}
    theirs = read(ArticlesReply(message=message, articles=[article], time=1).render().encode())
    assert read(render(NewsReply("题", "述", "http://p", "http://u"), PUSH, 1)) == theirs


def test_transfer_to_one_agent_names_them() -> None:
    assert read(render(TransferReply("a@b"), PUSH, 1))["TransInfo"] == {"KfAccount": "a@b"}


@given(ANY_TEXT)
@example("]]>]]]]>>")
@example("\ud800\udfff\x00\x1f\ufffe")
@example("😀" * 600)
@example("<a href='x'>" + "好" * 700 + "</a>")
def test_any_text_becomes_valid_xml_within_the_limit(text: str) -> None:
    body = render(TextReply(text), PUSH, 1)
    if not body:
        return
    content = etree.fromstring(body).findtext("Content")
    assert content.strip()
    assert len(content.encode()) <= TEXT_LIMIT


@given(ANY_TEXT)
def test_any_text_becomes_valid_json(text: str) -> None:
    body = render(TextReply(text), PUSH, 1, as_json=True)
    assert not body or json.loads(body)["Content"].strip()


def test_blank_text_is_no_reply() -> None:
    assert render(TextReply(" \n\x02"), PUSH, 1) == b""
    assert render(None, PUSH, 1) == b""


@given(st.text(max_size=60), st.integers(3, 80))
def test_cut_text_is_a_beginning_of_whole_characters(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert len(cut.encode()) <= limit
    assert cut.endswith("…") or len(cut) <= len(text)


def test_a_link_is_never_cut_in_two() -> None:
    text = "答" * 600 + menu_link("问", "多" * 100, "ask")
    assert "<a" not in fit(text)
    assert fit(text).endswith("答…")


@given(st.text(min_size=1, max_size=40))
def test_tapping_a_link_sends_exactly_its_question(question: str) -> None:
    link = menu_link("标签", question, "ask")
    query = parse_qs(urlsplit(link.split('"')[1]).query, strict_parsing=True) if question.strip() else None
    if query is not None and all(c >= " " and c not in "\x7f\ufffe\uffff" for c in question):
        assert query == {"msgmenucontent": [question], "msgmenuid": ["ask"]}
