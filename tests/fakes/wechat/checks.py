"""What WeChat checks in a body, by the limits of the protocol pages. Each check raises the errcode it would answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.wechat.account import Errcode, FakeAccount

KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
TEXT_LIMIT = 2048
KEYWORDS = {
    "thing": 20,
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "phrase": 5,
    "name": 20,
    "time": 40,
    "date": 40,
    "amount": 20,
    "phone_number": 17,
    "car_number": 8,
    "const": 20,
}
UPLOADS = {
    "image": (10 * 2**20, {"image/png", "image/jpeg", "image/jpg", "image/gif"}),
    "voice": (2 * 2**20, {"audio/amr", "audio/mpeg", "audio/mp3"}),
    "video": (10 * 2**20, {"video/mp4"}),
    "thumb": (64 * 2**10, {"image/jpeg", "image/jpg"}),
}
MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}


def size(text: str) -> int:
    return len(text.encode())


def only(body: Mapping[str, Any], needed: set[str], optional: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Exactly the fields of the page: a missing or an invented one is a fault of the caller."""
    names = set(body)
    if needed - names or names - needed - optional:
        raise Errcode(47001, f"fields {sorted(names)} instead of {sorted(needed)} + {sorted(optional)}")


def text(value: Any, *, limit: int, code: int, blank: int = 44004) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Errcode(blank, "empty text")
    if size(value) > limit:
        raise Errcode(code, f"{size(value)} bytes")


def url(value: Any, *, limit: int, code: int) -> None:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or size(value) > limit:
        raise Errcode(code, "bad url")


# --- menus ----------------------------------------------------------------------------------------


def menu(buttons: Any, account: FakeAccount) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Errcode(40016, "1 to 3 buttons")
    for button in buttons:
        if "sub_button" in button:
            only(button, {"name", "sub_button"})
            text(button["name"], limit=16, code=40018, blank=40018)
            if not isinstance(button["sub_button"], list) or not 1 <= len(button["sub_button"]) <= 5:
                raise Errcode(40023, "1 to 5 sub buttons")
            for sub in button["sub_button"]:
                leaf(sub, account, sub=True)
        else:
            leaf(button, account, sub=False)


def domains(menus: list[dict[str, Any]]) -> None:
    """Conditional menus link to at most three domains in all."""
    leaves = [b for m in menus for top in m["button"] for b in (top, *top.get("sub_button", []))]
    if len({urlsplit(b["url"]).hostname for b in leaves if b.get("type") == "view"}) > 3:
        raise Errcode(65316, "too many domains")


def leaf(button: dict[str, Any], account: FakeAccount, *, sub: bool) -> None:
    name_code, key_code, url_code, kind_code = (40025, 40026, 40027, 40024) if sub else (40018, 40019, 40020, 40017)
    text(button.get("name"), limit=60 if sub else 16, code=name_code, blank=name_code)
    kind = button.get("type")
    if kind in KEYED:
        only(button, {"name", "type", "key"})
        text(button["key"], limit=128, code=key_code, blank=key_code)
    elif kind == "view":
        only(button, {"name", "type", "url"})
        url(button["url"], limit=1024, code=url_code)
    elif kind == "miniprogram":
        only(button, {"name", "type", "url", "appid", "pagepath"})
    else:
        raise Errcode(kind_code, f"type {kind}")


# --- messages -------------------------------------------------------------------------------------


def custom_message(body: dict[str, Any], account: FakeAccount) -> None:
    kind = body.get("msgtype")
    if not isinstance(kind, str):
        raise Errcode(40008, "no msgtype")
    only(body, {"touser", "msgtype", kind}, {"customservice"})
    content = body[kind]
    match kind:
        case "text":
            only(content, {"content"})
            text(content["content"], limit=TEXT_LIMIT, code=45002)
            if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", content["content"]):
                raise Errcode(47001, "control characters")
        case "image" | "voice":
            only(content, {"media_id"})
            account.check_media(content["media_id"])
        case "news":
            only(content, {"articles"})
            if len(content["articles"]) != 1:
                raise Errcode(45008, "one article")
            only(content["articles"][0], {"title", "description", "url", "picurl"})
            url(content["articles"][0]["url"], limit=1024, code=40039)
        case "msgmenu":
            only(content, {"list"}, {"head_content", "tail_content"})
            text("".join(i["content"] for i in content["list"]), limit=TEXT_LIMIT, code=45002)
            for item in content["list"]:
                only(item, {"id", "content"})
                text(item["id"], limit=128, code=47001)
        case _:
            raise Errcode(40008, f"msgtype {kind}")


def template(body: dict[str, Any], account: FakeAccount, *, link: str) -> None:
    only(body, {"touser", "template_id", "data"}, {link, "miniprogram", "client_msg_id"})
    if body["template_id"] not in account.templates:
        raise Errcode(40037, "invalid template_id")
    if link in body:
        url(body[link], limit=1024, code=40039)
    if size(body.get("client_msg_id", "")) > 32:
        raise Errcode(45067, "client_msg_id too long")
    if not body["data"]:
        raise Errcode(47003, "no data")
    for name, value in body["data"].items():
        only(value, {"value"})
        kind = name.rstrip("0123456789")
        if kind not in KEYWORDS:
            raise Errcode(47003, f"keyword {name}")
        if not isinstance(value["value"], str) or not value["value"] or len(value["value"]) > KEYWORDS[kind]:
            raise Errcode(47003, f"argument invalid! data.{name}.value")


def upload(kind: str, file_name: str | None, content_type: str, content: bytes) -> None:
    if not file_name:
        raise Errcode(41005, "media data missing")
    limit, types = UPLOADS.get(kind, (0, set()))
    if content_type not in types or not content.startswith(MAGIC.get(content_type, b"")):
        raise Errcode(40004, "invalid media type")
    if not content or len(content) > limit:
        raise Errcode(40009 if content else 44001, "invalid media size")
